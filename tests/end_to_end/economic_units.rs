use serde_json::json;
use tests::{TestApp, eventually};

fn unit() -> serde_json::Value {
    json!({"name": "Công ty TNHH Giả Định", "tax_code": "0900123452", "legal_form": "llc_single_member",
        "sector": "C", "area": "11986@origin", "registered_on": "2019-05-06", "workers": 120,
        "workers_as_of": "2022-05-31"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_registered_read_changed_and_ended() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let made = officer.post("/v1/economic-units", unit()).await;
    let (location, etag) = (made.header("location").to_owned(), made.header("etag").to_owned());
    let made = made.is(201);
    assert_eq!(location, format!("/v1/economic-units/{}", made["id"].as_str().unwrap()));
    assert_eq!(made["etag"], etag.as_str());

    let read = officer.get(&location).await;
    assert_eq!(read.header("etag"), etag);
    assert_eq!(read.is(200), made);
    officer.get(&location).header("if-none-match", &etag).await.is(304);

    let patched = officer.patch(&location, json!({"address": "Thôn Giả Định", "sector": null})).if_match(&etag);
    let patched = patched.await.is(200);
    assert_eq!((&patched["address"], &patched["sector"]), (&json!("Thôn Giả Định"), &json!(null)));
    let weak = format!("W/{}", patched["etag"].as_str().unwrap());
    let replaced = officer.put(&location, json!({"name": "Công ty TNHH Giả Định Mới"})).if_match(&weak).await.is(200);
    assert_eq!((&replaced["address"], &replaced["workers"]), (&json!(null), &json!(null)), "PUT clears");

    let ended = json!({"status": "terminated", "occurred_on": "2022-06-20"});
    let path = format!("{location}/status-changes");
    let ended = officer.post(&path, ended).if_match(replaced["etag"].as_str().unwrap()).await.is(200);
    assert_eq!(ended["status"], "terminated");
    let again = json!({"status": "suspended", "occurred_on": "2022-06-21"});
    let again = officer.post(&path, again).if_match(ended["etag"].as_str().unwrap()).await;
    again.faults(&[("/status", "economic_unit_ended")]);

    let history = officer.get(&format!("{location}/history")).await.is(200);
    let kinds: Vec<&str> =
        history["items"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    // The status changed before what was changed today: that is told anew, with the status.
    let expected = ["registered", "changed", "changed", "status_changed", "changed", "changed"];
    assert_eq!(kinds, expected.map(|act| format!("economic_unit.{act}")));
    let text = history.to_string();
    assert!(!text.contains("Giả Định") && !text.contains("0900123452"), "the journal names no unit: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let before = app.rows().await;
    let path = "/v1/economic-units";
    let raw = |text: &str| officer.request(reqwest::Method::POST, path).raw("application/json", text.into());

    let problem = raw("{\"name\": ").english().await.problem(400, "malformed_json");
    assert!(problem["detail"].as_str().unwrap().contains("line 1"), "{problem}");
    raw("").await.problem(400, "malformed_json");
    raw("[1]").await.faults(&[("", "wrong_type")]);
    let mut unknown = unit();
    unknown["colour"] = json!("đỏ");
    officer.post(path, unknown).await.faults(&[("/colour", "unknown_field")]);
    let mut wrong = unit();
    wrong["workers"] = json!("nhiều");
    let problem = officer.post(path, wrong).await.faults(&[("/workers", "wrong_type")]);
    assert!(!problem.to_string().contains("nhiều"), "what was sent is not repeated");
    for (field, sent, vietnamese, english) in [
        ("workers", json!("nhiều"), "số nguyên không âm", "a whole number"),
        ("registered_on", json!("30/06/2022"), "ngày dạng 2022-06-30", "a day like 2022-06-30"),
        ("area", json!("323"), "mã đơn vị hành chính dạng", "the id of an area"),
        ("name", json!(7), "chuỗi ký tự", "text in quotation marks"),
        ("legal_form", json!("guild"), "llc_single_member, ", "llc_single_member, "),
    ] {
        let mut wrong = unit();
        wrong[field] = sent;
        let told = officer.post(path, wrong.clone()).await.is(422)["errors"][0]["detail"].to_string();
        assert!(told.contains(vietnamese), "{field}: {told}");
        let told = officer.post(path, wrong).english().await.is(422)["errors"][0]["detail"].to_string();
        assert!(told.contains(english), "{field}: {told}");
    }
    let mut form = unit();
    form["legal_form"] = json!("guild");
    officer.post(path, form).await.faults(&[("/legal_form", "unknown_value")]);
    let missing = [("/name", "required"), ("/area", "required"), ("/registered_on", "required")];
    officer.post(path, json!({"legal_form": "other"})).await.faults(&missing);
    let text = officer.request(reqwest::Method::POST, path).raw("text/plain", b"{}".to_vec());
    text.await.problem(415, "unsupported_media_type");
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(1024 * 1024));
    raw(&large).await.problem(413, "body_too_large");
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_values_are_told_at_once_in_the_language_asked_for() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let before = app.rows().await;
    let faulty = json!({"name": "  ", "tax_code": "0900123451", "legal_form": "partnership", "sector": "Z",
        "area": "99999@origin", "registered_on": "2022-07-01", "workers": -1});
    let expected = [
        ("/registered_on", "date_in_future"),
        ("/name", "required"),
        ("/tax_code", "tax_code_check_digit"),
        ("/sector", "bad_format"),
        ("/area", "unknown_area"),
        ("/workers", "too_small"),
    ];
    let vietnamese = officer.post("/v1/economic-units", faulty.clone()).await;
    assert_eq!(vietnamese.header("content-language"), "vi");
    assert_eq!(vietnamese.header("vary").to_ascii_lowercase().matches("accept-language").count(), 1);
    let vietnamese = vietnamese.faults(&expected);
    let english = officer.post("/v1/economic-units", faulty).english().await;
    assert_eq!(english.header("content-language"), "en");
    let english = english.faults(&expected);
    for (vi, en) in vietnamese["errors"].as_array().unwrap().iter().zip(english["errors"].as_array().unwrap()) {
        assert_ne!(vi["detail"], en["detail"]);
    }
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn tax_codes_are_checked_by_their_digit_and_are_unique() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let with = |code: &str| {
        let mut unit = unit();
        unit["tax_code"] = json!(code);
        officer.post("/v1/economic-units", unit)
    };
    let valid = ["0999900017", "1999900026", "2999900035", "3999900044", "0900123452", "0900000080", "1001234563"];
    for code in valid {
        with(code).await.is(201);
    }
    with("0900123452-001").await.is(201);
    let before = app.rows().await;
    with("0900123451").await.faults(&[("/tax_code", "tax_code_check_digit")]);
    with("0900000010").await.faults(&[("/tax_code", "tax_code_check_digit")]);
    for bad in ["0900000000", "0900123452-000", "12345", "09001234521"] {
        with(bad).await.faults(&[("/tax_code", "tax_code_format")]);
    }
    with("0900123452").await.problem(409, "tax_code_taken");
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_area_must_be_in_force_on_the_day_and_today_is_a_day_in_viet_nam() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let mut early = unit();
    early["area"] = json!("12004@2025-07-01");
    let before = app.rows().await;
    officer.post("/v1/economic-units", early.clone()).await.faults(&[("/area", "unknown_area")]);
    // A grant over a unit that is not in force yet lets nothing be written in it.
    let ahead = app.officer_of("12004@2025-07-01").await;
    ahead.post("/v1/economic-units", early).await.problem(403, "area_ended");
    let mut district = unit();
    district["area"] = json!("325@origin");
    officer.post("/v1/economic-units", district).await.faults(&[("/area", "area_not_leaf")]);
    let mut tomorrow = unit();
    tomorrow["registered_on"] = json!("2022-07-01");
    app.set_clock("2022-06-30T16:59:59Z");
    let officer = app.officer_of("33@origin").await;
    officer.post("/v1/economic-units", tomorrow.clone()).await.faults(&[("/registered_on", "date_in_future")]);
    assert_eq!(app.rows().await, before);
    app.set_clock("2022-06-30T17:00:00Z");
    officer.post("/v1/economic-units", tomorrow).await.is(201);

    app.set_clock("2026-11-02T08:00:00Z");
    let officer = app.officer_of("33@2025-07-01").await;
    let before = app.rows().await;
    let mut late = unit();
    late["tax_code"] = json!(null);
    officer.post("/v1/economic-units", late.clone()).await.faults(&[("/area", "area_not_in_force")]);
    assert_eq!(app.rows().await, before);
    late["located_on"] = json!("2024-03-01");
    let made = officer.post("/v1/economic-units", late).await.is(201);
    assert_eq!((&made["area"], &made["current_area"]), (&json!("11986@origin"), &json!("12004@2025-07-01")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_or_absent_version_changes_nothing() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let made = officer.post("/v1/economic-units", unit()).await.is(201);
    let path = format!("/v1/economic-units/{}", made["id"].as_str().unwrap());
    let etag = made["etag"].as_str().unwrap();
    officer.patch(&path, json!({"name": "Tên Hai"})).if_match(etag).await.is(200);
    let before = app.rows().await;
    officer.patch(&path, json!({"name": "Tên Ba"})).await.problem(428, "missing_if_match");
    officer.patch(&path, json!({"name": "Tên Ba"})).if_match(etag).await.problem(412, "stale_version");
    officer.put(&path, json!({"name": "Tên Ba"})).if_match("\"v99\"").await.problem(412, "stale_version");
    let other = officer.request(reqwest::Method::PATCH, &path).raw("application/json-patch+json", b"[]".to_vec());
    let other = other.if_match(etag).await;
    assert_eq!(other.header("accept-patch"), "application/merge-patch+json");
    other.problem(415, "unsupported_media_type");
    assert_eq!(app.rows().await, before);
    assert_eq!(officer.get(&path).await.is(200)["name"], "Tên Hai");
}

/// Generated clients send plain JSON.
#[tokio::test(flavor = "multi_thread")]
async fn plain_json_is_taken_for_a_merge_patch() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let made = officer.post("/v1/economic-units", unit()).await.is(201);
    let path = format!("/v1/economic-units/{}", made["id"].as_str().unwrap());
    let patch = officer
        .request(reqwest::Method::PATCH, &path)
        .raw("application/json; charset=utf-8", br#"{"sector":null}"#.to_vec());
    let changed = patch.if_match(made["etag"].as_str().unwrap()).await.is(200);
    assert_eq!((&changed["name"], &changed["sector"]), (&made["name"], &json!(null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_takes_effect_once() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let first = officer.post("/v1/economic-units", unit()).key("dien-thoai-7").await;
    assert_eq!(first.header("idempotent-replayed"), "");
    let first = first.is(201);
    let before = app.rows().await;
    let twin = officer.post("/v1/economic-units", unit()).key("\"dien-thoai-7\"").await;
    assert_eq!(twin.header("idempotent-replayed"), "true");
    assert_eq!(twin.is(201), first);
    let mut other = unit();
    other["name"] = json!("Công ty khác");
    officer.post("/v1/economic-units", other).key("dien-thoai-7").await.problem(422, "idempotency_key_reused");
    let bad = officer.post("/v1/economic-units", unit()).key("có dấu").await;
    assert_eq!(bad.status, 422, "{}", bad.text);
    assert_eq!(app.rows().await, before);
    // Keys are a caller's own.
    let colleague = app.officer_of("326@origin").await;
    let mut elsewhere = unit();
    elsewhere["area"] = json!("12019@origin");
    elsewhere["tax_code"] = json!("1001234563");
    colleague.post("/v1/economic-units", elsewhere).key("dien-thoai-7").await.is(201);
    // A refusal takes no key: the mended request goes through under it.
    let mut faulty = unit();
    faulty["tax_code"] = json!("1");
    officer.post("/v1/economic-units", faulty).key("k2").await.faults(&[("/tax_code", "tax_code_format")]);
    let mut mended = unit();
    mended["tax_code"] = json!("0999900017");
    officer.post("/v1/economic-units", mended).key("k2").await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_kept_for_thirty_days() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    officer.post("/v1/economic-units", unit()).key("k").await.is(201);
    let kept = |app: &TestApp| {
        let db = app.system.registry.db.clone();
        async move { tests::count_rows(&db, "idempotency_records").await }
    };
    let app = TestApp::over(app.stop().await, "2022-07-30T07:59:59Z").await;
    assert_eq!(kept(&app).await, 1, "a phone was offline for thirty days");
    let app = TestApp::over(app.stop().await, "2022-07-30T08:00:01Z").await;
    eventually("the answer is forgotten", || async { (kept(&app).await == 0).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_sent_at_once_take_effect_once() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let send = || async { officer.post("/v1/economic-units", unit()).key("cung-luc").await };
    let answers = tokio::join!(send(), send(), send(), send(), send(), send());
    let answers = [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5];
    let fresh = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_empty()).count();
    assert_eq!(fresh, 1);
    let bodies: Vec<_> = answers.into_iter().map(|answer| answer.is(201)).collect();
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(officer.get("/v1/economic-units?count=true").await.is(200)["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_sought_through_by_cursor_and_words_are_found_without_accents() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    for name in ["Đường Hưng Yên", "Thuỷ sản Đông Á", "Thụy Hòa", "Dệt may Ánh Dương", "100% Bông_Vải"]
    {
        let body = json!({"name": name, "legal_form": "other", "area": "11986@origin", "registered_on": "2019-05-06"});
        officer.post("/v1/economic-units", body).await.is(201);
    }
    let mut names = Vec::new();
    let mut path = "/v1/economic-units?limit=2&count=true".to_owned();
    loop {
        let answer = officer.get(&path).await;
        let link = answer.header("link").to_owned();
        let page = answer.is(200);
        assert_eq!(page["total"], 5);
        names.extend(page["items"].as_array().unwrap().iter().map(|unit| unit["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        assert!(link.contains(next) && link.ends_with("rel=\"next\""), "{link}");
        path = link.split(['<', '>']).nth(1).unwrap().to_owned();
    }
    assert_eq!(names, ["100% Bông_Vải", "Dệt may Ánh Dương", "Đường Hưng Yên", "Thụy Hòa", "Thuỷ sản Đông Á"]);
    let found = |q: &'static str| {
        let officer = officer.clone();
        async move {
            let page = officer.get(&format!("/v1/economic-units?q={q}")).await.is(200);
            page["items"].as_array().unwrap().iter().map(|unit| unit["name"].to_string()).collect::<Vec<_>>().join(" ")
        }
    };
    assert_eq!(found("duong%20hung").await, "\"Đường Hưng Yên\"");
    assert_eq!(found("thuy%20hoa").await, "\"Thụy Hòa\"");
    assert_eq!(found("h%C3%B2a").await, "\"Thụy Hòa\"");
    assert_eq!(found("100%25%20_vai").await, "\"100% Bông_Vải\"", "signs part words");
    assert_eq!(found("%25").await, "", "a wildcard is no word");
    assert_eq!(found("khong-co").await, "");

    let latest = officer.get("/v1/economic-units?sort=-updated_at&limit=3").await.is(200);
    let name = |page: &serde_json::Value, at: usize| page["items"][at]["name"].as_str().unwrap_or_default().to_owned();
    assert_eq!((name(&latest, 0), name(&latest, 2)), ("100% Bông_Vải".to_owned(), "Thụy Hòa".to_owned()));
    let cursor = latest["next"].as_str().unwrap();
    let rest = officer.get(&format!("/v1/economic-units?sort=-updated_at&cursor={cursor}")).await.is(200);
    assert_eq!((name(&rest, 0), name(&rest, 1)), ("Thuỷ sản Đông Á".to_owned(), "Đường Hưng Yên".to_owned()));
    officer.get(&format!("/v1/economic-units?cursor={cursor}")).await.problem(400, "bad_cursor");
    officer.get("/v1/economic-units?sort=size").await.faults(&[("sort", "unknown_value")]);
    officer.get("/v1/economic-units?cursor=abc").await.problem(400, "bad_cursor");
    let of_other_list = officer.get("/v1/areas?limit=1").await.is(200)["next"].as_str().unwrap().to_owned();
    officer.get(&format!("/v1/economic-units?cursor={of_other_list}")).await.problem(400, "bad_cursor");
    officer.get("/v1/economic-units?limit=0").await.faults(&[("limit", "too_small")]);
    officer.get("/v1/economic-units?limit=201").await.faults(&[("limit", "too_many")]);
    officer.get("/v1/economic-units?limit=x").await.faults(&[("limit", "wrong_type")]);
    officer.get("/v1/economic-units?color=red").await.faults(&[("color", "unknown_field")]);
    officer.get("/v1/economic-units?status=active,asleep").await.faults(&[("status", "unknown_value")]);
    officer.get("/v1/economic-units?area=1@origin").await.faults(&[("area", "unknown_area")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_communes_officer_sees_and_changes_nothing() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let made = officer.post("/v1/economic-units", unit()).await.is(201);
    let path = format!("/v1/economic-units/{}", made["id"].as_str().unwrap());
    let stranger = app.officer_of("12019@origin").await;
    let before = app.rows().await;
    stranger.get(&path).await.problem(404, "not_found");
    stranger.get(&format!("{path}/history")).await.problem(404, "not_found");
    let etag = made["etag"].as_str().unwrap();
    stranger.patch(&path, json!({"name": "Khác"})).if_match(etag).await.problem(404, "not_found");
    let body = json!({"status": "terminated", "occurred_on": "2022-06-20"});
    stranger.post(&format!("{path}/status-changes"), body).if_match(etag).await.problem(404, "not_found");
    let mut unit = unit();
    unit["tax_code"] = json!(null);
    let outside = stranger.post("/v1/economic-units", unit.clone()).await.faults(&[("/area", "unknown_area")]);
    unit["area"] = json!("99999@origin");
    let nowhere = stranger.post("/v1/economic-units", unit).await.faults(&[("/area", "unknown_area")]);
    assert_eq!(outside["errors"], nowhere["errors"], "outside is told in the words of nowhere");
    assert_eq!(stranger.get("/v1/economic-units?count=true").await.is(200)["total"], 0);
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_of_a_unit_that_ended_reads_and_writes_nothing() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let made = officer.post("/v1/economic-units", unit()).await.is(201);
    let path = format!("/v1/economic-units/{}", made["id"].as_str().unwrap());
    app.set_clock("2025-07-01T01:00:00Z");
    let officer = app.officer_of("325@origin").await;
    let before = app.rows().await;
    officer.get(&path).await.is(200);
    officer.post("/v1/economic-units", unit()).await.problem(403, "area_ended");
    let etag = made["etag"].as_str().unwrap();
    officer.patch(&path, json!({"name": "Khác"})).if_match(etag).await.problem(403, "area_ended");
    assert_eq!(app.rows().await, before);
    // The commune that the former one went into wholly goes on with its records.
    let successor = app.officer_of("12004@2025-07-01").await;
    // Where the unit lies has changed since it was read, and the tag with it.
    successor.patch(&path, json!({"name": "Khác"})).if_match(etag).await.problem(412, "stale_version");
    let read = successor.get(&path).await.is(200);
    successor.patch(&path, json!({"name": "Khác"})).if_match(read["etag"].as_str().unwrap()).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_households_tax_code_is_personal_data() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let household = |area: &str| {
        json!({"name": "Hộ kinh doanh Giả Định", "legal_form": "household_business", "area": area,
            "tax_code": "000000000123", "registered_on": "2021-01-04"})
    };
    let made = officer.post("/v1/economic-units", household("11986@origin")).key("ho-1").await.is(201);
    assert_eq!(made["tax_code"], "*********123");
    let listed = officer.get("/v1/economic-units").await.is(200);
    assert_eq!(listed["items"][0]["tax_code"], "*********123");
    let found = officer.get("/v1/economic-units?q=000000000123").await.is(200);
    assert_eq!(found["items"], json!([]), "it cannot be searched for by its beginning");
    // Within reach the second one is refused; elsewhere nothing tells that the first one is known.
    officer.post("/v1/economic-units", household("11986@origin")).await.problem(409, "tax_code_taken");
    let elsewhere = app.officer_of("326@origin").await;
    let twin = elsewhere.post("/v1/economic-units", household("12019@origin")).await.is(201);
    let keys = |body: &serde_json::Value| body.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&twin), keys(&made));
    let bytes = app.system.registry.db.read(|conn| shared::journal::verify(conn, &[], &mut |_| ())).await.unwrap();
    assert!(bytes.broken.is_none());
}
