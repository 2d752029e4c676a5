//! Whether a call may run: a pure function of what it would do, of what the model has seen, and of the person's rules.
//!
//! The model has no say in it. What it can be told by a page, a note or a mail changes what it asks for, never what it
//! gets. Follows the "lethal trifecta" of S. Willison (2025): the assistant always knows private things, so once there
//! is untrusted text in view, whatever could carry them out needs a person.

mod core_files;
mod grant;
mod seen;
#[cfg(test)]
mod tests;

use std::fmt;

pub use self::{core_files::is_core, grant::Grant, seen::Seen};
use crate::{Effect, Intent, Place, outbound::check};

/// So many addresses that others wrote are fetched unasked in a session: enough to read what a search found, too few to
/// spell a secret by the choice among links.
const MOST_FOLLOWED: usize = 5;

/// How much the person wants to be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Nothing changes and nothing goes out.
    ReadOnly,
    /// Every change, every program and every call to the network is asked about.
    Ask,
    /// The workspace is the assistant's to work in, because all of it can be undone. The rest follows the rules.
    #[default]
    TrustedFolder,
}

impl Mode {
    /// The word for it, as in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Ask => "ask",
            Self::TrustedFolder => "trusted-folder",
        }
    }
}

/// What the person has laid down.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// How much they want to be asked.
    pub mode: Mode,
    /// What they have allowed before.
    pub grants: &'a [Grant],
    /// Hosts that may be fetched from although they are not on the public internet, as `host` or `host:port`.
    pub own_hosts: &'a [String],
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// It runs.
    Allow,
    /// A person decides.
    Ask(Because),
    /// It does not run, whoever is there.
    Deny(Because),
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    /// The rule.
    pub rule: Rule,
    /// What it means here, in one sentence.
    pub reason: String,
}

/// The rules by name. The names are shown to people and models, and are kept in logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The mode says that everything is asked about.
    AskFirst,
    /// An address that nobody but the model has written.
    ComposedAddress,
    /// One more of many addresses that others wrote: which of them are fetched can spell a secret.
    ManyAddresses,
    /// Words for a search engine while untrusted text is in view.
    SearchWhileUntrusted,
    /// A deletion while untrusted text is in view.
    DeleteWhileUntrusted,
    /// A file that says what the assistant is and does.
    CoreFile,
    /// The call would carry a secret out.
    SecretLeaves,
    /// The mode says that nothing changes.
    ReadOnly,
    /// A file that is not in the workspace.
    OutsideWorkspace,
    /// An address that is not on the public internet, or none at all.
    PrivateAddress,
}

impl Rule {
    /// Every rule, the strongest last.
    pub const ALL: [Self; 10] = [
        Self::AskFirst,
        Self::ComposedAddress,
        Self::ManyAddresses,
        Self::SearchWhileUntrusted,
        Self::DeleteWhileUntrusted,
        Self::CoreFile,
        Self::SecretLeaves,
        Self::ReadOnly,
        Self::OutsideWorkspace,
        Self::PrivateAddress,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AskFirst => "ask-first",
            Self::ComposedAddress => "composed-address",
            Self::ManyAddresses => "many-addresses",
            Self::SearchWhileUntrusted => "search-while-untrusted",
            Self::DeleteWhileUntrusted => "delete-while-untrusted",
            Self::CoreFile => "core-file",
            Self::SecretLeaves => "secret-leaves",
            Self::ReadOnly => "read-only",
            Self::OutsideWorkspace => "outside-workspace",
            Self::PrivateAddress => "private-address",
        }
    }

    /// What it says, for a list of the rules.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::AskFirst => {
                "mode `ask`: every change, program and call to the network is asked about"
            }
            Self::ComposedAddress => {
                "an address is free if you typed it or it was seen as it is; one the model composed is asked about"
            }
            Self::ManyAddresses => {
                "after five addresses that you did not type, each further one is asked about"
            }
            Self::SearchWhileUntrusted => {
                "with untrusted text in view, a search with words you did not type is asked about"
            }
            Self::DeleteWhileUntrusted => "with untrusted text in view, deleting is asked about",
            Self::CoreFile => {
                "files that say what the assistant is and does change with your yes to the exact bytes alone"
            }
            Self::SecretLeaves => "what looks like a key does not leave without your yes",
            Self::ReadOnly => "mode `read-only`: nothing changes and nothing goes out",
            Self::OutsideWorkspace => "files outside the workspace are not changed",
            Self::PrivateAddress => "addresses that are not on the public internet are not fetched",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What becomes of a call that intends this. The strictest ruling over its effects holds.
pub fn decide(intent: &Intent, seen: &Seen, rules: &Rules<'_>) -> Ruling {
    let mut strictest = Ruling::Allow;
    for effect in &intent.effects {
        let ruling = ruling(effect, seen, rules);
        strictest = match (strictest, ruling) {
            (deny @ Ruling::Deny(_), _) | (_, deny @ Ruling::Deny(_)) => deny,
            // The rule that no mode and no grant can lift is the one to name.
            (Ruling::Ask(one), Ruling::Ask(other)) => {
                Ruling::Ask(if other.rule > one.rule { other } else { one })
            }
            (ask @ Ruling::Ask(_), Ruling::Allow) | (Ruling::Allow, ask @ Ruling::Ask(_)) => ask,
            (Ruling::Allow, Ruling::Allow) => Ruling::Allow,
        };
    }
    strictest
}

fn ruling(effect: &Effect, seen: &Seen, rules: &Rules<'_>) -> Ruling {
    if let Some(because) = forbidden(effect, rules) {
        return Ruling::Deny(because);
    }
    let because = match asked_always(effect).or_else(|| asked_by_sight(effect, seen)) {
        Some(because) => because,
        None if rules.mode == Mode::Ask && !is_quiet(effect) => Because {
            rule: Rule::AskFirst,
            reason: format!("you want to be asked before {}", doing(effect)),
        },
        None => return Ruling::Allow,
    };
    let is_granted = rules.grants.iter().any(|grant| grant.covers(effect));
    match is_granted && is_grantable(because.rule) {
        true => Ruling::Allow,
        false => Ruling::Ask(because),
    }
}

/// Whether a yes may be remembered for the next time.
pub fn is_grantable(rule: Rule) -> bool {
    match rule {
        Rule::AskFirst
        | Rule::ComposedAddress
        | Rule::ManyAddresses
        | Rule::SearchWhileUntrusted
        | Rule::DeleteWhileUntrusted => true,
        Rule::CoreFile
        | Rule::SecretLeaves
        | Rule::ReadOnly
        | Rule::OutsideWorkspace
        | Rule::PrivateAddress => false,
    }
}

/// What nobody can allow.
fn forbidden(effect: &Effect, rules: &Rules<'_>) -> Option<Because> {
    let because = |rule, reason: String| Some(Because { rule, reason });
    match effect {
        Effect::Look => None,
        effect if rules.mode == Mode::ReadOnly => {
            because(Rule::ReadOnly, format!("in this mode there is no {}", doing(effect)))
        }
        Effect::Write { place: Place::Outside(path), .. }
        | Effect::Delete { place: Place::Outside(path) } => {
            because(Rule::OutsideWorkspace, format!("{} is not in the workspace", path.display()))
        }
        Effect::Fetch { url } => match check(url, rules.own_hosts) {
            Ok(()) => None,
            Err(refused) => because(Rule::PrivateAddress, refused.to_string()),
        },
        Effect::Remember
        | Effect::Search { .. }
        | Effect::Write { .. }
        | Effect::Delete { .. }
        | Effect::Run { .. } => None,
    }
}

/// What is asked about whatever was seen.
fn asked_always(effect: &Effect) -> Option<Because> {
    match effect {
        Effect::Write { place: Place::Inside(path), .. }
        | Effect::Delete { place: Place::Inside(path) }
            if is_core(path) =>
        {
            let reason = format!("{path} says what the assistant is and does");
            Some(Because { rule: Rule::CoreFile, reason })
        }
        Effect::Write { place: Place::Inside(path), .. }
            if !crate::secrets::find(path).is_empty() =>
        {
            let reason = "the name of the file holds what looks like a key".to_owned();
            Some(Because { rule: Rule::SecretLeaves, reason })
        }
        Effect::Fetch { url: out } | Effect::Search { query: out }
            if !crate::secrets::find(out).is_empty() =>
        {
            let reason = "what goes out holds what looks like a key".to_owned();
            Some(Because { rule: Rule::SecretLeaves, reason })
        }
        Effect::Look
        | Effect::Remember
        | Effect::Fetch { .. }
        | Effect::Search { .. }
        | Effect::Write { .. }
        | Effect::Delete { .. }
        | Effect::Run { .. } => None,
    }
}

/// What is asked about because of what the model has seen.
fn asked_by_sight(effect: &Effect, seen: &Seen) -> Option<Because> {
    let because = |rule, reason: String| Some(Because { rule, reason });
    let origin = seen.origin();
    match effect {
        Effect::Fetch { url } if !seen.holds_address(url) => {
            because(Rule::ComposedAddress, "the model composed this address".to_owned())
        }
        Effect::Fetch { url }
            if origin.is_untrusted()
                && seen.followed() >= MOST_FOLLOWED
                && !seen.was_address_typed(url) =>
        {
            because(
                Rule::ManyAddresses,
                format!("{} addresses that you did not type were fetched already", seen.followed()),
            )
        }
        Effect::Search { query } if origin.is_untrusted() && !seen.was_typed(query) => because(
            Rule::SearchWhileUntrusted,
            format!("text of origin `{origin}` is in view, and you did not type these words"),
        ),
        Effect::Delete { place } if origin.is_untrusted() => because(
            Rule::DeleteWhileUntrusted,
            format!("text of origin `{origin}` is in view, and {place} would be deleted"),
        ),
        Effect::Look
        | Effect::Remember
        | Effect::Fetch { .. }
        | Effect::Search { .. }
        | Effect::Write { .. }
        | Effect::Delete { .. }
        | Effect::Run { .. } => None,
    }
}

/// Whether an effect is none that mode `ask` asks about.
fn is_quiet(effect: &Effect) -> bool {
    matches!(effect, Effect::Look | Effect::Remember)
}

fn doing(effect: &Effect) -> &'static str {
    match effect {
        Effect::Look => "reading",
        Effect::Remember => "remembering",
        Effect::Fetch { .. } => "fetching",
        Effect::Search { .. } => "searching the web",
        Effect::Write { .. } => "writing",
        Effect::Delete { .. } => "deleting",
        Effect::Run { .. } => "running programs",
    }
}
