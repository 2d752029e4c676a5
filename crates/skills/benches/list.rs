//! What skills cost at the start of a session: three hundred of them, and none.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::{fs, path::Path, sync::LazyLock, time::Duration};

use divan::Bencher;
use localgpt_skills::{Location, LocationKind, Machine, Settings, Setup, Skills, budget};
use tempfile::TempDir;

const SKILLS: usize = 300;
/// Where they lie: one place alone is not taken at its word for so many.
const PLACES: [&str; 2] = ["skills", ".agents/skills"];

fn main() {
    divan::main();
}

/// Each with instructions of 3 KB, and a program of 8 KB.
static FULL: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = empty();
    for number in 0..SKILLS {
        let place = PLACES.get(number % PLACES.len()).unwrap();
        let skill = folder.path().join(format!("workspace/{place}/skill-{number}"));
        fs::create_dir_all(skill.join("scripts")).unwrap();
        let front = format!(
            "---\nname: skill-{number}\ndescription: \"What skill {number} is for, in a line of the usual length.\"\n\
             metadata: {{\"openclaw\": {{\"requires\": {{\"bins\": [\"sh\"]}}}}}}\n---\n"
        );
        let text = front + &"Do this first, and then that.\n".repeat(100);
        fs::write(skill.join("SKILL.md"), text).unwrap();
        fs::write(skill.join("scripts/run.sh"), format!("echo {number}\n").repeat(800)).unwrap();
    }
    // First seen, then hashed, and then some time has gone by: from here on they are known.
    load(folder.path());
    load(folder.path());
    let stamps = fs::File::options().append(true).open(folder.path().join("state/stamps.json"));
    let later = fs::metadata(folder.path()).unwrap().modified().unwrap() + Duration::from_secs(60);
    stamps.unwrap().set_modified(later).unwrap();
    folder
});

static EMPTY: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = empty();
    load(folder.path());
    folder
});

fn empty() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("workspace")).unwrap();
    folder
}

fn load(folder: &Path) -> Skills {
    let workspace = folder.join("workspace");
    let own = |place| Location { folder: workspace.join(place), kind: LocationKind::Own };
    Skills::load(Setup {
        locations: PLACES.map(own).into(),
        workspace: workspace.clone(),
        home: None,
        state: folder.join("state"),
        settings: Settings::default(),
        machine: Machine {
            os: "linux".to_owned(),
            search: vec!["/usr/bin".into(), "/bin".into()],
            ..Machine::default()
        },
        reserved: Vec::new(),
    })
}

/// To be had in 30 ms.
#[divan::bench(sample_count = 50)]
fn three_hundred_skills(bencher: Bencher<'_, '_>) {
    LazyLock::force(&FULL);
    bencher.bench(|| {
        let skills = load(FULL.path());
        assert_eq!(skills.usable().count(), SKILLS);
        skills.listing(budget(200_000)).text.len()
    });
}

/// What a session costs that has none: nothing to speak of.
#[divan::bench(sample_count = 100)]
fn no_skill(bencher: Bencher<'_, '_>) {
    LazyLock::force(&EMPTY);
    bencher.bench(|| load(EMPTY.path()).usable().count());
}
