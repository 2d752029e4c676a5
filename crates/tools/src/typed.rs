//! From the type of a tool's input to its schema, and from what the model sent to the type.

use localgpt_protocol::{Risk, ToolError, ToolName, ToolSpec};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How the model sees a tool with input `T`.
pub(crate) fn spec<T: JsonSchema>(name: &str, description: &str, risk: Risk) -> ToolSpec {
    let mut settings = SchemaSettings::draft07();
    settings.meta_schema = None;
    settings.inline_subschemas = true;
    let mut input_schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    strip(&mut input_schema);
    ToolSpec {
        name: ToolName::new(name),
        description: description.to_owned(),
        input_schema,
        risk,
        aliases: localgpt_protocol::Aliases::default(),
    }
}

/// Reads what the model sent.
pub(crate) fn read<T: DeserializeOwned>(input: Value) -> Result<T, ToolError> {
    serde_json::from_value(input).map_err(|error| ToolError::Input(error.to_string()))
}

/// Drops what costs tokens and tells a model nothing: titles, formats, defaults that are null.
fn strip(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    fields.retain(|key, value| match key.as_str() {
        // A property may have such a name; then its value is a schema.
        "title" | "format" | "minimum" => value.is_object(),
        "default" => !value.is_null(),
        _ => true,
    });
    // `"type": ["string", "null"]`: an absent key says the same.
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_mut_slice() {
            let only = only.take();
            fields.insert("type".to_owned(), only);
        }
    }
    fields.values_mut().for_each(strip);
}
