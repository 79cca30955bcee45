//! All faults of a request's shape are told at once, at every operation of the documents.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use shared::access::Role;
use strum::IntoEnumIterator as _;
use tests::{Answer, Somebody, TestApp};

use crate::closed::{OPEN, permission};
use crate::documents::{merged, operations};

/// Somebody for each permission that an operation may need.
async fn somebody_who_may(app: &TestApp) -> BTreeMap<String, Somebody> {
    let mut found = BTreeMap::new();
    for role in Role::iter() {
        let somebody = app.be(role, "33@origin").await;
        let roles = somebody.get("/v1/roles").await.is(200);
        let name: &'static str = role.into();
        let row = roles["items"].as_array().unwrap().iter().find(|row| row["role"] == name).unwrap();
        for permission in row["permissions"].as_array().unwrap() {
            found.entry(permission.as_str().unwrap().to_owned()).or_insert_with(|| somebody.clone());
        }
    }
    found
}

fn filled(path: &str) -> String {
    path.replace("/areas/{id}", "/areas/33@origin")
        .replace("{id}", "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f")
        .replace("{indicator}", "PM10")
}

/// What an answer tells: the place and the code of each fault.
fn told(answer: Answer, line: &str) -> BTreeSet<(String, String)> {
    let problem = answer.problem(422, "invalid_fields");
    let faults = problem["errors"].as_array().unwrap_or_else(|| panic!("{line}: {problem}"));
    let place = |fault: &Value| {
        let place = ["pointer", "parameter"].iter().find_map(|name| fault[name].as_str());
        place.unwrap_or_else(|| panic!("{line}: {problem}")).to_owned()
    };
    let told: BTreeSet<(String, String)> =
        faults.iter().map(|fault| (place(fault), fault["code"].as_str().unwrap().to_owned())).collect();
    assert_eq!(told.len(), faults.len(), "{line}: nothing is told twice: {problem}");
    told
}

fn pairs(expected: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    expected.iter().map(|(place, code)| ((*place).to_owned(), (*code).to_owned())).collect()
}

/// The schema of the JSON body of an operation.
fn body_schema<'a>(document: &'a Value, operation: &'a Value) -> Option<(&'a str, &'a Value)> {
    let contents = operation["requestBody"]["content"].as_object()?;
    let (media, content) = contents.iter().find(|(media, _)| media.ends_with("json"))?;
    let reference = content["schema"]["$ref"].as_str().unwrap().trim_start_matches('#');
    Some((media, document.pointer(reference).unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_is_told_all_that_is_missing_and_unknown_at_once() {
    let app = TestApp::start().await;
    let somebodies = somebody_who_may(&app).await;
    let document = merged();
    let before = app.rows().await;
    let (mut tried, mut missing) = (0, 0);
    for (method, path, operation) in operations(&document) {
        let Some((media, schema)) = body_schema(&document, &operation) else { continue };
        let somebody = &somebodies[&permission(&operation)];
        let line = format!("{method} {path}");
        let request = somebody.request(method.to_uppercase().parse::<Method>().unwrap(), &filled(&path));
        let answer = request.raw(media, json!({"zzz": 1}).to_string().into_bytes()).await;
        let required = schema["required"].as_array().into_iter().flatten();
        let mut expected: BTreeSet<(String, String)> =
            required.map(|name| (format!("/{}", name.as_str().unwrap()), "required".to_owned())).collect();
        missing += expected.len();
        expected.extend(pairs(&[("/zzz", "unknown_field")]));
        assert_eq!(told(answer, &line), expected, "{line}");
        // A parameter that nobody asked for is told with them.
        let path = format!("{}?yyy=1", filled(&path));
        let request = somebody.request(method.to_uppercase().parse::<Method>().unwrap(), &path);
        let answer = request.raw(media, json!({"zzz": 1}).to_string().into_bytes()).await;
        expected.extend(pairs(&[("yyy", "unknown_field")]));
        assert_eq!(told(answer, &line), expected, "{line}?yyy=1");
        tried += 1;
    }
    assert!(tried > 25 && missing > 50, "{tried} operations, {missing} missing fields");
    assert_eq!(app.rows().await, before, "nothing was changed");
}

/// A value that a parameter cannot have, with the code of that fault.
fn wrong_value(name: &str, schema: &Value) -> Option<(String, &'static str)> {
    let says = |key: &str| schema[key].as_str().unwrap_or_default();
    match name {
        "cursor" => Some(("x".repeat(2100), "too_long")),
        "period" => Some(("2022-13".to_owned(), "bad_format")),
        _ if schema["enum"].is_array() || says("$ref").ends_with("AreaLevel") => {
            Some(("zzz".to_owned(), "unknown_value"))
        }
        _ if says("type") != "string" || says("format").starts_with("date") => Some(("x".to_owned(), "wrong_type")),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_is_told_all_that_is_wrong_and_unknown_at_once() {
    let app = TestApp::start().await;
    let somebodies = somebody_who_may(&app).await;
    let (mut tried, mut bare) = (0, 0);
    for (method, path, operation) in operations(&merged()) {
        if OPEN.contains(&operation["operationId"].as_str().unwrap()) || operation.get("requestBody").is_some() {
            continue;
        }
        let somebody = &somebodies[&permission(&operation)];
        let empty = Vec::new();
        let parameters = operation["parameters"].as_array().unwrap_or(&empty);
        let asked: Vec<&Value> = parameters.iter().filter(|one| one["in"] == "query").collect();
        let wrong: Vec<(&str, String, &str)> = asked
            .iter()
            .filter_map(|one| {
                let name = one["name"].as_str().unwrap();
                wrong_value(name, &one["schema"]).map(|(value, code)| (name, value, code))
            })
            .collect();
        let mut query = "zzz=1".to_owned();
        let mut expected = pairs(&[("zzz", "unknown_field")]);
        for (name, value, code) in &wrong {
            query.push_str(&format!("&{name}={value}"));
            expected.extend(pairs(&[(name, code)]));
        }
        if !wrong.iter().any(|(name, _, _)| *name == "period") && asked.iter().any(|one| one["name"] == "period") {
            panic!("{path}: the period is wrong, too");
        }
        let line = format!("{method} {path}?{query}");
        let answer =
            somebody.request(method.to_uppercase().parse::<Method>().unwrap(), &format!("{}?{query}", filled(&path)));
        assert_eq!(told(answer.if_match("\"v1\"").await, &line), expected, "{line}");
        if asked.is_empty() {
            bare += 1;
        } else {
            // Tables take texts only, in which hardly anything is wrong by its shape.
            assert!(
                wrong.len() >= 2 || asked.len() == 1 || path.ends_with(".csv") || path == "/v1/steering-gaps",
                "{line}: two are wrong"
            );
            tried += 1;
        }
    }
    assert!(tried > 20 && bare > 20, "{tried} with parameters, {bare} without");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_shape_and_of_value_are_told_together() {
    let app = TestApp::start().await;
    let (officer, viewer) = (app.officer_of("33@origin").await, app.be(Role::Viewer, "33@origin").await);
    let body = json!({"extra": 1, "name": "x".repeat(400), "workers": -1, "legal_form": "other form", "area": "33",
        "registered_on": "2022-02-30", "is_foreign_invested": "no"});
    let answer = officer.post("/v1/economic-units", body).english().await;
    let problem = answer.body.clone();
    let expected = [
        ("/extra", "unknown_field"),
        ("/name", "too_long"),
        ("/workers", "too_small"),
        ("/legal_form", "unknown_value"),
        ("/area", "bad_format"),
        ("/registered_on", "bad_format"),
        ("/is_foreign_invested", "wrong_type"),
    ];
    assert_eq!(told(answer, "a unit"), pairs(&expected));
    // Each says what would be right, and nothing that the parser said.
    let detail = |place: &str| {
        let faults = problem["errors"].as_array().unwrap();
        faults.iter().find(|fault| fault["pointer"] == place).unwrap()["detail"].as_str().unwrap().to_owned()
    };
    assert_eq!(detail("/workers"), "Must be at least 0.");
    assert!(detail("/legal_form").contains("cooperative") && !detail("/legal_form").contains("other form"));
    assert!(detail("/area").contains("@") && detail("/registered_on").contains("2022-06-30"));

    let body = json!({"person": {"birth_date": "yesterday", "phone": "1".repeat(400), "colour": "red"},
        "decision": {"number": 7}, "organisation_id": "x"});
    let answer = officer.post("/v1/admissions", body).await;
    let expected = [
        ("/decision/decided_on", "required"),
        ("/decision/issuing_body", "required"),
        ("/decision/number", "wrong_type"),
        ("/occurred_on", "required"),
        ("/organisation_id", "bad_format"),
        ("/person/birth_date", "bad_format"),
        ("/person/colour", "unknown_field"),
        ("/person/full_name", "required"),
        ("/person/phone", "too_long"),
    ];
    assert_eq!(told(answer, "an admission"), pairs(&expected));

    let answer = viewer.get("/v1/figures?period=2022-13&by=foo&zz=1&map=x").await;
    let expected = [("period", "bad_format"), ("by", "unknown_value"), ("zz", "unknown_field"), ("map", "wrong_type")];
    assert_eq!(told(answer, "figures"), pairs(&expected));
    let answer = viewer.get("/v1/figures?by=foo&indicator=XX99").await;
    let expected = [("period", "required"), ("by", "unknown_value"), ("indicator", "unknown_indicator")];
    assert_eq!(told(answer, "figures without a period"), pairs(&expected));
    let answer =
        officer.get("/v1/economic-units?limit=0&sort=size&status=gone&legal_form=x&area=99999@origin&zz=1").await;
    let expected = [
        ("limit", "too_small"),
        ("sort", "unknown_value"),
        ("status", "unknown_value"),
        ("legal_form", "unknown_value"),
        ("area", "unknown_area"),
        ("zz", "unknown_field"),
    ];
    assert_eq!(told(answer, "units"), pairs(&expected));
    // Sent twice, it is not known which is meant; the name of a stranger is not repeated at length.
    let answer = officer.get("/v1/economic-units?limit=1&limit=2&count=x").await;
    assert_eq!(told(answer, "twice"), pairs(&[("limit", "repeated_value"), ("count", "wrong_type")]));
    let answer = officer.get(&format!("/v1/economic-units?{}=1", "n".repeat(500))).await;
    assert_eq!(told(answer, "a long name"), pairs(&[("n".repeat(64).as_str(), "unknown_field")]));
    let request = officer.request(Method::POST, "/v1/economic-units");
    let twice = br#"{"name": "A", "name": "B", "area": 1}"#.to_vec();
    let expected = [
        ("/name", "repeated_value"),
        ("/legal_form", "required"),
        ("/registered_on", "required"),
        ("/area", "wrong_type"),
    ];
    assert_eq!(told(request.raw("application/json", twice).await, "a name twice"), pairs(&expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_faults_is_cut_and_costs_little() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let fields: serde_json::Map<String, Value> = (0..50_000).map(|number| (format!("f{number}"), json!(1))).collect();
    let ids = vec!["x"; 200_000];
    for body in [Value::Object(fields), json!({"name": "A", "economic_unit_ids": ids})] {
        let started = std::time::Instant::now();
        let problem = officer.post("/v1/organisations", body).await.problem(422, "invalid_fields");
        assert!(problem["errors"].as_array().unwrap().len() <= 100, "at most so many are told");
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }
}
