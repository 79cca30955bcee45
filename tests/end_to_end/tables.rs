//! Text and tables for spreadsheets: they show what the JSON shows, in an address of their own.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Answer, Books, Somebody, TestApp};

/// The lines of a table by the names of its columns.
fn lines_of(answer: &Answer) -> Vec<BTreeMap<String, String>> {
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/csv; charset=utf-8"), "{}", answer.text);
    assert!(answer.header("content-disposition").starts_with("attachment; filename="));
    let text = answer.text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let line = |line: csv::StringRecord| head.iter().cloned().zip(line.iter().map(str::to_owned)).collect();
    reader.records().map(|one| line(one.unwrap())).collect()
}

async fn listed(somebody: &Somebody, path: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = somebody.get(&format!("{path}?limit=200{cursor}")).await.is(200);
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else { return items };
        cursor = format!("&cursor={next}");
    }
}

/// A cell as a value of JSON is written in it.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => shared::text::spreadsheet_cell(text),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_of_lists_show_the_whole_lists_masked_as_they_are() {
    let app = TestApp::with_demo().await;
    let viewer = app.be(Role::Viewer, "33@2025-07-01").await;
    for (path, of_demonstration) in [("/v1/economic-units", 600), ("/v1/organisations", 100)] {
        let items = listed(&viewer, path).await;
        assert!(items.len() > of_demonstration, "more than one part");
        let looks = app.rows().await;
        let lines = lines_of(&viewer.get(&format!("{path}.csv")).await);
        assert_eq!(lines.len(), items.len(), "{path}");
        for (line, item) in lines.iter().zip(&items) {
            for (column, shown) in line {
                assert!(!item[column].is_null() || item.as_object().unwrap().contains_key(column), "{column}");
                assert_eq!(*shown, cell(&item[column]), "{path} {column} of {item}");
            }
        }
        assert_eq!(app.rows().await, looks, "the list leaves no access record, nor does its table");
        let query = "area=12004@2025-07-01&status=active";
        let some = viewer.get(&format!("{path}?limit=200&{query}")).await.is(200)["items"].clone();
        let ids: Vec<String> = some.as_array().unwrap().iter().map(|item| cell(&item["id"])).collect();
        let lines = lines_of(&viewer.get(&format!("{path}.csv?{query}")).await);
        assert_eq!(lines.into_iter().map(|mut line| line.remove("id").unwrap()).collect::<Vec<_>>(), ids);
        assert!(!ids.is_empty() && ids.len() < items.len(), "{path}");
        // A refusal is an answer: nothing was sent before it.
        viewer.get(&format!("{path}.csv?status=none")).await.faults(&[("status", "unknown_value")]);
        viewer.get(&format!("{path}.csv?limit=10")).await.faults(&[("limit", "unknown_field")]);
    }
    let households = viewer.get("/v1/economic-units?legal_form=household_business&limit=1").await.is(200);
    assert!(households["items"][0]["name"].as_str().unwrap().contains('*'), "{households}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_begins_like_a_formula_is_guarded_in_a_table() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let body = json!({"name": "=HYPERLINK(\"http://x\",\"Công ty\")", "legal_form": "other", "area": "11986@origin",
        "registered_on": "2015-01-05", "address": "@SUM(A1)"});
    let unit = books.officer.post("/v1/economic-units", body).await.is(201);
    let lines = lines_of(&books.officer.get("/v1/economic-units.csv").await);
    let line = lines.iter().find(|line| unit["id"] == line["id"].as_str()).unwrap();
    assert_eq!(
        (line["name"].as_str(), line["address"].as_str()),
        ("'=HYPERLINK(\"http://x\",\"Công ty\")", "'@SUM(A1)")
    );
    let far = app.officer_of("12019@origin").await;
    assert!(lines_of(&far.get("/v1/economic-units.csv").await).is_empty(), "units of another area are not exported");
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_have_an_address_for_each_form() {
    let app = TestApp::with_demo().await;
    let viewer = app.be(Role::Viewer, "33@2025-07-01").await;
    let query = "period=2022-H1&area=33@origin&by=district";
    let figures = viewer.get(&format!("/v1/figures?{query}")).await.is(200);
    let sheet = viewer.get(&format!("/v1/figures.csv?{query}")).header("accept-language", "en").await;
    assert_eq!(sheet.header("content-disposition"), "attachment; filename=\"figures-2022-H1.csv\"");
    let lines = lines_of(&sheet);
    let total = json!({"key": "total", "values": figures["total"]});
    let rows: Vec<&Value> = std::iter::once(&total).chain(figures["rows"].as_array().unwrap()).collect();
    let mut told = lines.iter();
    for row in &rows {
        for value in row["values"].as_array().unwrap() {
            let line = told.next().expect("a line for each figure");
            assert_eq!(line["key"], cell(&row["key"]));
            for column in ["indicator", "value", "state"] {
                assert_eq!(line[column], cell(&value[column]), "{row} {column}");
            }
        }
    }
    assert!(told.next().is_none() && rows.len() > 5);
    let admitted = lines.iter().find(|line| line["key"] == "total" && line["indicator"] == "TU04").unwrap();
    assert_eq!((admitted["value"].as_str(), admitted["name"].as_str()), ("2794", "Tỉnh Hưng Yên"));
    assert_eq!(admitted["label"], "Union members admitted");
    let known = viewer.get(&format!("/v1/figures.csv?{query}")).header("accept-language", "en");
    assert_eq!(known.header("if-none-match", sheet.header("etag")).await.status, 304);

    let text = viewer.get(&format!("/v1/figures.txt?{query}")).header("accept-language", "en").await;
    assert_eq!((text.status, text.header("content-type")), (200, "text/plain; charset=utf-8"));
    let asked = viewer.get(&format!("/v1/figures?{query}")).header("accept", "text/plain");
    assert_eq!(asked.header("accept-language", "en").await.text, text.text, "the older way to ask for it");
    viewer.get("/v1/figures.csv?period=2022-H3").await.faults(&[("period", "bad_format")]);
    viewer.get("/v1/figures.txt?period=2022-H3").await.faults(&[("period", "bad_format")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_an_address_does_not_have_is_refused() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let before = app.rows().await;
    for (path, accept, status) in [
        ("/v1/economic-units", "text/csv", 406),
        ("/v1/economic-units", "text/csv, application/json;q=0.1", 200),
        ("/v1/economic-units", "application/json, application/problem+json", 200),
        ("/v1/economic-units", "text/html, */*;q=0.8", 200),
        ("/v1/economic-units", "application/*", 200),
        ("/v1/economic-units", "application/json;q=0, text/csv", 406),
        ("/v1/economic-units", "not a type", 200),
        ("/v1/economic-units.csv", "text/csv", 200),
        ("/v1/economic-units.csv", "text/*", 200),
        ("/v1/economic-units.csv", "application/json", 406),
        ("/v1/organisations.csv", "application/json", 406),
        ("/v1/figures.txt?period=2022-H1", "text/plain", 200),
        ("/v1/figures.txt?period=2022-H1", "text/csv", 406),
        ("/v1/figures?period=2022-H1", "text/csv", 406),
        ("/v1/figures.csv?period=2022-H1", "text/csv", 200),
    ] {
        let answer = officer.get(path).header("accept", accept).await;
        assert_eq!(answer.status, status, "{path} {accept}: {}", answer.text);
        if status == 406 {
            answer.problem(406, "not_acceptable");
        }
    }
    let body = json!({"name": "Công ty", "legal_form": "other", "area": "11986@origin", "registered_on": "2015-01-05"});
    let sent = officer.post("/v1/economic-units", body).header("accept", "text/csv").await;
    sent.problem(406, "not_acceptable");
    assert_eq!(app.rows().await, before, "what is refused changes nothing");
    app.bearer(None).get("/v1/economic-units").header("accept", "text/csv").await.problem(406, "not_acceptable");
}
