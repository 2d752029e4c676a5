//! What a model reads first, by the assertions of the workspace format.

use localgpt_protocol::{DayNote, Found, Risk, ToolName};
use proptest::prelude::*;

use super::*;
use crate::{prompt::cut::units, silent::NO_REPLY};

const PLENTY: u32 = 200_000;

fn text(text: impl Into<String>) -> Found {
    Found::Text(text.into())
}

fn files(found: &[(ContextName, Found)]) -> ContextFiles {
    let found = |name: ContextName| {
        let found = found.iter().find(|(other, _)| *other == name);
        found.map_or(Found::Missing { lookalike: None }, |(_, found)| found.clone())
    };
    let files = ContextName::ALL.map(|name| ContextFile { name, found: found(name) });
    ContextFiles { files: files.to_vec(), notes: Vec::new() }
}

/// Every file, each with a word of its own, and a note of the day.
fn full() -> ContextFiles {
    let all = ContextName::ALL.map(|name| (name, text(format!("{}-WORD\n", name.as_str()))));
    let found = text("DAY-WORD\n");
    let note = DayNote {
        path: "memory/2026-03-05.md".to_owned(),
        unread: 0,
        label: localgpt_guard::Label::NOTHING,
        found,
    };
    ContextFiles { notes: vec![note], ..files(&all) }
}

fn now() -> ZonedDateTime {
    "2026-03-05T09:30+01:00[Europe/Berlin]".parse().unwrap()
}

fn setting(now: &ZonedDateTime) -> Setting<'_> {
    Setting {
        audience: Audience::Private,
        heartbeat: Heartbeat::On,
        voice: Voice::Aloud,
        tools: &[],
        now,
        tokens_available: PLENTY,
        fence: Fence(7),
    }
}

fn assembled(files: &ContextFiles, change: impl FnOnce(&mut Setting<'_>)) -> Assembled {
    let now = now();
    let mut setting = setting(&now);
    change(&mut setting);
    assemble(files, &setting)
}

fn whole(assembled: &Assembled) -> String {
    format!("{}{}", assembled.instructions.stable, assembled.instructions.changing)
}

fn prompt(files: &ContextFiles) -> String {
    whole(&assembled(files, |_| {}))
}

/// What stands under the heading of a file.
fn section<'a>(prompt: &'a str, name: &str) -> &'a str {
    let (_, rest) = prompt.split_once(&format!("\n## {name}\n\n")).unwrap();
    let section = rest.split("\n## ").next().unwrap();
    section.split("\n# Now\n").next().unwrap().trim_end()
}

fn part(assembled: &Assembled, name: &str) -> ContextState {
    assembled.parts.iter().find(|part| part.name == name).unwrap().state.clone()
}

/// The words of files and notes in the order in which they stand in the prompt.
fn words(prompt: &str) -> Vec<&str> {
    let words = prompt.split_whitespace().filter_map(|word| word.strip_suffix("-WORD"));
    words.collect()
}

fn words_for(audience: Audience, heartbeat: Heartbeat) -> Vec<String> {
    let assembled = assembled(&full(), |setting| {
        setting.audience = audience;
        setting.heartbeat = heartbeat;
    });
    words(&whole(&assembled)).into_iter().map(str::to_owned).collect()
}

#[test]
fn in_private_all_files_stand_in_their_order_and_what_changes_stands_last() {
    let assembled = assembled(&full(), |_| {});
    let Instructions { stable, changing } = &assembled.instructions;
    let expected =
        ["AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md", "TOOLS.md", "BOOTSTRAP.md", "MEMORY.md"];
    assert_eq!(words(stable), expected);
    assert_eq!(words(changing), ["HEARTBEAT.md", "DAY"]);
    let names: Vec<&str> = assembled.parts.iter().map(|part| part.name.as_str()).collect();
    let changing = ["HEARTBEAT.md", "memory/2026-03-05.md"];
    assert_eq!(names, [&["instructions"][..], &expected, &changing].concat());
    assert!(assembled.parts.iter().all(|part| part.state == ContextState::Whole));
    assert!(stable.contains("\n## SOUL.md\n\nSOUL.md-WORD\n\n## IDENTITY.md\n"), "{stable}");
}

#[test]
fn others_see_neither_memory_nor_the_days() {
    let expected = ["AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md", "TOOLS.md", "BOOTSTRAP.md"];
    assert_eq!(words_for(Audience::Group, Heartbeat::On), expected);
}

#[test]
fn a_sub_agent_sees_how_to_work_and_the_tools() {
    assert_eq!(words_for(Audience::SubAgent, Heartbeat::On), ["AGENTS.md", "TOOLS.md"]);
}

#[test]
fn what_to_look_after_is_shown_if_the_assistant_looks_after_it() {
    let shows =
        |audience, heartbeat| words_for(audience, heartbeat).contains(&"HEARTBEAT.md".to_owned());
    assert!(shows(Audience::Private, Heartbeat::On));
    assert!(!shows(Audience::Private, Heartbeat::Off));
    assert!(shows(Audience::Heartbeat, Heartbeat::Off));
}

#[test]
fn what_stays_the_same_does_not_depend_on_time_voice_or_heartbeat() {
    let first = assembled(&full(), |_| {});
    let later = now().checked_add(jiff::Span::new().hours(30)).unwrap();
    let setting = Setting {
        heartbeat: Heartbeat::Off,
        voice: Voice::Silent,
        fence: Fence(8),
        ..setting(&later)
    };
    let second = assemble(&full(), &setting);
    assert_eq!(first.instructions.stable, second.instructions.stable);
    assert_ne!(first.instructions.changing, second.instructions.changing);
}

#[test]
fn the_time_is_told_in_the_users_zone() {
    let changing = assembled(&ContextFiles::default(), |_| {}).instructions.changing;
    assert_eq!(
        changing,
        "\n# Now\n\nIt is Thursday, 2026-03-05 09:30 in Europe/Berlin (UTC+01:00).\n"
    );
}

#[test]
fn only_a_silent_turn_is_told_how_to_say_nothing() {
    assert!(!prompt(&full()).contains(NO_REPLY));
    let silent = assembled(&full(), |setting| setting.voice = Voice::Silent);
    assert!(silent.instructions.changing.contains(NO_REPLY));
}

#[test]
fn missing_blank_and_unreadable_look_different() {
    let missing = prompt(&files(&[]));
    assert_eq!(section(&missing, "SOUL.md"), "[MISSING] expected at SOUL.md");
    let blank = prompt(&files(&[(ContextName::Soul, Found::Blank)]));
    assert!(!blank.contains("SOUL.md"), "{blank}");
    let reason = "permission denied".to_owned();
    let soul = files(&[(ContextName::Soul, Found::Unreadable { reason: reason.clone() })]);
    let unreadable = assembled(&soul, |_| {});
    assert_eq!(section(&whole(&unreadable), "SOUL.md"), "[UNREADABLE] permission denied");
    assert_eq!(part(&unreadable, "SOUL.md"), ContextState::LeftOut { reason });
    let refused = Found::Refused { reason: "it is a symbolic link".to_owned() };
    let refused = prompt(&files(&[(ContextName::Memory, refused)]));
    assert_eq!(section(&refused, "MEMORY.md"), "[REFUSED] it is a symbolic link");
    let huge = assembled(
        &files(&[(ContextName::Tools, Found::TooLarge { bytes: 3_000_000, limit: 2 << 20 })]),
        |_| {},
    );
    let reason = "it has 3000000 bytes, the limit is 2097152".to_owned();
    assert_eq!(section(&whole(&huge), "TOOLS.md"), format!("[TOO LARGE] {reason}"));
    assert_eq!(part(&huge, "TOOLS.md"), ContextState::LeftOut { reason });
}

#[test]
fn nobody_misses_a_memory_that_was_never_written_unless_it_has_another_name() {
    assert!(!prompt(&files(&[])).contains("MEMORY.md"));
    let lookalike = Some("memory.md".to_owned());
    let files = files(&[(ContextName::Memory, Found::Missing { lookalike })]);
    let assembled = assembled(&files, |_| {});
    let reason = "only the exact name counts, and there is memory.md".to_owned();
    assert_eq!(part(&assembled, "MEMORY.md (missing)"), ContextState::LeftOut { reason });
}

#[test]
fn a_soul_is_to_be_embodied_and_none_is_not() {
    assert!(prompt(&full()).contains("Be who SOUL.md says"));
    assert!(!prompt(&files(&[])).contains("Be who SOUL.md says"));
}

#[test]
fn a_folder_of_notes_has_the_core_and_the_time_alone() {
    let assembled = assembled(&ContextFiles::default(), |_| {});
    assert_eq!(assembled.instructions.stable, charter::charter(&[]));
    assert_eq!(assembled.parts.len(), 1);
}

#[test]
fn of_25_000_characters_head_and_tail_are_kept_and_the_mark_says_so() {
    let line = "Nothing of note in this line, which is one of many.\n";
    let body = line.repeat(25_000 / line.len());
    let long = format!("FIRST\n{body}LAST\n");
    let of = units(&long) - 1;
    for name in [ContextName::Agents, ContextName::Soul, ContextName::User, ContextName::Memory] {
        let assembled = assembled(&files(&[(name, text(long.clone()))]), |_| {});
        let name = name.as_str();
        let prompt = whole(&assembled);
        let section = section(&prompt, name);
        let size = units(section);
        assert!((19_800..=20_000).contains(&size), "{name}: {size}");
        assert!(section.starts_with("FIRST\n") && section.ends_with("\nLAST"), "{name}");
        let ContextState::Cut { kept, of: all } = part(&assembled, name) else { panic!("{name}") };
        assert_eq!(all, of);
        let mark = format!("\n[{name} is cut here: {kept} of {of} characters shown");
        assert!(section.contains(&mark), "{section}");
        let is_line = |line: &str| ["FIRST", "LAST"].contains(&line) || line.starts_with('[');
        assert!(section.lines().all(|one| is_line(one) || one == line.trim_end()), "{name}");
    }
}

#[test]
fn a_rule_in_the_middle_of_long_instructions_survives() {
    let filler = "Some more words about how we like to work here.\n".repeat(400);
    let rule = "- You must never send anything before Ada has read it.";
    let agents = text(format!("{filler}{rule}\r\n{filler}"));
    let assembled = assembled(&files(&[(ContextName::Agents, agents)]), |_| {});
    let prompt = whole(&assembled);
    assert!(section(&prompt, "AGENTS.md").contains(rule));
    assert!(units(section(&prompt, "AGENTS.md")) <= 20_000);
}

#[test]
fn front_matter_a_byte_order_mark_and_windows_line_breaks_are_sent_as_they_are() {
    for whole in ["---\nname: x\n---\n\n# Soul", "\u{feff}# Soul\r\n\r\n- calm"] {
        let prompt = prompt(&files(&[(ContextName::Soul, text(format!("{whole}\r\n\u{feff}")))]));
        assert!(
            prompt.contains(&format!("\n## SOUL.md\n\n{whole}\n\n## IDENTITY.md\n")),
            "{prompt}"
        );
    }
}

#[test]
fn all_files_together_stay_below_60_000_units_and_none_is_forgotten() {
    let long = "All work and no play makes a dull day.\n".repeat(600);
    let all = ContextName::ALL.map(|name| (name, text(long.clone())));
    let assembled = assembled(&files(&all), |_| {});
    let prompt = whole(&assembled);
    let sizes = ContextName::ALL.map(|name| match part(&assembled, name.as_str()) {
        ContextState::Cut { .. } => units(section(&prompt, name.as_str())),
        ContextState::LeftOut { .. } => 0,
        ContextState::Whole => panic!("{name:?} is whole"),
    });
    assert!(sizes.iter().sum::<usize>() <= MOST_IN_ALL);
    assert!(sizes.iter().all(|size| *size > 0), "{sizes:?}");
}

#[test]
fn a_small_window_keeps_who_it_is_before_what_it_knows() {
    let line = "Something that is good to know about this.\n";
    let mut files = files(&[
        (ContextName::Identity, text("- Name: Ada\n")),
        (ContextName::Soul, text("Calm and brief.\n")),
        (ContextName::Agents, text(line.repeat(200))),
        (ContextName::Memory, text(format!("# The head of memory\n\n{}", line.repeat(200)))),
    ]);
    files.notes = full().notes;
    let assembled = assembled(&files, |setting| setting.tokens_available = 1_400);
    let prompt = whole(&assembled);
    assert!(estimate(&prompt) <= 1_400);
    assert!(estimate(&prompt) > 1_250, "{}", estimate(&prompt));
    assert_eq!(part(&assembled, "IDENTITY.md"), ContextState::Whole);
    assert_eq!(part(&assembled, "SOUL.md"), ContextState::Whole);
    assert!(matches!(part(&assembled, "AGENTS.md"), ContextState::Cut { .. }));
    assert!(prompt.contains("# The head of memory"), "{prompt}");
    let note = part(&assembled, "memory/2026-03-05.md");
    assert_eq!(note, ContextState::LeftOut { reason: "there is no room for it".to_owned() });
}

#[test]
fn what_is_said_always_is_said_even_where_nothing_else_has_room() {
    let assembled = assembled(&full(), |setting| setting.tokens_available = 0);
    assert_eq!(assembled.instructions.stable, charter::charter(&[]));
    let states = assembled.parts.iter().skip(1).map(|part| &part.state);
    assert!(states.clone().all(|state| matches!(state, ContextState::LeftOut { .. })));
    assert_eq!(states.count(), 9);
}

#[test]
fn what_fits_is_sent_even_if_saying_that_it_does_not_would_take_more() {
    let files = files(&ContextName::ALL.map(|name| (name, text("x"))));
    let all = assembled(&files, |_| {});
    let tokens = estimate(&all.instructions.stable) + estimate(&all.instructions.changing);
    let exact = assembled(&files, |setting| setting.tokens_available = tokens + 2);
    assert_eq!(exact, all);
}

#[test]
fn notes_of_days_are_quoted_and_the_newest_lines_are_kept() {
    let day = |path: &str, found: Found| DayNote {
        path: path.to_owned(),
        unread: 0,
        label: localgpt_guard::Label::NOTHING,
        found,
    };
    let long = format!("# Day\n{}- the last line\n", "- <b>more</b> of the day\n".repeat(100));
    let mut files = files(&[]);
    files.notes = vec![
        day("memory/2026-03-05.md", text(long.clone())),
        day("memory/2026-03-05-a.md", text(long.clone())),
        day(
            "memory/2026-03-05-b.md",
            Found::Refused { reason: "it is a symbolic link".to_owned() },
        ),
        day("memory/2026-03-04.md", text(long.clone())),
        day("memory/2026-03-03.md", text(long)),
    ];
    let assembled = assembled(&files, |_| {});
    let changing = &assembled.instructions.changing;
    let open = "<untrusted-0000000000000007 origin=\"human\" source=\"memory/2026-03-05.md\">\n[memory/2026-03-05.md is cut here: ";
    assert!(changing.contains(open), "{changing}");
    assert_eq!(changing.matches("- the last line\n</untrusted-0000000000000007>").count(), 3);
    assert!(!changing.contains("<b>"));
    let kept: Vec<bool> = assembled
        .parts
        .iter()
        .rev()
        .take(5)
        .rev()
        .map(|part| matches!(part.state, ContextState::Cut { .. }))
        .collect();
    assert_eq!(kept, [true, true, false, true, false]);
    assert!(units(changing) < 2_800 + 600, "{}", units(changing));
}

#[test]
fn tools_are_named_if_they_are_offered() {
    let spec = ToolSpec {
        name: ToolName::new("remember"),
        description: String::new(),
        input_schema: serde_json::Value::Null,
        risk: Risk::Remember,
        aliases: localgpt_protocol::Aliases::default(),
    };
    let now = now();
    let tools = std::slice::from_ref(&spec);
    let with = assemble(&full(), &Setting { tools, ..setting(&now) });
    assert!(with.instructions.stable.contains("call `remember` once"));
}

proptest! {
    #[test]
    fn instructions_never_take_more_tokens_than_there_are_and_nothing_is_cut_in_silence(
        texts in prop::collection::vec("([a-zä0-9 .😀\u{feff}]{0,80}\r?\n?|never x\n){0,80}", 8),
        notes in prop::collection::vec("([a-zä0-9 .]{0,80}\n){0,40}", 0..4),
        tokens_available in 0_u32..6_000,
    ) {
        let all: Vec<(ContextName, Found)> =
            ContextName::ALL.into_iter().zip(texts.iter().map(|one| text(format!("x{one}")))).collect();
        let mut files = files(&all);
        for (number, note) in notes.iter().enumerate() {
            let path = format!("memory/2026-03-0{}.md", 5 - number);
            files.notes.push(DayNote { path, unread: 0, label: localgpt_guard::Label::NOTHING, found: text(format!("x{note}")) });
        }
        let assembled = assembled(&files, |setting| setting.tokens_available = tokens_available);
        let Instructions { stable, changing } = &assembled.instructions;
        let bare = assemble(&ContextFiles::default(), &setting(&now())).instructions;
        let fixed = estimate(&bare.stable) + estimate(&bare.changing);
        let tokens = estimate(stable) + estimate(changing);
        prop_assert!(tokens <= tokens_available.max(fixed), "{tokens} > {tokens_available}");
        prop_assert_eq!(assembled.parts.len(), 1 + 8 + notes.len());
        for (name, found) in &all {
            let is_there = whole(&assembled).contains(localgpt_protocol::js_trim_end(found.text().unwrap()));
            let is_whole = part(&assembled, name.as_str()) == ContextState::Whole;
            prop_assert!(is_there || !is_whole, "{}", name.as_str());
        }
    }
}
