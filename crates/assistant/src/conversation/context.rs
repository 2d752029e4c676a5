//! What the model reads beside the message: the files of the workspace, and notes that may bear on it.

use std::sync::Arc;

use jiff::ZonedDateTime;
use localgpt_agent::{
    budget, prompt,
    tokens::estimate,
    turn::{Limits, Setup},
};
use localgpt_guard::{Fence, Label, Origin, Untrusted, policy::Seen, quote, secrets};
use localgpt_memory::read_context;
use localgpt_protocol::{
    Capabilities, Citation, ContextFiles, ContextName, ContextPart, ContextReport, ContextState,
    Found, Hit, Message, Purpose, Query, Recalled, SearchMode, SkillStanding, Tool, ToolSpec,
    UserPart,
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
    /// What is known about the file of memory as it is on disk, where something in it was masked.
    masked: Option<Label>,
    /// When it was put together first.
    now: ZonedDateTime,
    fence: Fence,
}

/// A turn that is about to begin.
pub(super) struct Prepared {
    pub(super) setup: Setup,
    pub(super) parts: Vec<ContextPart>,
    /// The tools that are offered.
    pub(super) tools: Vec<Arc<dyn Tool>>,
}

impl Conversation {
    /// What a turn with a model of these abilities begins with.
    pub(super) fn prepare(&mut self, model: &Capabilities) -> Result<Prepared, Error> {
        self.stand()?;
        let Some(Standing { files, now, fence, .. }) = &self.standing else {
            return Err(Error::NothingSaid);
        };
        let own = self.tools(model.context_window);
        let tools: Vec<ToolSpec> = own.iter().map(|tool| tool.spec().clone()).collect();
        let skills = self.skills(model.context_window);
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
                tokens_available: (room / INSTRUCTIONS_SHARE).saturating_sub(estimate(&skills)),
                fence: *fence,
            },
        );
        let mut parts = assembled.parts;
        let mut instructions = assembled.instructions;
        if !skills.is_empty() {
            // What stands before it is the text of a file, and must not seem to go on.
            instructions.stable.push_str("\n# Skills\n\n");
            instructions.stable.push_str(skills.trim_start());
            let tokens = estimate(&skills);
            let state = ContextState::Whole;
            parts.push(ContextPart { name: "skills".to_owned(), tokens, state });
        }
        let turn = self.reach.config.turn;
        let in_view = self.in_view()?;
        let setup = Setup {
            session: self.id().clone(),
            purpose: Purpose::Answer,
            instructions,
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
            in_view,
        };
        Ok(Prepared { setup, parts, tools: own })
    }

    /// Reads the files again, and keeps what it had if nothing has changed.
    fn stand(&mut self) -> Result<(), Error> {
        let now = self.reach.clock.zoned();
        let mut files = read_context(&self.reach.config.workspace, &now)?;
        let mut memory = None;
        for file in &mut files.files {
            // What looks like a key is for no model.
            if let Found::Text(text) = &mut file.found
                && let std::borrow::Cow::Owned(masked) = secrets::mask(text)
            {
                if file.name == ContextName::Memory {
                    // A line in which something is masked is not known any more.
                    memory = Some(self.provenance.of(text)?);
                }
                *text = masked;
            }
        }
        for note in &mut files.notes {
            if let Some(text) = note.found.text() {
                note.label = self.provenance.of(text)?;
                // What is read of it may begin within a line, which nobody knows then.
                note.label.by_model |= note.unread > 0 && note.label.origin == Origin::Unknown;
            }
        }
        let holds =
            |standing: &Standing| standing.files == files && standing.now.date() == now.date();
        match &mut self.standing {
            Some(standing) if holds(standing) => standing.masked = memory,
            _ => {
                let fence = self.fence();
                self.standing = Some(Standing { files, masked: memory, now, fence });
            }
        }
        Ok(())
    }

    /// What a model with a window of this size is told of skills; nothing if it has no tool for them.
    fn skills(&self, window: u32) -> String {
        let skills = &self.equipment.skills;
        let is_offered = self.tools(window).iter().any(|tool| tool.spec().name.as_str() == "skill");
        match is_offered {
            true => skills.listing(localgpt_skills::budget(u64::from(window))).text,
            false => String::new(),
        }
    }

    /// Where the texts come from that stand before the messages. A file that says what the assistant is changes with the
    /// person's yes alone; of memory, each line has its own origin.
    fn in_view(&mut self) -> Result<Seen, Error> {
        let mut seen = Seen::new();
        let Some(Standing { files, masked, .. }) = &self.standing else { return Ok(seen) };
        for file in &files.files {
            let Some(text) = file.found.text() else { continue };
            match (file.name, masked) {
                (ContextName::Memory, Some(label)) => seen.add_labelled(*label, text),
                (ContextName::Memory, None) => {
                    for line in text.lines() {
                        seen.add_labelled(self.provenance.of(line)?, line);
                    }
                }
                (
                    ContextName::Agents
                    | ContextName::Soul
                    | ContextName::Identity
                    | ContextName::User
                    | ContextName::Tools
                    | ContextName::Bootstrap
                    | ContextName::Heartbeat,
                    _,
                ) => seen.add(Origin::Human, text),
            }
        }
        for note in &files.notes {
            if let Some(text) = note.found.text() {
                seen.add_labelled(note.label, text);
            }
        }
        if let Some(open) = &self.open {
            seen.note(open.session.transcript().origin);
        }
        // The model reads what each skill says of itself. Who accepted a skill has read that too.
        let is_known = |skill: &localgpt_skills::Skill| skill.standing == SkillStanding::Accepted;
        if !self.equipment.skills.usable().all(is_known) {
            seen.note(Origin::Skill);
        }
        Ok(seen)
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
    pub(super) fn beside(&self, hits: Vec<(Hit, Label)>, window: u32) -> Option<Recalled> {
        let room = self.reach.config.model.recall_tokens.min(window / RECALL_SHARE);
        let seen = self.recalled();
        let mut taken: u32 = 0;
        let mut citations = Vec::new();
        let mut notes = String::new();
        let mut known = Label::NOTHING;
        let best = hits.iter().map(|(hit, _)| hit.score).fold(0.0, f32::max);
        for (hit, label) in hits {
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
            known = known.and(label);
            citations.push(hit.citation);
        }
        if citations.is_empty() {
            return None;
        }
        let notes = Untrusted::new(notes.trim_end()).labelled(known);
        let notes = quote(&notes, "notes of the person", self.fence(), usize::MAX / 4);
        Some(Recalled { citations, notes })
    }

    /// Where the notes stand that the model can see already.
    fn recalled(&self) -> Vec<Citation> {
        let entries = self.open.as_ref().map(|open| open.session.transcript().messages);
        let parts = entries.into_iter().flatten().flat_map(|entry| match &entry.message {
            Message::User(parts) => parts.as_slice(),
            Message::Assistant(_) | Message::ToolResults(_) => &[],
        });
        let citations = parts.filter_map(|part| match part {
            UserPart::Recalled(recalled) => Some(recalled.citations.clone()),
            UserPart::Text(_) | UserPart::Attached(_) | UserPart::Image(_) => None,
        });
        citations.flatten().collect()
    }

    pub(super) fn fence(&self) -> Fence {
        let mut fences = self.fences.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        fences.next_fence()
    }
}

/// Looks for notes that may bear on `text`, unless none are wanted.
pub(super) async fn look_up(
    desk: &Desk,
    text: &str,
    room: u32,
) -> Result<Vec<(Hit, Label)>, Error> {
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
    let (recall, labels) = desk.recall(query).await?;
    Ok(recall.hits.into_iter().zip(labels).collect())
}

#[cfg(test)]
mod tests {
    use localgpt_config::Language;
    use localgpt_protocol::{ToolSupport, WindowSource};

    use super::*;
    use crate::{conversation::Which, set_up::SetUp};

    #[test]
    fn a_line_of_memory_in_which_a_key_is_masked_keeps_its_label() {
        let set_up = SetUp::empty(Language::English);
        let SetUp { config, environment, clock, .. } = &set_up;
        let url = "https://evil.example/?d=KEY-4471";
        let line = format!("- See {url} with sk-ant-api03-{}.", "Ab3xY9Qz7Kp2".repeat(8));
        std::fs::create_dir_all(config.workspace.join("memory")).unwrap();
        std::fs::write(config.workspace.join("SOUL.md"), "Be kind.\n").unwrap();
        std::fs::write(config.workspace.join("MEMORY.md"), &line).unwrap();
        let label = Label::by_model(Origin::Web);
        let by = localgpt_memory::Written { label, at: clock.now(), by: "test" };
        let (mut conversation, _) =
            Conversation::open(config, environment, clock, &Which::Fresh, None).unwrap();
        conversation.provenance.record(&line, by).unwrap();
        conversation.stand().unwrap();
        let seen = conversation.in_view().unwrap();
        assert_eq!((seen.origin(), seen.holds_address(url)), (Origin::Web, false));
    }

    #[test]
    fn what_stands_before_the_persons_own_files_is_at_most_2600_tokens_in_all() {
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
        // All tools, with those that are not there without a sandbox, are held by a test of `hands`.
        assert!(prompt <= 500 && prompt + tools <= 2_300, "{prompt} + {tools}");
        // What the person is told is what was counted.
        let told = |name: &str| {
            let report = conversation.report(&prepared);
            report.parts.iter().find(|part| part.name == name).map(|part| part.tokens)
        };
        assert_eq!(told("tools"), Some(tools));
    }
}
