//! Reading the layers: what wins.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;
use localgpt_config::{
    DEFAULT_TOML, EmbeddingConfig, Flags, LogLevel, SecretRef, Source, config_file, settings,
};

use crate::user::User;

fn workspace(user: &User) -> (String, Source) {
    let config = user.load().unwrap();
    (user.tidy(config.workspace.to_str().unwrap()), config.workspace_source)
}

#[test]
fn without_a_file_the_default_holds() {
    let user = User::new();
    expect![[r#"
        Config {
            directories: Directories {
                config: "~/config",
                data: "~/data",
                state: "~/state",
                cache: "~/cache",
            },
            file: "~/config/config.toml",
            workspace: "~/data/workspace",
            workspace_source: Default,
            language: English,
            time_zone: None,
            model: ModelConfig {
                choice: None,
                fallback: [],
                aliases: {},
                context: None,
                max_output: 4096,
                max_silence: 300,
                recall_tokens: 1200,
            },
            turn: TurnConfig {
                max_steps: 24,
                max_calls: 48,
                max_seconds: 900,
                max_tokens: 400000,
            },
            providers: ProvidersConfig {
                anthropic: KeyedServer {
                    base_url: "https://api.anthropic.com",
                    api_key: Env(
                        "ANTHROPIC_API_KEY",
                    ),
                },
                openai: KeyedServer {
                    base_url: "https://api.openai.com/v1",
                    api_key: Env(
                        "OPENAI_API_KEY",
                    ),
                },
                ollama_base_url: "http://127.0.0.1:11434",
                claude_cli: ClaudeCliConfig {
                    program: "claude",
                    unattended: false,
                },
                servers: [],
            },
            policy: TrustedFolder,
            web: WebConfig {
                search: Off,
                own_hosts: [],
            },
            history: HistoryConfig {
                place: Beside,
                max_file_bytes: 16777216,
            },
            skills: SkillsConfig {
                folders: [],
                disabled: [],
            },
            memory: MemoryConfig {
                extra_paths: [],
                max_file_bytes: 16777216,
            },
            embedding: Builtin,
            log: LogConfig {
                level: Info,
                max_files: 7,
            },
        }"#]]
    .assert_eq(&user.tidy(&format!("{:#?}", user.load().unwrap())));
}

#[test]
fn the_default_file_means_the_same_as_no_file() {
    let without = User::new();
    let with = User::new().with_file(DEFAULT_TOML);
    assert_eq!(
        without.tidy(&format!("{:?}", without.load().unwrap())),
        with.tidy(&format!("{:?}", with.load().unwrap()))
    );
}

#[test]
fn every_commented_key_of_the_default_file_can_be_uncommented() {
    let text: Vec<String> = DEFAULT_TOML
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if key.starts_with(|c: char| c.is_ascii_lowercase()) => key.to_owned(),
            Some(_) | None => line.to_owned(),
        })
        .collect();
    let user = User::new().with_file(text.join("\n"));
    let config = user.load().unwrap();
    assert_eq!(config.time_zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(workspace(&user), ("~/notes".to_owned(), Source::File));
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is one value, printed")]
fn a_file_of_version_0_1_reads_as_it_did() {
    let user = User::new().with_file(include_str!("../../fixtures/0.1.toml"));
    expect![[r#"
        Config {
            directories: Directories {
                config: "~/config",
                data: "~/data",
                state: "~/state",
                cache: "~/cache",
            },
            file: "~/config/config.toml",
            workspace: "~/notes",
            workspace_source: File,
            language: German,
            time_zone: Some(
                "Europe/Berlin",
            ),
            model: ModelConfig {
                choice: None,
                fallback: [],
                aliases: {},
                context: None,
                max_output: 4096,
                max_silence: 300,
                recall_tokens: 1200,
            },
            turn: TurnConfig {
                max_steps: 24,
                max_calls: 48,
                max_seconds: 900,
                max_tokens: 400000,
            },
            providers: ProvidersConfig {
                anthropic: KeyedServer {
                    base_url: "https://api.anthropic.com",
                    api_key: Env(
                        "ANTHROPIC_API_KEY",
                    ),
                },
                openai: KeyedServer {
                    base_url: "https://api.openai.com/v1",
                    api_key: Env(
                        "OPENAI_API_KEY",
                    ),
                },
                ollama_base_url: "http://127.0.0.1:11434",
                claude_cli: ClaudeCliConfig {
                    program: "claude",
                    unattended: false,
                },
                servers: [],
            },
            policy: TrustedFolder,
            web: WebConfig {
                search: Off,
                own_hosts: [],
            },
            history: HistoryConfig {
                place: Beside,
                max_file_bytes: 16777216,
            },
            skills: SkillsConfig {
                folders: [],
                disabled: [],
            },
            memory: MemoryConfig {
                extra_paths: [
                    "docs",
                    "/srv/wiki",
                ],
                max_file_bytes: 1000,
            },
            embedding: OpenAi {
                base_url: "http://127.0.0.1:8080/v1",
                model: "mine",
                api_key: Some(
                    Command(
                        [
                            "pass",
                            "show",
                            "key",
                        ],
                    ),
                ),
            },
            log: LogConfig {
                level: Off,
                max_files: 1,
            },
        }"#]]
    .assert_eq(&user.tidy(&format!("{:#?}", user.load().unwrap())));
}

#[test]
fn a_later_layer_wins() {
    let file = "workspace = \"from-file\"\n";
    let flag = || Flags { workspace: Some(PathBuf::from("from-flag")), ..Flags::default() };
    let cases = [
        (User::new(), "~/data/workspace", Source::Default),
        (User::new().with_file(file), "~/config/from-file", Source::File),
        (
            User::new().with_file(file).with("LOCALGPT_WORKSPACE", "from-environment"),
            "~/work/from-environment",
            Source::Environment,
        ),
        (
            User::new()
                .with_file(file)
                .with("LOCALGPT_WORKSPACE", "from-environment")
                .with_flags(flag()),
            "~/work/from-flag",
            Source::Flag,
        ),
        (
            User::new().with_file(file).with("LOCALGPT_WORKSPACE", ""),
            "~/config/from-file",
            Source::File,
        ),
        (User::new().with("LOCALGPT_WORKSPACE", "./a/."), "~/work/a", Source::Environment),
        (User::new().with_file("workspace = \"~/b\"\n"), "~/b", Source::File),
    ];
    for (user, expected, source) in cases {
        assert_eq!(workspace(&user), (expected.to_owned(), source));
    }
}

#[test]
fn the_log_level_follows_the_layers() {
    let file = "[log]\nlevel = \"warn\"\n";
    let flags = Flags { log_level: Some(LogLevel::Trace), ..Flags::default() };
    let cases = [
        (User::new(), LogLevel::Info),
        (User::new().with_file(file), LogLevel::Warn),
        (User::new().with_file(file).with("LOCALGPT_LOG", "debug"), LogLevel::Debug),
        (
            User::new().with_file(file).with("LOCALGPT_LOG", "debug").with_flags(flags),
            LogLevel::Trace,
        ),
    ];
    for (user, expected) in cases {
        assert_eq!(user.load().unwrap().log.level, expected);
    }
}

#[test]
fn a_wrong_log_level_in_the_environment_names_the_variable() {
    let error = User::new().with("LOCALGPT_LOG", "loud").load().unwrap_err();
    expect![[r#"
        cannot use LOCALGPT_LOG: `loud` is not one of off, error, warn, info, debug, trace
        hint: correct LOCALGPT_LOG, or unset it"#]]
    .assert_eq(&format!("{error}\nhint: {}", error.hint().unwrap()));
}

#[test]
fn the_environment_or_a_flag_chooses_the_file() {
    let user = User::new().with("LOCALGPT_CONFIG", "other.toml");
    fs::create_dir(user.path("work")).unwrap();
    fs::write(user.path("work/other.toml"), "language = \"german\"\n").unwrap();
    assert_eq!(user.load().unwrap().file, user.path("work/other.toml"));

    let flags = Flags { config_file: Some(PathBuf::from("absent.toml")), ..Flags::default() };
    let user = user.with_flags(flags);
    let error = user.load().unwrap_err();
    expect!["cannot read ~/work/absent.toml: no such file"]
        .assert_eq(&user.tidy(&error.to_string()));
    let path = config_file(&user.environment(), &user.path("work"), &user.flags).unwrap();
    assert_eq!(path, user.path("work/absent.toml"));
}

#[test]
fn each_kind_of_embedding_takes_its_own_table() {
    let file = |kind: &str| {
        format!(
            "[embedding]\nkind = \"{kind}\"\nopenai.api_key = {{ command = [\"pass\", \"x\"] }}\n\
             ollama.model = \"mine\"\n"
        )
    };
    let embedding = |kind| User::new().with_file(file(kind)).load().unwrap().embedding;
    assert_eq!(
        [embedding("builtin"), embedding("onnx"), embedding("openai"), embedding("ollama")],
        [
            EmbeddingConfig::Builtin,
            EmbeddingConfig::Onnx { model: "intfloat/multilingual-e5-small".to_owned() },
            EmbeddingConfig::OpenAi {
                base_url: "https://api.openai.com/v1".to_owned(),
                model: "text-embedding-3-small".to_owned(),
                api_key: Some(SecretRef::Command(vec!["pass".to_owned(), "x".to_owned()])),
            },
            EmbeddingConfig::Ollama {
                base_url: "http://127.0.0.1:11434".to_owned(),
                model: "mine".to_owned(),
            },
        ]
    );
}

#[test]
fn settings_show_every_key_with_its_source() {
    let user = User::new()
        .with_file("[memory]\nextra_paths = [\"docs\", \"wiki\"] # mine\n[log]\nmax_files = 3\n")
        .with("LOCALGPT_LOG", "debug")
        .with_flags(Flags { workspace: Some(PathBuf::from("notes")), ..Flags::default() });
    let work: &Path = &user.path("work");
    let lines: Vec<String> = settings(&user.environment(), work, &user.flags)
        .unwrap()
        .into_iter()
        .map(|setting| {
            let value = setting.value.unwrap_or_else(|| "(none)".to_owned());
            format!("{} = {value} ({})", setting.name, setting.source)
        })
        .collect();
    expect![[r#"
        workspace = ~/work/notes (flag)
        language = auto (default)
        time_zone = (none) (default)
        model.use = (none) (default)
        model.fallback = [] (default)
        model.aliases = {} (default)
        model.context = (none) (default)
        model.max_output = 4096 (default)
        model.max_silence = 300 (default)
        model.recall_tokens = 1200 (default)
        turn.max_steps = 24 (default)
        turn.max_calls = 48 (default)
        turn.max_seconds = 900 (default)
        turn.max_tokens = 400_000 (default)
        providers.anthropic.base_url = https://api.anthropic.com (default)
        providers.anthropic.api_key = { env = "ANTHROPIC_API_KEY" } (default)
        providers.openai.base_url = https://api.openai.com/v1 (default)
        providers.openai.api_key = { env = "OPENAI_API_KEY" } (default)
        providers.ollama.base_url = http://127.0.0.1:11434 (default)
        providers.claude-cli.program = claude (default)
        providers.claude-cli.unattended = false (default)
        providers.servers = [] (default)
        policy.mode = trusted-folder (default)
        web.search = off (default)
        web.search_url = (none) (default)
        web.search_key = { env = "BRAVE_API_KEY" } (default)
        web.own_hosts = [] (default)
        history.place = beside (default)
        history.max_file_bytes = 16 MiB (default)
        skills.folders = [] (default)
        skills.disabled = [] (default)
        memory.extra_paths = ["docs", "wiki"] (file)
        memory.max_file_bytes = 16 MiB (default)
        embedding.kind = builtin (default)
        embedding.onnx.model = intfloat/multilingual-e5-small (default)
        embedding.openai.base_url = https://api.openai.com/v1 (default)
        embedding.openai.model = text-embedding-3-small (default)
        embedding.openai.api_key = (none) (default)
        embedding.ollama.base_url = http://127.0.0.1:11434 (default)
        embedding.ollama.model = embeddinggemma (default)
        log.level = debug (environment)
        log.max_files = 3 (file)"#]]
    .assert_eq(&user.tidy(&lines.join("\n")));
}
