//! Which skills there are, which of them count, and which are of use.

use std::{fs, os::unix::fs::symlink};

use localgpt_protocol::SkillUnusable;
use serde_json::json;

use crate::made::{Home, problems, unusable, usable};

#[test]
fn every_gate_is_asked_in_its_order() {
    let mut home = Home::empty();
    home.program("rg");
    let metadata = |json: &str| format!("description: d\nmetadata: {{\"openclaw\":{json}}}");
    for (name, json) in [
        ("a-os", r#"{"os":["darwin"],"always":true}"#),
        ("b-always", r#"{"always":true,"requires":{"bins":["nowhere"]}}"#),
        ("c-bins", r#"{"requires":{"bins":["rg","nowhere"]}}"#),
        ("d-any", r#"{"requires":{"anyBins":["nowhere","rg"]}}"#),
        ("e-none", r#"{"requires":{"anyBins":["nowhere","neither"]}}"#),
        ("f-set", r#"{"requires":{"env":["SET"]}}"#),
        ("g-unset", r#"{"requires":{"env":["UNSET"]}}"#),
        ("h-entry", r#"{"requires":{"env":["BY_ENTRY"]}}"#),
        ("i-key", r#"{"primaryEnv":"BY_KEY","requires":{"env":["BY_KEY"]}}"#),
        ("j-other-key", r#"{"primaryEnv":"BY_KEY","requires":{"env":["OTHER"]}}"#),
        ("k-config", r#"{"requires":{"config":["browser.enabled","map"]}}"#),
        ("l-blank", r#"{"requires":{"config":["blank","zero","absent.at.all"]}}"#),
        ("m-off", "{}"),
        ("n-other", r#"{"skillKey":"other","requires":{"env":["BY_OTHER"]}}"#),
        ("o-path", r#"{"requires":{"env":["LD_AUDIT"]}}"#),
        ("p-outside", r#"{"requires":{"bins":["../bin/rg"]}}"#),
    ] {
        home.skill(&format!("skills/{name}"), &metadata(json));
    }
    home.entries(&json!({
        "h-entry": { "env": { "BY_ENTRY": "x" } },
        "i-key": { "apiKey": "secret" },
        "j-other-key": { "apiKey": "secret" },
        "m-off": { "enabled": false },
        "other": { "env": { "BY_OTHER": "x" } },
        "o-path": { "env": { "LD_AUDIT": "x" } },
    }));
    let skills = home.load();
    assert_eq!(
        usable(&skills),
        ["b-always", "d-any", "f-set", "h-entry", "i-key", "k-config", "n-other"]
    );
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    assert_eq!(unusable(&skills, "a-os"), Some(SkillUnusable::Os(words(&["darwin"]))));
    assert_eq!(unusable(&skills, "c-bins"), Some(SkillUnusable::Bins(words(&["nowhere"]))));
    assert_eq!(
        unusable(&skills, "e-none"),
        Some(SkillUnusable::AnyBins(words(&["nowhere", "neither"])))
    );
    assert_eq!(unusable(&skills, "g-unset"), Some(SkillUnusable::Env(words(&["UNSET"]))));
    assert_eq!(
        unusable(&skills, "l-blank"),
        Some(SkillUnusable::Config(words(&["blank", "zero", "absent.at.all"])))
    );
    assert_eq!(unusable(&skills, "m-off"), Some(SkillUnusable::Disabled));
    assert_eq!(unusable(&skills, "o-path"), Some(SkillUnusable::Env(words(&["LD_AUDIT"]))));
    assert_eq!(unusable(&skills, "p-outside"), Some(SkillUnusable::Bins(words(&["../bin/rg"]))));
}

#[test]
fn a_higher_location_replaces_a_skill_and_the_last_of_one_location_counts() {
    let home = Home::empty();
    home.write("managed/bins/SKILL.md", "---\ndescription: old\nname: bins\n---\n");
    home.skill("skills/bins", "description: own\nname: bins");
    home.write(".agents/skills/desk/SKILL.md", "---\ndescription: personal\nname: desk\n---\n");
    home.skill(".agents/skills/desk", "description: of the project\nname: desk");
    home.skill("skills/a-twin", "description: first\nname: twin");
    home.skill("skills/b-twin", "description: last\nname: twin");
    home.skill("skills/group/deep/inner", "description: in a group\nname: inner");
    home.skill("skills/one/two/three/four/five/six", "description: deep\nname: six");
    home.skill("skills/one/two/three/four/five/x/seven", "description: too deep\nname: seven");
    home.skill("skills/.hidden/a", "description: hidden\nname: hidden");
    home.skill("skills/node_modules/a", "description: a module\nname: module");
    home.write("pack/one/two/SKILL.md", "---\ndescription: in a pack\nname: pack\n---\n");
    home.write("pack/one/x/three/SKILL.md", "---\ndescription: too deep\nname: pack-deep\n---\n");
    let skills = home.load();
    let counting: Vec<_> = skills
        .usable()
        .map(|skill| {
            (
                skill.manifest.name.as_str(),
                skill.manifest.description.as_str(),
                skill.shown_path.as_str(),
            )
        })
        .collect();
    assert_eq!(
        counting,
        [
            ("bins", "own", "skills/bins"),
            ("desk", "of the project", ".agents/skills/desk"),
            ("inner", "in a group", "skills/group/deep/inner"),
            ("pack", "in a pack", "~/pack/one/two"),
            ("six", "deep", "skills/one/two/three/four/five/six"),
            ("twin", "last", "skills/b-twin"),
        ]
    );
    let replaced = skills.list().skills.into_iter().filter_map(|row| match row.unusable {
        Some(SkillUnusable::Replaced(by)) => Some((row.path, by)),
        _ => None,
    });
    let expected = [
        ("~/managed/bins", "skills/bins"),
        ("~/.agents/skills/desk", ".agents/skills/desk"),
        ("skills/a-twin", "skills/b-twin"),
    ];
    assert_eq!(
        replaced.collect::<Vec<_>>(),
        expected.map(|(path, by)| (path.to_owned(), by.to_owned()))
    );
}

#[test]
fn a_location_that_is_itself_a_skill_is_one() {
    let home = Home::empty();
    home.skill("skills", "description: alone\nname: alone");
    home.skill("skills/inner", "description: not looked for\nname: inner");
    assert_eq!(usable(&home.load()), ["alone"]);
}

#[test]
fn nothing_is_read_through_a_link_that_leads_out() {
    let mut home = Home::empty();
    home.skill("skills/good", "description: d");
    home.write("outside/one/SKILL.md", "---\ndescription: OUTSIDE\n---\n");
    home.write("outside/secret", "OUTSIDE");
    let path = |name: &str| home.path(&format!("workspace/skills/{name}"));
    symlink(home.path("outside/one"), path("a-folder")).unwrap();
    fs::create_dir_all(path("b-file")).unwrap();
    symlink(home.path("outside/one/SKILL.md"), path("b-file/SKILL.md")).unwrap();
    home.skill("skills/c-script", "description: d");
    symlink(home.path("outside/secret"), path("c-script/run.sh")).unwrap();
    home.skill("skills/d-later", "description: d");
    symlink("../../not-there-yet", path("d-later/run.sh")).unwrap();
    fs::create_dir_all(path("e-hard")).unwrap();
    fs::hard_link(home.path("outside/one/SKILL.md"), path("e-hard/SKILL.md")).unwrap();
    symlink(path("f-loop"), path("f-loop")).unwrap();
    symlink(path("."), path("g-round")).unwrap();
    home.skill("skills/h-own", "description: d");
    home.write("workspace/skills/h-own/real.sh", "true");
    symlink("real.sh", path("h-own/run.sh")).unwrap();
    symlink(path("good"), path("i-same")).unwrap();
    let skills = home.load();
    assert_eq!(usable(&skills), ["good", "h-own"]);
    assert_eq!(
        problems(&skills),
        [
            "a-folder: it is a link that leaves the folder of skills",
            "f-loop: it is a link that leads nowhere",
            "b-file: it is a link that leaves the folder of the skill",
            "c-script: `run.sh`: it is a link that leaves the folder of the skill",
            "d-later: `run.sh`: it is a link that leaves the folder of the skill",
            "e-hard: it is a second name of another file",
        ]
    );
    // Unless the person said so.
    home.settings.link_targets = vec![home.path("outside")];
    fs::remove_file(home.path("workspace/skills/e-hard/SKILL.md")).unwrap();
    let names: Vec<_> = home.load().list().skills.into_iter().map(|row| row.description).collect();
    assert!(names.contains(&"OUTSIDE".to_owned()), "{names:?}");
}

#[test]
fn a_pipe_or_a_device_does_not_stop_the_search() {
    let home = Home::empty();
    fs::create_dir_all(home.path("workspace/skills/pipe")).unwrap();
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        home.path("workspace/skills/pipe/SKILL.md"),
        rustix::fs::Mode::RUSR,
    )
    .unwrap();
    home.skill("skills/with-pipe", "description: d");
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        home.path("workspace/skills/with-pipe/x"),
        rustix::fs::Mode::RUSR,
    )
    .unwrap();
    fs::create_dir_all(home.path("workspace/skills/folder/SKILL.md")).unwrap();
    let skills = home.load();
    assert_eq!(usable(&skills), [""; 0]);
    assert_eq!(
        problems(&skills),
        [
            "folder: it is not a regular file",
            "pipe: it is not a regular file",
            "with-pipe: `x`: it is not a regular file",
        ]
    );
}
