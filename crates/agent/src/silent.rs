//! Answers that nobody is to see.

use localgpt_protocol::js_trim;

/// What a model answers when it has nothing to say and was told that it need not.
pub const NO_REPLY: &str = "NO_REPLY";

/// Whether a whole answer says that there is nothing to say.
pub fn is_silent(answer: &str) -> bool {
    js_trim(answer) == NO_REPLY
}

/// Whether what has arrived of an answer may still become a silent one: it is held back until that is known.
pub fn may_become_silent(start: &str) -> bool {
    NO_REPLY.starts_with(js_trim(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_silent_only_if_there_is_nothing_else_in_it() {
        for silent in ["NO_REPLY", " NO_REPLY\n", "\u{feff}NO_REPLY\r\n"] {
            assert!(is_silent(silent), "{silent:?}");
            let places = silent.char_indices().map(|(at, _)| at).chain([silent.len()]);
            assert!(places.into_iter().all(|at| may_become_silent(&silent[..at])), "{silent:?}");
        }
        for spoken in ["NO_REPLY ok", "no_reply", "NO_REPLY.", "**NO_REPLY**", "NO_REPLYNO_REPLY"] {
            assert!(!is_silent(spoken), "{spoken:?}");
            assert!(!may_become_silent(spoken), "{spoken:?}");
        }
        assert!(!is_silent("") && may_become_silent(""));
        assert!(may_become_silent(" NO") && !may_become_silent("No"));
    }
}
