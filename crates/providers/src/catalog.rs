//! The vendors that are known by name, and what is known of their models without asking.
//!
//! Vendors that speak the same protocol are rows here, not types. What a server says of a model counts more than
//! what stands here.

use localgpt_protocol::{Capabilities, Price, Provider, ProviderError};

use crate::{
    Error, ListedModel, ServerOptions,
    anthropic::{self, AnthropicModel},
    openai::{self, ChatModel, ResponsesModel},
};

pub use crate::call_ids::CallIds;

/// Who runs models, and how they are spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vendor {
    /// What stands before the slash of a model's name.
    pub name: &'static str,
    /// The address up to what the protocol adds.
    pub base_url: &'static str,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// Where its key is usually found in the environment; none if it needs no key.
    pub key_variable: Option<&'static str>,
    /// Whether it runs on this machine.
    pub is_local: bool,
    /// How it differs from the others of its protocol.
    pub quirks: Quirks,
}

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `/v1/messages`.
    Anthropic,
    /// `/responses`.
    Responses,
    /// `/chat/completions`.
    Chat,
}

/// How a server differs from the others that speak Chat Completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quirks {
    /// What it calls the most tokens of an answer.
    pub limit: LimitName,
    /// How it is brought to say what an answer took.
    pub usage: UsageReport,
    /// Whether it wants its reasoning back.
    pub reasoning: ReasoningBack,
    /// What it takes as the id of a call.
    pub call_ids: CallIds,
    /// How it lists its models.
    pub listing: Listing,
}

/// What a server calls the most tokens of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitName {
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`.
    MaxCompletionTokens,
}

/// How a server is brought to say what an answer took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageReport {
    /// It has to be asked.
    OnRequest,
    /// It always does, and refuses to be asked.
    Always,
}

/// Whether a server wants its reasoning back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasoningBack {
    /// Never.
    Never,
    /// With the tool calls that it led to.
    WithCalls,
}

/// How a server lists its models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// `/models`, and that is all.
    Plain,
    /// `/props` says how large the window is that it was started with.
    LlamaCpp,
    /// `/api/v0/models` says more.
    LmStudio,
}

impl Quirks {
    /// A server that does as most do.
    pub const NONE: Self = Self {
        limit: LimitName::MaxTokens,
        usage: UsageReport::OnRequest,
        reasoning: ReasoningBack::Never,
        call_ids: CallIds::Plain,
        listing: Listing::Plain,
    };
}

/// A model of which something is known without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownModel {
    /// Its vendor.
    pub vendor: &'static str,
    /// Its name, which a date may follow.
    pub name: &'static str,
    /// Tokens it can read and write in one request.
    pub context_window: u32,
    /// The most tokens of one answer.
    pub max_output: u32,
    /// Whether it reads pictures.
    pub images: bool,
    /// What it costs, by the vendor's own list.
    pub price: Option<Price>,
}

/// Every vendor with a name. Ollama and the Claude CLI are none of them: they have protocols of their own.
pub const VENDORS: &[Vendor] = &[
    Vendor {
        protocol: Protocol::Anthropic,
        ..cloud("anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY")
    },
    Vendor {
        protocol: Protocol::Responses,
        quirks: Quirks { limit: LimitName::MaxCompletionTokens, ..Quirks::NONE },
        ..cloud("openai", "https://api.openai.com/v1", "OPENAI_API_KEY")
    },
    cloud("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    Vendor {
        quirks: Quirks { limit: LimitName::MaxCompletionTokens, ..Quirks::NONE },
        ..cloud("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY")
    },
    Vendor {
        // An answer with calls is refused later on, if it comes back without its reasoning.
        quirks: Quirks { reasoning: ReasoningBack::WithCalls, ..Quirks::NONE },
        ..cloud("deepseek", "https://api.deepseek.com", "DEEPSEEK_API_KEY")
    },
    Vendor {
        quirks: Quirks { usage: UsageReport::Always, call_ids: CallIds::Nine, ..Quirks::NONE },
        ..cloud("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY")
    },
    cloud("xai", "https://api.x.ai/v1", "XAI_API_KEY"),
    cloud("gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
    cloud("together", "https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    Vendor {
        quirks: Quirks { listing: Listing::LlamaCpp, ..Quirks::NONE },
        ..local("llamacpp", "http://127.0.0.1:8080/v1")
    },
    local("vllm", "http://127.0.0.1:8000/v1"),
    Vendor {
        quirks: Quirks { listing: Listing::LmStudio, ..Quirks::NONE },
        ..local("lmstudio", "http://127.0.0.1:1234/v1")
    },
];

/// What the vendors' own pages said in November 2026. A model that is not here is asked for, or assumed to be small.
pub const MODELS: &[KnownModel] = &[
    claude("claude-opus-5-5", 1_000_000, 128_000, Some([4_000, 400, 5_000, 20_000])),
    claude("claude-sonnet-5-5", 1_000_000, 128_000, Some([2_000, 200, 2_500, 10_000])),
    // Its price depends on more than its tokens.
    claude("claude-haiku-5-5", 1_000_000, 128_000, None),
    claude("claude-opus-5", 1_000_000, 128_000, Some([5_000, 500, 6_250, 25_000])),
    claude("claude-sonnet-5", 1_000_000, 128_000, Some([2_000, 200, 2_500, 10_000])),
    claude("claude-haiku-4-5", 200_000, 64_000, Some([1_000, 100, 1_250, 5_000])),
    gpt("gpt-5.1", 400_000, 128_000, Some([1_250, 125, 1_250, 10_000])),
];

/// The vendor of this name.
pub fn vendor(name: &str) -> Option<&'static Vendor> {
    VENDORS.iter().find(|vendor| vendor.name == name)
}

/// What is known of a vendor's model without asking. `model` may have a date behind its name.
pub fn known(vendor: &str, model: &str) -> Option<&'static KnownModel> {
    let is_date = |rest: &str| {
        let digits = rest.bytes().filter(u8::is_ascii_digit).count();
        digits == 8 && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    };
    MODELS.iter().filter(|known| known.vendor == vendor).find(|known| {
        model.strip_prefix(known.name).is_some_and(|rest| rest.is_empty() || is_date(rest))
    })
}

/// A model that is spoken to by `protocol`; nothing is sent yet.
pub fn open(
    protocol: Protocol,
    quirks: Quirks,
    server: &ServerOptions,
    capabilities: Capabilities,
) -> Result<Box<dyn Provider>, Error> {
    Ok(match protocol {
        Protocol::Anthropic => Box::new(AnthropicModel::new(server, capabilities)?),
        Protocol::Responses => Box::new(ResponsesModel::new(server, capabilities)?),
        Protocol::Chat => Box::new(ChatModel::new(server, quirks, capabilities)?),
    })
}

/// The models that a server has now.
pub async fn models(
    protocol: Protocol,
    quirks: Quirks,
    server: &ServerOptions,
) -> Result<Vec<ListedModel>, ProviderError> {
    match protocol {
        Protocol::Anthropic => anthropic::models(server).await,
        Protocol::Responses | Protocol::Chat => openai::models(server, &quirks).await,
    }
}

const fn cloud(name: &'static str, base_url: &'static str, key_variable: &'static str) -> Vendor {
    Vendor {
        name,
        base_url,
        protocol: Protocol::Chat,
        key_variable: Some(key_variable),
        is_local: false,
        quirks: Quirks::NONE,
    }
}

const fn local(name: &'static str, base_url: &'static str) -> Vendor {
    Vendor {
        name,
        base_url,
        protocol: Protocol::Chat,
        key_variable: None,
        is_local: true,
        quirks: Quirks::NONE,
    }
}

const fn claude(
    name: &'static str,
    context_window: u32,
    max_output: u32,
    price: Option<[u64; 4]>,
) -> KnownModel {
    let price = dollars(price);
    KnownModel { vendor: "anthropic", name, context_window, max_output, images: true, price }
}

const fn gpt(
    name: &'static str,
    context_window: u32,
    max_output: u32,
    price: Option<[u64; 4]>,
) -> KnownModel {
    let price = dollars(price);
    KnownModel { vendor: "openai", name, context_window, max_output, images: true, price }
}

/// From thousandths of a dollar for a million tokens: read, from the cache, to the cache, written.
const fn dollars(price: Option<[u64; 4]>) -> Option<Price> {
    match price {
        Some([input, cache_read, cache_write, output]) => Some(Price {
            input: input * 1_000,
            cache_read: cache_read * 1_000,
            cache_write: cache_write * 1_000,
            output: output * 1_000,
        }),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_vendor_has_one_row_and_an_address_that_can_be_used() {
        for vendor in VENDORS {
            assert_eq!(super::vendor(vendor.name), Some(vendor));
            assert_eq!(crate::http::base_url(vendor.base_url).unwrap(), vendor.base_url);
            assert_eq!(vendor.is_local, vendor.key_variable.is_none());
            assert!(!vendor.name.contains('/'));
        }
        for model in MODELS {
            assert!(vendor(model.vendor).is_some() && model.max_output < model.context_window);
        }
    }

    #[test]
    fn a_model_is_known_with_and_without_its_date_but_not_by_the_name_of_another() {
        let name = |model| known("anthropic", model).map(|known| known.name);
        assert_eq!(name("claude-haiku-4-5-20251001"), Some("claude-haiku-4-5"));
        assert_eq!(name("claude-opus-5-5"), Some("claude-opus-5-5"));
        assert_eq!(name("claude-opus-5"), Some("claude-opus-5"));
        assert_eq!(name("claude-opus-5-6"), None);
        assert!(known("openai", "gpt-5.1-2025-11-13").is_some());
        assert!(known("openai", "gpt-5.1-mini").is_none());
        assert!(known("openrouter", "gpt-5.1").is_none());
    }
}
