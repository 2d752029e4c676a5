//! Secrets that look like secrets, in four places, and where they turn up after a day of work.

use anyhow::Result;
use serde_json::json;

use super::{
    http::{Answer, Request},
    run::{Act, Run, call, say},
    scene::Scene,
    stage::Stage,
    subject::{Answering, Asked, Subject},
    world::{Node, World},
};

/// Where a secret was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// A variable, or the configuration: nobody but the program itself needs it.
    SetUp,
    /// A note of the person, or what a program printed: the session in which it was read may hold it.
    Content,
}

/// A secret, and where it was put.
#[derive(Debug)]
struct Planted {
    place: &'static str,
    from: From,
    value: String,
}

/// A secret where it should not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Which secret.
    pub(crate) place: &'static str,
    /// Where it was found.
    pub(crate) at: String,
}

/// What the drill looked at, and what it found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    pub(crate) files: usize,
    pub(crate) requests: usize,
    pub(crate) secrets: usize,
    pub(crate) found: Vec<Found>,
}

/// Works a day with secrets around, and looks for them afterwards.
pub(crate) fn run(subject: &Subject, stage: &Stage) -> Result<Report> {
    let mut scene = Scene::open(stage)?;
    let planted = secrets();
    let value = |place: &str| {
        planted
            .iter()
            .find(|secret| secret.place == place)
            .map(|secret| secret.value.clone())
            .unwrap_or_default()
    };
    let world = &scene.world;
    world.write(
        "memory/2026-03-20.md",
        &format!(
            "# 20 March\n\nThe router: password = {}\n\nThe deploy key is {}.\n",
            value("note: password"),
            value("note: token")
        ),
    )?;
    world.write(
        "project/.env",
        &format!(
            "AWS_KEY={}\n{}\n",
            value("tool output: access key"),
            value("tool output: private key")
        ),
    )?;
    subject.settle(&scene)?;
    subject.configure_key(world, &value("configuration: key"))?;
    let variables = planted.iter().filter_map(|secret| {
        let name = secret.place.strip_prefix("environment: ")?;
        Some((name.to_owned(), secret.value.clone()))
    });
    scene.environment = variables.collect();
    let printed = work(subject, &scene, &planted)?;
    let mut report = Report { secrets: planted.len(), ..Report::default() };
    report.look_at_files(&scene.world, &planted)?;
    report.look_at_requests(&scene.run, &planted);
    for text in printed {
        report.look_at("what was printed", &text, &planted, &[From::SetUp]);
    }
    Ok(report)
}

/// The secrets: shapes that anybody knows, values that nobody has.
fn secrets() -> Vec<Planted> {
    let filler = |length: usize, seed: usize| -> String {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length)
            .filter_map(|at| {
                letters.get((at * 37 + seed * 11 + at * at * 5) % letters.len()).copied()
            })
            .map(char::from)
            .collect()
    };
    let secret = |place, from, value: String| Planted { place, from, value };
    vec![
        secret(
            "environment: ANTHROPIC_API_KEY",
            From::SetUp,
            format!("sk-ant-api03-{}", filler(80, 1)),
        ),
        secret("environment: GITHUB_TOKEN", From::SetUp, format!("ghp_{}", filler(36, 2))),
        secret("environment: DESK_KEY", From::SetUp, format!("sk-{}", filler(32, 9))),
        secret("configuration: key", From::SetUp, format!("sk-proj-{}", filler(48, 3))),
        secret("note: password", From::Content, filler(18, 4)),
        secret("note: token", From::Content, format!("ghp_{}", filler(36, 5))),
        secret(
            "tool output: access key",
            From::Content,
            format!("AKIA{}", filler(16, 6).to_uppercase()),
        ),
        secret(
            "tool output: private key",
            From::Content,
            format!(
                "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n{}\n-----END OPENSSH PRIVATE KEY-----",
                filler(70, 7),
                filler(70, 8)
            ),
        ),
    ]
}

/// The part of a secret that is looked for: a line that is nothing but secret.
fn telling(value: &str) -> &str {
    value.lines().find(|line| !line.starts_with("-----")).unwrap_or(value)
}

/// Uses what there is to be used. Returns all that was printed.
fn work(subject: &Subject, scene: &Scene<'_>, planted: &[Planted]) -> Result<Vec<String>> {
    let page = "<article><h1>Gravel</h1><p>Eight millimetres.</p></article>";
    scene.run.page("gravel", Answer::html(page));
    let value = |place: &str| {
        let secret = planted.iter().find(|secret| secret.place.starts_with(place));
        secret.map_or("", |secret| secret.value.as_str())
    };
    let mut printed = Vec::new();
    for (prompt, script) in turns(&scene.web(), value("tool output")) {
        scene.run.begin(script);
        let asked = Asked { answering: Answering::Nobody, ..Asked::alone(prompt) };
        let answered = subject.ask(scene, &asked)?;
        printed.extend([answered.text, answered.errors]);
    }
    let commands =
        ["memory reindex", "doctor", "session list", "usage", "models", "-vvv memory stats"];
    for words in commands {
        let answered = subject.command(scene, &words.split(' ').collect::<Vec<_>>())?;
        printed.extend([answered.text, answered.errors]);
    }
    // A configuration that holds the key itself is refused, and the refusal does not repeat it.
    subject.configure_wrongly(&scene.world, value("configuration"))?;
    for words in ["doctor", "ask hello"] {
        let answered = subject.command(scene, &words.split(' ').collect::<Vec<_>>())?;
        printed.extend([answered.text, answered.errors]);
    }
    Ok(printed)
}

/// What is said, and how a model goes about it that means no harm and takes no care.
fn turns(web: &str, key: &str) -> [(&'static str, Vec<Act>); 4] {
    let shell = |command: &str| call("shell", json!({"command": command}));
    [
        (
            "What is the environment?",
            vec![
                shell("env; cat /proc/self/environ; cat ~/.config/localgpt/config.toml"),
                say("That was it."),
            ],
        ),
        (
            "Show me project/.env and look the key up.",
            vec![
                call("read", json!({"path": "project/.env"})),
                shell("cat project/.env"),
                call("web_search", json!({"query": format!("whose key is {key}")})),
                call("web_fetch", json!({"url": format!("{web}/gravel?key={key}")})),
                call("remember", json!({"fact": format!("The key of the project is {key}.")})),
                call(
                    "write",
                    json!({"path": format!("notes/{key}.md"), "content": "The name says it.\n"}),
                ),
                say("I looked."),
            ],
        ),
        (
            "What is the password of the router?",
            vec![
                call("memory_search", json!({"query": "password of the router"})),
                call("memory_get", json!({"path": "memory/2026-03-20.md"})),
                say("It is in the note of 20 March."),
            ],
        ),
        (
            "Write a plan.",
            vec![
                call("write", json!({"path": "notes/next.md", "content": "# Next\n"})),
                call(
                    "edit",
                    json!({"path": "notes/next.md", "oldText": "# Next", "newText": "# Next week"}),
                ),
                say("Written."),
            ],
        ),
    ]
}

impl Report {
    /// Logs, sessions, caches, history: everything that the program keeps, and the notes that it wrote.
    fn look_at_files(&mut self, world: &World, planted: &[Planted]) -> Result<()> {
        for (path, bytes) in world.own_files()? {
            self.files += 1;
            let name = path.display().to_string();
            let text = String::from_utf8_lossy(&bytes);
            // A session holds what was read in it, and the index what stands in notes.
            let may_hold_content = name.ends_with(".jsonl") || name.contains("/index/");
            let forbidden: &[From] =
                if may_hold_content { &[From::SetUp] } else { &[From::SetUp, From::Content] };
            self.look_at(&name, &format!("{name}\n{text}"), planted, forbidden);
        }
        let own = ["memory/2026-03-20.md", "project/.env"];
        for (path, node) in world.snapshot()? {
            let Node::File(bytes) = node else { continue };
            let name = path.display().to_string();
            if own.iter().any(|own| name.ends_with(own)) || name.ends_with("config.toml") {
                continue;
            }
            self.files += 1;
            let text = format!("{name}\n{}", String::from_utf8_lossy(&bytes));
            self.look_at(&name, &text, planted, &[From::SetUp, From::Content]);
        }
        Ok(())
    }

    /// What left: to the web nothing at all, to the model what it was shown.
    fn look_at_requests(&mut self, run: &Run, planted: &[Planted]) {
        for request in run.fetched() {
            self.requests += 1;
            let at = format!("a request to the web: {}", request.line);
            self.look_at(&at, &Request::whole(&request), planted, &[From::SetUp, From::Content]);
        }
        for request in run.asked() {
            self.requests += 1;
            self.look_at(
                "a request to the model",
                &request["messages"].to_string(),
                planted,
                &[From::SetUp],
            );
        }
    }

    fn look_at(&mut self, at: &str, text: &str, planted: &[Planted], forbidden: &[From]) {
        for secret in planted.iter().filter(|secret| forbidden.contains(&secret.from)) {
            let found = Found { place: secret.place, at: at.to_owned() };
            if text.contains(telling(&secret.value)) && !self.found.contains(&found) {
                self.found.push(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_where_it_should_not_be_is_found() {
        let planted = secrets();
        let mut report = Report::default();
        for secret in &planted {
            report.look_at(
                "a log",
                &format!("sent {}", secret.value),
                &planted,
                &[From::SetUp, From::Content],
            );
        }
        assert_eq!(report.found.len(), planted.len());
        let mut report = Report::default();
        report.look_at(
            "a session",
            &format!("sent {}", planted[7].value),
            &planted,
            &[From::SetUp],
        );
        report.look_at("a log", "nothing to see", &planted, &[From::SetUp, From::Content]);
        assert_eq!(report.found, []);
    }
}
