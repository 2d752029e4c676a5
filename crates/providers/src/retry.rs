//! Asking once more, where that can help and nothing was shown yet.

use std::time::Duration;

use localgpt_protocol::{Delta, ProviderError};

/// How often a request is sent once more: the figure of the vendors' own libraries.
const RETRIES: u32 = 2;
/// The first pause; it doubles. From the same libraries, as is the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// A server that wants a longer pause than this is not waited for: the person is told.
const LONGEST_WISH: Duration = Duration::from_secs(20);
/// Nobody waits longer than this in all.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The pause before another try after `error`, when `tries` have failed and the pauses were `waited` long together;
/// none if there is no point.
fn pause(error: &ProviderError, tries: u32, waited: Duration) -> Option<Duration> {
    if tries > RETRIES {
        return None;
    }
    wanted(error, tries).filter(|pause| waited.saturating_add(*pause) <= LONGEST_WAIT)
}

fn wanted(error: &ProviderError, tries: u32) -> Option<Duration> {
    let doubled = FIRST_PAUSE.saturating_mul(1 << (tries - 1).min(16)).min(LONGEST_PAUSE);
    match error {
        ProviderError::RateLimited { retry_after, .. }
        | ProviderError::Overloaded { retry_after, .. } => match retry_after {
            Some(wish) if *wish > LONGEST_WISH => None,
            Some(wish) => Some(*wish),
            None => Some(doubled),
        },
        ProviderError::Failed { .. }
        | ProviderError::Unreachable { .. }
        | ProviderError::CutOff { .. } => Some(doubled),
        // It was waited for long enough.
        ProviderError::Silent { .. } => None,
        ProviderError::Key { .. }
        | ProviderError::Payment { .. }
        | ProviderError::TooLong { .. }
        | ProviderError::NoModel { .. }
        | ProviderError::Unable { .. }
        // The turn asks in another way.
        | ProviderError::Garbled { .. }
        | ProviderError::NoProgram { .. }
        | ProviderError::Refused { .. }
        | ProviderError::Protocol { .. } => None,
    }
}

/// Counts the tries of one request, and waits between them.
///
/// ```text
/// let mut tries = Tries::default();
/// loop {
///     let mut watched = Watched::new(show);
///     match once(request, &mut watched).await {
///         Err(error) if watched.is_untouched() => tries.wait(error, show).await?,
///         result => return result,
///     }
/// }
/// ```
#[derive(Debug, Default)]
pub(crate) struct Tries {
    failed: u32,
    waited: Duration,
}

impl Tries {
    /// Waits after a failure; gives the error back if there is no point in another try.
    pub(crate) async fn wait(
        &mut self,
        error: ProviderError,
        show: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<(), ProviderError> {
        self.failed += 1;
        let Some(pause) = pause(&error, self.failed, self.waited) else { return Err(error) };
        self.waited += pause;
        tracing::debug!(error = %error, tries = self.failed, "the request is sent once more");
        show(Delta::Retrying { reason: error.to_string(), pause });
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// Passes deltas on and remembers whether there was one.
pub(crate) struct Watched<'a> {
    show: &'a mut (dyn FnMut(Delta) + Send),
    touched: bool,
}

impl<'a> Watched<'a> {
    /// Passes deltas on to `show`.
    pub(crate) fn new(show: &'a mut (dyn FnMut(Delta) + Send)) -> Self {
        Self { show, touched: false }
    }

    /// Shows a piece of the answer. An empty one is none.
    pub(crate) fn show(&mut self, delta: Delta) {
        match &delta {
            Delta::Text(text) | Delta::Thinking(text) if text.is_empty() => return,
            Delta::Text(_) | Delta::Thinking(_) => self.touched = true,
            Delta::Retrying { .. } => {}
        }
        (self.show)(delta);
    }

    /// Whether nothing of an answer was shown.
    pub(crate) fn is_untouched(&self) -> bool {
        !self.touched
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(seconds: Option<u64>) -> ProviderError {
        let retry_after = seconds.map(Duration::from_secs);
        ProviderError::RateLimited { retry_after, message: String::new() }
    }

    #[test]
    fn a_pause_is_what_the_server_wants_or_doubles() {
        let pause = |error: &ProviderError, tries| pause(error, tries, Duration::ZERO);
        assert_eq!(pause(&limited(Some(3)), 1), Some(Duration::from_secs(3)));
        assert_eq!(pause(&limited(Some(20)), 1), Some(Duration::from_secs(20)));
        assert_eq!(pause(&limited(Some(21)), 1), None);
        assert_eq!(pause(&limited(None), 1), Some(FIRST_PAUSE));
        assert_eq!(pause(&limited(None), 2), Some(FIRST_PAUSE * 2));
        assert_eq!(pause(&limited(None), 3), None);
        assert_eq!(pause(&ProviderError::Key { message: String::new() }, 1), None);
    }

    #[test]
    fn pauses_have_a_limit_together() {
        let after = |waited| pause(&limited(Some(12)), 2, Duration::from_secs(waited));
        assert_eq!(after(18), Some(Duration::from_secs(12)));
        assert_eq!(after(19), None);
    }
}
