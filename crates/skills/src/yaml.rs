//! As much YAML as front matter needs, bounded: no aliases, no key twice, no endless nesting.

use localgpt_guard::one_line;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

const MOST_DEPTH: usize = 32;
const MOST_NODES: usize = 10_000;

/// What is open while events come in.
enum Open {
    List(Vec<Value>),
    /// A map, and the key whose value comes next.
    Map(Map<String, Value>, Option<String>),
}

/// Reads one document. Plain `true`, `false` and `null` mean that; every other scalar is text.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let mut open: Vec<Open> = Vec::new();
    let mut whole = Value::Null;
    let mut documents = 0;
    for (count, event) in Parser::new_from_str(text).enumerate() {
        let (event, span) = event.map_err(|error| {
            let line = error.marker().line();
            format!("{} in line {line}", one_line(error.info()))
        })?;
        let at = || span.start.line();
        if count > MOST_NODES || open.len() > MOST_DEPTH {
            return Err(format!("it is nested too deep or too long, in line {}", at()));
        }
        let done = match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
            Event::DocumentStart(_) => {
                documents += 1;
                match documents {
                    1 => continue,
                    _ => return Err(format!("a second document begins in line {}", at())),
                }
            }
            Event::Alias(_) => {
                return Err(format!("references (`*name`) are not read, in line {}", at()));
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(Map::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(values)) => Value::Array(values),
                Some(Open::Map(fields, _)) => Value::Object(fields),
                None => return Err("it ends before it begins".to_owned()),
            },
            Event::Scalar(text, style, ..) => scalar(&text, style),
        };
        match open.last_mut() {
            None => whole = done,
            Some(Open::List(values)) => values.push(done),
            Some(Open::Map(fields, key)) => match key.take() {
                None => *key = Some(as_key(done).ok_or("a key is no text")?),
                Some(name) if fields.contains_key(&name) => {
                    let name = one_line(&name);
                    return Err(format!("the key `{name}` is there twice, in line {}", at()));
                }
                Some(name) => {
                    fields.insert(name, done);
                }
            },
        }
    }
    Ok(whole)
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::String(text.to_owned());
    }
    match text {
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        text => Value::String(text.to_owned()),
    }
}

fn as_key(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
