//! The words around a turn: what the assistant does while it answers, and what it took.

/// The words of one language.
#[derive(Debug)]
pub(crate) struct TurnWording {
    /// The model has not said anything yet.
    pub(crate) waiting: &'static str,
    /// The model reasons.
    pub(crate) thinking: &'static str,
    /// It has reasoned; a time follows.
    pub(crate) thought_for: &'static str,
    /// Before the notes that were put beside the message.
    pub(crate) recalled: &'static str,
    /// Before and behind the number of those that are not named.
    pub(crate) and_more: (&'static str, &'static str),
    /// Before a note that was written.
    pub(crate) remembered: &'static str,
    /// Before what did not fit.
    pub(crate) left_out: &'static str,
    /// Between what was kept and what there is.
    pub(crate) of: &'static str,
    /// Before the pause before a request is sent again.
    pub(crate) retrying: &'static str,
    /// Between two models, of which the second takes over.
    pub(crate) takes_over: &'static str,
    /// The model calls tools by writing JSON.
    pub(crate) calls_written: &'static str,
    /// Behind the number of messages that became a summary.
    pub(crate) compacted: &'static str,
    /// The same, where no model wrote it.
    pub(crate) extracted: &'static str,
    /// Before the name of a tool.
    pub(crate) tool: &'static str,
    /// A tool did what it should.
    pub(crate) done: &'static str,
    /// Before the reason why a tool failed.
    pub(crate) failed: &'static str,
    /// Before the reason why a tool did not run.
    pub(crate) denied: &'static str,
    /// One note, and several.
    pub(crate) notes: (&'static str, &'static str),
    /// Behind the tokens that were read.
    pub(crate) tokens_in: &'static str,
    /// Behind those of them that were in the cache.
    pub(crate) cached: &'static str,
    /// Behind the tokens that were written.
    pub(crate) tokens_out: &'static str,
    /// Before and behind a sum of dollars.
    pub(crate) dollars: (&'static str, &'static str),
    /// Between the thousands, and before the tenths, of a number.
    pub(crate) separators: (char, char),
    /// The answer has no end.
    pub(crate) out_of_tokens: &'static str,
    /// The model would not answer.
    pub(crate) refused: &'static str,
    /// Before the tool that was called again and again.
    pub(crate) repeating: &'static str,
    /// Before the budget that was used up.
    pub(crate) over_budget: &'static str,
    /// Before the name of a file that was attached.
    pub(crate) attached: &'static str,
    /// It is one.
    pub(crate) picture: &'static str,
    /// Behind their number.
    pub(crate) characters: &'static str,
    /// What becomes of those that the model does not read at once.
    pub(crate) rest_searched: &'static str,
    /// Behind the number of lines that are not shown.
    pub(crate) lines_more: &'static str,
    /// What can be answered to a question about a call that may be allowed once.
    pub(crate) may_it: &'static str,
    /// The same for one that may be allowed for later; what that allows follows.
    pub(crate) may_it_later: &'static str,
    /// Answers: yes this once.
    pub(crate) allowed_once: &'static str,
    /// Yes in this session.
    pub(crate) allowed_in_session: &'static str,
    /// Yes from now on.
    pub(crate) allowed_always: &'static str,
    /// No.
    pub(crate) not_allowed: &'static str,
    /// Nobody answered.
    pub(crate) not_answered: &'static str,
    /// The person stopped the turn.
    pub(crate) interrupted: &'static str,
}

/// In English.
pub(super) const ENGLISH: TurnWording = TurnWording {
    waiting: "waiting for the model",
    thinking: "thinking",
    thought_for: "thought for",
    recalled: "recalled",
    and_more: ("and", "more"),
    remembered: "remembered",
    left_out: "did not fit",
    of: "of",
    retrying: "trying again in",
    takes_over: "is replaced by",
    calls_written: "the model writes its tool calls as text from here on",
    compacted: "older messages are now a summary (/undo-compact takes it back)",
    extracted: "older messages are now an extract, because no model could sum them up",
    tool: "tool",
    done: "done",
    failed: "failed",
    denied: "did not run",
    notes: ("note", "notes"),
    tokens_in: "tokens in",
    cached: "cached",
    tokens_out: "out",
    dollars: ("$", ""),
    separators: (',', '.'),
    out_of_tokens: "the answer is not complete: it ran out of tokens",
    refused: "the model would not answer",
    repeating: "stopped: the same call again and again of",
    over_budget: "stopped: the turn has used up its",
    attached: "attached",
    picture: "picture",
    characters: "characters",
    rest_searched: "the rest can be searched",
    lines_more: "more lines",
    may_it: "Allow this?  y yes · n no",
    may_it_later: "Allow this?  y yes · n no · s in this session · a always:",
    allowed_once: "allowed once",
    allowed_in_session: "allowed in this session",
    allowed_always: "allowed from now on (`localgpt policy list`)",
    not_allowed: "not allowed",
    not_answered: "not allowed: nobody answered",
    interrupted: "interrupted",
};

/// In German.
pub(super) const GERMAN: TurnWording = TurnWording {
    waiting: "das Modell ist gefragt",
    thinking: "denkt nach",
    thought_for: "nachgedacht:",
    recalled: "erinnert an",
    and_more: ("und", "weitere"),
    remembered: "gemerkt",
    left_out: "passte nicht",
    of: "von",
    retrying: "neuer Versuch in",
    takes_over: "wird ersetzt durch",
    calls_written: "das Modell schreibt seine Aufrufe ab hier als Text",
    compacted: "ältere Nachrichten sind jetzt eine Zusammenfassung (/undo-compact macht es rückgängig)",
    extracted: "ältere Nachrichten sind jetzt ein Auszug, weil kein Modell sie zusammenfassen konnte",
    tool: "Werkzeug",
    done: "fertig",
    failed: "fehlgeschlagen",
    denied: "nicht ausgeführt",
    notes: ("Notiz", "Notizen"),
    tokens_in: "Token gelesen",
    cached: "aus dem Cache",
    tokens_out: "geschrieben",
    dollars: ("", " $"),
    separators: ('.', ','),
    out_of_tokens: "die Antwort ist nicht vollständig: das Token-Limit ist erreicht",
    refused: "das Modell wollte nicht antworten",
    repeating: "angehalten: immer derselbe Aufruf von",
    over_budget: "angehalten: aufgebraucht ist",
    attached: "angehängt",
    picture: "Bild",
    characters: "Zeichen",
    rest_searched: "der Rest kann durchsucht werden",
    lines_more: "weitere Zeilen",
    may_it: "Erlauben?  j ja · n nein",
    may_it_later: "Erlauben?  j ja · n nein · s in dieser Sitzung · i immer:",
    allowed_once: "einmal erlaubt",
    allowed_in_session: "in dieser Sitzung erlaubt",
    allowed_always: "ab jetzt erlaubt (`localgpt policy list`)",
    not_allowed: "nicht erlaubt",
    not_answered: "nicht erlaubt: niemand hat geantwortet",
    interrupted: "abgebrochen",
};
