//! A turn as a person follows it: the answer as it comes, and one line for everything beside it.
//!
//! The answer is data and goes to one stream; what the assistant does goes to the other.

mod call;
mod figures;
mod question;
mod spinner;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    time::{Duration, Instant},
};

use localgpt_guard::{one_line, visible};
use localgpt_protocol::{
    AssistantPart, Citation, ContextReport, ContextState, EventKind, Message, ModelName,
    Summariser, ToolCallId, ToolResult, TurnEnd, Usage,
};

use self::spinner::Spinner;
use super::{
    markdown::{MarkdownStream, MarkdownStyle},
    style::{caution, dim},
    text::{Width, crop, wrap},
};
use crate::wording::{TurnWording, Wording};

pub(crate) use self::spinner::Motion;

/// The recalled notes that are named.
const NAMED_NOTES: usize = 3;

/// The longest part of a note that is shown when it was written.
const LONGEST_NOTE: usize = 160;

/// The two streams of the process.
pub(crate) struct Screen<'a> {
    /// For the answer.
    pub(crate) out: &'a mut dyn Write,
    /// For everything else.
    pub(crate) err: &'a mut dyn Write,
}

/// How a turn is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TurnLook {
    /// The room for lines.
    pub(crate) width: Width,
    /// How the answer is set.
    pub(crate) style: MarkdownStyle,
    /// What stands before a line beside the answer.
    pub(crate) signs: Signs,
    /// Whether something moves.
    pub(crate) motion: Motion,
    /// How much of the reasoning is shown.
    pub(crate) thinking: ThinkingShown,
}

/// What stands before a line beside the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signs {
    /// A sign that the eye finds.
    Glyphs,
    /// A word that can be read aloud.
    Words,
}

/// How much of the reasoning of a model is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThinkingShown {
    /// That it was, and how long it took.
    Folded,
    /// All of it.
    Whole,
}

/// A turn, event by event.
#[derive(Debug)]
pub(crate) struct TurnView {
    look: TurnLook,
    wording: &'static Wording,
    spinner: Spinner,
    answer: Option<MarkdownStream>,
    thinking: Option<Thinking>,
    /// What was asked of the tools that run.
    calls: BTreeMap<ToolCallId, String>,
    /// What was asked of tools, by the message that asks for them.
    named: BTreeMap<ToolCallId, String>,
    /// The calls that the person said no to, which was shown.
    refused: BTreeSet<ToolCallId>,
    model: Option<ModelName>,
    started: Option<Instant>,
    parts_left_out: usize,
    /// Whether the message that comes whole was shown piece by piece.
    is_streamed: bool,
    has_answered: bool,
    last: Last,
}

/// What was written last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Note,
    Answer,
}

#[derive(Debug)]
struct Thinking {
    since: Instant,
    line: String,
}

impl TurnView {
    /// A turn of which nothing has happened yet.
    pub(crate) fn new(look: TurnLook, wording: &'static Wording) -> Self {
        Self {
            look,
            wording,
            spinner: Spinner::new(look.motion),
            answer: None,
            thinking: None,
            calls: BTreeMap::new(),
            named: BTreeMap::new(),
            refused: BTreeSet::new(),
            model: None,
            started: None,
            parts_left_out: 0,
            is_streamed: false,
            has_answered: false,
            last: Last::Nothing,
        }
    }

    /// Shows what happened at `now`. The message of a turn that failed is left to the caller, who
    /// reports it like any other error.
    pub(crate) fn show(
        &mut self,
        event: &EventKind,
        now: Instant,
        screen: &mut Screen<'_>,
    ) -> io::Result<()> {
        self.spinner.erase();
        if !matches!(event, EventKind::ThinkingDelta { .. }) {
            self.end_thinking(now, screen)?;
        }
        match event {
            EventKind::TurnStarted { model } => {
                self.model = Some(model.clone());
                self.started = Some(now);
            }
            EventKind::TextDelta { text } => {
                self.is_streamed = true;
                return self.answer(text, screen);
            }
            EventKind::ThinkingDelta { text } => self.thinking(text, now, screen)?,
            EventKind::Said { message } => self.said(message, screen)?,
            EventKind::ToolStarted { call } => {
                self.end_answer(screen)?;
                self.calls.insert(call.id.clone(), call::asked(call, self.wording));
            }
            EventKind::ToolFinished { result } => self.tool_finished(result, screen)?,
            EventKind::FailedOver { from, reason, to } => {
                self.model = Some(to.clone());
                let takes_over = self.words().takes_over;
                self.note("⇄", &format!("{from} {takes_over} {to}: {reason}"), screen)?;
            }
            EventKind::LeftOut { context } => {
                self.parts_left_out = context.incomplete().count();
                self.left_out(context, screen)?;
            }
            EventKind::TurnFinished { end, usage } => {
                return self.finished(end, *usage, now, screen);
            }
            // What it took altogether is said at the end.
            EventKind::Spent { .. } => {}
            EventKind::ApprovalAsked { approval } => {
                self.end_answer(screen)?;
                for line in question::lines(approval, self.words()) {
                    writeln!(screen.err, "{}", caution(&line))?;
                }
                self.last = Last::Note;
                // Nothing moves while the person reads.
                return screen.err.flush();
            }
            EventKind::ApprovalAnswered { approval, decision } => {
                let sign = if decision.is_yes() { "✓" } else { "✗" };
                if !decision.is_yes() {
                    self.refused.insert(approval.call.id.clone());
                }
                self.note(sign, question::answered(decision, self.words()), screen)?;
            }
            EventKind::Recalled { .. }
            | EventKind::Retrying { .. }
            | EventKind::CallsWritten
            | EventKind::Remembered { .. }
            | EventKind::Compacted { .. } => self.beside(event, screen)?,
        }
        self.wait();
        Ok(())
    }

    fn words(&self) -> &'static TurnWording {
        &self.wording.turn
    }

    /// Shows that something goes on, unless a line of the answer is begun.
    fn wait(&mut self) {
        if self.answer.is_some() || self.started.is_none() {
            return;
        }
        let words = match (self.calls.values().next(), &self.thinking) {
            (Some(asked), _) => asked,
            (None, Some(_)) => self.words().thinking,
            (None, None) => self.words().waiting,
        };
        self.spinner.show(words);
    }

    fn answer(&mut self, text: &str, screen: &mut Screen<'_>) -> io::Result<()> {
        let mut answer = match self.answer.take() {
            Some(answer) => answer,
            None => {
                match (self.has_answered, self.last, self.look.signs) {
                    (true, ..) => writeln!(screen.out)?,
                    (false, Last::Note, Signs::Glyphs) => writeln!(screen.err)?,
                    (false, Last::Note | Last::Answer | Last::Nothing, _) => {}
                }
                MarkdownStream::new(self.look.width, self.look.style)
            }
        };
        answer.push(text, screen.out)?;
        self.answer = Some(answer);
        self.has_answered = true;
        self.last = Last::Answer;
        Ok(())
    }

    fn end_answer(&mut self, screen: &mut Screen<'_>) -> io::Result<()> {
        match self.answer.take() {
            Some(answer) => answer.finish(screen.out),
            None => Ok(()),
        }
    }

    fn said(&mut self, message: &Message, screen: &mut Screen<'_>) -> io::Result<()> {
        if let Message::Assistant(parts) = message {
            for part in parts {
                if let AssistantPart::ToolCall(call) = part {
                    self.named.insert(call.id.clone(), call::asked(call, self.wording));
                }
            }
            let text = message.text();
            if !self.is_streamed && !text.trim().is_empty() {
                self.answer(&text, screen)?;
            }
            self.is_streamed = false;
            self.end_answer(screen)?;
        }
        Ok(())
    }

    fn thinking(&mut self, text: &str, now: Instant, screen: &mut Screen<'_>) -> io::Result<()> {
        self.end_answer(screen)?;
        let mut thinking =
            self.thinking.take().unwrap_or(Thinking { since: now, line: String::new() });
        if self.look.thinking == ThinkingShown::Whole {
            thinking.line.push_str(text);
            if let Some((lines, rest)) = thinking.line.rsplit_once('\n') {
                self.thought(lines, screen)?;
                thinking.line = rest.to_owned();
            }
        }
        self.thinking = Some(thinking);
        Ok(())
    }

    fn end_thinking(&mut self, now: Instant, screen: &mut Screen<'_>) -> io::Result<()> {
        let Some(Thinking { since, line }) = self.thinking.take() else { return Ok(()) };
        if !line.trim().is_empty() {
            self.thought(&line, screen)?;
        }
        let took = figures::time(now.saturating_duration_since(since), self.words());
        self.note("∴", &format!("{} {took}", self.words().thought_for), screen)
    }

    fn thought(&mut self, lines: &str, screen: &mut Screen<'_>) -> io::Result<()> {
        for line in wrap(&visible(lines), self.look.width, 2) {
            writeln!(screen.err, "{}", dim(&format!("  {line}")))?;
        }
        self.last = Last::Note;
        Ok(())
    }

    fn tool_finished(&mut self, result: &ToolResult, screen: &mut Screen<'_>) -> io::Result<()> {
        let named = self.named.remove(&result.call);
        let asked = self.calls.remove(&result.call).or(named);
        if self.refused.remove(&result.call) {
            return Ok(());
        }
        let asked = asked.unwrap_or_else(|| one_line(result.name.as_str()));
        let line = call::line(&asked, result, self.look.signs, self.wording);
        let style = if result.outcome.is_done() { dim } else { caution };
        self.line(&line, style, screen)
    }

    fn left_out(&mut self, context: &ContextReport, screen: &mut Screen<'_>) -> io::Result<()> {
        let words = self.words();
        let parts: Vec<String> = context
            .incomplete()
            .map(|part| match &part.state {
                ContextState::Cut { kept, of } => {
                    let share = kept.saturating_mul(100).checked_div(*of).unwrap_or(0);
                    let of = figures::number(u64::try_from(*of).unwrap_or(u64::MAX), words);
                    format!("{} ({share} % {} {of})", part.name, words.of)
                }
                ContextState::LeftOut { reason } => format!("{} ({reason})", part.name),
                ContextState::Whole => part.name.clone(),
            })
            .collect();
        match parts.is_empty() {
            true => Ok(()),
            false => self.note("✂", &format!("{}: {}", words.left_out, parts.join(", ")), screen),
        }
    }

    /// Shows what happened beside the answer and its tools.
    fn beside(&mut self, event: &EventKind, screen: &mut Screen<'_>) -> io::Result<()> {
        let words = self.words();
        match event {
            EventKind::Recalled { recalled } if recalled.citations.is_empty() => Ok(()),
            EventKind::Recalled { recalled } => {
                let named = names(&recalled.citations, words);
                self.note("⌕", &format!("{}: {named}", words.recalled), screen)
            }
            EventKind::Retrying { reason, pause_ms } => {
                let pause = figures::time(Duration::from_millis(*pause_ms), words);
                self.note("↻", &format!("{} {pause}: {reason}", words.retrying), screen)
            }
            EventKind::CallsWritten => self.note("›", words.calls_written, screen),
            EventKind::Remembered { citation, text } => {
                let text = note_text(text);
                let text = crop(&text, LONGEST_NOTE);
                self.note("✎", &format!("{}: {text} ({citation})", words.remembered), screen)
            }
            EventKind::Compacted { messages, by } => {
                let what = match by {
                    Summariser::Model => words.compacted,
                    Summariser::Extract => words.extracted,
                };
                self.note("⤓", &format!("{messages} {what}"), screen)
            }
            _ => Ok(()),
        }
    }

    fn finished(
        &mut self,
        end: &TurnEnd,
        usage: Usage,
        now: Instant,
        screen: &mut Screen<'_>,
    ) -> io::Result<()> {
        self.end_answer(screen)?;
        self.calls.clear();
        self.named.clear();
        self.refused.clear();
        let words = self.words();
        let mark = match end {
            TurnEnd::Answered | TurnEnd::Failed { .. } => None,
            TurnEnd::OutOfTokens => Some(words.out_of_tokens.to_owned()),
            TurnEnd::Refused => Some(words.refused.to_owned()),
            TurnEnd::Repeating { tool } => Some(format!("{} {tool}", words.repeating)),
            TurnEnd::OverBudget { what } => Some(format!("{} {what}", words.over_budget)),
            TurnEnd::Cancelled => Some(words.interrupted.to_owned()),
        };
        if let Some(mark) = mark {
            let sign = if self.look.signs == Signs::Glyphs { "■ " } else { "" };
            self.line(&format!("{sign}{}", one_line(&mark)), caution, screen)?;
        }
        let mut parts: Vec<String> = self.model.iter().map(ToString::to_string).collect();
        parts.extend(figures::usage(usage, words));
        if let Some(started) = self.started.take() {
            parts.push(figures::time(now.saturating_duration_since(started), words));
        }
        if self.parts_left_out > 0 {
            parts.push(format!("{}: {}", words.left_out, self.parts_left_out));
        }
        self.line(&one_line(&parts.join(" · ")), dim, screen)
    }

    fn note(&mut self, sign: &str, text: &str, screen: &mut Screen<'_>) -> io::Result<()> {
        let text = one_line(text);
        match self.look.signs {
            Signs::Glyphs => self.line(&format!("{sign} {text}"), dim, screen),
            Signs::Words => self.line(&text, dim, screen),
        }
    }

    /// Writes a line beside the answer.
    fn line(
        &mut self,
        line: &str,
        style: fn(&str) -> String,
        screen: &mut Screen<'_>,
    ) -> io::Result<()> {
        self.end_answer(screen)?;
        if self.last == Last::Answer && self.look.signs == Signs::Glyphs {
            writeln!(screen.err)?;
        }
        self.last = Last::Note;
        let width = match self.look.signs {
            Signs::Glyphs => self.look.width,
            Signs::Words => Width::Endless,
        };
        let lines: Vec<String> = wrap(line, width, 2).iter().map(|line| style(line)).collect();
        writeln!(screen.err, "{}", lines.join("\n  "))
    }
}

/// What a note says, on one line and without the sign of a list item before it.
pub(crate) fn note_text(text: &str) -> String {
    let line = one_line(text);
    line.strip_prefix("- ").map_or_else(|| line.clone(), str::to_owned)
}

fn names(citations: &[Citation], words: &TurnWording) -> String {
    let named: Vec<String> = citations.iter().take(NAMED_NOTES).map(ToString::to_string).collect();
    let named = named.join(", ");
    match citations.len().saturating_sub(NAMED_NOTES) {
        0 => named,
        more => format!("{named} {} {more} {}", words.and_more.0, words.and_more.1),
    }
}
