//! JSON that cannot steer a terminal.

use std::borrow::Cow;

use localgpt_guard::visible;

/// The same document with invisible characters of its strings written as `\uXXXX`.
pub(crate) fn harmless_json(json: &str) -> Cow<'_, str> {
    if matches!(visible(json), Cow::Borrowed(_)) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        let mut bytes = [0; 4];
        match visible(character.encode_utf8(&mut bytes)) {
            Cow::Borrowed(_) => out.push(character),
            Cow::Owned(_) => {
                let mut units = [0; 2];
                let units = character.encode_utf16(&mut units).iter();
                out.extend(units.map(|unit| format!("\\u{unit:04x}")));
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_stays_the_same_and_shows_what_it_holds() {
        let text = "a\u{9b}31m \u{202e}b\u{e0041} \u{1b}[0m ü";
        let json = serde_json::to_string(text).unwrap();
        let shown = harmless_json(&json);
        assert_eq!(shown, r#""a\u009b31m \u202eb\udb40\udc41 \u001b[0m ü""#);
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }
}
