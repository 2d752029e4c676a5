//! What a person accepted, and what is not that.

use std::fs;

use expect_test::expect;
use localgpt_protocol::{SkillStanding, SkillUnusable};
use localgpt_skills::{Error, Skills};

use crate::made::{Home, problems, unusable, usable};

fn standing(skills: &Skills, name: &str) -> SkillStanding {
    skills.list().skills.into_iter().find(|row| row.name == name).unwrap().standing
}

#[test]
fn what_is_there_at_first_sight_is_used_and_what_comes_later_is_not() {
    let home = Home::empty();
    home.skill("skills/first", "description: d");
    assert_eq!(usable(&home.load()), ["first"]);
    home.skill("skills/later", "description: d");
    let skills = home.load();
    assert_eq!(usable(&skills), ["first"]);
    assert_eq!(standing(&skills, "first"), SkillStanding::FirstSeen);
    assert_eq!(unusable(&skills, "later"), Some(SkillUnusable::New));
    assert!(!skills.listing(18_000).text.contains("later") && skills.command("/later").is_none());
}

#[test]
fn the_first_sight_counts_even_without_a_skill() {
    let home = Home::empty();
    assert_eq!(usable(&home.load()), [""; 0]);
    home.skill("skills/later", "description: d");
    assert_eq!(usable(&home.load()), [""; 0]);
}

#[test]
fn a_skill_that_was_changed_is_used_again_when_exactly_that_was_accepted() {
    let home = Home::empty();
    home.skill("skills/notes", "description: d");
    home.write("workspace/skills/notes/old.txt", "gone\n");
    home.write("workspace/skills/notes/picture", [0, 1, 2]);
    home.load();
    home.skill("skills/notes", "description: other");
    fs::remove_file(home.path("workspace/skills/notes/old.txt")).unwrap();
    home.write("workspace/skills/notes/picture", [0, 1, 3]);
    home.write("workspace/skills/notes/run.sh", "rm -rf ~\n");
    let skills = home.load();
    assert_eq!(unusable(&skills, "notes"), Some(SkillUnusable::Changed));
    assert!(skills.listing(18_000).text.is_empty() && skills.find("notes").is_none());
    let review = skills.review("notes").unwrap();
    expect![[r#"
        --- a/SKILL.md
        +++ b/SKILL.md
        @@ -1,4 +1,4 @@
         ---
        -description: d
        +description: other
         ---
         Body.
        --- a/old.txt
        +++ /dev/null
        @@ -1 +0,0 @@
        -gone
        --- a/picture
        +++ b/picture
        @@ not shown as text @@
        -sha256 ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc
        +sha256 b744d600fbe3853702978ec726c166d26274fe7b09b2c600ddf2d7d895667b24
        --- /dev/null
        +++ b/run.sh
        @@ -0,0 +1 @@
        +rm -rf ~
    "#]]
    .assert_eq(&review.shown.diff);
    // What changes behind the person's back was not accepted.
    home.write("workspace/skills/notes/run.sh", "rm -rf /\n");
    skills.accept(&review).unwrap();
    assert_eq!(unusable(&home.load(), "notes"), Some(SkillUnusable::Changed));
    let review = home.load().review("skills/notes").unwrap();
    expect![[r#"
        --- a/run.sh
        +++ b/run.sh
        @@ -1 +1 @@
        -rm -rf ~
        +rm -rf /
    "#]]
    .assert_eq(&review.shown.diff);
    home.load().accept(&review).unwrap();
    let skills = home.load();
    assert_eq!(usable(&skills), ["notes"]);
    assert_eq!(standing(&skills, "notes"), SkillStanding::Accepted);
    assert!(matches!(skills.review("notes"), Err(Error::NothingToAccept(_))));
    assert!(matches!(skills.review("nothing"), Err(Error::NoSkill(_))));
}

#[test]
fn a_skill_that_nobody_accepted_does_not_take_the_name_of_one_that_somebody_did() {
    let home = Home::empty();
    home.write("managed/bins/SKILL.md", "---\nname: bins\ndescription: mine\n---\n");
    home.load();
    home.skill("skills/squatter", "name: bins\ndescription: theirs");
    let skills = home.load();
    assert_eq!(skills.find("bins").unwrap().manifest.description, "mine");
    let review = skills.review("bins").unwrap();
    assert_eq!(
        (review.shown.path.as_str(), review.shown.standing),
        ("skills/squatter", SkillStanding::New)
    );
    skills.accept(&review).unwrap();
    assert_eq!(home.load().find("bins").unwrap().manifest.description, "theirs");
    // One that was changed is missed, and not replaced in silence.
    home.skill("skills/squatter", "name: bins\ndescription: changed");
    assert!(home.load().find("bins").is_none());
}

#[test]
fn without_a_readable_book_nothing_counts_as_accepted() {
    let home = Home::empty();
    home.skill("skills/one", "description: d");
    home.skill("skills/two", "description: d");
    home.load();
    home.write("state/accepted.json", "{\"version\":1,");
    let skills = home.load();
    assert_eq!(usable(&skills), [""; 0]);
    assert!(problems(&skills).join("").contains("every skill counts as new"));
    skills.accept(&skills.review("one").unwrap()).unwrap();
    let skills = home.load();
    assert_eq!((usable(&skills), problems(&skills)), (vec!["one".to_owned()], Vec::new()));
}

#[test]
fn the_book_is_for_its_owner_alone_and_texts_that_are_not_needed_go() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::empty();
    home.skill("skills/one", "description: the first words");
    home.load();
    home.skill("skills/one", "description: other words");
    let skills = home.load();
    skills.accept(&skills.review("one").unwrap()).unwrap();
    let texts = fs::read_to_string(home.path("state/texts.json")).unwrap();
    assert!(texts.contains("other words") && !texts.contains("the first words"));
    let mode = |name| fs::metadata(home.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode("state"), mode("state/accepted.json"), mode("state/texts.json")),
        (0o700, 0o600, 0o600)
    );
}

#[test]
fn every_change_in_a_folder_is_a_change() {
    let home = Home::empty();
    home.skill("skills/one", "description: d");
    home.write("workspace/skills/one/a/b", "x");
    home.load();
    let is_changed = || unusable(&home.load(), "one") == Some(SkillUnusable::Changed);
    assert!(!is_changed());
    home.write("workspace/skills/one/.hidden", "");
    assert!(is_changed());
    fs::remove_file(home.path("workspace/skills/one/.hidden")).unwrap();
    assert!(!is_changed());
    fs::rename(home.path("workspace/skills/one/a/b"), home.path("workspace/skills/one/a/c"))
        .unwrap();
    assert!(is_changed());
    std::os::unix::fs::symlink("c", home.path("workspace/skills/one/a/b")).unwrap();
    assert!(is_changed());
}

/// Makes what was looked at count as looked at long after it was written.
fn later(home: &Home) {
    let stamps = home.path("state/stamps.json");
    let metadata = fs::metadata(&stamps).unwrap();
    let file = fs::File::options().append(true).open(&stamps).unwrap();
    file.set_modified(metadata.modified().unwrap() + std::time::Duration::from_secs(60)).unwrap();
}

#[test]
fn a_file_that_looks_the_same_is_not_read_again_and_any_other_is() {
    let home = Home::empty();
    home.skill("skills/notes", "description: d");
    home.write("workspace/skills/notes/run.sh", "echo a\n");
    home.load();
    home.load();
    later(&home);
    let written = || fs::metadata(home.path("state/stamps.json")).unwrap().modified().unwrap();
    let before = written();
    assert_eq!(usable(&home.load()), ["notes"]);
    assert_eq!(written(), before);
    // As long as it was, and with the old time: the time of the change itself nobody can set.
    let path = home.path("workspace/skills/notes/run.sh");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    home.write("workspace/skills/notes/run.sh", "echo b\n");
    fs::File::options().append(true).open(&path).unwrap().set_modified(modified).unwrap();
    assert_eq!(unusable(&home.load(), "notes"), Some(SkillUnusable::Changed));
}

#[test]
fn a_stamp_that_lies_lets_no_model_read_what_nobody_accepted() {
    let home = Home::empty();
    home.skill("skills/notes", "description: d");
    home.write("workspace/skills/notes/run.sh", "echo a\n");
    home.load();
    home.load();
    later(&home);
    home.write("workspace/skills/notes/run.sh", "echo evil\n");
    let stamps = home.path("state/stamps.json");
    let metadata = fs::metadata(home.path("workspace/skills/notes/run.sh")).unwrap();
    let mut book: serde_json::Value = serde_json::from_slice(&fs::read(&stamps).unwrap()).unwrap();
    let skills = book.pointer_mut("/skills").unwrap().as_object_mut().unwrap();
    let file = skills.values_mut().next().unwrap().get_mut("run.sh").unwrap();
    use std::os::unix::fs::MetadataExt as _;
    let lie = serde_json::json!({
        "inode": metadata.ino(),
        "bytes": metadata.size(),
        "modified": [metadata.mtime(), metadata.mtime_nsec()],
        "changed": [metadata.ctime(), metadata.ctime_nsec()],
    });
    file.as_object_mut().unwrap().extend(lie.as_object().unwrap().clone());
    fs::write(&stamps, book.to_string()).unwrap();
    later(&home);
    let skills = home.load();
    let skill = skills.find("notes").unwrap();
    assert!(matches!(skills.instructions(skill, None), Err(Error::Changed(_))));
}

#[test]
fn stamps_that_cannot_be_read_only_cost_time() {
    let home = Home::empty();
    home.skill("skills/notes", "description: d");
    home.write("workspace/skills/notes/run.sh", "echo a\n");
    home.load();
    for broken in
        ["", "[]", "{\"version\": 1, \"skills\": {\"x\": 1}}", "{\"version\": 9, \"skills\": {}}"]
    {
        home.write("state/stamps.json", broken);
        assert_eq!(usable(&home.load()), ["notes"]);
    }
}
