//! What is recorded, labelled and put back, over real files.

use std::{collections::BTreeMap, fs};

use localgpt_config::Language;
use localgpt_guard::Digest;
use localgpt_protocol::{Aliases, ToolName};
use serde_json::json;

use super::*;
use crate::{Changes, set_up::SetUp};

/// A tool that does what the test says, as if a model had asked for it.
struct Doing<F> {
    spec: ToolSpec,
    work: F,
}

impl<F: Fn() + Send + Sync> Tool for Doing<F> {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call<'a>(
        &'a self,
        _: Value,
        _: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        (self.work)();
        Box::pin(std::future::ready(Ok(Untrusted::new("done"))))
    }
}

/// A workspace with two files, and who watches it.
struct Scene {
    set_up: SetUp,
    witness: Arc<Witness>,
}

impl Scene {
    fn new(place: HistoryPlace) -> Self {
        let mut set_up = SetUp::empty(Language::English);
        set_up.config.history.place = place;
        fs::create_dir_all(&set_up.config.workspace).unwrap();
        let witness = Witness::new(&set_up.config, &set_up.clock);
        let scene = Self { set_up, witness };
        scene.put("plan.txt", "Paint the shed.\n");
        scene.put("list.txt", "Nails\nScrews\n");
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.set_up.config.workspace.join(name)
    }

    fn put(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn files(&self) -> BTreeMap<String, String> {
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let entries = fs::read_dir(&self.set_up.config.workspace).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        paths.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
    }

    /// Lets a tool of this risk work while the model has seen text of this origin: what the model reads of it.
    async fn work(
        &self,
        risk: Risk,
        seen: Origin,
        allowed: Vec<Effect>,
        work: impl Fn() + Send + Sync + 'static,
    ) -> String {
        let spec = ToolSpec {
            name: ToolName::new("work"),
            description: String::new(),
            input_schema: json!({}),
            risk,
            aliases: Aliases::default(),
        };
        let tool = Watched::over(Arc::new(Doing { spec, work }), &self.witness);
        let context = ToolContext { session: SessionId::new("s-1"), origin: seen, allowed };
        let output = tool.call(json!({}), &context).await.unwrap();
        let fence = localgpt_guard::Fence(1);
        localgpt_guard::quote(&output, "work", fence, 10_000).as_str().to_owned()
    }

    /// Writes a file as the tool `write` does.
    async fn write(&self, name: &str, text: &'static [u8], seen: Origin) {
        let effect =
            Effect::Write { place: Place::Inside(name.to_owned()), digest: Digest::of(text) };
        let path = self.path(name);
        self.work(Risk::Write, seen, vec![effect], move || fs::write(&path, text).unwrap()).await;
    }

    async fn run(&self, seen: Origin, work: impl Fn() + Send + Sync + 'static) -> String {
        let effect = Effect::Run { command: "a command".to_owned() };
        self.work(Risk::Execute, seen, vec![effect], work).await
    }

    fn changes(&self) -> Changes {
        Changes::open(&self.set_up.config, &self.set_up.clock).unwrap()
    }

    /// The history, newest first: who, in which session, what.
    fn history(&self) -> Vec<String> {
        let row = |row: localgpt_protocol::HistoryRow| {
            let session = row.session.map(|session| format!(" in {session}"));
            let summary = row.summary.split(" (sha256").next().unwrap().to_owned();
            format!("{}{}: {summary}", row.author, session.unwrap_or_default())
        };
        self.changes().list(100).unwrap().into_iter().map(row).collect()
    }
}

#[tokio::test]
async fn a_write_is_a_commit_of_its_session_and_every_new_line_has_a_label() {
    let scene = Scene::new(HistoryPlace::Beside);
    let text = b"Paint the shed.\nOrder the paint.\n";
    scene.write("plan.txt", text, Origin::Web).await;
    assert_eq!(scene.history()[0], "assistant in s-1: write plan.txt");
    assert!(scene.history()[1].starts_with("outside"), "{:?}", scene.history());
    assert_eq!(scene.witness.label("Order the paint."), Label::by_model(Origin::Web));
    // What stood there before is nobody's, as before.
    assert_eq!(scene.witness.label("Paint the shed.").origin, Origin::Unknown);
    assert_eq!(
        scene.witness.label("  Order the paint.\r").origin,
        Origin::Web,
        "wherever it moves"
    );
    assert_eq!(scene.changes().undo(1).unwrap().files, ["plan.txt"]);
    assert_eq!(scene.files()["plan.txt"], "Paint the shed.\n");
}

#[tokio::test]
async fn a_deletion_by_a_program_is_put_back_while_untrusted_text_is_in_view() {
    let scene = Scene::new(HistoryPlace::Beside);
    let before = scene.files();
    let paths = [scene.path("plan.txt"), scene.path("list.txt")];
    let said = scene
        .run(Origin::Web, move || paths.iter().for_each(|path| fs::remove_file(path).unwrap()))
        .await;
    assert_eq!(scene.files(), before);
    assert!(said.contains("put back: list.txt, plan.txt"), "{said}");
    assert!(said.contains("delete-while-untrusted"), "{said}");
    assert_eq!(
        scene.history()[0].split(" (").next().unwrap(),
        "assistant in s-1: Put back what was deleted"
    );
}

#[tokio::test]
async fn a_new_name_is_no_deletion_and_neither_is_one_that_nobody_else_asked_for() {
    let scene = Scene::new(HistoryPlace::Beside);
    let (from, to) = (scene.path("plan.txt"), scene.path("shed.txt"));
    scene.run(Origin::Web, move || fs::rename(&from, &to).unwrap()).await;
    let names = |scene: &Scene| scene.files().into_keys().collect::<Vec<_>>();
    assert_eq!(names(&scene), ["list.txt", "shed.txt"]);
    let gone = scene.path("list.txt");
    scene.run(Origin::Assistant, move || fs::remove_file(&gone).unwrap()).await;
    assert_eq!(names(&scene), ["shed.txt"]);
}

#[tokio::test]
async fn a_file_that_becomes_a_folder_is_not_lost() {
    let scene = Scene::new(HistoryPlace::Beside);
    let path = scene.path("plan.txt");
    scene
        .run(Origin::Web, move || {
            fs::remove_file(&path).unwrap();
            fs::create_dir(&path).unwrap();
            fs::write(path.join("inner.txt"), "x\n").unwrap();
        })
        .await;
    let undone = scene.changes().undo(100).unwrap();
    assert_eq!(scene.files()["plan.txt"], "Paint the shed.\n", "{undone:?}");
}

#[tokio::test]
async fn what_the_person_does_between_two_calls_is_theirs() {
    let scene = Scene::new(HistoryPlace::Beside);
    scene.write("new.txt", b"one\n", Origin::Assistant).await;
    scene.put("list.txt", "Nails\nScrews\nGlue\n");
    scene.write("new.txt", b"two\n", Origin::Assistant).await;
    let history = scene.history();
    assert_eq!(history[0], "assistant in s-1: write new.txt");
    assert!(history[1].starts_with("outside: "), "{history:?}");
    assert_eq!(history[2], "assistant in s-1: write new.txt");
    assert_eq!(scene.witness.label("Glue").origin, Origin::Unknown);
    // Taking back what the assistant did leaves what the person did.
    scene.changes().undo(2).unwrap();
    let files = scene.files();
    assert_eq!(files.get("new.txt"), None);
    assert_eq!(files["list.txt"], "Nails\nScrews\nGlue\n");
}

#[tokio::test]
async fn what_the_model_writes_is_labelled_also_where_no_history_covers_it() {
    let url = "https://evil.example/?d=KEY-4471";
    // No history, a file that is ignored, one that is too large, one that is no text.
    let off = Scene::new(HistoryPlace::Off);
    off.write("a.txt", b"https://evil.example/?d=KEY-4471\n", Origin::Web).await;
    assert_eq!(off.witness.label(url), Label::by_model(Origin::Web), "history off");

    let ignored = Scene::new(HistoryPlace::Beside);
    ignored.put(".gitignore", "*.log\n");
    ignored.write("a.log", b"https://evil.example/?d=KEY-4471\n", Origin::Web).await;
    assert_eq!(ignored.witness.label(url), Label::by_model(Origin::Web), "ignored");

    let binary = Scene::new(HistoryPlace::Beside);
    binary.write("a.bin", b"\0\nhttps://evil.example/?d=KEY-4471\n", Origin::Web).await;
    assert_eq!(binary.witness.label(url), Label::by_model(Origin::Web), "no text");

    let mut set_up = SetUp::empty(Language::English);
    set_up.config.history.max_file_bytes = 8;
    fs::create_dir_all(&set_up.config.workspace).unwrap();
    let witness = Witness::new(&set_up.config, &set_up.clock);
    let large = Scene { set_up, witness };
    large.write("a.txt", b"https://evil.example/?d=KEY-4471\n", Origin::Web).await;
    assert_eq!(large.witness.label(url), Label::by_model(Origin::Web), "too large");
}

#[tokio::test]
async fn once_a_program_has_run_no_line_without_a_label_proves_anything() {
    for place in [HistoryPlace::Off, HistoryPlace::Beside] {
        let scene = Scene::new(place);
        let url = "https://evil.example/?d=KEY-4471";
        assert!(scene.witness.label(url).is_evidence());
        let path = scene.path("out.txt");
        scene.run(Origin::Human, move || fs::write(&path, format!("{url}\n")).unwrap()).await;
        assert!(!scene.witness.label(url).is_evidence());
        assert!(!scene.witness.label("a line that came later").is_evidence());
    }
}

#[tokio::test]
async fn a_key_in_a_command_is_not_in_the_history() {
    let scene = Scene::new(HistoryPlace::Beside);
    let path = scene.path("out.txt");
    let key = format!("sk-ant-api03-{}", "Ab1_".repeat(23));
    let effect = Effect::Run { command: format!("echo {key} > out.txt") };
    scene
        .work(Risk::Execute, Origin::Human, vec![effect], move || fs::write(&path, "x\n").unwrap())
        .await;
    let history = scene.history();
    assert!(history[0].contains("echo") && !history[0].contains(&key), "{history:?}");
}
