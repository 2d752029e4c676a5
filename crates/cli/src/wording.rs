//! The program's own words around an answer, in German and in English.

mod forget;
mod skills;
mod turn;

use localgpt_config::Language;

pub(crate) use forget::ForgetWording;
pub(crate) use skills::SkillsWording;
pub(crate) use turn::TurnWording;

/// The words of one language.
#[derive(Debug)]
pub(crate) struct Wording {
    /// Says of the built-in answerer what it is.
    pub(crate) no_model: &'static str,
    /// What an answer without quotes says.
    pub(crate) nothing: &'static str,
    /// How to look further; a command follows.
    pub(crate) look_further: &'static str,
    /// What stands before and after a quote.
    pub(crate) quotation_marks: (&'static str, &'static str),
    /// The folder of the notes.
    pub(crate) workspace: &'static str,
    /// A starter file that was written.
    pub(crate) written: &'static str,
    /// A starter file that was there.
    pub(crate) kept: &'static str,
    /// What stands before the first question.
    pub(crate) first_question: &'static str,
    /// How to leave `chat`.
    pub(crate) chat_keys: &'static str,
    /// That a model could be chosen; the command follows.
    pub(crate) model_is_there: &'static str,
    /// A note that was taken back follows.
    pub(crate) forgotten: &'static str,
    /// A change that was made again follows.
    pub(crate) redone: &'static str,
    /// That there are no changes.
    pub(crate) unchanged: &'static str,
    /// That there is no difference to show.
    pub(crate) no_difference: &'static str,
    /// Behind the name of a file that was changed while it was taken back.
    pub(crate) left_alone: &'static str,
    /// How many messages a summary stands for follows.
    pub(crate) summarised: &'static str,
    /// That a summary was taken back.
    pub(crate) expanded: &'static str,
    /// A title follows.
    pub(crate) titled: &'static str,
    /// The name of a session follows.
    pub(crate) branched: &'static str,
    /// One message, and several.
    pub(crate) messages: (&'static str, &'static str),
    /// That no model can be reached, and what can be done.
    pub(crate) no_model_is_there: &'static str,
    /// That there are no older messages.
    pub(crate) nothing_to_summarise: &'static str,
    /// The words around skills.
    pub(crate) skills: SkillsWording,
    /// The words around a turn.
    pub(crate) turn: TurnWording,
    /// The words of `forget`.
    pub(crate) forget: ForgetWording,
}

const ENGLISH: Wording = Wording {
    no_model: "no language model, answered from your notes",
    nothing: "nothing in memory answers this",
    look_further: "look further with",
    quotation_marks: ("“", "”"),
    workspace: "workspace",
    written: "wrote",
    kept: "kept",
    first_question: "A first question:",
    chat_keys: "/help lists the commands, Ctrl-D ends",
    model_is_there: "a model is there, if you want one to answer:",
    forgotten: "taken back",
    redone: "done again",
    unchanged: "nothing was changed yet",
    no_difference: "nothing differs",
    left_alone: "was changed at the same moment and left alone",
    summarised: "messages summarised",
    expanded: "the messages are sent whole again",
    titled: "title",
    branched: "a copy of the session, from here on",
    messages: ("message", "messages"),
    no_model_is_there: "no model can be reached: start Ollama, log in to `claude`, or set a key like ANTHROPIC_API_KEY",
    nothing_to_summarise: "there is nothing older to summarise",
    skills: skills::ENGLISH,
    turn: turn::ENGLISH,
    forget: forget::ENGLISH,
};

const GERMAN: Wording = Wording {
    no_model: "kein Sprachmodell, aus deinen Notizen beantwortet",
    nothing: "dazu steht nichts im Gedächtnis",
    look_further: "weiter suchen mit",
    quotation_marks: ("„", "“"),
    workspace: "Arbeitsordner",
    written: "geschrieben",
    kept: "behalten",
    first_question: "Eine erste Frage:",
    chat_keys: "/help zeigt die Befehle, Strg-D beendet",
    model_is_there: "ein Modell ist da, falls eines antworten soll:",
    forgotten: "zurückgenommen",
    redone: "wiederholt",
    unchanged: "noch wurde nichts geändert",
    no_difference: "nichts ist anders",
    left_alone: "wurde im selben Augenblick geändert und blieb, wie es ist",
    summarised: "Nachrichten zusammengefasst",
    expanded: "die Nachrichten werden wieder ganz gesendet",
    titled: "Titel",
    branched: "ab hier eine Kopie der Sitzung",
    messages: ("Nachricht", "Nachrichten"),
    no_model_is_there: "kein Modell ist erreichbar: Ollama starten, sich bei `claude` anmelden oder einen Schlüssel wie ANTHROPIC_API_KEY setzen",
    nothing_to_summarise: "es gibt nichts Älteres zusammenzufassen",
    skills: skills::GERMAN,
    turn: turn::GERMAN,
    forget: forget::GERMAN,
};

impl Wording {
    /// The words of `language`.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::German => &GERMAN,
            Language::English | Language::Auto => &ENGLISH,
        }
    }

    /// So many messages, in words.
    pub(crate) fn count_messages(&self, count: usize) -> String {
        let (one, several) = self.messages;
        format!("{count} {}", if count == 1 { one } else { several })
    }

    /// Which answerer speaks: `quote · no language model, ...`.
    pub(crate) fn answerer(&self, answerer: &str) -> String {
        match answerer {
            "quote" => format!("quote · {}", self.no_model),
            other => other.to_owned(),
        }
    }
}
