//! The JSON Schema of the archive, committed as `shared/schema/archive-v1.schema.json`.

use std::collections::BTreeMap;

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::Value;

use super::{Archive, FORMAT};

/// The schema as the committed file has it: pretty-printed JSON with a newline at its end.
#[must_use]
pub fn json_schema() -> String {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<Archive>();
    schema.insert("title".into(), "Samsyn archive, version 1".into());
    format!("{:#}\n", sorted(schema.to_value()))
}

/// The value with its keys in order, also where another crate makes serde_json keep the order of insertion.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<String, Value> = fields
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// A string that can say one thing only.
pub(super) fn format(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "string", "const": FORMAT })
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_committed_schema_is_the_one_the_code_follows() {
        let committed = include_str!("../../schema/archive-v1.schema.json");
        assert!(
            committed == super::json_schema(),
            "out of date; write it again with: \
             cargo run -p samsyn-shared --example archive-schema > shared/schema/archive-v1.schema.json"
        );
    }
}
