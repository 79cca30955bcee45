//! The OpenAPI documents: collected from the routes, checked in, and held against real answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use shared::config::ServiceArgs;
use shared::http::{DocumentInfo, configure_common, document_of};
use tests::other_instants;
use utoipa_actix_web::service_config::ServiceConfig;

/// What the standards want as forms, and answer in their own ways (RFC 6749, RFC 7009).
const FORMS: [&str; 3] = ["create_token", "revoke_token", "agree"];

type Routes = fn(&mut ServiceConfig<'_>);

/// The services, their routes, and what their documents say of themselves.
pub fn services() -> Vec<(&'static str, Routes, DocumentInfo)> {
    vec![
        (identity::NAME, identity::configure, identity::document_info()),
        (enterprise_registry::NAME, enterprise_registry::configure, enterprise_registry::document_info()),
        (membership::NAME, membership::configure, membership::document_info()),
        (reporting::NAME, reporting::configure, reporting::document_info()),
        (steering::NAME, steering::configure, steering::document_info()),
    ]
}

/// The document of all services in one.
pub fn merged() -> Value {
    let document = document_of(&standalone::all_routes(), &standalone::document_info());
    serde_json::to_value(document).unwrap()
}

/// Every operation of a document: method, path, and itself.
pub fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            if let Some(operation) = item.get(method) {
                all.push((method.to_owned(), path.clone(), operation.clone()));
            }
        }
    }
    all
}

fn checked_in(service: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../services").join(service).join("openapi.json")
}

#[test]
fn the_checked_in_documents_are_those_of_the_routes() {
    let apart = services().into_iter().map(|(service, routes, info)| {
        (checked_in(service), document_of(&[configure_common, routes], &info).to_pretty_json().unwrap())
    });
    // The proxy before the services serves the document of all.
    let all = document_of(&standalone::all_routes(), &standalone::document_info()).to_pretty_json().unwrap();
    let of_proxy = checked_in("identity").ancestors().nth(3).unwrap().join("deploy/openapi.json");
    for (path, document) in apart.into_iter().chain([(of_proxy, all)]) {
        let document = document + "\n";
        if std::env::var_os("WRITE_OPENAPI").is_some() {
            std::fs::write(&path, &document).unwrap();
        }
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            known == document,
            "{} has drifted: run the tests with WRITE_OPENAPI=1 and look at the change",
            path.display()
        );
    }
}

#[test]
fn the_merged_document_loses_nothing_and_names_everything_once() {
    let merged = merged();
    assert_eq!(merged["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&merged) {
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id")).to_owned();
        assert!(ids.insert(id.clone()), "{id} names two operations");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{id} has no summary");
        let description = operation["description"].as_str().unwrap_or_default();
        let is_open = operation["security"] == json!([]);
        assert!(is_open || description.contains("Needs `"), "{id} does not name the permission it needs");
    }
    let mut schemas: BTreeMap<String, (String, Value)> = BTreeMap::new();
    for (service, routes, info) in services() {
        let own = serde_json::to_value(document_of(&[routes], &info)).unwrap();
        for (method, path, operation) in operations(&own) {
            assert_eq!(merged["paths"][&path][&method]["operationId"], operation["operationId"], "{path}");
        }
        for (name, schema) in own["components"]["schemas"].as_object().unwrap() {
            if let Some((other, known)) = schemas.get(name) {
                assert_eq!(known, schema, "{service} and {other} call different things {name}");
            }
            schemas.insert(name.clone(), (service.to_owned(), schema.clone()));
        }
    }
}

#[test]
fn every_link_leads_to_an_operation_by_what_the_answer_says() {
    let merged = merged();
    let all = operations(&merged);
    let by_id: BTreeMap<&str, &Value> =
        all.iter().map(|(.., operation)| (operation["operationId"].as_str().unwrap(), operation)).collect();
    let schema_at = |answer: &Value, pointer: &str| {
        let resolved = |schema: &Value| match schema["$ref"].as_str() {
            Some(name) => merged.pointer(name.trim_start_matches('#')).unwrap().clone(),
            None => schema.clone(),
        };
        let start = resolved(&answer["content"]["application/json"]["schema"]);
        pointer.split('/').skip(1).fold(start, |schema, step| match step {
            "0" => resolved(&schema["items"]),
            field => resolved(&schema["properties"][field]),
        })
    };
    let mut led: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (.., operation) in &all {
        let id = operation["operationId"].as_str().unwrap();
        for (_, answer) in operation["responses"].as_object().unwrap() {
            for (name, link) in answer["links"].as_object().into_iter().flatten() {
                let target = by_id[link["operationId"].as_str().unwrap()];
                for (place, expression) in link["parameters"].as_object().unwrap() {
                    let (within, parameter) = place.split_once('.').unwrap();
                    let is_there = |one: &Value| one["in"] == within && one["name"] == parameter;
                    assert!(target["parameters"].as_array().unwrap().iter().any(is_there), "{id} {name} {place}");
                    let expression = expression.as_str().unwrap();
                    if let Some(pointer) = expression.strip_prefix("$response.body#") {
                        assert!(!schema_at(answer, pointer).is_null(), "{id} answers with nothing at {pointer}");
                    } else {
                        assert_eq!(expression, "$response.header.ETag");
                    }
                }
                led.entry(id).or_default().insert(name);
            }
        }
    }
    assert!(led["register_economic_unit"].is_superset(&["find_economic_unit", "change_economic_unit_status"].into()));
    assert!(led["admit_person"].is_superset(&["find_act", "find_membership_by_id", "find_person"].into()));
    assert!(led["list_findings"].contains("settle_finding"));
    // Whatever is looked at by its id is led to from somewhere; an area's id is everywhere.
    let looks = all.iter().filter(|(method, path, _)| method == "get" && path.ends_with("/{id}"));
    for (.., look) in looks.filter(|(_, path, _)| !path.starts_with("/v1/journal/")) {
        let id = look["operationId"].as_str().unwrap();
        assert!(led.values().any(|names| names.contains(id)), "nothing leads to {id}");
    }
}

/// strangers 9 and 10, and what redocly and spectral ask for.
#[test]
fn generators_find_one_name_for_each_thing() {
    let merged = merged();
    let schemas = merged["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        if let Some(item) = name.strip_prefix("Page_") {
            let items = schema["properties"]["items"]["items"].clone();
            assert_eq!(items, json!({"$ref": format!("#/components/schemas/{item}")}));
            assert!(schemas[item]["properties"].is_object(), "{item}");
        }
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            assert!(property["default"].is_null(), "{name}.{field} has a default: generators demand it of requests");
        }
    }
    for (.., operation) in operations(&merged) {
        let id = operation["operationId"].as_str().unwrap();
        let is_open = crate::closed::OPEN.contains(&id);
        assert_eq!(operation["security"], if is_open { json!([]) } else { json!([{"oauth2": []}]) }, "{id}");
        for tag in operation["tags"].as_array().unwrap() {
            let described = merged["tags"].as_array().unwrap().iter().find(|one| one["name"] == *tag);
            assert!(described.is_some_and(|one| one["description"].is_string()), "{id}: nothing says what {tag} is");
        }
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let is_shared = answer["$ref"].as_str().is_some_and(|place| place.starts_with("#/components/responses/"));
            let is_own = status.starts_with('2') || FORMS.contains(&id) || ["authorize", "readyz"].contains(&id);
            assert!(is_shared || is_own, "{id}: {status} is written out in place");
        }
        if let Some(content) = operation["requestBody"]["content"].as_object() {
            assert!(content.keys().any(|media| media == "application/json" || FORMS.contains(&id)), "{id}");
        }
    }
    // Whatever has a name is led to from somewhere; the payloads of the journal by its kinds.
    let text = merged.to_string();
    for (kind, name) in ["schemas", "responses"]
        .iter()
        .flat_map(|kind| merged["components"][kind].as_object().unwrap().keys().map(move |name| (kind, name)))
    {
        assert!(text.contains(&format!("\"#/components/{kind}/{name}\"")), "nothing refers to {name}");
    }
    assert_eq!(merged["info"]["license"]["name"], "Apache-2.0");
}

/// Every answer of every test is looked at in the same way, in `tests/src/schema.rs`.
#[test]
fn instants_of_the_document_have_six_digits_as_those_of_answers() {
    let merged = merged();
    assert_eq!(other_instants(&json!(["2022-06-30", {"a": "2022-06-30T17:00:00.123Z"}])), ["2022-06-30T17:00:00.123Z"]);
    assert_eq!(other_instants(&merged), Vec::<String>::new());
    // An instant has one name in the document, and so one way to be written.
    for (name, schema) in merged["components"]["schemas"].as_object().unwrap() {
        assert!(name == "Moment" || !schema.to_string().contains("\"date-time\""), "{name} has an instant of its own");
    }
}

#[test]
fn every_field_of_every_schema_is_explained() {
    for (name, schema) in merged()["components"]["schemas"].as_object().unwrap() {
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let is_explained = property["description"].is_string() || property["$ref"].is_string();
            assert!(is_explained || property["oneOf"].is_array(), "{name}.{field} is not explained: {property}");
        }
    }
}

/// One setting a row: option, environment, default, meaning.
fn rows_of(command: &clap::Command) -> BTreeMap<String, String> {
    let shown = command.get_arguments().filter(|one| one.get_env().is_some());
    shown
        .map(|one| {
            let environment = one.get_env().unwrap().to_str().unwrap().to_owned();
            let value = one.get_value_names().filter(|_| one.get_action().takes_values());
            let value = value.map_or_else(String::new, |names| format!(" {}", names[0]));
            let defaults = one.get_default_values().first().filter(|_| one.get_action().takes_values());
            let default = defaults.map_or_else(String::new, |one| format!("`{}`", one.to_str().unwrap()));
            let help = one.get_long_help().or(one.get_help()).expect("a meaning").to_string();
            let meaning = help.split_whitespace().collect::<Vec<_>>().join(" ");
            let option = one.get_long().unwrap();
            (environment.clone(), format!("`--{option}{value}` | `{environment}` | {default} | {meaning}"))
        })
        .collect()
}

#[test]
fn the_operators_table_of_settings_is_that_of_the_programs() {
    let of_system = rows_of(&standalone::program::command());
    let of_services = rows_of(&ServiceArgs::augment_args(clap::Command::new("service")));
    let of_identity = rows_of(&identity::program::command());
    let names: BTreeSet<&String> = of_system.keys().chain(of_services.keys()).collect();
    let mut table = "| option | environment | default | meaning | of |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for name in names {
        for (rows, of) in [(&of_system, "standalone"), (&of_services, "each service")] {
            match (rows.get(name), of_system.get(name) == of_services.get(name), of) {
                (Some(row), true, "standalone") => table += &format!("| {row} | all |\n"),
                (Some(row), false, "standalone") if of_identity.get(name) == Some(row) => {
                    table += &format!("| {row} | standalone, identity |\n");
                }
                (Some(row), false, of) => table += &format!("| {row} | {of} |\n"),
                _ => {}
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../OPERATIONS.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- settings -->\n").expect("where the table begins");
    let (_, after) = rest.split_once("<!-- end of settings -->\n").expect("where it ends");
    let wanted = format!("{before}<!-- settings -->\n{table}<!-- end of settings -->\n{after}");
    if std::env::var_os("WRITE_SETTINGS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    assert!(
        page == wanted || std::env::var_os("WRITE_SETTINGS").is_some(),
        "OPERATIONS.md has drifted: run the tests with WRITE_SETTINGS=1 and look at the change"
    );
}

/// The rows of a table in the operators' page, between its marks, cell by cell.
pub fn operators_table(name: &str) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../OPERATIONS.md")).unwrap();
    let (_, rest) = page.split_once(&format!("<!-- {name} -->")).unwrap();
    let (table, _) = rest.split_once(&format!("<!-- end of {name} -->")).unwrap();
    let rows = table.trim().lines().skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}
