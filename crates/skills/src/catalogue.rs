//! The skills of a workspace: which there are, which of them count, and what they are called.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use localgpt_guard::{Digest, Origin, Untrusted};
use localgpt_protocol::{
    SkillList, SkillProblem, SkillReport, SkillReview, SkillRow, SkillStanding, SkillUnusable,
};

use crate::{
    content::{self, Content, Keep, MANIFEST},
    error::Error,
    folder::{Folder, in_words},
    gate::{self, Looked, Machine},
    invocation::{self, Invocation},
    manifest::{self, Manifest},
    names,
    pins::{Kept, Pins},
    prompt::{self, Listing, Row},
    review::{self, Review},
    scan::{self, Candidate},
    settings::Settings,
    stamps::{Files, Stamps},
    variables::{self, Refusal, RunVariables},
};

/// The most skills that are taken from one location.
const MOST_OF_A_LOCATION: usize = 200;

/// A folder in which skills lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The folder; it need not be there.
    pub folder: PathBuf,
    /// How deep is looked.
    pub kind: LocationKind,
}

/// How deep skills may lie in groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocationKind {
    /// A place for skills.
    Own,
    /// A folder that the person named, in which other things may lie.
    Extra,
}

/// What decides which skills there are.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The workspace.
    pub workspace: PathBuf,
    /// The person's home, to write paths shorter.
    pub home: Option<PathBuf>,
    /// Where skills lie; of two with one name the one in the earlier location counts.
    pub locations: Vec<Location>,
    /// The folder in which is kept what the person accepted. It must not be in the workspace.
    pub state: PathBuf,
    /// What the person settled.
    pub settings: Settings,
    /// The machine.
    pub machine: Machine,
    /// Commands that exist already.
    pub reserved: Vec<String>,
}

/// A skill that was found.
#[derive(Debug, Clone)]
pub struct Skill {
    /// What it says of itself, and its instructions.
    pub manifest: Manifest,
    /// Its folder.
    pub path: PathBuf,
    /// The same as a person reads it.
    pub shown_path: String,
    /// Whether it was accepted.
    pub standing: SkillStanding,
    /// Why it cannot be used; nothing if it can.
    pub unusable: Option<SkillUnusable>,
    /// Its commands, without the `/`.
    pub commands: Vec<String>,
    root: PathBuf,
    digest: Digest,
    files: Vec<String>,
}

/// The skills of a workspace, as they were when they were read.
#[derive(Debug)]
pub struct Skills {
    skills: Vec<Skill>,
    problems: Vec<SkillProblem>,
    setup: Setup,
}

/// A skill on its way: the smaller its rank, the more it counts.
struct Read {
    candidate: Candidate,
    rank: (usize, std::cmp::Reverse<usize>),
    manifest: Manifest,
    content: Content,
}

impl Skills {
    /// Looks for skills. If the program sees this workspace for the first time, what is there counts as accepted.
    pub fn load(setup: Setup) -> Self {
        let mut problems = Vec::new();
        let mut found = Vec::new();
        for location in &setup.locations {
            let depth = match location.kind {
                LocationKind::Own => 6,
                LocationKind::Extra => 2,
            };
            let mut below = scan::find(&location.folder, depth, &setup.settings.link_targets);
            problems.append(&mut below.problems);
            found.push(below.candidates);
        }
        let is_none = found.iter().all(Vec::is_empty);
        if is_none && (Kept::is_there(&setup.state) || !setup.workspace.is_dir()) {
            return Self { skills: Vec::new(), problems, setup };
        }
        let kept = Kept::read(&setup.state);
        let keep = match kept {
            Kept::Nothing(_) => Keep::Texts,
            Kept::Book(_) | Kept::Broken(..) => Keep::Hashes,
        };
        let stamps = Stamps::read(&setup.state);
        let how = Reading { keep, stamps: &stamps };
        let mut read = Vec::new();
        for (location, candidates) in found.into_iter().enumerate() {
            take(location, candidates, how, &mut read, &mut problems);
        }
        let pins = pins(kept, &setup.state, &read, &mut problems);
        let looked =
            |read: &mut Read| (key(&read.candidate.path), std::mem::take(&mut read.content.stamps));
        stamps.keep(read.iter_mut().map(looked).collect());
        let mut skills = chosen(read, &pins, &setup);
        name_commands(&mut skills, &setup.reserved);
        Self { skills, problems, setup }
    }

    /// All of them, with what was found that is none.
    pub fn list(&self) -> SkillList {
        let refused = self.usable().flat_map(|skill| {
            self.variables(skill).refused.into_iter().map(|Refusal { name, reason }| SkillProblem {
                path: skill.shown_path.clone(),
                reason: format!("the variable `{name}` is not set: {reason}"),
            })
        });
        SkillList {
            skills: self.skills.iter().map(Skill::row).collect(),
            problems: self.problems.iter().cloned().chain(refused).collect(),
            left_out: self.listing(usize::MAX).left_out,
        }
    }

    /// Those that can be used.
    pub fn usable(&self) -> impl Iterator<Item = &Skill> {
        self.skills.iter().filter(|skill| skill.unusable.is_none())
    }

    /// The skill of this name, or with this command, that can be used.
    pub fn find(&self, name: &str) -> Option<&Skill> {
        let name = name.trim();
        let command = name.trim_start_matches('/').to_lowercase();
        self.usable()
            .find(|skill| skill.manifest.name == name)
            .or_else(|| self.usable().find(|skill| skill.commands.contains(&command)))
            .or_else(|| self.usable().find(|skill| skill.manifest.name.eq_ignore_ascii_case(name)))
    }

    /// What the model is told first, in at most `budget` characters.
    pub fn listing(&self, budget: usize) -> Listing {
        let told: Vec<(&Skill, String)> = self
            .usable()
            .filter(|skill| skill.manifest.is_for_model)
            .map(|skill| (skill, format!("{}/{MANIFEST}", skill.shown_path)))
            .collect();
        let rows: Vec<Row<'_>> = told
            .iter()
            .map(|(skill, location)| Row {
                name: &skill.manifest.name,
                description: &skill.manifest.description,
                location,
            })
            .collect();
        prompt::list(&rows, budget)
    }

    /// What a person means who typed this; nothing if it calls no skill.
    pub fn command(&self, text: &str) -> Option<Invocation> {
        let (word, input) = invocation::split(text)?;
        let calls = |skill: &&Skill| skill.manifest.is_for_person;
        let command = word.to_lowercase();
        let by_command =
            self.usable().filter(calls).find(|skill| skill.commands.contains(&command));
        if let Some(skill) = by_command {
            return Some(Invocation::of(skill, &command, input));
        }
        // `/skill Name With Blanks input`: the longest name that stands there.
        let named = invocation::behind_skill(text)?;
        let (skill, input) = self
            .usable()
            .filter(calls)
            .filter_map(|skill| Some((skill, invocation::behind(named, &skill.manifest.name)?)))
            .max_by_key(|(skill, _)| skill.manifest.name.len())?;
        let command = skill.commands.first().map_or("skill", String::as_str);
        Some(Invocation::of(skill, command, input))
    }

    /// The instructions of a skill, if it is still what was accepted.
    pub fn instructions(&self, skill: &Skill, input: Option<&str>) -> Result<Untrusted, Error> {
        let name = &skill.manifest.name;
        let unacceptable = |reason| Error::Unacceptable { name: name.clone(), reason };
        let content = skill.content(Keep::Hashes).map_err(unacceptable)?;
        if content.digest != skill.digest {
            return Err(Error::Changed(name.clone()));
        }
        let folder = skill.base_folder();
        let body = skill.manifest.body.replace("{baseDir}", &folder);
        let input = input.map(str::trim).filter(|input| !input.is_empty());
        let input = input.map(|input| format!("\nInput: {input}\n")).unwrap_or_default();
        let text = format!("Skill {name}, in the folder {folder}\n\n{}\n{input}", body.trim());
        Ok(Untrusted::new(text).of(Origin::Skill))
    }

    /// What is set for the programs of a skill while they run.
    pub fn variables(&self, skill: &Skill) -> RunVariables {
        let Manifest { name, key, gate, .. } = &skill.manifest;
        let entry = variables::entry(&self.setup.settings, key.as_deref(), name);
        variables::for_run(gate, entry, &self.setup.machine)
    }

    /// Everything about the skill of this name.
    pub fn report(&self, name: &str) -> Result<SkillReport, Error> {
        let skill = self.named(name).next().ok_or_else(|| Error::NoSkill(name.to_owned()))?;
        let Manifest { homepage, dispatch, installs, body, .. } = &skill.manifest;
        Ok(SkillReport {
            row: skill.row(),
            homepage: homepage.clone(),
            command_tool: dispatch.as_ref().map(|dispatch| dispatch.tool.clone()),
            installs: installs.clone(),
            files: skill.files.clone(),
            body: body.clone(),
        })
    }

    /// What a person has to look at before the skill of this name, or in this folder, is accepted.
    pub fn review(&self, name: &str) -> Result<Review, Error> {
        let mut is_there = false;
        let open = self
            .named(name)
            .inspect(|_| is_there = true)
            .find(|skill| matches!(skill.standing, SkillStanding::New | SkillStanding::Changed));
        let Some(skill) = open else {
            return Err(match is_there {
                true => Error::NothingToAccept(name.to_owned()),
                false => Error::NoSkill(name.to_owned()),
            });
        };
        let name = skill.manifest.name.clone();
        let unacceptable = |reason| Error::Unacceptable { name: name.clone(), reason };
        let content = skill.content(Keep::Texts).map_err(unacceptable)?;
        let key = key(&skill.path);
        let pins = match Kept::read(&self.setup.state) {
            Kept::Nothing(_) => Pins::none(&self.setup.state),
            Kept::Book(pins) | Kept::Broken(pins, _) => pins,
        };
        let shown = SkillReview {
            name,
            path: skill.shown_path.clone(),
            standing: skill.standing,
            digest: content.digest.to_string(),
            diff: review::diff(pins.pin(&key), &pins.texts(), &content),
        };
        Ok(Review { shown, key, content })
    }

    /// Writes down that a person accepted exactly what was reviewed. The skills have to be loaded again.
    pub fn accept(&self, review: &Review) -> Result<(), Error> {
        Pins::accept(&self.setup.state, &review.key, &review.content)
    }

    /// All skills that may be meant, those that can be used first.
    fn named(&self, name: &str) -> impl Iterator<Item = &Skill> {
        let name = name.trim().trim_end_matches('/').to_owned();
        let is_meant = move |skill: &&Skill| {
            skill.manifest.name == name
                || skill.shown_path == name
                || skill.path == Path::new(&name)
                || skill.commands.iter().any(|command| name.trim_start_matches('/') == command)
        };
        let (usable, others): (Vec<&Skill>, Vec<&Skill>) =
            self.skills.iter().filter(is_meant).partition(|skill| skill.unusable.is_none());
        usable.into_iter().chain(others)
    }
}

impl Skill {
    fn row(&self) -> SkillRow {
        SkillRow {
            name: self.manifest.name.clone(),
            description: self.manifest.description.clone(),
            path: self.shown_path.clone(),
            standing: self.standing,
            unusable: self.unusable.clone(),
            is_for_model: self.manifest.is_for_model,
            commands: self.commands.clone(),
        }
    }

    /// Its folder as the file tools take it.
    fn base_folder(&self) -> String {
        match self.shown_path.starts_with('~') {
            true => self.path.display().to_string(),
            false => self.shown_path.clone(),
        }
    }

    /// Reads its folder again, every file of it.
    fn content(&self, keep: Keep) -> Result<Content, String> {
        read_content(&self.root, &self.path, keep, None)
    }
}

fn read_content(
    root: &Path,
    path: &Path,
    keep: Keep,
    known: Option<&Files>,
) -> Result<Content, String> {
    let folder = Folder::below(root, path).map_err(|error| in_words(&error))?;
    content::read(&folder, path, keep, known)
}

/// How folders of skills are read.
#[derive(Clone, Copy)]
struct Reading<'a> {
    keep: Keep,
    stamps: &'a Stamps,
}

/// Reads the skills of one location.
fn take(
    location: usize,
    candidates: Vec<Candidate>,
    how: Reading<'_>,
    read: &mut Vec<Read>,
    problems: &mut Vec<SkillProblem>,
) {
    let mut taken = 0;
    let left = candidates.len().saturating_sub(MOST_OF_A_LOCATION);
    for (order, candidate) in candidates.into_iter().enumerate() {
        let path = candidate.path.display().to_string();
        let mut say = |reason| problems.push(SkillProblem { path: path.clone(), reason });
        if taken == MOST_OF_A_LOCATION {
            say(format!(
                "more than {taken} skills in one place: this and {} more are not used",
                left.saturating_sub(1)
            ));
            break;
        }
        let folder_name = candidate.path.file_name().unwrap_or_default().to_string_lossy();
        let Candidate { path: folder, root } = &candidate;
        let known = how.stamps.of(&key(folder));
        let parsed = read_content(root, folder, how.keep, known).and_then(|content| {
            let text = String::from_utf8_lossy(&content.manifest);
            let (manifest, ignored) = manifest::parse(&text, &folder_name)?;
            Ok((manifest, ignored, content))
        });
        match parsed {
            Ok((manifest, ignored, content)) => {
                ignored.into_iter().for_each(&mut say);
                taken += 1;
                let rank = (location, std::cmp::Reverse(order));
                read.push(Read { candidate, rank, manifest, content });
            }
            Err(reason) => say(reason),
        }
    }
}

/// What was accepted; on the first day, all of it.
fn pins(kept: Kept, state: &Path, read: &[Read], problems: &mut Vec<SkillProblem>) -> Pins {
    let mut say =
        |reason| problems.push(SkillProblem { path: state.display().to_string(), reason });
    match kept {
        Kept::Book(pins) => pins,
        Kept::Broken(pins, reason) => {
            say(format!(
                "what was accepted cannot be read, so every skill counts as new: {reason}"
            ));
            pins
        }
        Kept::Nothing(unsealed) => {
            let found = read.iter().map(|read| (key(&read.candidate.path), &read.content));
            unsealed.seal(found).unwrap_or_else(|error| {
                let cause = std::error::Error::source(&error);
                let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
                say(format!("nothing counts as accepted: {error}{cause}"));
                Pins::none(state)
            })
        }
    }
}

/// Of several skills with one name one counts; then it is asked whether it is of use here.
fn chosen(mut read: Vec<Read>, pins: &Pins, setup: &Setup) -> Vec<Skill> {
    read.sort_by(|a, b| (&a.manifest.name, a.rank).cmp(&(&b.manifest.name, b.rank)));
    let workspace = setup.workspace.canonicalize().unwrap_or_else(|_| setup.workspace.clone());
    let home = setup.home.as_ref().map(|home| home.canonicalize().unwrap_or_else(|_| home.clone()));
    let mut looked = Looked::default();
    let mut winners: BTreeMap<String, String> = BTreeMap::new();
    let mut skills = Vec::with_capacity(read.len());
    for Read { candidate: Candidate { path, root }, manifest, content, .. } in read {
        let shown_path = shown(&path, &workspace, home.as_deref());
        let standing = pins.standing(&key(&path), &content.digest);
        let winner = winners.get(&manifest.name);
        let unusable = match standing {
            // What nobody accepted cannot take the place of what somebody did.
            SkillStanding::New => Some(SkillUnusable::New),
            _ if winner.is_some() => winner.cloned().map(SkillUnusable::Replaced),
            SkillStanding::Changed => Some(SkillUnusable::Changed),
            SkillStanding::Accepted | SkillStanding::FirstSeen => {
                gate::refusal(&manifest, &setup.settings, &setup.machine, &mut looked)
            }
        };
        if standing != SkillStanding::New {
            winners.entry(manifest.name.clone()).or_insert_with(|| shown_path.clone());
        }
        let Content { digest, files, .. } = content;
        let files = files.into_keys().collect();
        let commands = Vec::new();
        skills.push(Skill {
            manifest,
            path,
            shown_path,
            standing,
            unusable,
            commands,
            root,
            digest,
            files,
        });
    }
    skills
}

/// Gives every skill that a person may call the name that other programs would give it, and a second one in letters
/// that are spelled out.
fn name_commands(skills: &mut [Skill], reserved: &[String]) {
    let mut taken: BTreeSet<String> = reserved.iter().cloned().collect();
    taken.insert("skill".to_owned());
    let mut called: Vec<&mut Skill> = skills
        .iter_mut()
        .filter(|skill| skill.unusable.is_none() && skill.manifest.is_for_person)
        .collect();
    for skill in &mut called {
        skill.commands.extend(names::unique(&[&skill.manifest.name], &mut taken));
    }
    for skill in called {
        let spelled = names::spelled_out(&skill.manifest.name);
        skill.commands.extend(spelled.filter(|name| taken.insert(name.clone())));
    }
}

/// What a skill is known by: where it lies.
fn key(path: &Path) -> String {
    match path.to_str() {
        Some(path) => path.to_owned(),
        None => format!("{}#{}", path.display(), Digest::of(path.as_os_str().as_encoded_bytes())),
    }
}

fn shown(path: &Path, workspace: &Path, home: Option<&Path>) -> String {
    if let Ok(inside) = path.strip_prefix(workspace) {
        return inside.display().to_string();
    }
    match home.and_then(|home| path.strip_prefix(home).ok()) {
        Some(below) => format!("~/{}", below.display()),
        None => path.display().to_string(),
    }
}
