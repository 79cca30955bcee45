//! What generators of clients need of the API document: each thing has one name, and a field that may be left out has no
//! default value.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Components, ContentBuilder, Ref, RefOr, ResponseBuilder};

use super::links::referred;
use super::openapi::schemas_of;

/// A refusal that many operations share: its name among the document's responses, its status, what it says.
type Refusal = (&'static str, &'static str, &'static str);

/// The refusals that operations share.
const REFUSALS: [Refusal; 16] = [
    ("MalformedRequest", "400", "The request cannot be read"),
    ("Unauthorized", "401", "No token, or one that does not hold"),
    ("Forbidden", "403", "The caller lacks the permission"),
    ("NotFound", "404", "No such record within the caller's scope"),
    ("NotAcceptable", "406", "There is no answer of a type that `Accept` allows"),
    ("Conflict", "409", "Conflicts with what is stored"),
    ("JournalForked", "409", "The reader's last entry is not in this journal: its history is another one"),
    ("MarkExpired", "410", "The caller's areas, the areas themselves or the database have changed since the mark"),
    ("StaleVersion", "412", "If-Match names an older version"),
    ("BodyTooLarge", "413", "The body is too large"),
    ("UnsupportedMediaType", "415", "The body is of another type"),
    ("InvalidFields", "422", "Faults in fields, each with its place"),
    ("IfMatchMissing", "428", "If-Match is missing"),
    ("TooManyRequests", "429", "Too many requests in a minute; `Retry-After` says when to come again"),
    ("InternalError", "500", "A fault of ours"),
    ("Unavailable", "503", "Come back later"),
];

/// Adds shared refusals to an operation, where it has no answer of their status that says more.
pub(super) fn add_refusals(operation: &mut Operation, names: &[&str]) {
    for (name, status, _) in REFUSALS.iter().filter(|(name, ..)| names.contains(name)) {
        let answers = &mut operation.responses.responses;
        answers.entry((*status).to_owned()).or_insert_with(|| RefOr::Ref(Ref::from_response_name(*name)));
    }
}

/// Describes the shared refusals that operations refer to.
pub(super) fn describe_refusals<'a>(components: &mut Components, operations: impl Iterator<Item = &'a Operation>) {
    let answers = operations.flat_map(|operation| operation.responses.responses.values());
    let used: BTreeSet<&str> = answers
        .filter_map(|answer| match answer {
            RefOr::Ref(shared) => shared.ref_location.rsplit('/').next(),
            RefOr::T(_) => None,
        })
        .collect();
    for (name, _, description) in REFUSALS.iter().filter(|(name, ..)| used.contains(name)) {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new().description(*description).content("application/problem+json", content);
        components.responses.insert((*name).to_owned(), response.build().into());
    }
}

/// The items of a page are called by the name of what they are. Written out in place, they would be another type than the
/// single record.
pub(super) fn name_items(document: &mut Value) {
    let Some(schemas) = schemas_of(document) else { return };
    let mut named = Map::new();
    for (page, schema) in schemas.iter_mut() {
        let Some(name) = page.strip_prefix("Page_") else { continue };
        if let Some(items) = schema.pointer_mut("/properties/items/items").filter(|items| referred(items).is_none()) {
            let own = std::mem::replace(items, json!({"$ref": format!("#/components/schemas/{name}")}));
            named.insert(name.to_owned(), own);
        }
    }
    for (name, schema) in named {
        schemas.entry(name).or_insert(schema);
    }
}

/// A generator takes a field with a default value for one that is always there, and then demands it of requests too.
pub(super) fn take_away_defaults(document: &mut Value) {
    let schemas = schemas_of(document).into_iter().flat_map(|schemas| schemas.values_mut());
    for field in schemas.filter_map(|schema| schema.get_mut("properties")?.as_object_mut()).flat_map(Map::values_mut) {
        if let Some(field) = field.as_object_mut() {
            field.remove("default");
        }
    }
}

/// Takes away the schemas that nothing refers to any more: closed lists that were written out where answers stay open.
pub(super) fn drop_unused(document: &mut Value) {
    loop {
        let mut used = BTreeSet::new();
        collect_references(document, &mut used);
        let Some(schemas) = schemas_of(document) else { return };
        let count = schemas.len();
        schemas.retain(|name, _| used.contains(name));
        if schemas.len() == count {
            return;
        }
    }
}

fn collect_references(value: &Value, used: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            used.extend(referred(value));
            fields.values().for_each(|field| collect_references(field, used));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, used)),
        _ => {}
    }
}

/// A merge patch may be sent as plain JSON: generated clients send no other type.
pub(super) fn take_plain_json(document: &mut Value) {
    let items = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    let bodies = items.filter_map(|item| item.pointer_mut("/patch/requestBody/content")?.as_object_mut());
    for content in bodies {
        if let Some(patch) = content.get("application/merge-patch+json").cloned() {
            content.insert("application/json".to_owned(), patch);
        }
    }
}
