//! The real `claude` before a scripted server, by hand: `LOCALGPT_CLAUDE` names the program and
//! `LOCALGPT_MODEL_SERVER` the address of a server that answers like the vendor's and follows these words:
//! "remember X" calls `remember`, "long text" writes slowly, anything else is repeated.
//! Without the two nothing is done.

use std::{fs, path::PathBuf, time::Duration};

use jiff::tz::TimeZone;
use localgpt_protocol::{
    Clock, Delta, Instructions, Message, Provider, ProviderError, Reply, Request, Risk, SessionId,
    ToolName, ToolOutcome, ToolResult, ToolSpec, ToolSupport, UserPart,
};
use localgpt_providers::claude_cli::{ClaudeCli, ClaudeCliOptions, Login};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::Notify;

struct Real {
    home: TempDir,
    program: PathBuf,
    server: String,
}

impl Real {
    #[expect(clippy::disallowed_methods, reason = "run by hand, by someone who sets the two")]
    fn find() -> Option<Self> {
        let program = std::env::var("LOCALGPT_CLAUDE").ok()?;
        let server = std::env::var("LOCALGPT_MODEL_SERVER").ok()?;
        Some(Self { home: tempfile::tempdir().unwrap(), program: program.into(), server })
    }

    fn claude(&self, key: Option<&str>) -> ClaudeCli {
        let mut environment = vec![
            ("PATH".into(), "/usr/bin:/bin".into()),
            ("HOME".into(), self.home.path().into()),
            ("ANTHROPIC_BASE_URL".into(), self.server.clone().into()),
        ];
        environment.extend(key.map(|key| ("ANTHROPIC_API_KEY".into(), key.into())));
        ClaudeCli::new(ClaudeCliOptions {
            model: "claude-cli/sonnet".parse().unwrap(),
            program: self.program.clone(),
            environment,
            folder: self.home.path().join("state"),
            context_window: None,
            silence: Duration::from_secs(60),
            processes: 2,
            clock: Clock::system(TimeZone::UTC),
        })
        .unwrap()
    }
}

fn request(text: &str) -> Request {
    Request {
        session: SessionId::new("s"),
        instructions: Instructions { stable: "Be brief.".to_owned(), changing: String::new() },
        messages: vec![user(text)],
        tools: vec![ToolSpec {
            name: ToolName::new("remember"),
            description: "Keeps a fact.".to_owned(),
            input_schema: json!({
                "type": "object",
                "properties": { "fact": { "type": "string" } },
                "required": ["fact"],
            }),
            risk: Risk::Remember,
            aliases: localgpt_protocol::Aliases::default(),
        }],
        calling: ToolSupport::Native,
        max_tokens: 4000,
    }
}

fn user(text: &str) -> Message {
    Message::User(vec![UserPart::Text(text.to_owned())])
}

async fn ask(claude: &ClaudeCli, request: &mut Request) -> Result<Reply, ProviderError> {
    let reply = claude.reply(request, &mut |_| {}).await?;
    request.messages.push(Message::Assistant(reply.parts.clone()));
    Ok(reply)
}

fn text(reply: &Reply) -> String {
    Message::Assistant(reply.parts.clone()).text()
}

#[test]
fn the_real_program_does_what_the_script_does() {
    let Some(real) = Real::find() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let claude = real.claude(Some("sk-none"));

        // A tool call, denied by us, and what the model makes of it.
        let mut talk = request("remember milk");
        let reply = ask(&claude, &mut talk).await.unwrap();
        let message = Message::Assistant(reply.parts.clone());
        let call = message.calls().next().unwrap();
        assert_eq!((call.name.as_str(), &call.input), ("remember", &json!({ "fact": "milk" })));
        talk.messages.push(Message::ToolResults(vec![ToolResult {
            call: call.id.clone(),
            name: call.name.clone(),
            outcome: ToolOutcome::Denied("the person said no".to_owned()),
        }]));
        let reply = ask(&claude, &mut talk).await.unwrap();
        assert!(text(&reply).contains("Done: the person said no"), "{reply:?}");
        assert!(reply.usage.microdollars.is_some_and(|cost| cost > 0), "{reply:?}");

        // Neither a file nor a command that a message names is read or run.
        let secret = real.home.path().join("secret.txt");
        fs::write(&secret, "SECRET-IN-FILE").unwrap();
        for before in ["look at", "/help with", "!cat"] {
            let said = format!("{before} @{}", secret.display());
            talk.messages.push(user(&said));
            let reply = ask(&claude, &mut talk).await.unwrap();
            assert!(text(&reply).contains(&said), "{reply:?}");
            assert!(!text(&reply).contains("SECRET"), "{reply:?}");
        }

        // A reply that is dropped in its middle, and the next one: it is told what was said before.
        let mut talk = request("good morning");
        ask(&claude, &mut talk).await.unwrap();
        talk.messages.push(user("long text"));
        let begun = Notify::new();
        let mut show = |delta: Delta| {
            if matches!(delta, Delta::Text(_)) {
                begun.notify_one();
            }
        };
        tokio::select! {
            reply = claude.reply(&talk, &mut show) => panic!("{reply:?}"),
            () = begun.notified() => {}
        }
        talk.messages.pop();
        talk.messages.push(user("rather not"));
        let reply = ask(&claude, &mut talk).await.unwrap();
        assert!(text(&reply).contains("good morning"), "{reply:?}");
        assert!(text(&reply).ends_with("rather not"), "{reply:?}");

        let error = ask(&claude, &mut request("hit the limit")).await.unwrap_err();
        assert!(matches!(error, ProviderError::RateLimited { .. }), "{error:?}");

        let claude = real.claude(None);
        assert_eq!(claude.login().unwrap(), Login::LoggedOut);
        let error = ask(&claude, &mut request("hello")).await.unwrap_err();
        assert!(matches!(error, ProviderError::Key { .. }), "{error:?}");
    });
}
