//! The person's answer to a question about a call: one key, or one line of a pipe.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crossterm::{
    event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
    terminal::{disable_raw_mode, enable_raw_mode},
};
use localgpt_assistant::Presence;
use localgpt_protocol::Decision;
use tokio::sync::oneshot;

/// How a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asking {
    /// Not at all: nobody is there.
    Nobody,
    /// One key on the terminal.
    Key,
    /// The next line of stdin.
    Line,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Yes or no.
    Decided(Decision),
    /// The turn shall stop.
    Interrupted,
}

impl Asking {
    /// Whether somebody is there.
    pub(crate) fn presence(self) -> Presence {
        match self {
            Self::Nobody => Presence::Unattended,
            Self::Key | Self::Line => Presence::Attended,
        }
    }

    /// Waits for the answer on a thread of its own, which ends when the question does.
    pub(crate) fn answer(self) -> Waiting {
        let (sender, answer) = oneshot::channel();
        let over = Arc::new(AtomicBool::new(false));
        let watch = Arc::clone(&over);
        let work = move || {
            let answer = match self {
                Self::Nobody => Answer::Decided(Decision::Unattended),
                Self::Line => Answer::Decided(line()),
                // A terminal that cannot be read says no.
                Self::Key => key(&watch).unwrap_or(Answer::Decided(Decision::No)),
            };
            // Nobody waits for the answer to a question that is over.
            sender.send(answer).unwrap_or_default();
        };
        // Without a thread the sender is dropped, which is a no.
        let thread = thread::Builder::new().name("answer".to_owned()).spawn(work).ok();
        Waiting { answer, over, thread }
    }
}

/// A question that is open.
pub(crate) struct Waiting {
    pub(crate) answer: oneshot::Receiver<Answer>,
    over: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Waiting {
    /// The question is over. The terminal is as it was when this returns.
    pub(crate) fn end(mut self, asking: Asking) {
        self.over.store(true, Ordering::Relaxed);
        if asking == Asking::Key
            && let Some(thread) = self.thread.take()
        {
            // It only fails if the thread has panicked, and then there is nothing to wait for.
            thread.join().unwrap_or_default();
        }
    }
}

/// The answer that a line stands for: anything but a clear yes is a no.
fn decision(line: &str) -> Decision {
    match line.trim().to_lowercase().as_str() {
        "y" | "yes" | "j" | "ja" => Decision::Once,
        "s" | "session" | "sitzung" => Decision::Session,
        "a" | "always" | "i" | "immer" => Decision::Always,
        _ => Decision::No,
    }
}

fn line() -> Decision {
    let mut line = String::new();
    match io::stdin().read_line(&mut line) {
        Ok(0) | Err(_) => Decision::No,
        Ok(_) => decision(&line),
    }
}

/// Waits for one of the keys; other keys do nothing, so that what is typed ahead allows nothing.
fn key(over: &AtomicBool) -> io::Result<Answer> {
    let _raw = Raw::enter()?;
    // What was typed before the question was shown answers something else.
    while event::poll(Duration::ZERO)? {
        event::read()?;
    }
    while !over.load(Ordering::Relaxed) {
        if !event::poll(Duration::from_millis(50))? {
            continue;
        }
        let Event::Key(key) = event::read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        let answer = match key.code {
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                Answer::Interrupted
            }
            KeyCode::Char(letter @ ('y' | 'j' | 's' | 'a' | 'i' | 'n')) => {
                Answer::Decided(decision(&letter.to_string()))
            }
            KeyCode::Esc => Answer::Decided(Decision::No),
            _ => continue,
        };
        return Ok(answer);
    }
    Ok(Answer::Decided(Decision::Expired))
}

/// The terminal gives single keys as long as this lives.
struct Raw;

impl Raw {
    fn enter() -> io::Result<Self> {
        enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Err(error) = disable_raw_mode() {
            tracing::warn!(%error, "the terminal could not be set back");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_a_yes() {
        for (line, expected) in [
            ("y\n", Decision::Once),
            (" JA ", Decision::Once),
            ("s", Decision::Session),
            ("immer", Decision::Always),
            ("", Decision::No),
            ("yes please", Decision::No),
            ("n", Decision::No),
        ] {
            assert_eq!(decision(line), expected, "{line:?}");
        }
    }
}
