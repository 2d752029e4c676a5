//! One question to a model and its answer in server-sent events: asked once more where nothing was shown yet.

use std::time::Duration;

use localgpt_protocol::{Capabilities, Delta, ProviderError, Reply};

use crate::{
    http::{Body, Endpoint, Kind},
    refusal,
    retry::{Tries, Watched},
    sse::{Events, SseEvent},
};

/// Reads the events of one answer.
pub(crate) trait Reader {
    /// Takes the next event and shows what is new in it.
    fn event(&mut self, event: &SseEvent, show: &mut Watched<'_>) -> Result<Flow, ProviderError>;

    /// Whether the model said that it was done. Then it does not matter how the connection ends.
    fn is_done(&self) -> bool;

    /// The whole answer; an error if its end did not come.
    fn reply(self, show: &mut Watched<'_>) -> Result<Reply, ProviderError>;
}

/// Whether an answer goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// There may be more.
    More,
    /// That was its end: nothing more is read.
    Over,
}

/// Whether a request holds the reasoning that its model sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seals {
    /// It does.
    Sent,
    /// It does not, because the server would not have it: what it was part of may have changed since.
    LeftOut,
}

impl Seals {
    /// Whose seals a request to a model holds; nobody's name is empty.
    pub(crate) fn maker(self, capabilities: &Capabilities) -> String {
        match self {
            Self::Sent => capabilities.model.to_string(),
            Self::LeftOut => String::new(),
        }
    }
}

/// Asks with what `body` makes, and reads the answer with what `begin` makes.
pub(crate) async fn exchange<R: Reader>(
    endpoint: &Endpoint,
    body: impl Fn(Seals) -> Result<Vec<u8>, ProviderError>,
    begin: impl Fn() -> R,
    show: &mut (dyn FnMut(Delta) + Send),
) -> Result<Reply, ProviderError> {
    let mut tries = Tries::default();
    let mut seals = Seals::Sent;
    let mut sent = body(seals)?;
    loop {
        let mut watched = Watched::new(show);
        match once(endpoint, &sent, begin(), &mut watched).await {
            Ok(reply) => return Ok(reply),
            Err(error) => {
                let error = endpoint.without_key(error);
                if !watched.is_untouched() {
                    return Err(error);
                }
                if seals == Seals::Sent && refusal::is_about_seals(&error) {
                    seals = Seals::LeftOut;
                    let without = body(seals)?;
                    if without != sent {
                        sent = without;
                        let reason = error.to_string();
                        show(Delta::Retrying { reason, pause: Duration::ZERO });
                        continue;
                    }
                }
                tries.wait(error, show).await?;
            }
        }
    }
}

async fn once<R: Reader>(
    endpoint: &Endpoint,
    body: &[u8],
    mut reader: R,
    show: &mut Watched<'_>,
) -> Result<Reply, ProviderError> {
    let answer = endpoint.stream(body.to_vec(), Kind::Events).await?;
    match read(answer, &mut reader, show).await {
        Err(_lost) if reader.is_done() => {}
        result => result?,
    }
    reader.reply(show)
}

async fn read<R: Reader>(
    mut answer: Body,
    reader: &mut R,
    show: &mut Watched<'_>,
) -> Result<(), ProviderError> {
    let mut events = Events::default();
    while let Some(bytes) = answer.next().await? {
        events.push(&bytes)?;
        while let Some(event) = events.next() {
            if event.data.is_empty() {
                // A sign of life.
                continue;
            }
            if reader.event(&event, show)? == Flow::Over {
                return Ok(());
            }
        }
    }
    if let Some(event) = events.rest().filter(|event| !event.data.is_empty()) {
        reader.event(&event, show)?;
    }
    Ok(())
}
