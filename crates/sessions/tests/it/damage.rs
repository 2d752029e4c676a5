//! What a crash, an editor or a bad disk does to a log.

use std::fs;

use localgpt_protocol::{
    AssistantPart, Message, Purpose, SessionRecord, Summariser, Thinking, ToolCall, ToolCallId,
    ToolName, ToolResult, TurnEnd, Usage,
};
use localgpt_sessions::{Answerer, Error, LineProblem, Torn};
use proptest::{collection::vec, prelude::*};
use serde_json::json;

use crate::made::{Sessions, answers, asks, at, id, titled, told};

#[test]
fn a_line_torn_anywhere_costs_that_line_only() {
    let whole = {
        let sessions = Sessions::new();
        sessions.with("a", &[asks(1, "kept"), answers(2, "törn \"here\"")]);
        sessions.bytes("a.jsonl")
    };
    let start = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for end in start..whole.len() {
        let sessions = Sessions::new();
        let id = sessions.put("a", &whole[..end]);
        let (tail, is_whole) = (&whole[start..end], end + 1 == whole.len());
        let read = sessions.store.read(&id).unwrap();
        let listed = sessions.store.list().unwrap();
        let (mut log, session) = sessions.store.resume(&id).unwrap();
        if is_whole {
            // Only its line break was missing.
            assert_eq!(session.torn, None);
            assert_eq!(told(&session), "1 kept | 2 törn \"here\"");
        } else {
            assert_eq!(told(&session), "1 kept");
            let torn = |kept| Torn { bytes: tail.len() as u64, kept };
            let aside = sessions.folder.path().join("a.torn");
            let expected = (!tail.is_empty()).then(|| torn(Some(aside.clone())));
            assert_eq!(session.torn, expected);
            assert_eq!(read.torn, (!tail.is_empty()).then(|| torn(None)));
            if !tail.is_empty() {
                assert_eq!(fs::read(&aside).unwrap(), [tail, b"\n"].concat());
            }
        }
        assert_eq!(told(&read), told(&session));
        assert_eq!(listed[0].messages, session.messages().len() as u64);
        let number = log.append(&asks(3, "after")).unwrap();
        drop(log);
        let again = sessions.store.resume(&id).unwrap().1;
        assert_eq!((again.records, again.torn.clone()), (number + 1, None));
        assert_eq!(told(&again), format!("{} | {number} after", told(&session)));
        assert_eq!(again.skipped, []);
    }
}

#[test]
fn zeros_behind_the_last_line_are_cut_off_for_good() {
    let sessions = Sessions::new();
    let id = sessions.with("a", &[asks(1, "kept")]);
    let mut bytes = sessions.bytes("a.jsonl");
    bytes.extend_from_slice(&[0; 4000]);
    sessions.put("a", &bytes);
    let session = sessions.store.resume(&id).unwrap().1;
    assert_eq!(session.torn, Some(Torn { bytes: 4000, kept: None }));
    assert_eq!(sessions.bytes("a.jsonl"), &bytes[..bytes.len() - 4000]);
}

#[test]
fn lines_that_say_nothing_keep_their_numbers() {
    let sessions = Sessions::new();
    let id = sessions.with("a", &[asks(1, "one")]);
    let mut log = String::from_utf8(sessions.bytes("a.jsonl")).unwrap();
    log.push_str("\nnot json\n{\"type\":\"dreamed\",\"at\":\"2026-11-24T14:30:00Z\"}\n");
    sessions.put("a", &log);
    let (mut open, session) = sessions.store.resume(&id).unwrap();
    let problems: Vec<_> =
        session.skipped.iter().map(|line| (line.record, &line.problem)).collect();
    assert_eq!(problems[0], (2, &LineProblem::Blank));
    assert!(matches!(problems[1], (3, LineProblem::Unreadable(_))));
    assert_eq!(problems[2], (4, &LineProblem::UnknownType("dreamed".to_owned())));
    assert_eq!(open.append(&asks(2, "two")).unwrap(), 5);
    assert!(sessions.bytes("a.jsonl").starts_with(log.as_bytes()));
    assert_eq!(told(&sessions.store.read(&id).unwrap()), "1 one | 5 two");
}

#[test]
fn a_file_without_any_record_is_no_session() {
    let sessions = Sessions::new();
    for log in ["", "\n", "junk\n", "{}\n", "{\"type\":\"opened\",\"ver"] {
        let id = sessions.put("a", log);
        assert!(matches!(sessions.store.read(&id), Err(Error::Empty { .. })), "{log}");
        assert!(matches!(sessions.store.resume(&id), Err(Error::Empty { .. })), "{log}");
        assert_eq!(sessions.bytes("a.jsonl"), log.as_bytes());
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-zA-Zäß \n\"\\\\]{0,40}"]
}

fn message() -> impl Strategy<Value = Message> {
    let outcome = |name: &str, text: String| serde_json::from_value(json!({ name: text })).unwrap();
    let result = move |outcome| ToolResult {
        call: ToolCallId::new("c"),
        name: ToolName::new("read"),
        outcome,
    };
    prop_oneof![
        text().prop_map(|text| serde_json::from_value(
            json!({"role": "user", "parts": [{"text": text}, {"recalled": {"citations": [{"path": "a.md", "start_line": 1, "end_line": 1}], "notes": text}}]})
        )
        .unwrap()),
        (text(), text()).prop_map(|(text, input)| Message::Assistant(vec![
            AssistantPart::Thinking(Thinking { text: text.clone(), seal: None }),
            AssistantPart::Text(text),
            AssistantPart::ToolCall(ToolCall {
                id: ToolCallId::new("c"),
                name: ToolName::new("read"),
                input: json!({ "path": input }),
            }),
        ])),
        (text(), prop_oneof![Just("done"), Just("failed"), Just("denied")])
            .prop_map(move |(text, name)| Message::ToolResults(vec![result(outcome(name, text))])),
    ]
}

fn record() -> impl Strategy<Value = SessionRecord> {
    let time = (0..1_000_000_i64).prop_map(at);
    (time, text(), 0..40_u64, message(), 0..11_usize).prop_map(
        |(at, text, number, message, kind)| match kind {
            0 => SessionRecord::Titled { at, title: text },
            1 => SessionRecord::ModelChosen { at, model: None },
            2 => SessionRecord::ModelChosen { at, model: "ollama/a:b".parse().ok() },
            3 => SessionRecord::Spent {
                at,
                model: "ollama/a:b".parse().unwrap(),
                purpose: Purpose::Notes,
                usage: Usage { input: number, output: 1, ..Usage::default() },
            },
            4 => SessionRecord::Ended { at, end: TurnEnd::Failed { message: text, hint: None } },
            5 => SessionRecord::Remembered { at, citation: "a.md#L1-L2".parse().unwrap(), text },
            6 => SessionRecord::Forgotten { at, record: number },
            7 => SessionRecord::Compacted {
                at,
                summary: text,
                kept_from: number,
                by: Summariser::Extract,
                origin: localgpt_protocol::Origin::Web,
            },
            8 => SessionRecord::CompactionUndone { at },
            9 => SessionRecord::Rewound { at, to: number },
            _ => SessionRecord::Said { at, message },
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_records_read_back_as_they_were_appended(records in vec(record(), 0..30)) {
        let sessions = Sessions::new();
        let (mut log, mut grown) = sessions.store.create(&id("a"), at(0)).unwrap();
        for record in &records {
            prop_assert_eq!(log.append(record).unwrap(), grown.records);
            grown.apply(record.clone());
        }
        prop_assert_eq!(&sessions.store.read(&id("a")).unwrap(), &grown);
        drop(log);
        let lines = sessions.bytes("a.jsonl");
        let read: Vec<SessionRecord> = lines
            .split(|byte| *byte == b'\n')
            .skip(1)
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        prop_assert_eq!(&read, &records);

        // The list, which parses next to nothing, says the same.
        let listed = sessions.store.list().unwrap().remove(0);
        let model = match &grown.answerer {
            Answerer::Model(model) => Some(model.clone()),
            Answerer::Unchosen | Answerer::Quotes => None,
        };
        let said = |record: &&SessionRecord| matches!(record, SessionRecord::Said { .. });
        prop_assert_eq!(listed.title.as_deref(), grown.title());
        prop_assert_eq!(listed.model, model);
        prop_assert_eq!(listed.started, grown.opened_at);
        prop_assert_eq!(listed.messages, records.iter().filter(said).count() as u64);
        prop_assert_eq!(listed.bytes, lines.len() as u64);
    }

    #[test]
    fn bytes_that_were_changed_never_stop_the_reader(
        records in vec(record(), 1..6),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let sessions = Sessions::new();
        sessions.with("a", &records);
        let mut bytes = sessions.bytes("a.jsonl");
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let id = sessions.put("a", &bytes);
        sessions.store.list().unwrap();
        sessions.store.search("a", 10).unwrap();
        if let Ok(session) = sessions.store.read(&id) {
            sessions.store.export(&id, &jiff::tz::TimeZone::UTC).unwrap();
            match sessions.store.resume(&id) {
                Ok((mut log, resumed)) => {
                    prop_assert_eq!(resumed.records, session.records);
                    prop_assert_eq!(log.append(&titled("x")).unwrap(), session.records);
                }
                Err(error) => prop_assert!(matches!(error, Error::TooNew { .. }), "{error}"),
            }
        }
    }

    #[test]
    fn any_bytes_are_a_session_or_an_error(bytes in vec(any::<u8>(), 0..400)) {
        let sessions = Sessions::new();
        let id = sessions.put("a", &bytes);
        if let Err(error) = sessions.store.read(&id) {
            prop_assert!(matches!(error, Error::Empty { .. }), "{error}");
        }
        sessions.store.list().unwrap();
    }
}
