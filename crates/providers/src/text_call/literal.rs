//! Values as Python writes them, JSON among them: single quotes, `True`, a comma behind the last one.
//!
//! Strict in everything else: what is not whole is no value.

use serde_json::{Map, Number, Value};

/// The deepest nesting that is read.
const DEEPEST: usize = 64;

/// The value that `text` is, if it is nothing else.
pub(super) fn whole(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text.trim() };
    let value = reader.value(0)?;
    reader.rest.is_empty().then_some(value)
}

/// The calls of `[name(a="b"), other()]`, each with its arguments.
pub(super) fn call_list(text: &str) -> Option<Vec<(String, Value)>> {
    let mut reader = Reader { rest: text.trim() };
    reader.take('[')?;
    let mut calls = Vec::new();
    while reader.take(']').is_none() {
        calls.push(reader.call()?);
        if reader.take(',').is_none() {
            reader.take(']')?;
            break;
        }
    }
    (reader.rest.is_empty() && !calls.is_empty()).then_some(calls)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Takes `wanted` and the blanks behind it.
    fn take(&mut self, wanted: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(wanted)?.trim_start();
        Some(())
    }

    fn call(&mut self) -> Option<(String, Value)> {
        let name = self.word()?;
        self.take('(')?;
        let mut input = Map::new();
        while self.take(')').is_none() {
            let parameter = self.word()?;
            self.take('=')?;
            input.insert(parameter, self.value(1)?);
            if self.take(',').is_none() {
                self.take(')')?;
                break;
            }
        }
        Some((name, Value::Object(input)))
    }

    fn word(&mut self) -> Option<String> {
        let is_word = |c: char| c.is_alphanumeric() || "_-.".contains(c);
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        let value = match self.rest.chars().next()? {
            '{' => self.dictionary(depth)?,
            '[' => self.list(depth)?,
            quote @ ('"' | '\'') => Value::String(self.string(quote)?),
            _ => self.plain()?,
        };
        self.rest = self.rest.trim_start();
        Some(value)
    }

    fn dictionary(&mut self, depth: usize) -> Option<Value> {
        self.take('{')?;
        let mut map = Map::new();
        while self.take('}').is_none() {
            let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let key = self.string(quote)?;
            self.take(':')?;
            map.insert(key, self.value(depth + 1)?);
            if self.take(',').is_none() {
                self.take('}')?;
                break;
            }
        }
        Some(Value::Object(map))
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        self.take('[')?;
        let mut list = Vec::new();
        while self.take(']').is_none() {
            list.push(self.value(depth + 1)?);
            if self.take(',').is_none() {
                self.take(']')?;
                break;
            }
        }
        Some(Value::Array(list))
    }

    fn string(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        chars.next()?;
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.rest = self.rest.get(at + c.len_utf8()..)?;
                    return Some(text);
                }
                '\\' => match chars.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    'u' => {
                        let mut unit = 0;
                        for _ in 0..4 {
                            unit = unit * 16 + chars.next()?.1.to_digit(16)?;
                        }
                        // Half of a pair is no character.
                        text.push(char::from_u32(unit)?);
                    }
                    same @ ('\\' | '\'' | '"' | '/') => text.push(same),
                    other => {
                        text.push('\\');
                        text.push(other);
                    }
                },
                c => text.push(c),
            }
        }
        None
    }

    fn plain(&mut self) -> Option<Value> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let end = self.rest.find(|c| !is_plain(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "true" | "True" => Some(Value::Bool(true)),
            "false" | "False" => Some(Value::Bool(false)),
            "null" | "None" => Some(Value::Null),
            number => number.parse::<Number>().ok().map(Value::Number),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_of_calls_is_read_with_named_arguments_only() {
        let calls = call_list(r#"[remember(fact='it''s', n=-2), look(a=[1, {"b": None}])]"#);
        assert_eq!(calls, None);
        let calls = call_list(r#"[remember(fact='it\'s', n=-2.5), a.b(a=[1, {"b": None},])]"#);
        let first = ("remember".to_owned(), json!({"fact": "it's", "n": -2.5}));
        let second = ("a.b".to_owned(), json!({"a": [1, {"b": null}]}));
        assert_eq!(calls, Some(vec![first, second]));
        for text in ["[]", "[a]", "[a(1)]", "[a(b=1)", "[a(b=1)] x", "a(b=1)", "[a(b=c)]"] {
            assert_eq!(call_list(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn json_is_read_as_json_is(text in r#"[\[\]{}:,"a1 \\]{0,30}"#) {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                prop_assert_eq!(whole(&text), Some(value));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text: String, marks in r#"[\[\]{}(),=:'"a\\u0-]{0,40}"#) {
            whole(&text);
            whole(&marks);
            call_list(&marks);
        }
    }
}
