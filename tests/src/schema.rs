//! Every answer that a test gets is held against the OpenAPI document.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};
use shared::http::document_of;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let document = document_of(&standalone::all_routes(), &standalone::document_info());
    serde_json::to_value(document).expect("JSON")
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, &'static Validator>>> = LazyLock::new(Mutex::default);

/// The template of a path: one without places wins over one with.
fn template(path: &str) -> Option<&'static str> {
    let is_like = |template: &&&String| {
        let (mut wanted, mut sent) = (template.split('/'), path.split('/'));
        loop {
            match (wanted.next(), sent.next()) {
                (None, None) => return true,
                (Some(wanted), Some(sent)) if wanted == sent || wanted.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let found = paths.keys().collect::<Vec<_>>();
    found.iter().filter(is_like).min_by_key(|template| template.matches('{').count()).map(|template| template.as_str())
}

fn validator(key: String, schema: &Value) -> &'static Validator {
    let mut validators = VALIDATORS.lock().expect("no test broke it");
    validators.entry(key).or_insert_with(|| {
        let whole = json!({"allOf": [schema], "components": DOCUMENT["components"]});
        Box::leak(Box::new(jsonschema::validator_for(&whole).expect("a schema")))
    })
}

/// The texts in a value that are instants and are not written in UTC with six digits of fractions.
#[must_use]
pub fn other_instants(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => {
            let is_instant = chrono::DateTime::parse_from_rfc3339(text).is_ok();
            let is_ours = text.len() == "2022-06-30T17:00:00.000000Z".len() && text.ends_with('Z');
            // `extremes` sends such texts as names, and gets them back.
            let is_ours = is_ours || text.starts_with("9999-") || text.ends_with(":60Z");
            if is_instant && !is_ours { vec![text.clone()] } else { Vec::new() }
        }
        Value::Array(items) => items.iter().flat_map(other_instants).collect(),
        Value::Object(fields) => fields.values().flat_map(other_instants).collect(),
        _ => Vec::new(),
    }
}

/// Asserts that the document knows an answer of this status, and that the body is as it says.
pub(crate) fn check_answer(line: &str, status: u16, media: &str, body: &Value) {
    let (method, path) = line.split_once(' ').expect("a request line");
    let path = path.split('?').next().unwrap_or_default();
    assert_eq!(other_instants(body), Vec::<String>::new(), "{line}: instants have six digits of fractions");
    let Some(template) = template(path) else { return };
    let operation = &DOCUMENT["paths"][template][method.to_ascii_lowercase()];
    if operation.is_null() || status == 304 {
        return;
    }
    let response = &operation["responses"][status.to_string()];
    assert!(!response.is_null(), "{line}: the document knows no answer {status}");
    let shared = response["$ref"].as_str().and_then(|place| DOCUMENT.pointer(place.trim_start_matches('#')));
    let response = shared.unwrap_or(response);
    let media = media.split(';').next().unwrap_or_default();
    // ASVS 4.1.1: whatever is answered has a media type that the document names.
    let is_named = response["content"].get(media).is_some();
    assert!(body.is_null() || is_named, "{line}: the document knows no {media} for {status}");
    let schema = &response["content"][media]["schema"];
    if body.is_null() || schema.is_null() {
        return;
    }
    let validator = validator(format!("{template} {method} {status} {media}"), schema);
    let faults: Vec<String> =
        validator.iter_errors(body).map(|fault| format!("{} {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{line}: the answer is not as its schema says: {faults:?}");
}
