//! What a program writes, as far as it is kept.
//!
//! Invariant: however much it writes, no more than the beginning and the end is held.

use std::{
    collections::VecDeque,
    io::{self, Read},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How much is kept of the beginning and of the end, in bytes.
const HEAD: usize = 16 << 10;
const TAIL: usize = 32 << 10;

/// The output of a program, filled by one thread and read by others.
#[derive(Debug, Default)]
pub(crate) struct Output {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    total: u64,
    /// Everything was read.
    is_closed: bool,
    /// How the program ended, in words.
    end: Option<String>,
}

impl Output {
    /// Reads to the end.
    pub(crate) fn fill(&self, mut stream: impl Read) {
        let mut piece = vec![0; 64 << 10];
        loop {
            match stream.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => self.add(piece.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn add(&self, bytes: &[u8]) {
        let mut state = self.lock();
        state.total += bytes.len() as u64;
        let room = HEAD - state.head.len();
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        state.head.extend_from_slice(head);
        // Of a piece that is larger than the end, only its end is the end.
        let rest = rest.get(rest.len().saturating_sub(TAIL)..).unwrap_or_default();
        let surplus = (state.tail.len() + rest.len()).saturating_sub(TAIL);
        state.tail.drain(..surplus);
        state.tail.extend(rest);
        drop(state);
        self.changed.notify_all();
    }

    /// Says how the program ended, once all is read, or after `patience` if somebody else holds its output open.
    pub(crate) fn end(&self, words: String, patience: Duration) {
        let state = self.lock();
        let waited = self.changed.wait_timeout_while(state, patience, |state| !state.is_closed);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.end = Some(words);
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until the program has ended, and says how.
    pub(crate) fn wait(&self) -> String {
        let waited = self.changed.wait_while(self.lock(), |state| state.end.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).end.clone().unwrap_or_default()
    }

    /// Waits until there is more than `seen` bytes, or the program has ended, or `patience` is over.
    pub(crate) fn wait_for_more(&self, seen: u64, patience: Duration) {
        let is_same = |state: &mut State| state.end.is_none() && state.total == seen;
        drop(self.changed.wait_timeout_while(self.lock(), patience, is_same));
    }

    /// How the program ended, if it has.
    pub(crate) fn ended(&self) -> Option<String> {
        self.lock().end.clone()
    }

    /// What it wrote after the first `from` bytes as far as it is kept, and how much it has written by now.
    pub(crate) fn text(&self, from: u64) -> (String, u64) {
        let state = self.lock();
        let total = state.total;
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
        let head = state.head.get(at(from).min(state.head.len())..).unwrap_or_default();
        let tail_start = total - state.tail.len() as u64;
        let tail: Vec<u8> =
            state.tail.iter().skip(at(from.saturating_sub(tail_start))).copied().collect();
        let left_out = tail_start.saturating_sub(from.max(state.head.len() as u64));
        let text = match left_out {
            0 => String::from_utf8_lossy(&[head, &tail].concat()).into_owned(),
            _ => format!(
                "{}\n[{left_out} bytes left out]\n{}",
                String::from_utf8_lossy(head),
                String::from_utf8_lossy(&tail)
            ),
        };
        (text, total)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_much_output_the_beginning_and_the_end_are_kept() {
        let output = Output::default();
        let written: Vec<u8> =
            (0..300_000_u32).flat_map(|number| format!("{number}\n").into_bytes()).collect();
        output.fill(written.as_slice());
        let (text, total) = output.text(0);
        assert_eq!(total, written.len() as u64);
        assert!(text.starts_with("0\n1\n2\n") && text.ends_with("299998\n299999\n"));
        let left_out = written.len() - HEAD - TAIL;
        assert!(text.contains(&format!("\n[{left_out} bytes left out]\n")));
        assert_eq!(output.text(total - 7).0, "299999\n");
        assert_eq!(output.text(total), (String::new(), total));
    }

    #[test]
    fn little_output_is_kept_whole_and_in_order() {
        let output = Output::default();
        for piece in ["one\n", "two\n", "three\n"] {
            output.add(piece.as_bytes());
        }
        assert_eq!(output.text(0), ("one\ntwo\nthree\n".to_owned(), 14));
        assert_eq!(output.text(4).0, "two\nthree\n");
        let long = vec![b'x'; HEAD];
        output.add(&long);
        assert_eq!(output.text(4).0.len(), HEAD + 10, "across the border of the two parts");
    }
}
