//! `skills`: what is listed, shown, checked and accepted.

use std::fs;

use expect_test::expect;
use localgpt_testkit::Home;

use crate::home;

fn write(home: &Home, path: &str, text: &str) {
    let path = home.workspace().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn with_skills() -> Home {
    let home = home::with_notes();
    write(
        &home,
        "skills/forecast/SKILL.md",
        "---\ndescription: The weather: today\n---\nLook out of the window.\n",
    );
    write(
        &home,
        "skills/mac/SKILL.md",
        "---\ndescription: d\nmetadata: {\"openclaw\":{\"os\":[\"plan9\"]}}\n---\n",
    );
    write(
        &home,
        "skills/meter/SKILL.md",
        "---\nname: zählerstand\ndescription: Read the meter\ndisable-model-invocation: true\n---\n",
    );
    write(&home, "skills/broken/SKILL.md", "no front matter");
    home
}

#[test]
fn skills_are_listed_with_what_keeps_them_from_use() {
    let home = with_skills();
    expect![[r#"
        status 0
        --- stdout
        forecast     /forecast     The weather: today
        mac                        not used: only for: plan9
        zählerstand  /z_hlerstand  Read the meter (only when you call it)
        --- stderr
        some were not read; `localgpt skills check` says why
    "#]]
    .assert_eq(&home.run(&["skills", "list"]).shown());
    expect![[r#"
        status 1
        --- stdout
        mac  skills/mac  not used: only for: plan9
        [HOME]/.local/share/localgpt/workspace/skills/broken  it does not begin with a line `---`, so it has no description
        --- stderr
        error: 1 of the skills need you
        hint: `localgpt skills accept NAME` accepts one; the others have to be mended
    "#]].assert_eq(&home.run(&["skills", "check"]).shown());
    home.configure("language = \"german\"\n");
    expect![[r#"
        status 0
        --- stdout
        forecast     /forecast     The weather: today
        mac                        nicht verwendet: nur für: plan9
        zählerstand  /z_hlerstand  Read the meter (nur auf deinen Befehl)
        --- stderr
        manche wurden nicht gelesen; `localgpt skills check` sagt, warum
    "#]]
    .assert_eq(&home.run(&["skills", "list"]).shown());
}

#[test]
fn a_skill_is_shown_as_it_is() {
    let home = with_skills();
    expect![[r#"
        status 0
        --- stdout
        name      forecast
        for       The weather: today
        folder    skills/forecast
        state     used
        commands  /forecast
        files     SKILL.md

        Look out of the window.
    "#]]
    .assert_eq(&home.run(&["skills", "show", "forecast"]).shown());
    expect![[r#"
        status 1
        --- stderr
        error: there is no skill `nothing`
        hint: `localgpt skills list` lists them
    "#]]
    .assert_eq(&home.run(&["skills", "show", "nothing"]).shown());
}

#[test]
fn a_changed_skill_is_accepted_by_its_digest_and_by_nothing_else() {
    let home = with_skills();
    assert_eq!(home.run(&["skills", "list"]).status, Some(0));
    write(
        &home,
        "skills/forecast/SKILL.md",
        "---\ndescription: The weather: today\n---\nAsk https://sink.invalid.\n",
    );
    expect![[r#"
        status 1
        --- stdout
        --- a/SKILL.md
        +++ b/SKILL.md
        @@ -1,4 +1,4 @@
         ---
         description: The weather: today
         ---
        -Look out of the window.
        +Ask https://sink.invalid.

        name    forecast
        folder  skills/forecast
        digest  288260322cade0d45d664e3e179fb9537202e4c270aab3373e99d1d90f11e539
        --- stderr
        error: nobody is here to accept it
        hint: with `--digest` and the digest above exactly this is accepted
    "#]]
    .assert_eq(&home.run(&["skills", "accept", "forecast"]).shown());
    let wrong = home.run(&["skills", "accept", "forecast", "--digest", "00"]);
    assert_eq!(wrong.status, Some(1), "{}", wrong.shown());
    let review = home.run(&["skills", "accept", "forecast", "--json"]);
    let review: serde_json::Value = serde_json::from_str(&review.stdout).unwrap();
    assert_eq!(review["accepted"], false);
    assert!(home.run(&["skills", "check"]).stdout.contains("changed"));
    let digest = review["digest"].as_str().unwrap();
    let accepted = home.run(&["skills", "accept", "forecast", "--digest", digest]);
    assert_eq!((accepted.status, accepted.stderr.as_str()), (Some(0), "accepted\n"));
    assert!(!home.run(&["skills", "check"]).stdout.contains("changed"));
}

#[test]
fn the_configuration_names_more_folders_and_switches_skills_off() {
    let home = with_skills();
    let folder = home.path().join("packs/pack/translate");
    fs::create_dir_all(&folder).unwrap();
    let front = "description: Translate\nmetadata: {\"openclaw\":{\"skillKey\":\"another-name\"}}";
    fs::write(folder.join("SKILL.md"), format!("---\n{front}\n---\n")).unwrap();
    write(&home, "extra/draw/SKILL.md", "---\ndescription: Draw\n---\n");
    home.configure(
        "[skills]\nfolders = [\"~/packs\", \"extra\", \"nowhere\"]\ndisabled = [\"forecast\"]\n",
    );
    expect![[r#"
        status 0
        --- stdout
        draw         /draw         Draw
        forecast                   switched off
        mac                        not used: only for: plan9
        translate    /translate    Translate
        zählerstand  /z_hlerstand  Read the meter (only when you call it)
        --- stderr
        some were not read; `localgpt skills check` says why
    "#]]
    .assert_eq(&home.run(&["skills", "list"]).shown());
    home.configure("[skills]\nfolders = [\"~/packs\"]\ndisabled = [\"translate\"]\n");
    let listed = home.run(&["skills", "list"]).shown();
    assert!(listed.contains("translate") && !listed.contains("/translate"), "{listed}");
}

#[test]
fn a_skill_can_call_a_tool_without_a_model() {
    let home = with_skills();
    let front = |tool: &str| {
        format!("---\ndescription: d\ncommand-dispatch: tool\ncommand-tool: {tool}\n---\nBody.\n")
    };
    for (name, tool) in [("look", "read"), ("wipe", "delete"), ("odd", "browser")] {
        write(&home, &format!("skills/{name}/SKILL.md"), &front(tool));
    }
    let typed = "/look memory/2026-03-05.md\n/wipe MEMORY.md\nn\n/odd x\n/look nothing.md\n";
    expect![[r#"
        status 1
        --- stdout
        # 5 March

        ## Heating

        The heat pump was serviced by Ada. The filter UP-25-60-180-B was changed.

        `delete` did not run.


        invalid input: there is no `nothing.md`
        --- stderr
        quote · no language model, answered from your notes
        › read “memory/2026-03-05.md” → done


        skill/look · 0.0 s
        ? delete MEMORY.md
          delete-while-untrusted: text of origin `unknown` is in view, and MEMORY.md would be deleted
          │ delete:
          │ MEMORY.md
          Allow this?  y yes · n no · s in this session · a always: [delete MEMORY.md]
        ✗ not allowed


        skill/wipe · 0.0 s
        error: this call cannot be made: `browser` is not available here; the tools are: memory_search, memory_get, remember, read, edit, write, list, find, grep, delete, shell, process, web_fetch, skill
        ✗ read “nothing.md” → failed: invalid input: there is no `nothing.md`


        skill/look · 0.0 s
        error: 1 line could not be answered
    "#]].assert_eq(&home.run_with(typed, &["chat"]).shown());
    assert!(home.workspace().join("MEMORY.md").exists());
}
