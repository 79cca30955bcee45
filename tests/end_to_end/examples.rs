//! The examples of the API documents are requests that the system understands.

use reqwest::Method;
use serde_json::Value;
use shared::access::Role;
use tests::TestApp;

use crate::documents::{merged, operations};

/// What is wrong with an example that names records which are not there: all of it is of the records, and nothing of the shape.
const OF_RECORDS: [&str; 7] = [
    "not_found",
    "unknown_organisation",
    "unknown_steering_body",
    "unknown_membership",
    "unknown_entry",
    "unknown_economic_unit",
    "wrong_secret",
];

const FORM: &str = "application/x-www-form-urlencoded";

/// The requests with a body: method, path, operation, the type of the body and its example.
fn requests() -> Vec<(Method, String, String, String, Value)> {
    let document = merged();
    let mut all = Vec::new();
    for (method, path, operation) in operations(&document) {
        let content = &operation["requestBody"]["content"];
        for media in ["application/json", "application/merge-patch+json", FORM] {
            let Some(schema) = content[media]["schema"]["$ref"].as_str() else { continue };
            let name = schema.rsplit('/').next().unwrap().to_owned();
            let example = document["components"]["schemas"][&name]["example"].clone();
            let id = operation["operationId"].as_str().unwrap().to_owned();
            all.push((method.to_uppercase().parse().unwrap(), path.clone(), id, name, example));
            break;
        }
    }
    all
}

#[test]
fn every_request_has_an_example() {
    let without: Vec<String> = requests().into_iter().filter(|request| request.4.is_null()).map(|one| one.3).collect();
    assert!(without.is_empty(), "without an example: {without:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_is_understood() {
    let app = TestApp::with_demo().await;
    let mut callers = Vec::new();
    for role in [Role::Officer, Role::Leader, Role::Inspector, Role::Administrator] {
        callers.push(app.be(role, "33@2025-07-01").await);
    }
    let mut faults = Vec::new();
    for (method, path, operation, name, example) in requests() {
        let path = path.replace("{id}", &shared::Id::new().to_string());
        if path.starts_with("/v1/oauth/") {
            // Whoever asks for a token has none; the client and the app of an example are unknown.
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(example.as_object().unwrap().iter().map(|(key, value)| (key, value.as_str().unwrap())));
            let nobody = app.bearer(None);
            let sent = nobody.request(method, &path).header("sec-fetch-site", "same-origin");
            let answer = sent.raw(FORM, form.finish().into_bytes()).await;
            let is_understood = match operation.as_str() {
                "create_token" => answer.body["error"] == "invalid_client",
                "revoke_token" => answer.status == 200,
                _ => answer.status == 400 && answer.text.contains("<h1>"),
            };
            if !is_understood {
                faults.push(format!("{operation}, {name}: {} {}", answer.status, answer.text));
            }
            continue;
        }
        let media = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
        // The first who may.
        let mut answer = None;
        for somebody in &callers {
            let request = somebody.request(method.clone(), &path).if_match("*");
            let one = request.raw(media, example.to_string().into_bytes()).await;
            if one.status != 403 {
                answer = Some(one);
                break;
            }
        }
        let answer = answer.unwrap_or_else(|| panic!("{operation}: nobody may"));
        let told = answer.body["errors"].as_array().cloned().unwrap_or_default();
        let is_of_records = |fault: &Value| OF_RECORDS.contains(&fault["code"].as_str().unwrap());
        let is_understood = match answer.status {
            200..300 | 404 | 409 => true,
            422 => !told.is_empty() && told.iter().all(is_of_records),
            _ => false,
        };
        if !is_understood {
            faults.push(format!("{operation}, {name}: {} {}", answer.status, answer.text));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
