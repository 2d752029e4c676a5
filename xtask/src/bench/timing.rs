//! Taking times and peaks of child processes.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

/// The longest that one answer may take before a measurement is given up.
const PATIENCE: Duration = Duration::from_secs(300);

/// Returns the time from starting a process to its end; its output is thrown away.
pub(crate) fn wall(mut command: Command) -> Result<Duration> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().context("cannot start what is measured")?;
    let took = start.elapsed();
    ensure!(status.success(), "what is measured failed ({status}): {command:?}");
    Ok(took)
}

/// Returns the time and the peak memory of a process.
///
/// The peak is read while it runs, every 2 ms, so the last moments may be missing; 0 where the system does not say.
pub(crate) fn wall_and_peak(mut command: Command) -> Result<(Duration, u64)> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().context("cannot start what is measured")?;
    let mut peak = 0;
    loop {
        if let Some(status) = child.try_wait().context("cannot wait for what is measured")? {
            let took = start.elapsed();
            ensure!(status.success(), "what is measured failed ({status}): {command:?}");
            return Ok((took, peak));
        }
        peak = peak.max(peak_memory(&child));
        thread::sleep(Duration::from_millis(2));
    }
}

/// Returns when a process was started, and when `sought` stood in what it had printed; it runs to its end.
pub(crate) fn first_output(mut command: Command, sought: &str) -> Result<(Instant, Instant)> {
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().context("cannot start what is measured")?;
    let mut stdout = child.stdout.take().context("no pipe from what is measured")?;
    let (mut printed, mut piece) = (Vec::new(), vec![0; 1 << 16]);
    let mut seen = None;
    loop {
        let length = stdout.read(&mut piece).context("cannot read what is measured")?;
        let now = Instant::now();
        if length == 0 {
            break;
        }
        printed.extend_from_slice(piece.get(..length).unwrap_or_default());
        let is_there = |text: &[u8]| String::from_utf8_lossy(text).contains(sought);
        if seen.is_none() && is_there(&printed) {
            seen = Some(now);
        }
    }
    let status = child.wait().context("cannot wait for what is measured")?;
    ensure!(status.success(), "what is measured failed ({status}): {command:?}");
    Ok((start, seen.with_context(|| format!("it never printed `{sought}`: {command:?}"))?))
}

/// Returns a value that half of the times are below, or that `share` of them are.
pub(crate) fn quantile(times: &[Duration], share: f64) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
}

/// Returns the median.
pub(crate) fn median(times: &[Duration]) -> Duration {
    quantile(times, 0.5)
}

/// A process that answers a line for each line it is given.
#[derive(Debug)]
pub(crate) struct Conversation {
    child: Child,
    questions: ChildStdin,
    answers: Receiver<String>,
}

impl Conversation {
    /// Starts the process.
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().context("cannot start what is measured")?;
        let questions = child.stdin.take().context("no pipe to what is measured")?;
        let printed = child.stdout.take().context("no pipe from what is measured")?;
        let (sender, answers) = mpsc::sync_channel(1);
        // Ends by itself when the process does, or when nobody listens any more.
        thread::spawn(move || {
            for line in BufReader::new(printed).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, questions, answers })
    }

    /// Sends a line and returns the answer and how long it took.
    pub(crate) fn ask(&mut self, line: &str) -> Result<(String, Duration)> {
        let (answer, start) = self.ask_at(line)?;
        Ok((answer, start.elapsed()))
    }

    /// Sends a line and returns the answer and when the line was sent.
    pub(crate) fn ask_at(&mut self, line: &str) -> Result<(String, Instant)> {
        let start = Instant::now();
        self.questions
            .write_all(format!("{line}\n").as_bytes())
            .and_then(|()| self.questions.flush())
            .context("what is measured takes no more questions")?;
        match self.answers.recv_timeout(PATIENCE) {
            Ok(answer) => Ok((answer, start)),
            Err(error) => bail!("what is measured does not answer line by line: {error}"),
        }
    }

    /// Returns the peak memory so far; 0 where the system does not say.
    pub(crate) fn peak(&self) -> u64 {
        peak_memory(&self.child)
    }

    /// Closes the input and waits for the end.
    pub(crate) fn end(self) -> Result<()> {
        let Self { mut child, questions, answers } = self;
        drop((questions, answers));
        let status = child.wait().context("cannot wait for what is measured")?;
        ensure!(status.success(), "what is measured failed ({status})");
        Ok(())
    }
}

fn peak_memory(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    peak_in(&status).unwrap_or(0)
}

/// Finds the peak, in bytes, in what Linux says about a process.
fn peak_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::program;

    #[test]
    fn quantiles_are_taken_in_order() {
        let times: Vec<Duration> = (1..=101).rev().map(Duration::from_millis).collect();
        assert_eq!(
            (median(&times), quantile(&times, 0.99)),
            (Duration::from_millis(51), Duration::from_millis(100))
        );
    }

    #[test]
    fn the_peak_is_in_bytes() {
        assert_eq!(peak_in("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n"), Some(2_097_152));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_first_output_is_seen_before_the_process_ends() {
        let mut command = program("sh");
        command.args(["-c", "echo one; echo two; exec 1>&2"]);
        let (start, seen) = first_output(command, "one").unwrap();
        assert!(seen >= start);
        let mut command = program("sh");
        command.args(["-c", "echo one"]);
        assert!(first_output(command, "three").is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_conversation_gives_an_answer_a_line() {
        let mut conversation = Conversation::start(program("cat")).unwrap();
        let answers = ["one", "two"].map(|line| conversation.ask(line).unwrap().0);
        assert!(conversation.peak() > 0);
        conversation.end().unwrap();
        assert_eq!(answers, ["one", "two"]);
    }
}
