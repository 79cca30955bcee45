//! What a caller is told does not tell of what the caller may not see: neither by two grants together, nor by the
//! journal, its pages, its cursors and its waiting, nor by the figures.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::access::{Grant, Role};
use shared::territory::AreaId;
use strum::IntoEnumIterator;
use tests::{Books, Somebody, TestApp, decision, unit};

/// Everything in a journal that somebody is shown, by its entries' ids.
async fn entries_of(somebody: &Somebody, service: &str) -> BTreeSet<String> {
    let (mut seen, mut cursor) = (BTreeSet::new(), String::new());
    loop {
        let answer = somebody.get(&format!("/v1/journal/{service}?limit=500{cursor}")).await;
        if answer.status == 403 {
            return seen;
        }
        let page = answer.is(200);
        seen.extend(page["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        cursor = format!("&cursor={}", page["next"].as_str().unwrap());
        if page["has_more"] == false {
            return seen;
        }
    }
}

/// What somebody is shown by a list, by its items' ids; nothing where the list is closed.
async fn items_of(somebody: &Somebody, path: &str, field: &str) -> BTreeSet<String> {
    let answer = somebody.get(path).await;
    assert!([200, 403].contains(&answer.status), "{path}: {}", answer.text);
    let items = answer.body["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
}

/// All that somebody is shown of organisations, members, units and what was recorded of them.
async fn shown(somebody: &Somebody, singles: &[String]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for service in ["enterprise-registry", "membership", "reporting", "identity", "steering"] {
        let entries = entries_of(somebody, service).await;
        all.extend(entries.into_iter().map(|id| format!("{service} {id}")));
    }
    for (path, field) in [
        ("/v1/economic-units?limit=200", "id"),
        ("/v1/organisations?limit=200", "id"),
        ("/v1/people?limit=200", "id"),
        ("/v1/acts?limit=200", "id"),
        ("/v1/findings?limit=200", "id"),
        ("/v1/clients?limit=200", "id"),
        ("/v1/grants?limit=200", "id"),
        ("/v1/figures/PM10/entries?period=2022-H1&limit=200", "entry_id"),
        ("/v1/figures/PO01/entries?period=2022-H1&limit=200", "entry_id"),
        ("/v1/figures/UN01/entries?period=2022-H1&limit=200", "entry_id"),
    ] {
        let items = items_of(somebody, path, field).await;
        all.extend(items.into_iter().map(|id| format!("{path} {id}")));
    }
    for path in singles {
        if somebody.get(path).await.status == 200 {
            all.insert(path.clone());
        }
    }
    all
}

/// A1, ASVS 8.2.2: two grants show the union of what each shows alone, never the product.
#[tokio::test(flavor = "multi_thread")]
async fn two_grants_show_what_each_shows_alone_and_nothing_else() {
    let app = TestApp::start().await;
    let here = Books::of_van_lam(&app).await;
    let there = here.kept_far_by(&app.officer_of("326@origin").await, "12019@origin");
    let mut singles = Vec::new();
    for (number, books) in [(1, &here), (2, &there)] {
        let unit = books.unit("Công ty Giả Định").await;
        let cell = books.cell("2022-03-15").await;
        let admitted = books.admit(&cell, number, "2022-05-19").await;
        let text = |field: &str| admitted[field].as_str().unwrap().to_owned();
        singles.extend([
            format!("/v1/economic-units/{unit}"),
            format!("/v1/economic-units/{unit}/history"),
            format!("/v1/organisations/{cell}"),
            format!("/v1/organisations/{cell}/history"),
            format!("/v1/people/{}", text("person_id")),
            format!("/v1/memberships/{}", text("membership_id")),
            format!("/v1/acts/{}", text("act_id")),
            format!("/v1/journal/membership/{}", text("entry_id")),
        ]);
    }
    app.settle().await;
    let (one, other) = ("325@origin", "326@origin");
    let mut alone = std::collections::BTreeMap::new();
    for role in Role::iter() {
        for area in [one, other] {
            let shown = shown(&app.be(role, area).await, &singles).await;
            alone.insert((role, area), shown);
        }
    }
    let is_of_clients = |text: &&String| {
        !text.contains("identity") && !text.starts_with("/v1/clients") && !text.starts_with("/v1/grants")
    };
    let mut pairs = 0;
    for first in Role::iter() {
        for second in Role::iter() {
            let grants = [(first, one), (second, other)].map(|(role, area)| Grant { role, area: AreaId::stored(area) });
            let both = shown(&app.be_with(&grants).await, &singles).await;
            let union: BTreeSet<String> = alone[&(first, one)].union(&alone[&(second, other)]).cloned().collect();
            // Clients are made by this test as it goes: they are not held against the union.
            let more: Vec<&String> = both.difference(&union).filter(is_of_clients).collect();
            let less: Vec<&String> = union.difference(&both).filter(is_of_clients).collect();
            assert!(more.is_empty(), "{first:?} here and {second:?} there show more together: {more:?}");
            assert!(less.is_empty(), "{first:?} here and {second:?} there show less together: {less:?}");
            pairs += 1;
        }
    }
    assert_eq!(pairs, 36);
}

/// To who does not see everything an entry shows no place and no chain, and pages are full.
#[tokio::test(flavor = "multi_thread")]
async fn pages_are_full_of_what_is_seen_and_number_nothing() {
    let app = TestApp::start().await;
    let (one, other) = (app.officer_of("325@origin").await, app.officer_of("326@origin").await);
    let start = one.get("/v1/journal/enterprise-registry?limit=500").await.is(200);
    let start =
        one.get(&format!("/v1/journal/enterprise-registry?limit=500&cursor={}", start["next"].as_str().unwrap())).await;
    let start = one
        .get(&format!("/v1/journal/enterprise-registry?limit=500&cursor={}", start.is(200)["next"].as_str().unwrap()))
        .await
        .is(200);
    for number in 0..10 {
        for _ in 0..3 {
            other.post("/v1/economic-units", unit(&format!("Công ty kia {number}"), "12019@origin")).await.is(201);
        }
        one.post("/v1/economic-units", unit(&format!("Công ty này {number}"), "11986@origin")).await.is(201);
    }
    let path = format!("/v1/journal/enterprise-registry?limit=5&cursor={}", start["next"].as_str().unwrap());
    let first = one.get(&path).await.is(200);
    assert_eq!((first["items"].as_array().unwrap().len(), &first["has_more"]), (5, &json!(true)));
    let next = format!("/v1/journal/enterprise-registry?limit=5&cursor={}", first["next"].as_str().unwrap());
    let second = one.get(&next).await.is(200);
    assert_eq!((second["items"].as_array().unwrap().len(), &second["has_more"]), (5, &json!(false)));
    let history = first["items"][0]["subject"].as_str().unwrap().to_owned() + "/history";
    let histories = one.get(&history).await.is(200);
    for item in [&first["items"][0], &second["items"][4], &histories["items"][0]] {
        for field in ["seq", "prev_hash", "hash"] {
            assert!(item[field].is_null(), "{field} is shown: {item}");
        }
        assert!(item["data_hash"].is_string());
    }
    for field in ["head", "next_after"] {
        assert!(first[field].is_null(), "{field} is shown: {first}");
    }
    // A cursor of the same place looks different each time.
    assert_ne!(one.get(&next).await.is(200)["next"], second["next"]);
}

/// A wait ends for what the caller may see, and for nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn waiting_ends_for_what_is_seen() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let others = books.kept_far_by(&app.officer_of("326@origin").await, "12019@origin");
    let page = books.officer.get("/v1/journal/membership?limit=500").await.is(200);
    let path = format!("/v1/journal/membership?wait=3&cursor={}", page["next"].as_str().unwrap());
    let begun = Instant::now();
    let waiting = tokio::spawn(books.officer.get(&path).into_future());
    others.cell("2021-03-15").await;
    let waited = waiting.await.unwrap().is(200);
    assert_eq!(waited["items"], json!([]));
    assert!(begun.elapsed() >= Duration::from_millis(2900), "it was woken after {:?}", begun.elapsed());
    let path = format!("/v1/journal/membership?wait=20&cursor={}", waited["next"].as_str().unwrap());
    let waiting = tokio::spawn(books.officer.get(&path).into_future());
    let body = json!({"kind": "grassroots_union", "name": "Công đoàn", "superior_id": books.federation,
        "area": "11986@origin", "established_on": "2021-01-05", "decision": decision("2021-01-05"),
        "founding_members": {"members": 30}});
    books.officer.post("/v1/organisations", body).await.is(201);
    assert_eq!(waiting.await.unwrap().is(200)["items"][0]["kind"], "organisation.established");

    // Each entry wakes all who wait: one caller is not many of them.
    let page = books.officer.get("/v1/journal/membership?limit=500").await.is(200);
    let path = format!("/v1/journal/membership?wait=4&cursor={}", page["next"].as_str().unwrap());
    let waits: Vec<_> = (0..8).map(|_| tokio::spawn(books.officer.get(&path).into_future())).collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    books.officer.get(&path).await.problem(503, "too_busy");
    for wait in waits {
        wait.await.unwrap().is(200);
    }
    books.officer.get(&path.replace("wait=4", "wait=1")).await.is(200);
}

/// What a caller may learn of the journals beside the entries shown: all of it, cursors aside, which are random.
async fn told(somebody: &Somebody) -> Value {
    let mut all = Vec::new();
    for path in [
        "/v1/journal/membership?limit=0",
        "/v1/journal/membership?limit=500",
        "/v1/journal/enterprise-registry?limit=0",
        "/v1/findings",
        "/v1/people",
        "/v1/acts",
        "/v1/figures?period=2022-H1",
        "/v1/figures/PM10/entries?period=2022-H1",
    ] {
        let mut body = somebody.get(path).await.is(200);
        if let Some(page) = body.as_object_mut().filter(|page| page.contains_key("has_more")) {
            page.remove("next");
        }
        // Every answer names the instant that it counts at, whether or not anything moved.
        if let Some(figures) = body.as_object_mut().filter(|figures| figures.contains_key("position")) {
            figures.remove("position");
        }
        all.push(json!({"path": path, "body": body}));
    }
    Value::Array(all)
}

/// A6, N16: a record beside a hidden membership looks like one of somebody unknown, then and later.
#[tokio::test(flavor = "multi_thread")]
async fn a_membership_elsewhere_is_told_by_nothing() {
    let mut worlds = Vec::new();
    for is_known_elsewhere in [true, false] {
        let app = TestApp::start().await;
        let books = Books::of_van_lam(&app).await;
        let others = books.kept_far_by(&app.officer_of("326@origin").await, "12019@origin");
        let (cell, other_cell) = (books.cell("2021-03-15").await, others.cell("2021-03-15").await);
        books.admit(&cell, if is_known_elsewhere { 1 } else { 2 }, "2022-05-19").await;
        others.admit(&other_cell, 1, "2022-05-20").await;
        app.settle().await;
        let before = told(&others.officer).await;
        app.look_for_findings().await;
        app.settle().await;
        let after = told(&others.officer).await;
        worlds.push((before, after));
    }
    let shape = |told: &Value| {
        // Ids and instants differ from one world to the other; what is there and how much of it does not.
        let text = told.to_string();
        let lengths: Vec<usize> = text.split(['"', ',', ':']).map(str::len).collect();
        lengths
    };
    let [(known_before, known_after), (unknown_before, unknown_after)] = &worlds[..] else { panic!("two worlds") };
    assert_eq!(shape(known_before), shape(unknown_before), "{known_before} {unknown_before}");
    assert_eq!(shape(known_after), shape(unknown_after));
    assert_eq!(known_before, known_after, "the finding that was raised for the level above is told by nothing here");
}
