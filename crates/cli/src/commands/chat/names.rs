//! Names that a person may want to type: models, sessions, notes.

use std::sync::{Arc, Mutex, PoisonError};

use localgpt_assistant::Archive;
use localgpt_config::Config;
use localgpt_protocol::{Clock, ModelName};

use super::{
    completion::{Offer, Suggest},
    grammar::Wanted,
};

/// The sessions that are offered.
const MOST_SESSIONS: usize = 50;

/// The names that are known by now.
#[derive(Debug)]
pub(super) struct Names {
    known: Arc<Mutex<Known>>,
    archive: Option<Archive>,
}

#[derive(Debug, Default)]
struct Known {
    models: Vec<Offer>,
    sessions: Vec<Offer>,
}

impl Names {
    /// What the configuration and the logs say.
    pub(super) fn new(config: &Config, clock: &Clock) -> Self {
        let model = &config.model;
        let mut models: Vec<Offer> = model
            .aliases
            .iter()
            .map(|(name, model)| Offer { value: name.clone(), does: model.clone() })
            .collect();
        let named = model.choice.iter().chain(&model.fallback);
        models.extend(named.map(|name| Offer { value: name.clone(), does: String::new() }));
        models.push(Offer { value: "quote".to_owned(), does: String::new() });
        let known = Known { models, sessions: Vec::new() };
        // Names are an aid: without the logs there are just fewer of them.
        let archive = Archive::open(config, clock)
            .inspect_err(|error| tracing::debug!(error = %error, "no sessions to complete"))
            .ok();
        let names = Self { known: Arc::new(Mutex::new(known)), archive };
        names.refresh();
        names
    }

    /// Looks for sessions again.
    pub(super) fn refresh(&self) {
        let Some(archive) = &self.archive else { return };
        let Ok(sessions) = archive.list() else { return };
        let offers = sessions.into_iter().take(MOST_SESSIONS).map(|session| Offer {
            value: session.id.to_string(),
            does: session.title.unwrap_or_default(),
        });
        self.known.lock().unwrap_or_else(PoisonError::into_inner).sessions = offers.collect();
    }

    /// Keeps the names of models that were found.
    pub(super) fn know<'a>(&self, models: impl IntoIterator<Item = &'a ModelName>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for model in models {
            let value = model.to_string();
            if known.models.iter().all(|offer| offer.value != value) {
                known.models.push(Offer { value, does: String::new() });
            }
        }
    }

    /// What offers them to the line editor.
    pub(super) fn suggest(&self) -> Box<Suggest> {
        let known = Arc::clone(&self.known);
        Box::new(move |wanted, word| {
            let known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let offers = match wanted {
                Wanted::Model => known.models.as_slice(),
                Wanted::Session => known.sessions.as_slice(),
                Wanted::Note | Wanted::File | Wanted::Nothing => &[],
            };
            offers.iter().filter(|offer| offer.value.starts_with(word)).cloned().collect()
        })
    }
}
