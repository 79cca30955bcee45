//! Links of the OpenAPI document: where an answer leads, for clients and explorers that go from one operation to the
//! next.
//!
//! They are derived from the document itself. A schema that `GET /.../{id}` answers with is a resource. An answer
//! that is a resource, contains one or a page of them, or names one as `<noun>_id`, leads to the operations on it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// An operation on a resource.
struct Target {
    operation: String,
    is_look: bool,
    demands_etag: bool,
}

/// The operations on each resource, by the name of its schema.
type Targets = BTreeMap<String, Vec<Target>>;

/// Adds the links to a document.
pub(super) fn add_links(document: &mut Value) {
    let targets = targets_of(document);
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    let items = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in items.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let own = operation["operationId"].as_str().unwrap_or_default().to_owned();
        let answers = operation["responses"].as_object_mut().into_iter().flatten();
        for (_, answer) in answers.filter(|(status, _)| status.starts_with('2')) {
            let links = links_of(answer, &schemas, &targets, &own);
            if let Some(answer) = answer.as_object_mut().filter(|_| !links.is_empty()) {
                answer.insert("links".to_owned(), Value::Object(links));
            }
        }
    }
}

fn targets_of(document: &Value) -> Targets {
    let mut targets = Targets::new();
    let paths = document["paths"].as_object().into_iter().flatten();
    let own = paths.clone().filter(|(path, _)| path.ends_with("/{id}"));
    let answered = |item: &Value| schema_of(item.pointer("/get/responses/200")?);
    for (path, name) in own.filter_map(|(path, item)| Some((path, answered(item)?))) {
        let of_resource = paths.clone().filter(|(other, _)| other.starts_with(path.as_str()));
        let operations = of_resource.flat_map(|(_, item)| item.as_object().into_iter().flatten());
        let found = operations.filter_map(|(method, operation)| {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            Some(Target {
                operation: operation["operationId"].as_str()?.to_owned(),
                is_look: method == "get",
                demands_etag: parameters.into_iter().any(|one| one["name"] == "If-Match"),
            })
        });
        targets.entry(name).or_default().extend(found);
    }
    targets
}

fn links_of(answer: &Value, schemas: &Map<String, Value>, targets: &Targets, own: &str) -> Map<String, Value> {
    let mut links = Map::new();
    let Some(name) = schema_of(answer) else { return links };
    let mut lead = |resource: &str, id: String, etag: Option<&str>| {
        let leads = |target: &&Target| target.operation != own && (etag.is_some() || target.is_look);
        for target in targets.get(resource).into_iter().flatten().filter(leads) {
            let mut parameters = Map::from_iter([("path.id".to_owned(), json!(format!("$response.body#{id}")))]);
            if let Some(etag) = etag.filter(|_| target.demands_etag) {
                parameters.insert("header.If-Match".to_owned(), json!(format!("$response.{etag}")));
            }
            let link = json!({"operationId": target.operation, "parameters": parameters});
            links.insert(target.operation.clone(), link);
        }
    };
    let properties = || schemas.get(&name).and_then(|schema| schema["properties"].as_object()).into_iter().flatten();
    for (field, property) in properties() {
        match (field.strip_suffix("_id"), referred(property)) {
            (Some(noun), _) => lead(&type_name(noun), format!("/{field}"), None),
            (None, Some(inner)) => lead(&inner, format!("/{field}/id"), None),
            (None, None) => {}
        }
    }
    if let Some(item) = name.strip_prefix("Page_") {
        lead(item, "/items/0/id".to_owned(), Some("body#/items/0/etag"));
    } else if properties().any(|(field, _)| field == "id") {
        lead(&name, "/id".to_owned(), Some("header.ETag"));
    }
    links
}

/// The schema that an answer refers to.
fn schema_of(answer: &Value) -> Option<String> {
    referred(answer.pointer("/content/application~1json/schema")?)
}

/// The name of the schema that another one refers to.
pub(super) fn referred(schema: &Value) -> Option<String> {
    schema["$ref"].as_str().and_then(|text| text.rsplit('/').next()).map(str::to_owned)
}

/// `economic_unit` is called `EconomicUnit`.
fn type_name(noun: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
    };
    noun.split('_').map(capital).collect()
}
