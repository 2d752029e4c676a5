//! Calling a skill: by the person, by the model.

use std::sync::Arc;

use localgpt_guard::{Effect, Fence, Intent, Origin, quote};
use localgpt_protocol::{SessionId, Tool, ToolContext, ToolError};
use localgpt_skills::{Dispatch, Invocation, SkillTool, Skills};
use serde_json::{Value, json};

use crate::made::Home;

fn home() -> Home {
    let home = Home::empty();
    home.write(
        "workspace/skills/bins/SKILL.md",
        "---\nname: bins\ndescription: d\n---\nRead `{baseDir}/days.json`.\n",
    );
    home.skill("skills/raw", "name: Raw Line!\ndescription: d\ncommand-dispatch: tool\ncommand-tool: journal\ncommand-arg-mode: raw");
    home.skill("skills/help", "name: help\ndescription: d");
    home.skill("skills/meter", "name: zählerstand\ndescription: d");
    home.skill("skills/quiet", "name: quiet\ndescription: d\nuser-invocable: false");
    home.skill("skills/deploy", "name: deploy\ndescription: d\ndisable-model-invocation: true");
    home
}

fn called(skills: &Skills, text: &str) -> Option<(String, String)> {
    skills.command(text).map(|invocation| (invocation.skill, invocation.input))
}

#[test]
fn a_person_calls_a_skill_by_its_command() {
    let skills = home().load();
    let some = |name: &str, input: &str| Some((name.to_owned(), input.to_owned()));
    for (text, expected) in [
        ("/bins", some("bins", "")),
        ("  /bins  which one today? ", some("bins", "which one today?")),
        ("/BINS x", some("bins", "x")),
        ("/skill bins x y", some("bins", "x y")),
        ("/skill Raw Line! x", some("Raw Line!", "x")),
        ("/skill raw_line x", some("Raw Line!", "x")),
        ("/help_2", some("help", "")),
        ("/z_hlerstand 5", some("zählerstand", "5")),
        ("/zaehlerstand 5", some("zählerstand", "5")),
        ("/skill zählerstand 5", some("zählerstand", "5")),
        ("/deploy", some("deploy", "")),
        ("/help", None),
        ("/quiet", None),
        ("/skill quiet", None),
        ("/skill", None),
        ("/skill nothing", None),
        ("/", None),
        ("bins", None),
        ("", None),
    ] {
        assert_eq!(called(&skills, text), expected, "{text}");
    }
}

#[test]
fn a_command_that_calls_a_tool_says_so_and_calls_nothing() {
    let skills = home().load();
    let invocation = skills.command("/raw_line  one  line ").unwrap();
    let input =
        json!({ "command": "one  line", "commandName": "raw_line", "skillName": "Raw Line!" });
    let dispatch = Dispatch::Tool { tool: "journal".to_owned(), input };
    assert_eq!(
        invocation,
        Invocation { skill: "Raw Line!".to_owned(), input: "one  line".to_owned(), dispatch }
    );
    assert_eq!(skills.command("/bins").unwrap().dispatch, Dispatch::Model);
}

fn call(tool: &SkillTool, input: Value) -> Result<String, ToolError> {
    let context = ToolContext {
        session: SessionId::new("s"),
        origin: Origin::Human,
        allowed: vec![Effect::Look],
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let output = runtime.block_on(tool.call(input, &context))?;
    assert_eq!(output.origin(), Origin::Skill);
    Ok(quote(&output, "skill", Fence(1), 10_000).as_str().to_owned())
}

#[test]
fn the_model_reads_a_skill_and_changes_nothing() {
    let home = home();
    let tool = SkillTool::new(Arc::new(home.load()));
    let only_looks = tool.intent(&json!({ "name": "bins" })).unwrap();
    assert_eq!(only_looks, Intent::only(Effect::Look));
    assert_eq!(
        call(&tool, json!({ "name": "bins", "input": "today" })).unwrap(),
        "<untrusted-0000000000000001 origin=\"skill\" source=\"skill\">\n\
         Skill bins, in the folder skills/bins\n\nRead `skills/bins/days.json`.\n\nInput: today\n\n\
         </untrusted-0000000000000001>"
    );
    assert!(call(&tool, json!({ "name": "zaehlerstand" })).is_ok());
    assert!(call(&tool, json!({ "name": "quiet" })).is_ok());
    let refused = |input| call(&tool, input).unwrap_err();
    assert!(matches!(refused(json!({ "name": "deploy" })), ToolError::Forbidden(_)));
    assert!(matches!(refused(json!({ "name": "nothing" })), ToolError::Input(_)));
    assert!(matches!(refused(json!({})), ToolError::Input(_)));
}

#[test]
fn a_skill_that_changes_by_one_byte_while_it_is_in_use_is_refused() {
    let home = home();
    home.write("workspace/skills/bins/run.sh", "echo 1");
    let tool = SkillTool::new(Arc::new(home.load()));
    assert!(call(&tool, json!({ "name": "bins" })).is_ok());
    home.write("workspace/skills/bins/run.sh", "echo 2");
    assert!(matches!(call(&tool, json!({ "name": "bins" })), Err(ToolError::Forbidden(_))));
    home.write("workspace/skills/bins/run.sh", "echo 1");
    assert!(call(&tool, json!({ "name": "bins" })).is_ok());
}

#[test]
fn variables_are_data_and_what_steers_a_program_is_refused() {
    let mut home = Home::empty();
    home.skill(
        "skills/env",
        "name: env\ndescription: d\nmetadata: {\"openclaw\":{\"primaryEnv\":\"MAIN_KEY\"}}",
    );
    home.entries(&json!({ "env": { "apiKey": "s3cret", "env": {
        "LD_PRELOAD": "/x.so", "PATH": "/x", "NODE_OPTIONS": "--require x", "OK_VALUE": "v3ry", "SET": "other",
    } } }));
    let skills = home.load();
    let variables = skills.variables(skills.find("env").unwrap());
    let set: Vec<_> =
        variables.set.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // `SET` is set in the process already.
    assert_eq!(set, [("MAIN_KEY", "s3cret"), ("OK_VALUE", "v3ry")]);
    let refused: Vec<_> = variables.refused.iter().map(|refusal| refusal.name.as_str()).collect();
    assert_eq!(refused, ["LD_PRELOAD", "NODE_OPTIONS", "PATH"]);
    let said = format!("{variables:?} {:?}", home.settings);
    assert!(!said.contains("s3cret") && !said.contains("v3ry"), "{said}");
}
