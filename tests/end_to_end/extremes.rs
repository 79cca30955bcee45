//! Extremes for every field, parameter, path and header of every operation: each is answered, and nothing stops.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use shared::access::Role;
use tests::{Answer, Somebody, TestApp};

use crate::closed::{OPEN, permission, records, row};
use crate::documents::{merged, operations};

/// A schema with what it refers to.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => document.pointer(name.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// The forms that a value may have: itself, or those that are listed.
fn forms<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolved(document, schema);
    let listed: Vec<&Value> =
        ["oneOf", "anyOf", "allOf"].iter().filter_map(|name| schema[*name].as_array()).flatten().collect();
    if listed.is_empty() { vec![schema] } else { listed.into_iter().flat_map(|one| forms(document, one)).collect() }
}

fn is_of(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind))
}

/// Names what has no bound in a value that is sent.
fn unbounded(document: &Value, place: &str, schema: &Value, seen: &mut BTreeSet<String>, faults: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str()
        && !seen.insert(name.to_owned())
    {
        return;
    }
    for schema in forms(document, schema) {
        let has = |names: &[&str]| names.iter().all(|name| !schema[*name].is_null());
        let is_listed =
            has(&["enum"]) || has(&["x-extensible-enum"]) || has(&["pattern"]) || schema["format"] == "uuid";
        if is_of(schema, "string") && !is_listed && !has(&["maxLength"]) {
            faults.push(format!("{place}: text without maxLength"));
        }
        let is_number = is_of(schema, "integer") || is_of(schema, "number");
        if is_number && !has(&["minimum", "maximum"]) {
            faults.push(format!("{place}: a number without minimum and maximum"));
        }
        if is_of(schema, "array") {
            if !has(&["maxItems"]) {
                faults.push(format!("{place}: a list without maxItems"));
            }
            unbounded(document, &format!("{place}[]"), &schema["items"], seen, faults);
        }
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            unbounded(document, &format!("{place}/{name}"), field, seen, faults);
        }
    }
}

fn body_schema(operation: &Value) -> Option<(&str, &Value)> {
    let (media, content) = operation["requestBody"]["content"].as_object()?.iter().next()?;
    Some((media, &content["schema"]))
}

#[test]
fn the_documents_show_a_bound_for_whatever_is_sent() {
    let document = merged();
    let mut faults = Vec::new();
    for (.., operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let place = format!("{id} {}", parameter["name"].as_str().unwrap());
            unbounded(&document, &place, &parameter["schema"], &mut BTreeSet::new(), &mut faults);
        }
        if let Some((_, schema)) = body_schema(&operation) {
            unbounded(&document, id, schema, &mut BTreeSet::new(), &mut faults);
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Whole values of JSON, as they are written.
fn written() -> Vec<String> {
    let mut all: Vec<String> = [
        "2147483648",
        "-2147483649",
        "4294967296",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "18446744073709551616",
        "-1",
        "0",
        "-0",
        "0.5",
        "1e2",
        "1e308",
        "1e400",
        "-1e400",
        "1E-400",
        "true",
        "null",
        "[]",
        "{}",
        "[null]",
        "\"\\ud800\"",
        "NaN",
        "",
    ]
    .map(str::to_owned)
    .into();
    all.push("[".repeat(200) + &"]".repeat(200));
    all.push("[".repeat(20_000));
    all.push("{\"a\":".repeat(100) + "1" + &"}".repeat(100));
    all.push(json!(vec![1; 1000]).to_string());
    all.push(json!(vec![shared::Id::new(); 60]).to_string());
    all.extend(texts().iter().map(|text| json!(text).to_string()));
    all
}

/// Text of every kind that somebody may send.
fn texts() -> Vec<String> {
    let mut all: Vec<String> = [
        "",
        " ",
        "\u{0}",
        "a\u{0}b",
        "\u{200b}",
        "\u{202e}gnad",
        "\u{2067}x",
        "\u{3164}",
        "\u{feff}=1+1",
        "\u{fffe}",
        "\u{10ffff}",
        "\u{1F33E}\u{1F468}\u{200d}\u{1F469}",
        "|calc",
        "＝１",
        "\r\n",
        "\u{7f}",
        "%",
        "_",
        "\\",
        "'",
        "\"",
        "../..",
        "%00",
        "null",
        "-1",
        "0",
        "2147483648",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "1e400",
        "0001-01-01",
        "0000-00-00",
        "9999-12-31",
        "-262142-01-01",
        "+262142-12-31",
        "2100-12-31",
        "1900-01-01",
        "2016-12-31T23:59:60Z",
        "9999-12-31T23:59:59.999999999Z",
        "-9999-01-01T00:00:00Z",
        "2100",
        "9999-H2",
        "1900-02",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "0@0000-00-00",
        "9999999999@2100-12-31",
        "12004@2025-07-01",
        "registry.9223372036854775807~membership.-1~reporting.0~catalogue.x",
        "eyJsaXN0IjoiYXJlYXMiLCJrZXkiOiJhXHUwMDAwIn0",
        "*",
        "name",
        "true",
    ]
    .map(str::to_owned)
    .into();
    all.push("a".repeat(300));
    all.push("a ".repeat(3000));
    all.push("ữ".repeat(5000));
    all.push("\u{301}".repeat(200));
    all.push("PM10,".repeat(2000));
    all
}

/// Text as it stands in an address.
fn in_address(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A value of a request that can be replaced.
#[derive(Debug, Clone)]
enum Target {
    /// A part of the path, by the text that stands there.
    Path(String),
    Query(String),
    Header(String),
    /// A field of the body, as a JSON Pointer.
    Field(String),
}

/// The fields of a body: those of the example, and those that the schema knows beside them.
fn fields(document: &Value, schema: &Value, example: &Value, at: &str, found: &mut Vec<Target>) {
    found.push(Target::Field(at.to_owned()));
    for schema in forms(document, schema) {
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            fields(document, field, &example[name], &format!("{at}/{name}"), found);
        }
        if is_of(schema, "array") && example[0].is_string() {
            found.push(Target::Field(format!("{at}/0")));
        }
    }
}

const HEADERS: [&str; 12] = [
    "if-match",
    "idempotency-key",
    "accept",
    "accept-language",
    "accept-encoding",
    "if-none-match",
    "traceparent",
    "x-request-id",
    "x-forwarded-for",
    "cookie",
    "range",
    "origin",
];

/// One operation with what can be replaced of it.
struct Tried {
    id: String,
    method: Method,
    path: String,
    media: &'static str,
    body: Value,
    targets: Vec<Target>,
    somebody: Somebody,
}

impl Tried {
    /// Sends the request with one value replaced.
    async fn with(&self, target: &Target, text: &str, json: &str) -> Option<Answer> {
        let mut path = self.path.clone();
        let mut headers = BTreeMap::from([("if-match", "*".to_owned())]);
        let mut body = (!self.body.is_null()).then(|| self.body.to_string());
        match target {
            Target::Path(part) => path = path.replace(part.as_str(), &in_address(text)),
            Target::Query(name) => {
                let sign = if path.contains('?') { '&' } else { '?' };
                path = format!("{path}{sign}{name}={}", in_address(text));
            }
            Target::Header(name) => {
                let visible: String = text.chars().filter(|one| ('!'..='~').contains(one)).take(4000).collect();
                headers.insert(HEADERS.iter().find(|known| *known == name).unwrap(), visible);
            }
            Target::Field(pointer) => body = Some(replaced(&self.body, pointer, json)),
        }
        let mut request = self.somebody.request(self.method.clone(), &path);
        if let Some(body) = body {
            request = request.raw(self.media, body.into_bytes());
        }
        for (name, value) in headers {
            request = request.header(name, &value);
        }
        request.attempt().await
    }
}

/// A body with one value written otherwise.
fn replaced(body: &Value, pointer: &str, json: &str) -> String {
    const MARK: &str = "here-stands-what-is-tried";
    let mut body = if body.is_null() { json!({}) } else { body.clone() };
    let mut place = &mut body;
    for part in pointer.split('/').skip(1) {
        place = match part.parse::<usize>() {
            Ok(at) if place.is_array() => &mut place[at],
            _ => {
                if !place.is_object() {
                    *place = json!({});
                }
                &mut place[part]
            }
        };
    }
    *place = json!(MARK);
    body.to_string().replace(&format!("\"{MARK}\""), json)
}

async fn operations_to_try(app: &TestApp) -> Vec<Tried> {
    let document = merged();
    let (one, books) = records(app).await;
    let mut somebodies = BTreeMap::new();
    for role in [Role::Portal, Role::Viewer, Role::Leader, Role::Officer, Role::Administrator, Role::Inspector] {
        let name: &'static str = role.into();
        somebodies.insert(name, app.be(role, "33@origin").await);
    }
    let roles = somebodies["viewer"].get("/v1/roles").await.is(200)["items"].clone();
    let somebody_with = |needed: &str| {
        let permits = |role: &&Value| role["permissions"].as_array().unwrap().iter().any(|one| one == needed);
        let role = roles.as_array().unwrap().iter().find(|role| permits(role)).unwrap();
        somebodies[role["role"].as_str().unwrap()].clone()
    };
    let mut all = Vec::new();
    for (method, template, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        let is_open = OPEN.contains(&id.as_str());
        let (path, body) = if is_open {
            (template.clone(), Value::Null)
        } else {
            let (path, body, _) = row(&id, &one, &books);
            (path, body)
        };
        let mut targets: Vec<Target> = HEADERS.iter().map(|name| Target::Header((*name).to_owned())).collect();
        let asked = path.split('?').next().unwrap();
        for (part, filled) in template.split('/').zip(asked.split('/')) {
            if part.starts_with('{') {
                targets.push(Target::Path(filled.to_owned()));
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "query") {
            targets.push(Target::Query(parameter["name"].as_str().unwrap().to_owned()));
        }
        let mut media = "application/json";
        if let Some((written, schema)) = body_schema(&operation) {
            media = match (method.as_str(), written) {
                ("patch", _) => "application/merge-patch+json",
                (_, "application/x-www-form-urlencoded") => "application/x-www-form-urlencoded",
                _ => media,
            };
            fields(&document, schema, &body, "", &mut targets);
        }
        let somebody = if is_open { app.bearer(None) } else { somebody_with(&permission(&operation)) };
        all.push(Tried { id, method: method.to_uppercase().parse().unwrap(), path, media, body, targets, somebody });
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn no_extreme_is_our_fault_and_none_stops_what_follows() {
    const EACH: usize = 8;
    const SECONDS_MAX: u64 = 50;
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random::<u64>);
    println!("SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let app = TestApp::start().await;
    let mut work = Vec::new();
    let all = operations_to_try(&app).await;
    let (texts, written) = (texts(), written());
    for (at, tried) in all.iter().enumerate() {
        for target in &tried.targets {
            // Headers are the same for all: each operation meets some of them.
            if matches!(target, Target::Header(_)) && random.random_ratio(3, 4) {
                continue;
            }
            for _ in 0..EACH {
                work.push((
                    at,
                    target.clone(),
                    texts.choose(&mut random).unwrap(),
                    written.choose(&mut random).unwrap(),
                ));
            }
        }
    }
    let (begun, mut faults, mut tries) = (std::time::Instant::now(), Vec::new(), 0);
    // In an order of chance, so that what is cut off by the time is never the same.
    while !work.is_empty() && begun.elapsed().as_secs() < SECONDS_MAX {
        let (at, target, text, json) = work.swap_remove(random.random_range(0..work.len()));
        let tried = &all[at];
        let said = || {
            let value: String = if matches!(target, Target::Field(_)) { json } else { text }.chars().take(80).collect();
            format!("{} {target:?} {value:?}", tried.id)
        };
        match tried.with(&target, text, json).await {
            None => faults.push(format!("{}: nobody answers", said())),
            Some(answer) if answer.status >= 500 => {
                faults.push(format!("{}: {} {}", said(), answer.status, answer.text))
            }
            Some(answer) if answer.text.len() > 200_000 && answer.status >= 400 => {
                faults.push(format!("{}: a refusal of {} bytes", said(), answer.text.len()));
            }
            Some(_) => {}
        }
        tries += 1;
    }
    assert!(faults.is_empty(), "SEED={seed}: {faults:#?}");
    assert!(tries > 500, "{tries} tries");
    app.settle().await;
    app.get("/readyz").await.is(200);
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let figures = viewer.get("/v1/figures?period=2022-H1&by=commune").await.is(200);
    assert!(figures["total"].as_array().is_some_and(|total| !total.is_empty()));
}

/// code.md, C: `null` for a field that cannot be cleared was taken for "unchanged".
#[tokio::test(flavor = "multi_thread")]
async fn what_a_merge_patch_cannot_clear_is_a_fault() {
    let app = TestApp::start().await;
    let document = merged();
    let all = operations_to_try(&app).await;
    let mut tried_fields = 0;
    for tried in all.iter().filter(|tried| tried.media == "application/merge-patch+json") {
        let (.., operation) =
            operations(&document).into_iter().find(|(.., one)| one["operationId"] == tried.id.as_str()).unwrap();
        let (_, schema) = body_schema(&operation).unwrap();
        for (name, field) in resolved(&document, schema)["properties"].as_object().unwrap() {
            if forms(&document, field).iter().any(|form| is_of(form, "null")) {
                continue;
            }
            let body = json!({name: null});
            let told = tried.somebody.patch(&tried.path, body).if_match("\"v1\"").await;
            told.faults(&[(&format!("/{name}"), "not_clearable")]);
            tried_fields += 1;
        }
    }
    assert!(tried_fields >= 2);
}
