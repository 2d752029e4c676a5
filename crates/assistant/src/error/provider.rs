//! What a person can do about a model that did not answer.

use localgpt_protocol::{ModelName, ProviderError};

/// What the person can do about it; none if there is nothing but to try again, which everybody knows.
pub(crate) fn provider_hint(error: &ProviderError, model: &ModelName) -> Option<String> {
    let provider = model.provider();
    let hint = match error {
        ProviderError::Key { .. } => match provider {
            "claude-cli" => "run `claude` in a terminal and log in".to_owned(),
            _ => format!("check the key of {provider}; `localgpt doctor` says where it is looked for"),
        },
        ProviderError::Payment { .. } => {
            "add credit at the vendor, or choose another model: `localgpt models`".to_owned()
        }
        ProviderError::RateLimited { retry_after, .. }
        | ProviderError::Overloaded { retry_after, .. } => match retry_after {
            Some(wait) => format!(
                "try again in {}, or choose another model with `--model`",
                duration(wait.as_secs())
            ),
            None => "try again later, or choose another model with `--model`".to_owned(),
        },
        ProviderError::TooLong { .. } => {
            "send less, `/compact` what was said, or choose a model with a larger window".to_owned()
        }
        ProviderError::NoModel { .. } => match provider {
            "ollama" => format!(
                "fetch it with `ollama pull {}`, or choose one of `localgpt models`",
                model.model()
            ),
            _ => "`localgpt models` lists what can be reached".to_owned(),
        },
        ProviderError::Unable { .. } => "choose another model: `localgpt models`".to_owned(),
        ProviderError::NoProgram { .. } => {
            "install it, or name it with `providers.claude-cli.program`; `localgpt models` lists what else is there"
                .to_owned()
        }
        ProviderError::Unreachable { .. } => match provider {
            "ollama" => "start it with `ollama serve`, or set `providers.ollama.base_url`; \
                         `--model quote` answers from your notes without a model"
                .to_owned(),
            _ => "check the network and the address in the configuration; \
                  `--model quote` answers from your notes without a model"
                .to_owned(),
        },
        ProviderError::CutOff { .. } => {
            "what came is no whole answer; say it again, with `/retry` in a chat".to_owned()
        }
        ProviderError::Silent { .. } => {
            "a model that is being loaded is silent for a while; `model.max_silence` says how long that may take"
                .to_owned()
        }
        ProviderError::Protocol { .. } => {
            "check that the address is that of such a server, and no page stands before it".to_owned()
        }
        ProviderError::Failed { .. } => {
            "try again; if it stays so, the log of the server says why".to_owned()
        }
        ProviderError::Garbled { .. } => {
            "try again; a larger model may do better: `localgpt models`".to_owned()
        }
        ProviderError::Refused { .. } => return None,
    };
    Some(hint)
}

/// A time that a person can wait for.
fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", seconds.div_ceil(60)),
        7_200..172_800 => format!("{} hours", seconds.div_ceil(3_600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_limit_says_when_it_is_lifted() {
        let limit = |seconds| ProviderError::RateLimited {
            retry_after: Some(Duration::from_secs(seconds)),
            message: String::new(),
        };
        let model = "claude-cli/sonnet".parse().unwrap();
        let hint = |seconds| provider_hint(&limit(seconds), &model).unwrap();
        assert!(hint(30).starts_with("try again in 30 seconds"));
        assert!(hint(600).starts_with("try again in 10 minutes"));
        assert!(hint(18_000).starts_with("try again in 5 hours"));
        assert!(hint(500_000).starts_with("try again in 6 days"));
    }
}
