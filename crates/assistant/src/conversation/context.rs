//! What the model reads beside the message: the files of the workspace, and notes that may bear on it.

use jiff::ZonedDateTime;
use localgpt_agent::{
    budget, prompt,
    tokens::estimate,
    turn::{Limits, Setup},
};
use localgpt_guard::{Fence, Untrusted, quote};
use localgpt_memory::read_context;
use localgpt_protocol::{
    Capabilities, Citation, ContextFiles, ContextPart, ContextReport, ContextState, Hit, Message,
    Purpose, Query, Recalled, SearchMode, ToolSpec, UserPart,
};

use super::Conversation;
use crate::{Error, desk::Desk};

/// Hits that are looked at for one message.
const HITS: usize = 8;
/// The score that a note needs to be put beside a message, and the share of the best one's: below, a search has found
/// stray words alone.
const LEAST_SCORE: f32 = 0.3;
const SHARE_OF_BEST: f32 = 0.5;
/// The share of the window that the instructions may take, and the share of the notes beside a message.
const INSTRUCTIONS_SHARE: u32 = 2;
const RECALL_SHARE: u32 = 8;

/// What the model reads first. It stays the same from turn to turn as long as the files and the day do: whoever keeps
/// a cache of what stands before the messages can use it again.
#[derive(Debug)]
pub(super) struct Standing {
    files: ContextFiles,
    /// When it was put together first.
    now: ZonedDateTime,
    fence: Fence,
}

/// A turn that is about to begin.
pub(super) struct Prepared {
    pub(super) setup: Setup,
    pub(super) parts: Vec<ContextPart>,
}

impl Conversation {
    /// What a turn with a model of these abilities begins with.
    pub(super) fn prepare(&mut self, model: &Capabilities) -> Result<Prepared, Error> {
        self.stand()?;
        let Some(Standing { files, now, fence }) = &self.standing else {
            return Err(Error::NothingSaid);
        };
        let tools: Vec<ToolSpec> = self.tools.iter().map(|tool| tool.spec().clone()).collect();
        let reserved = budget::reserve(model.context_window, model.max_output);
        let room = model.context_window.saturating_sub(reserved);
        let assembled = prompt::assemble(
            files,
            &prompt::Setting {
                audience: prompt::Audience::Private,
                heartbeat: prompt::Heartbeat::Off,
                voice: prompt::Voice::Aloud,
                tools: &tools,
                now,
                tokens_available: room / INSTRUCTIONS_SHARE,
                fence: *fence,
            },
        );
        let turn = self.reach.config.turn;
        let setup = Setup {
            session: self.id().clone(),
            purpose: Purpose::Answer,
            instructions: assembled.instructions,
            tools,
            calling: self.calling.unwrap_or(model.tools),
            max_tokens: reserved,
            window: budget::Window { tokens: model.context_window, calibration: self.calibration },
            limits: Limits {
                steps: turn.max_steps,
                calls: turn.max_calls,
                tokens: u64::from(turn.max_tokens),
                duration: std::time::Duration::from_secs(u64::from(turn.max_seconds)),
                ..Limits::default()
            },
        };
        Ok(Prepared { setup, parts: assembled.parts })
    }

    /// Reads the files again, and keeps what it had if nothing has changed.
    fn stand(&mut self) -> Result<(), Error> {
        let now = self.reach.clock.zoned();
        let files = read_context(&self.reach.config.workspace, &now)?;
        let holds =
            |standing: &Standing| standing.files == files && standing.now.date() == now.date();
        if !self.standing.as_ref().is_some_and(holds) {
            let fence = self.fence();
            self.standing = Some(Standing { files, now, fence });
        }
        Ok(())
    }

    /// What a request of this turn is made of.
    pub(super) fn report(&self, prepared: &Prepared) -> ContextReport {
        let setup = &prepared.setup;
        let mut parts = prepared.parts.clone();
        let part = |name: &str, tokens| ContextPart {
            name: name.to_owned(),
            tokens,
            state: ContextState::Whole,
        };
        parts.push(part("tools", budget::tools(&setup.tools)));
        if let Some(open) = &self.open {
            let transcript = open.session.transcript();
            if let Some(summary) = transcript.summary {
                parts.push(part("summary", estimate(summary)));
            }
            let messages: Vec<Message> =
                transcript.messages.iter().map(|entry| entry.message.clone()).collect();
            parts.push(part("messages", budget::messages(&messages)));
        }
        ContextReport { window: setup.window.tokens, reserved: setup.max_tokens, parts }
    }

    /// Those of `hits` that bear on the message, are not in view yet and fit beside it in a window of this size.
    pub(super) fn beside(&self, hits: Vec<Hit>, window: u32) -> Option<Recalled> {
        let room = self.reach.config.model.recall_tokens.min(window / RECALL_SHARE);
        let seen = self.in_view();
        let mut taken: u32 = 0;
        let mut citations = Vec::new();
        let mut notes = String::new();
        let best = hits.iter().map(|hit| hit.score).fold(0.0, f32::max);
        for hit in hits {
            if hit.score < LEAST_SCORE.max(best * SHARE_OF_BEST) || seen.contains(&hit.citation) {
                continue;
            }
            let note = format!("{}\n{}\n\n", hit.citation, hit.text);
            let tokens = estimate(&note);
            if taken.saturating_add(tokens) > room {
                continue;
            }
            taken += tokens;
            notes.push_str(&note);
            citations.push(hit.citation);
        }
        if citations.is_empty() {
            return None;
        }
        let notes = Untrusted::new(notes.trim_end());
        let notes = quote(&notes, "notes of the person", self.fence(), usize::MAX / 4);
        Some(Recalled { citations, notes })
    }

    /// Where the notes stand that the model can see already.
    fn in_view(&self) -> Vec<Citation> {
        let entries = self.open.as_ref().map(|open| open.session.transcript().messages);
        let parts = entries.into_iter().flatten().flat_map(|entry| match &entry.message {
            Message::User(parts) => parts.as_slice(),
            Message::Assistant(_) | Message::ToolResults(_) => &[],
        });
        let citations = parts.filter_map(|part| match part {
            UserPart::Recalled(recalled) => Some(recalled.citations.clone()),
            UserPart::Text(_) | UserPart::Image(_) => None,
        });
        citations.flatten().collect()
    }

    pub(super) fn fence(&self) -> Fence {
        let mut fences = self.fences.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        fences.next_fence()
    }
}

/// Looks for notes that may bear on `text`, unless none are wanted.
pub(super) async fn look_up(desk: &Desk, text: &str, room: u32) -> Result<Vec<Hit>, Error> {
    if room == 0 || text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let query = Query {
        text: text.to_owned(),
        limit: HITS,
        since: None,
        until: None,
        mode: SearchMode::default(),
    };
    Ok(desk.recall(query).await?.hits)
}

#[cfg(test)]
mod tests {
    use localgpt_config::Language;
    use localgpt_protocol::{ToolSupport, WindowSource};

    use super::*;
    use crate::{conversation::Which, set_up::SetUp};

    #[test]
    fn what_stands_before_the_persons_own_files_is_at_most_1200_tokens_in_all() {
        let set_up = SetUp::empty(Language::English);
        std::fs::create_dir_all(&set_up.config.workspace).unwrap();
        let SetUp { config, environment, clock, .. } = &set_up;
        let (mut conversation, _) =
            Conversation::open(config, environment, clock, &Which::Fresh, None).unwrap();
        let prepared = conversation
            .prepare(&Capabilities {
                model: "desk/any".parse().unwrap(),
                context_window: 8_192,
                window_source: WindowSource::Configuration,
                max_output: 1_024,
                tools: ToolSupport::Native,
                images: false,
                price: None,
            })
            .unwrap();
        let Setup { instructions, tools, .. } = &prepared.setup;
        let prompt = estimate(&instructions.stable) + estimate(&instructions.changing);
        let tools = budget::tools(tools);
        assert!(prepared.setup.tools.len() == 3 && prompt + tools <= 1_200, "{prompt} + {tools}");
        // What the person is told is what was counted.
        let told = |name: &str| {
            let report = conversation.report(&prepared);
            report.parts.iter().find(|part| part.name == name).map(|part| part.tokens)
        };
        assert_eq!(told("tools"), Some(tools));
    }
}
