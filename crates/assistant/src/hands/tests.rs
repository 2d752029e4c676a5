//! Which tools there are, for which window, and what they cost.

use std::fs;

use localgpt_agent::budget;
use localgpt_config::{HistoryPlace, Language};

use super::*;
use crate::{desk::Audience, librarian::Librarian, set_up::SetUp};

/// The most tokens that all tools may cost in each request.
const MOST_TOKENS: u32 = 2_100;

fn equipped(set_up: &SetUp) -> Equipment {
    let SetUp { config, environment, clock, .. } = set_up;
    fs::create_dir_all(&config.workspace).unwrap();
    let librarian = Librarian::start(config, environment, clock).unwrap();
    let desk = Desk::new(librarian, Audience::Private);
    equip(config, environment, clock, &desk, NoSandbox::Refused).unwrap()
}

fn names(tools: &[Arc<dyn Tool>]) -> Vec<String> {
    tools.iter().map(|tool| tool.spec().name.to_string()).collect()
}

fn with_skill() -> SetUp {
    let set_up = SetUp::empty(Language::English);
    let folder = set_up.config.workspace.join("skills/tides");
    fs::create_dir_all(&folder).unwrap();
    let text =
        "---\nname: tides\ndescription: Looks up the tides of a harbour.\n---\nAsk the table.\n";
    fs::write(folder.join("SKILL.md"), text).unwrap();
    set_up
}

#[test]
fn a_small_window_is_offered_the_tools_that_a_small_model_can_handle() {
    let equipment = equipped(&with_skill());
    assert_eq!(names(&offered(&equipment.tools, SMALL_WINDOW - 1)), FEW);
    let all = names(&offered(&equipment.tools, SMALL_WINDOW));
    for name in ["list", "find", "grep", "delete", "web_fetch", "skill"] {
        assert!(all.iter().any(|own| own == name), "{name}: {all:?}");
    }
    assert!(!all.iter().any(|own| own == "web_search"), "nobody was chosen to search: {all:?}");
}

#[test]
fn a_search_is_offered_once_an_engine_is_chosen_and_a_skill_once_there_is_one() {
    let mut set_up = SetUp::empty(Language::English);
    assert!(!names(&equipped(&set_up).tools).contains(&"skill".to_owned()));
    set_up.config.web.search = SearchConfig::DuckDuckGo { base_url: None };
    assert!(names(&equipped(&set_up).tools).contains(&"web_search".to_owned()));
}

#[test]
fn without_a_sandbox_there_is_no_shell() {
    let set_up = SetUp::empty(Language::English);
    let all = names(&equipped(&set_up).tools);
    let has_shell = all.iter().any(|name| name == "shell" || name == "process");
    // The tests of this crate are a program that cannot be run again, so on Linux there is no sandbox in them.
    assert_eq!(has_shell, localgpt_sandbox::status().is_on(), "{all:?}");
}

#[test]
fn every_tool_together_costs_little_of_a_request() {
    let mut set_up = with_skill();
    set_up.config.web.search = SearchConfig::DuckDuckGo { base_url: None };
    let mut tools = equipped(&set_up).tools;
    if !localgpt_sandbox::status().is_on() {
        // What it costs does not hang on whether programs can run here.
        let programs = Arc::new(Programs::default());
        let root = set_up.config.workspace;
        let folder = Arc::new(Folder { root, readable: Vec::new(), own: Vec::new(), home: None });
        let shell = Program::find("sh", OsStr::new("/usr/bin:/bin")).unwrap();
        let setup = Setup { shell, confine: Box::new(|launch| launch) };
        tools.push(Arc::new(Shell::new(folder, setup, Arc::clone(&programs))));
        tools.push(Arc::new(Process::new(programs)));
    }
    let specs: Vec<ToolSpec> = tools.iter().map(|tool| tool.spec().clone()).collect();
    assert_eq!(specs.len(), 15, "{:?}", names(&tools));
    let each: Vec<String> = specs
        .iter()
        .map(|spec| format!("{} {}", spec.name, budget::tools(std::slice::from_ref(spec))))
        .collect();
    let tokens = budget::tools(&specs);
    assert!(tokens <= MOST_TOKENS, "{tokens}: {}", each.join(", "));
}

#[test]
fn a_tool_that_changes_something_refuses_a_call_that_says_nothing() {
    let mut set_up = with_skill();
    set_up.config.history.place = HistoryPlace::Beside;
    for tool in equipped(&set_up).tools {
        let spec = tool.spec();
        let says = tool.intent(&Value::Null);
        // None of them runs on nothing, and none panics.
        if matches!(spec.risk, localgpt_protocol::Risk::Write | localgpt_protocol::Risk::Execute) {
            assert!(says.is_err(), "{}", spec.name);
        }
    }
}
