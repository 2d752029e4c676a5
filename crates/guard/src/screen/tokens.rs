//! Tokens and tags that pretend to end the text from outside, and addresses with room for data.

use super::Sign;

/// What begins or ends a message for some family of models. Case is as the models read it.
const TOKENS: &[&str] = &[
    "<|im_start|>",
    "<|im_end|>",
    "<|im_sep|>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|eom_id|>",
    "<|python_tag|>",
    "<|start|>",
    "<|end|>",
    "<|channel|>",
    "<|message|>",
    "<|return|>",
    "<|call|>",
    "<|constrain|>",
    "<|tool|>",
    "<|tool_call|>",
    "<|tool_response|>",
    "<|endofprompt|>",
    "<|START_OF_TURN_TOKEN|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|SYSTEM_TOKEN|>",
    "<|USER_TOKEN|>",
    "<|CHATBOT_TOKEN|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<｜User｜>",
    "<｜Assistant｜>",
    "<｜begin▁of▁sentence｜>",
    "<｜end▁of▁sentence｜>",
    "<｜tool▁calls▁begin｜>",
    "<<SYS>>",
    "<</SYS>>",
    "<|turn>",
    "<turn|>",
    "<|header_start|>",
    "<|header_end|>",
    "<|eot|>",
    "<|endofturn|>",
    "<|role_start|>",
    "<|role_end|>",
    "[INST]",
    "[/INST]",
    "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]",
    "[TOOL_CALLS]",
    "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]",
    "[AVAILABLE_TOOLS]",
    "[/AVAILABLE_TOOLS]",
    "[gMASK]",
    "<|observation|>",
    "<|start_of_role|>",
    "<|end_of_role|>",
];

/// What a closing tag is called where it closes a frame around text from outside.
const FRAMES: &[&str] = &[
    "untrusted",
    "tool_output",
    "tool-output",
    "tooloutput",
    "tool_result",
    "tool-result",
    "tool_response",
    "tool_call",
    "function_result",
    "function_call",
    "function_response",
    "system_prompt",
    "system-prompt",
    "system-reminder",
    "user_input",
    "user-input",
    "user_query",
    "user_message",
    "external_content",
    "external-content",
    "search_result",
    "search-result",
    "retrieved",
    "web_content",
    "web-content",
    "webpage",
    "page_content",
    "file_content",
    "file_contents",
    "memory_content",
    "memory-context",
    "antml:",
    "quoted_text",
    "untrusted_text",
    "document_content",
];

/// Whether `text` begins with a token that begins or ends a message for some model.
pub(crate) fn begins_token(text: &str) -> bool {
    TOKENS.iter().any(|token| text.starts_with(token))
}

/// Signs in marks and tags, each once.
pub(super) fn signs(text: &str) -> Vec<Sign> {
    let bytes = text.as_bytes();
    let (mut token, mut frame) = (false, false);
    for (place, byte) in bytes.iter().enumerate() {
        if !matches!(byte, b'<' | b'[') || token && frame {
            continue;
        }
        let rest = bytes.get(place..).unwrap_or_default();
        token = token || TOKENS.iter().any(|token| rest.starts_with(token.as_bytes()));
        frame = frame || rest.strip_prefix(b"</").is_some_and(closes_frame);
    }
    let mut signs = Vec::new();
    if token {
        signs.push(Sign::TemplateToken);
    }
    if frame {
        signs.push(Sign::FrameTag);
    }
    if has_room_for_data(text) {
        signs.push(Sign::Placeholder);
    }
    signs
}

fn closes_frame(name: &[u8]) -> bool {
    FRAMES.iter().any(|frame| {
        name.get(..frame.len()).is_some_and(|start| start.eq_ignore_ascii_case(frame.as_bytes()))
    })
}

/// The longest address that is looked at.
const LONGEST: usize = 400;
/// How far around an address words count that belong to it.
const NEAR: usize = 160;

/// Whether an address has an empty or marked place for data in its query, and the text is about filling it.
fn has_room_for_data(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.match_indices("://").any(|(place, _)| {
        let rest = bytes.get(place..).unwrap_or_default();
        let ends = |byte: u8| {
            byte.is_ascii_whitespace() || matches!(byte, b')' | b'"' | b'\'' | b'`' | b'|')
        };
        let length = rest.iter().take(LONGEST).take_while(|byte| !ends(**byte)).count();
        let address = rest.get(..length).unwrap_or_default();
        let Some(query) = address.iter().position(|byte| *byte == b'?') else { return false };
        let query = address.get(query..).unwrap_or_default();
        let query = query.strip_suffix(b".").or_else(|| query.strip_suffix(b",")).unwrap_or(query);
        let is_empty = query.ends_with(b"=");
        let is_marked = query
            .windows(2)
            .any(|pair| matches!(pair, [b'=', b'{' | b'<' | b'[' | b'$' | b'%']) && pair != b"=%")
            || query.windows(2).any(|pair| pair == b"{{");
        if !is_empty && !is_marked {
            return false;
        }
        let before = bytes.get(place.saturating_sub(NEAR)..place).unwrap_or_default();
        let after =
            bytes.get(place + length..(place + length + NEAR).min(bytes.len())).unwrap_or_default();
        is_image(before) || is_marked && fills(before, after) || is_empty && fills(before, after)
    })
}

/// Whether `before` ends in the beginning of an image, in Markdown or HTML.
fn is_image(before: &[u8]) -> bool {
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line).to_lowercase();
    line.rfind("](").is_some_and(|link| {
        line.get(..link).unwrap_or_default().contains("![") && line.len() - link <= 9
    }) || line.rfind("<img").is_some_and(|tag| !line.get(tag..).unwrap_or_default().contains('>'))
}

/// Words for putting the text of a person into an address.
const FILLING: &[&str] = &[
    "append",
    "followed by",
    "replace",
    "encode",
    "conversation",
    "the summary",
    "last message",
    "api key",
    "password",
    "user's",
    "chat history",
    "gefolgt von",
    "anhäng",
    "hänge",
    "ersetz",
    "kodier",
    "gespräch",
    "zusammenfassung",
    "letzten nachricht",
    "notizen",
    "schlüssel",
    "passwort",
    "inhalt von",
    "content of",
    "contents of",
];

fn fills(before: &[u8], after: &[u8]) -> bool {
    let around = [
        String::from_utf8_lossy(before).to_lowercase(),
        String::from_utf8_lossy(after).to_lowercase(),
    ];
    around.iter().any(|text| FILLING.iter().any(|words| text.contains(words)))
}
