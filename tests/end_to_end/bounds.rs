//! Every input has bounds: what lies beyond them is refused at its place, on both engines, and nothing stops.

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, TestApp, decision, unit};

/// N13: each word of a search was two nested conditions; 15,000 of them ended the process.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_has_few_words() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    officer.post("/v1/economic-units", unit("Công ty 100% Hưng Yên", "11986@origin")).await.is(201);
    for list in ["economic-units", "organisations", "areas"] {
        let ask = |q: String| officer.get(&format!("/v1/{list}?limit=1&q={q}"));
        ask(["a"; 8].join("%20")).await.is(200);
        ask("h%C6%B0ng+Y%C3%8AN".to_owned()).await.is(200);
        for words in [9, 45] {
            ask(vec!["a"; words].join("+")).await.faults(&[("q", "too_many_words")]);
        }
        ask("a-".repeat(9)).await.faults(&[("q", "too_many_words")]);
        ask("a".repeat(101)).await.faults(&[("q", "too_long")]);
        ask(vec!["a"; 2000].join("%20")).await.faults(&[("q", "too_long")]);
        ask(vec!["a"; 15_000].join("+")).await.faults(&[("q", "too_long")]);
        ask("a%00b".to_owned()).await.faults(&[("q", "bad_format")]);
        ask("%07".to_owned()).await.faults(&[("q", "bad_format")]);
    }
    let found = officer.get("/v1/economic-units?q=y%C3%AAn%20100%25&count=true").await.is(200);
    assert_eq!(found["total"], 1);
    // As wildcards these would stand for a letter and for some.
    for q in ["1_0", "1%250", "%25", "_"] {
        let found = officer.get(&format!("/v1/economic-units?q={q}&count=true")).await.is(200);
        assert_eq!(found["total"], 0, "{q} is no wildcard");
    }
    assert_eq!(officer.get("/v1/economic-units?q=%20%20&count=true").await.is(200)["total"], 1);
}

/// N3: parameters that were free text, and went to the database as they came.
#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_has_no_control_characters_and_an_end() {
    let app = TestApp::start().await;
    let inspector = app.be(Role::Inspector, "33@origin").await;
    for (path, name) in [
        ("/v1/access-records", "actor"),
        ("/v1/access-records/export", "actor"),
        ("/v1/areas", "code"),
        ("/v1/figures?period=2022", "as_of"),
        ("/v1/figures?period=2022", "area"),
        ("/v1/figures?period=2022", "indicator"),
        ("/v1/organisations", "kind"),
        ("/v1/economic-units", "sort"),
        ("/v1/journal/membership", "after_hash"),
    ] {
        let sign = if path.contains('?') { '&' } else { '?' };
        inspector.get(&format!("{path}{sign}{name}=a%00b")).await.faults(&[(name, "bad_format")]);
        inspector.get(&format!("{path}{sign}{name}={}", "a".repeat(5000))).await.faults(&[(name, "too_long")]);
    }
    inspector.get(&format!("/v1/access-records?actor={}", "a".repeat(101))).await.faults(&[("actor", "too_long")]);
    inspector.get(&format!("/v1/areas?code={}", "1".repeat(11))).await.faults(&[("code", "too_long")]);
}

fn registration(change: Value) -> Value {
    let mut body = unit("Công ty Giả Định", "11986@origin");
    for (field, value) in change.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

/// N3: a day without a lower bound was 500 on PostgreSQL and was taken on SQLite.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_lies_in_our_time_and_is_written_one_way() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let path = "/v1/economic-units";
    for (day, code) in [
        ("2020-1-1", "bad_format"),
        (" 2020-01-01", "bad_format"),
        ("-9999-01-01", "bad_format"),
        ("-262142-01-01", "bad_format"),
        ("+12020-01-01", "bad_format"),
        ("2020-01-01T00:00:00Z", "bad_format"),
        ("0000-01-01", "day_out_of_range"),
        ("1899-12-31", "day_out_of_range"),
        ("2101-01-01", "day_out_of_range"),
    ] {
        let body = registration(json!({"registered_on": day}));
        let told = officer.post(path, body).await.faults(&[("/registered_on", code)]);
        assert!(!told["errors"][0]["detail"].as_str().unwrap().contains('{'), "{told}");
        let code = if code == "bad_format" { "wrong_type" } else { code };
        let day = day.replace('+', "%2B").replace(' ', "%20");
        officer.get(&format!("/v1/areas?on={day}")).await.faults(&[("on", code)]);
        officer.get(&format!("/v1/figures?period=2022-H1&map={day}")).await.faults(&[("map", code)]);
    }
    officer.post(path, registration(json!({"registered_on": "1900-01-01"}))).await.is(201);
    officer
        .post(path, registration(json!({"registered_on": "2100-12-31"})))
        .await
        .faults(&[("/registered_on", "date_in_future")]);
    let paper = json!({"number": "1-QĐ", "decided_on": "0001-01-01", "issuing_body": "Cấp ủy"});
    let body = json!({"entry_id": shared::Id::new(), "decision": paper});
    officer.post("/v1/corrections", body).await.faults(&[("/decision/decided_on", "day_out_of_range")]);
    let inspector = app.be(Role::Inspector, "33@origin").await;
    for (at, code) in [("-9999-01-01T00:00:00Z", "wrong_type"), ("9999-01-01T00:00:00Z", "day_out_of_range")] {
        for name in ["since", "until"] {
            inspector.get(&format!("/v1/access-records?{name}={at}")).await.faults(&[(name, code)]);
        }
    }
    for period in ["1899", "2101-H1", "0000", "9999-12"] {
        officer.get(&format!("/v1/figures?period={period}")).await.faults(&[("period", "bad_format")]);
    }
    officer.get("/v1/figures?period=2022-H1&as_of=9999-01-01T00:00:00Z").await.problem(422, "position_unknown");
}

/// A5: one correction with a huge number stopped reporting for the whole province, for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_count_has_the_bounds_of_the_first() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let union = books.union("2021-03-15").await;
    let body = json!({"organisation_id": union, "count": 10, "female_count": 8, "occurred_on": "2022-05-19",
        "decision": decision("2022-05-19")});
    let act = books.officer.post("/v1/collective-admissions", body).await.is(201);
    let entry = act["entry_id"].clone();
    let before = app.rows().await;
    let correct = |change: Value| {
        let mut body = json!({"entry_id": entry});
        for (field, value) in change.as_object().unwrap() {
            body[field] = value.clone();
        }
        books.officer.post("/v1/corrections", body)
    };
    for count in [i64::MAX, 9_223_372_036_854_774_784, 9_007_199_254_740_993, 2_147_483_648, 100_001] {
        correct(json!({"count": count})).await.faults(&[("/count", "too_many")]);
    }
    for count in [0, -1, i64::MIN] {
        correct(json!({"count": count})).await.faults(&[("/count", "too_small"), ("/female_count", "too_many")][..1]);
    }
    correct(json!({"count": 3})).await.faults(&[("/female_count", "too_many")]);
    correct(json!({"female_count": 11})).await.faults(&[("/female_count", "too_many")]);
    correct(json!({"female_count": -1})).await.faults(&[("/female_count", "too_small")]);
    assert_eq!(app.rows().await, before, "nothing was written");
    let corrected = correct(json!({"count": 3, "female_count": 2})).await.is(201);
    let entry = corrected["entry_id"].as_str().unwrap();
    let data = books.officer.get(&format!("/v1/journal/membership/{entry}")).await.is(200)["data"].clone();
    assert_eq!((&data["count"], &data["female_count"]), (&json!(3), &json!(2)));
    app.settle().await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let figures = viewer.get("/v1/figures?period=2022-H1&indicator=TU07").await.is(200);
    assert_eq!(figures["total"][0]["value"], 3, "reporting goes on");
    // A departure names no women, and a member's act no number.
    let departure = json!({"organisation_id": union, "count": 1, "reason": "removed", "occurred_on": "2022-06-01",
        "decision": decision("2022-06-01")});
    let departed = books.officer.post("/v1/departures", departure.clone()).await.is(201);
    let body = json!({"entry_id": departed["entry_id"], "female_count": 1});
    books.officer.post("/v1/corrections", body).await.faults(&[("/female_count", "not_correctable")]);
    for (path, mut body) in [
        ("/v1/departures", departure),
        ("/v1/opening-registrations", json!({"organisation_id": union, "occurred_on": "2022-05-19"})),
        (
            "/v1/collective-admissions",
            json!({"organisation_id": union, "occurred_on": "2022-05-19", "decision": decision("2022-05-19")}),
        ),
    ] {
        for (count, code) in [(0, "too_small"), (100_001, "too_many"), (i64::MAX, "too_many")] {
            body["count"] = json!(count);
            books.officer.post(path, body.clone()).await.faults(&[("/count", code)]);
        }
    }
}

/// B8: a unit named twice was 500, and 20,000 unknown ones a quadratic search and an answer of 2.7 MB.
#[tokio::test(flavor = "multi_thread")]
async fn a_founding_names_few_units_and_bounded_numbers() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let unit = books.unit("Công ty Giả Định").await;
    let found = |units: Value, members: Value| {
        let mut body = books.founding("2022-05-01");
        body["economic_unit_ids"] = units;
        body["founding_members"] = members;
        books.officer.post("/v1/organisations", body)
    };
    let three = json!({"official": 3});
    found(json!([unit, unit]), three.clone()).await.faults(&[("/economic_unit_ids/1", "repeated_value")]);
    let many: Vec<shared::Id> = (0..51).map(|_| shared::Id::new()).collect();
    let told = found(json!(many), three.clone()).await;
    assert!(told.text.len() < 2000);
    told.faults(&[("/economic_unit_ids", "too_many")]);
    for field in ["official", "probationary", "members"] {
        for number in [100_001_u32, u32::MAX] {
            let mut members = json!({"official": 3});
            members[field] = json!(number);
            let place = format!("/founding_members/{field}");
            found(json!([]), members).await.faults(&[(&place, "too_many")]);
        }
    }
    let most = json!({"official": 100_000, "probationary": 100_000, "members": 100_000});
    found(json!([unit]), most).await.is(201);
    let workers = |count: i64| registration(json!({"workers": count, "workers_as_of": "2022-01-01"}));
    let path = "/v1/economic-units";
    books.officer.post(path, workers(1_000_001)).await.faults(&[("/workers", "too_many")]);
    books.officer.post(path, workers(i64::MAX)).await.faults(&[("/workers", "too_many")]);
    books.officer.post(path, workers(-1)).await.faults(&[("/workers", "too_small")]);
    books.officer.post(path, workers(1_000_000)).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_journal_is_refused_out_of_its_bounds() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@2025-07-01").await;
    for service in ["identity", "enterprise-registry", "membership", "reporting", "steering"] {
        let somebody =
            if service == "identity" { app.be(Role::Administrator, "33@2025-07-01").await } else { officer.clone() };
        for (query, name, code) in [
            ("limit=501", "limit", "too_many"),
            ("limit=-1", "limit", "too_small"),
            ("wait=21", "wait", "too_many"),
            ("wait=-1", "wait", "too_small"),
            ("after=-1", "after", "too_small"),
            ("after=9223372036854775807", "after", "too_many"),
        ] {
            somebody.get(&format!("/v1/journal/{service}?{query}")).await.faults(&[(name, code)]);
        }
        somebody.get(&format!("/v1/journal/{service}?limit=500&wait=0&after=0")).await.is(200);
    }
}

/// N6: names that cannot be seen or that read backwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_can_be_seen() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    let marks = "\u{301}".repeat(50);
    for (name, code) in [
        ("\u{200b}", "bad_character"),
        ("\u{3164}", "bad_character"),
        ("Cty \u{202e}evil", "bad_character"),
        ("\u{feff}Cty", "bad_character"),
        ("\u{fffe}", "bad_character"),
        (marks.as_str(), "bad_character"),
        ("Cty\u{0}", "bad_format"),
        ("Cty\nHai", "bad_format"),
        ("---", "letter_required"),
        ("\u{a0}", "required"),
    ] {
        let told = books.officer.post("/v1/economic-units", registration(json!({"name": name}))).await;
        told.faults(&[("/name", code)]);
        books
            .officer
            .post("/v1/economic-units", registration(json!({"address": name})))
            .await
            .faults(&[("/address", code)]);
        let mut founding = books.founding("2022-05-01");
        founding["name"] = json!(name);
        books.officer.post("/v1/organisations", founding).await.faults(&[("/name", code)]);
        let mut admission = books.admission(&cell, 1, "2022-05-19");
        admission["person"]["full_name"] = json!(name);
        books.officer.post("/v1/admissions", admission).await.faults(&[("/person/full_name", code)]);
    }
    let mut admission = books.admission(&cell, 1, "2022-05-19");
    admission["person"]["full_name"] = json!("0123456789");
    books.officer.post("/v1/admissions", admission).await.faults(&[("/person/full_name", "letter_required")]);
    for name in ["Công ty Thụy Lôi", "Co\u{302}ng ty Thu\u{323}y Lo\u{302}i"] {
        let unit = books.officer.post("/v1/economic-units", registration(json!({"name": name}))).await.is(201);
        assert_eq!(unit["name"], "Công ty Thụy Lôi", "kept composed");
    }
}

/// N15: a reveal's purpose of dots and blanks says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_purpose_is_made_of_words() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let admitted = books.admit(&books.cell("2021-03-15").await, 1, "2022-05-19").await;
    let path = format!("/v1/people/{}/reveals", admitted["person_id"].as_str().unwrap());
    for (purpose, code) in [
        ("xem hồ sơ", "too_short"),
        ("x         x", "too_short"),
        ("..........", "letter_required"),
        ("1234567890 abc", "letter_required"),
        ("Đối chiếu \u{200b} hồ sơ", "bad_character"),
    ] {
        books.officer.post(&path, json!({"purpose": purpose})).await.faults(&[("/purpose", code)]);
    }
    books.officer.post(&path, json!({"purpose": "Đối chiếu hồ sơ năm 2022"})).await.is(200);
}

/// N3: a cursor is plain to whoever looks, and what is in it went to the database.
#[tokio::test(flavor = "multi_thread")]
async fn a_forged_cursor_is_refused_whatever_is_inside() {
    use base64::Engine;
    let app = TestApp::start().await;
    let inspector = app.be(Role::Inspector, "33@origin").await;
    let id = shared::Id::new();
    let keys = [
        json!(["a\u{0}", id]),
        json!(["a\u{0}", 1, "a"]),
        json!(["a", -1, "a"]),
        json!(u64::MAX),
        json!(null),
        json!({}),
        json!("a\u{0}"),
        json!([[[[]]]]),
    ];
    for (list, path) in [
        ("economic-units", "economic-units?"),
        ("economic-units by -updated_at", "economic-units?sort=-updated_at&"),
        ("organisations", "organisations?"),
        ("organisations by -updated_at", "organisations?sort=-updated_at&"),
        ("areas", "areas?"),
        ("people", "people?"),
        ("acts", "acts?"),
        ("findings", "findings?"),
        ("access-records", "access-records?"),
        ("coverages", "coverages?"),
        ("figure-entries", "figures/PM10/entries?period=2022-H1&"),
    ] {
        let far = [json!([i64::MAX.to_string(), id]), json!(["-9223372036854775808", id])];
        for key in keys.iter().chain(far.iter().filter(|_| list.ends_with("updated_at"))) {
            let cursor = json!({"list": list, "key": key}).to_string();
            let cursor = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(cursor);
            inspector.get(&format!("/v1/{path}cursor={cursor}")).await.problem(400, "bad_cursor");
        }
        for cursor in ["", "a", "e30", "%F0%9F%8C%BE"] {
            inspector.get(&format!("/v1/{path}cursor={cursor}")).await.problem(400, "bad_cursor");
        }
    }
}

/// B7: an indicator named 6,000 times was counted 6,000 times.
#[tokio::test(flavor = "multi_thread")]
async fn an_indicator_counts_once_however_often_it_is_named() {
    let app = TestApp::start().await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let all = viewer.get("/v1/indicators?limit=200").await.is(200)["items"].as_array().unwrap().len();
    let key = viewer.get("/v1/indicators?limit=200").await.is(200)["items"][0].clone();
    let (code, name) = (key["code"].as_str().unwrap(), key["key"].as_str().unwrap());
    let figures = viewer.get(&format!("/v1/figures?period=2022-H1&indicator={code},{name},{code}")).await.is(200);
    assert_eq!(figures["indicators"].as_array().unwrap().len(), 1);
    let many = vec![code; all + 1].join(",");
    viewer.get(&format!("/v1/figures?period=2022-H1&indicator={many}")).await.faults(&[("indicator", "too_many")]);
}

/// B7: eight greedy viewers wait for themselves, and not another one for them.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_little_does_not_wait_for_who_asks_for_much() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    const EACH: usize = 8;
    let app = TestApp::with_demo().await;
    let (served, mut tasks) = (std::sync::Arc::new(AtomicUsize::new(0)), Vec::new());
    let modest = app.be(Role::Viewer, "33@origin").await;
    let path = "/v1/figures?period=2025-H2&by=commune";
    modest.get(path).await.is(200);
    for _ in 0..8 {
        let greedy = app.be(Role::Viewer, "33@origin").await;
        for _ in 0..EACH {
            let (greedy, served) = (greedy.clone(), served.clone());
            tasks.push(tokio::spawn(async move {
                let answer = greedy.get(path).await;
                served.fetch_add(1, Ordering::SeqCst);
                answer.status
            }));
        }
    }
    while served.load(Ordering::SeqCst) < 4 {
        tokio::task::yield_now().await;
    }
    let before = served.load(Ordering::SeqCst);
    modest.get("/v1/figures?period=2025-H2&indicator=PM10").await.is(200);
    let meanwhile = served.load(Ordering::SeqCst) - before;
    // Each of the others may come before once, and what was begun ends; a queue without turns would let all 64 by.
    assert!(meanwhile <= 8 + 8, "{meanwhile} greedy ones were served meanwhile");
    for task in tasks {
        let status = task.await.unwrap();
        assert!(status == 200 || status == 503, "{status}");
    }
}

/// N19: a cursor held the fact's id, which a rebuild makes anew. The entries of a small scope are those of a large one.
#[tokio::test(flavor = "multi_thread")]
async fn the_entries_behind_a_figure_are_paged_through_a_rebuild() {
    let app = TestApp::with_demo().await;
    let inspector = app.be(Role::Inspector, "33@2025-07-01").await;
    let question = "/v1/figures/PM01/entries?period=2025-H2&area=33@2025-07-01";
    let position = inspector.get("/v1/figures?period=2025-H2&indicator=PM01&area=33@2025-07-01").await.is(200);
    let total = position["total"][0]["value"].as_i64().unwrap();
    let question = format!("{question}&as_of={}", position["position"].as_str().unwrap());
    let whole = pages(&inspector, &question, None).await;
    assert_eq!(whole.iter().map(|one| one["value"].as_i64().unwrap()).sum::<i64>(), total);
    let first = inspector.get(&format!("{question}&limit=7")).await.is(200);
    let rebuilder = app.be(Role::Administrator, "33@2025-07-01").await;
    let started = rebuilder.post("/v1/projection-rebuilds", json!({})).await.is(202);
    let path = format!("/v1/operations/reporting/{}", started["id"].as_str().unwrap());
    for _ in 0..600 {
        if rebuilder.get(&path).await.is(200)["state"] != "running" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(rebuilder.get(&path).await.is(200)["state"], "done");
    let rest = pages(&inspector, &question, first["next"].as_str()).await;
    let again: Vec<&Value> = first["items"].as_array().unwrap().iter().chain(&rest).collect();
    assert_eq!(again, whole.iter().collect::<Vec<_>>());
    // Of one commune, whose index is taken, and of a body.
    let commune = whole[0]["area"].as_str().unwrap();
    let of_commune =
        pages(&inspector, &question.replace("area=33@2025-07-01", &format!("area={commune}&map=2022-06-30")), None)
            .await;
    let expected: Vec<&Value> = whole.iter().filter(|one| one["area"] == commune).collect();
    assert!(of_commune.iter().filter(|one| one["area"] == commune).eq(expected.iter().copied()), "{commune}");
    let body = whole.iter().find_map(|one| one["superior_body_id"].as_str()).unwrap();
    let of_body = pages(&inspector, &format!("{question}&superior_body={body}"), None).await;
    assert!(of_body.iter().eq(whole.iter().filter(|one| one["superior_body_id"] == body)));
}

async fn pages(somebody: &tests::Somebody, path: &str, first: Option<&str>) -> Vec<Value> {
    let (mut cursor, mut all) = (first.map(str::to_owned), Vec::new());
    loop {
        let next = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = somebody.get(&format!("{path}&limit=100{next}")).await.is(200);
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return all;
        }
    }
}

/// N20: a unit that ended a moment ago was still alive in membership's copy, and organisations were founded in it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_founded_in_a_unit_that_has_just_ended() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    for round in 0..10 {
        let unit = books.unit(&format!("Công ty Giả Định {round}")).await;
        app.settle().await;
        let end = json!({"status": "terminated", "occurred_on": "2022-04-01"});
        let path = format!("/v1/economic-units/{unit}");
        let etag = books.officer.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
        books.officer.post(&format!("{path}/status-changes"), end).if_match(&etag).await.is(200);
        let mut founding = books.founding("2022-05-01");
        founding["economic_unit_ids"] = json!([unit]);
        let told = books.officer.post("/v1/organisations", founding).await;
        told.faults(&[("/economic_unit_ids/0", "economic_unit_ended")]);
    }
}
