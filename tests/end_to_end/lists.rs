//! Lists: each filter, order and page, under each kind of scope, shows what a plain look through everything shows.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use shared::access::{Grant, Role};
use shared::territory::AreaId;
use tests::{Books, Somebody, TestApp, decision};

/// Two communes of one district, and one of another.
const COMMUNES: [&str; 3] = ["11986@origin", "11992@origin", "12019@origin"];
const NAMES: [&str; 6] = ["An Phát", "Ánh Dương", "Hoà Bình", "Hòa An", "Đại Việt", "Đức An"];

/// What a list shows, page after page.
async fn pages(reader: &Somebody, path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = reader.get(&format!("{path}&limit={limit}{cursor}")).await.is(200);
        let shown = page["items"].as_array().unwrap();
        items.extend(shown.iter().cloned());
        let Some(next) = page["next"].as_str() else { break };
        assert_eq!(shown.len(), limit, "a page before the last is full: {path}");
        cursor = format!("&cursor={next}");
    }
    items
}

fn text<'a>(item: &'a Value, field: &str) -> &'a str {
    item[field].as_str().unwrap_or_default()
}

/// What a list shows of everything, in its order.
fn expected(all: &[Value], order: &str, is_wanted: impl Fn(&Value) -> bool) -> Vec<String> {
    let mut wanted: Vec<&Value> = all.iter().filter(|item| is_wanted(item)).collect();
    match order {
        "name" => {
            wanted.sort_by_key(|item| (shared::text::search_key(text(item, "name")), text(item, "id").to_owned()))
        }
        _ => {
            wanted.sort_by_key(|item| (text(item, "updated_at").to_owned(), text(item, "id").to_owned()));
            wanted.reverse();
        }
    }
    wanted.into_iter().map(|item| text(item, "id").to_owned()).collect()
}

fn has_words(item: &Value, query: &str) -> bool {
    let searched = ["name", "tax_code", "address"].map(|field| text(item, field)).join(" ");
    let words = |text: &str| -> Vec<String> {
        let key = shared::text::search_key(text);
        key.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let has = words(&searched);
    words(query).iter().all(|sought| has.iter().any(|word| word.starts_with(sought.as_str())))
}

/// One commune, a district, scattered communes, and everything.
async fn readers(app: &TestApp) -> Vec<(Somebody, BTreeSet<&'static str>)> {
    let grant = |area: &str| Grant { role: Role::Officer, area: AreaId::stored(area) };
    vec![
        (app.officer_of(COMMUNES[0]).await, BTreeSet::from([COMMUNES[0]])),
        (app.officer_of("325@origin").await, BTreeSet::from([COMMUNES[0], COMMUNES[1]])),
        (app.be_with(&[grant(COMMUNES[0]), grant(COMMUNES[2])]).await, BTreeSet::from([COMMUNES[0], COMMUNES[2]])),
        (app.officer_of("33@origin").await, BTreeSet::from(COMMUNES)),
    ]
}

async fn compare(reader: &Somebody, path: &str, wanted: &[String]) {
    for limit in [3, 50] {
        let shown: Vec<String> =
            pages(reader, path, limit).await.iter().map(|item| text(item, "id").to_owned()).collect();
        assert_eq!(shown, wanted, "{path} by {limit}");
    }
    let counted = reader.get(&format!("{path}&limit=1&count=true")).await.is(200);
    assert_eq!(counted["total"], json!(wanted.len()), "{path}");
    assert_eq!(counted["total_is_exact"], json!(true));
}

/// A portal that asks again is sent nothing that it has: a page's tag is made of what the page shows.
#[tokio::test(flavor = "multi_thread")]
async fn pages_figures_and_catalogues_have_a_tag_of_what_they_show() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let inspector = app.be(Role::Inspector, "33@origin").await;
    let paths = [
        "/v1/economic-units?limit=5",
        "/v1/organisations?limit=5",
        "/v1/people",
        "/v1/indicators",
        "/v1/organisation-kinds",
        "/v1/areas?limit=200",
        "/v1/areas/33@origin/tree",
        "/v1/areas/11986@origin/successions",
        "/v1/reference-data/identity",
        "/v1/reference-data/enterprise-registry",
        "/v1/reference-data/membership",
        "/v1/reference-data/reporting",
        "/v1/figures?period=2022-H1&by=district",
    ];
    let tag_of = async |path: &str| {
        app.settle().await;
        let answer = inspector.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        (answer.header("etag").to_owned(), answer.text)
    };
    let mut before = Vec::new();
    for path in paths {
        let (tag, text) = tag_of(path).await;
        assert!(tag.starts_with('"'), "{path}: {tag}");
        assert_eq!(tag_of(path).await, (tag.clone(), text.clone()), "{path}: the same twice");
        let again = inspector.get(path).header("if-none-match", &format!("\"other\", W/{tag}")).await;
        assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", tag.as_str()), "{path}");
        before.push((tag, text));
    }
    books.unit("Công ty Giả Định").await;
    let cell = books.cell("2022-03-15").await;
    books.admit(&cell, 1, "2022-05-19").await;
    for (path, (tag, text)) in paths.into_iter().zip(before) {
        let after = tag_of(path).await;
        assert_eq!(after.0 != tag, after.1 != text, "{path}: another tag exactly where something else is shown");
    }
    assert_ne!(tag_of(paths[0]).await.1, "", "there is a page");
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_listed_as_a_look_through_all_of_them_shows() {
    let app = TestApp::start().await;
    let province = app.officer_of("33@origin").await;
    let mut random = StdRng::seed_from_u64(7);
    let mut pick = |some: &[&'static str]| some[random.random_range(0..some.len())];
    for number in 0..60 {
        let name = format!("Công ty {} {}", pick(&NAMES), pick(&["", "Một", "Hai"]));
        let form = pick(&["other", "cooperative", "llc_single_member"]);
        let mut body =
            json!({"name": name, "legal_form": form, "area": pick(&COMMUNES), "registered_on": "2019-05-06"});
        if number % 5 == 0 {
            body["address"] = json!("Thôn Đông");
        }
        let unit = province.post("/v1/economic-units", body).await.is(201);
        let status = pick(&["active", "active", "suspended", "terminated"]);
        if status != "active" {
            let path = format!("/v1/economic-units/{}/status-changes", text(&unit, "id"));
            let change = json!({"status": status, "occurred_on": "2022-01-01"});
            province.post(&path, change).if_match(text(&unit, "etag")).await.is(200);
        }
    }
    let all = pages(&province, "/v1/economic-units?sort=name", 200).await;
    assert_eq!(all.len(), 60);
    for (reader, areas) in readers(&app).await {
        let visible = |item: &Value| areas.contains(text(item, "area"));
        for order in ["name", "-updated_at"] {
            let path = |filter: &str| format!("/v1/economic-units?sort={order}{filter}");
            compare(&reader, &path(""), &expected(&all, order, visible)).await;
            for statuses in ["active", "suspended,terminated", "in_bankruptcy", "active,active"] {
                let wanted = expected(&all, order, |item| visible(item) && statuses.contains(text(item, "status")));
                compare(&reader, &path(&format!("&status={statuses}")), &wanted).await;
            }
            let both = |item: &Value| item["status"] == "active" && item["legal_form"] == "cooperative";
            let wanted = expected(&all, order, |item| visible(item) && both(item));
            compare(&reader, &path("&status=active&legal_form=cooperative"), &wanted).await;
            let wanted = expected(&all, order, |item| visible(item) && item["legal_form"] == "other");
            compare(&reader, &path("&legal_form=other"), &wanted).await;
            let wanted = expected(&all, order, |item| visible(item) && text(item, "area") == COMMUNES[0]);
            compare(&reader, &path(&format!("&area={}", COMMUNES[0])), &wanted).await;
            for words in ["hoa", "AN", "dong an", "việt công", "mot", "khong co", "&", "đ"] {
                // Signs alone are no word, and find nothing.
                let is_found = |item: &Value| words != "&" && has_words(item, words);
                let wanted = expected(&all, order, |item| visible(item) && is_found(item));
                let query: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
                compare(&reader, &path(&format!("&q={query}")), &wanted).await;
            }
        }
    }
}

/// What is renamed, moved or taken back is found by what it is now.
#[tokio::test(flavor = "multi_thread")]
async fn words_follow_a_unit_and_what_is_frequent_is_found_too() {
    let app = TestApp::start().await;
    let province = app.officer_of("33@origin").await;
    let body = json!({"name": "Công ty Ánh Dương", "tax_code": "0900123452", "legal_form": "other", "area": COMMUNES[0],
        "registered_on": "2019-05-06", "address": "Thôn Đông"});
    let unit = province.post("/v1/economic-units", body).await.is(201);
    let path = format!("/v1/economic-units/{}", text(&unit, "id"));
    let (here, there) = (app.officer_of(COMMUNES[0]).await, app.officer_of(COMMUNES[1]).await);
    let found = |reader: &Somebody, words: &str| {
        let (reader, words) = (reader.clone(), words.to_owned());
        async move {
            let page = reader.get(&format!("/v1/economic-units?q={words}&count=true")).await.is(200);
            page["total"].as_i64().unwrap()
        }
    };
    for (words, count) in [("duong+anh", 1), ("09001234", 1), ("dong", 1), ("uong", 0)] {
        assert_eq!((found(&here, words).await, found(&there, words).await), (count, 0), "{words}");
    }
    let renamed =
        province.patch(&path, json!({"name": "Công ty Bình Minh"})).if_match(text(&unit, "etag")).await.is(200);
    assert_eq!((found(&here, "duong").await, found(&here, "minh").await, found(&here, "cong").await), (0, 1, 1));
    let versions = province.get(&format!("{path}/versions")).await.is(200);
    let told =
        versions["items"].as_array().unwrap().iter().find(|one| one["kind"] == "economic_unit.registered").unwrap();
    let moved = json!({"entry_id": told["entry_id"], "area": COMMUNES[1]});
    province.post("/v1/economic-unit-corrections", moved).await.is(201);
    assert_eq!((found(&here, "minh").await, found(&there, "minh").await), (0, 1));
    assert_ne!(renamed["etag"], unit["etag"]);

    // More units than lists are read from the word for.
    let rows = (0..1100).map(|number| {
        format!(
            "INSERT INTO economic_units (id, name, name_key, search_text, legal_form, is_foreign_invested, area_id, status, \
             status_on, registered_on, version, created_at, updated_at) SELECT {}, 'Hàng {number}', 'hang {number:04}', \
             ' hang {number:04}', legal_form, is_foreign_invested, area_id, status, status_on, registered_on, version, \
             created_at, updated_at FROM economic_units WHERE name_key = 'cong ty binh minh'",
            if app.database.is_on_server() { "gen_random_uuid()" } else { "randomblob(16)" }
        )
    });
    let mut statements: Vec<String> = rows.collect();
    for word in ["'hang'", "substr(name_key, 6)"] {
        statements.push(format!(
            "INSERT INTO search_words (area_id, word, record_id) SELECT area_id, {word}, id FROM economic_units \
             WHERE name_key LIKE 'hang%'"
        ));
    }
    tests::run_sql(&app.system.registry.db, statements).await;
    for reader in [&there, &province] {
        assert_eq!(found(reader, "hang").await, 1100);
        let shown = pages(reader, "/v1/economic-units?q=hang", 200).await;
        let keys: Vec<String> = shown.iter().map(|item| text(item, "name").to_owned()).collect();
        assert_eq!(keys, (0..1100).map(|number| format!("Hàng {number}")).collect::<Vec<_>>());
        assert_eq!(found(reader, "hang+0007").await, 1);
    }
}

/// Beyond ten thousand a list is not counted on.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_counted_to_ten_thousand() {
    let app = TestApp::start().await;
    let province = app.officer_of("33@origin").await;
    let body = json!({"name": "Công ty", "legal_form": "other", "area": COMMUNES[0], "registered_on": "2019-05-06"});
    province.post("/v1/economic-units", body).await.is(201);
    let (ids, numbers) = match app.database.is_on_server() {
        true => ("gen_random_uuid()", "generate_series(1, 10000)"),
        false => (
            "randomblob(16)",
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT i FROM n)",
        ),
    };
    let statement = format!(
        "INSERT INTO economic_units (id, name, name_key, search_text, legal_form, is_foreign_invested, area_id, status, \
         status_on, registered_on, version, created_at, updated_at) SELECT {ids}, name, name_key, search_text, legal_form, \
         is_foreign_invested, area_id, status, status_on, registered_on, version, created_at, updated_at \
         FROM economic_units, {numbers} AS numbers"
    );
    let counted = || async {
        let page = province.get("/v1/economic-units?count=true&limit=1").await.is(200);
        (page["total"].clone(), page["total_is_exact"].clone())
    };
    assert_eq!(counted().await, (json!(1), json!(true)));
    tests::run_sql(&app.system.registry.db, vec![statement]).await;
    assert_eq!(counted().await, (json!(10_000), json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn organisations_are_listed_as_a_look_through_all_of_them_shows() {
    let app = TestApp::start().await;
    let province = app.officer_of("33@origin").await;
    let books = Books::open(&province, &province, "325@origin", COMMUNES[0]).await;
    let mut random = StdRng::seed_from_u64(7);
    let mut pick = |some: &[&'static str]| some[random.random_range(0..some.len())];
    for number in 0..40 {
        let kind = pick(&["grassroots_cell", "grassroots_union"]);
        let (committee, federation) = &books.province;
        let superior = if kind == "grassroots_cell" { committee } else { federation };
        let body = json!({"kind": kind, "name": format!("Tổ chức {} {number}", pick(&NAMES)), "area": pick(&COMMUNES),
            "superior_id": superior, "established_on": "2019-05-06", "decision": decision("2019-05-06"),
            "founding_members": {"official": 3, "members": 12}});
        let made = province.post("/v1/organisations", body).await.is(201);
        if pick(&["active", "active", "dissolved"]) == "dissolved" {
            let path = format!("/v1/organisations/{}/dissolutions", text(&made, "id"));
            let end = json!({"occurred_on": "2022-01-01", "decision": decision("2022-01-01")});
            province.post(&path, end).if_match(text(&made, "etag")).await.is(200);
        }
    }
    let all = pages(&province, "/v1/organisations?sort=name", 200).await;
    assert_eq!(all.len(), 44);
    for (reader, areas) in readers(&app).await {
        let visible = |item: &Value| areas.contains(text(item, "area")) || item["is_superior_body"] == true;
        for order in ["name", "-updated_at"] {
            let path = |filter: &str| format!("/v1/organisations?sort={order}{filter}");
            let compared = |filter: String, is_wanted: Box<dyn Fn(&Value) -> bool>| {
                let wanted = expected(&all, order, |item| visible(item) && is_wanted(item));
                let (reader, path) = (reader.clone(), path(&filter));
                async move { compare(&reader, &path, &wanted).await }
            };
            compared(String::new(), Box::new(|_| true)).await;
            compared("&branch=union".to_owned(), Box::new(|item| item["branch"] == "union")).await;
            compared("&kind=grassroots_cell".to_owned(), Box::new(|item| item["kind"] == "grassroots_cell")).await;
            compared("&kind=grassroots_cell&branch=union".to_owned(), Box::new(|_| false)).await;
            compared("&status=dissolved".to_owned(), Box::new(|item| item["status"] == "dissolved")).await;
            let both = |item: &Value| item["status"] == "active" && item["branch"] == "party";
            compared("&status=active&branch=party".to_owned(), Box::new(both)).await;
            let top = books.province.0.clone();
            compared(format!("&superior={top}"), Box::new(move |item| item["superior_id"] == json!(top))).await;
            let in_district =
                |item: &Value| [COMMUNES[0], COMMUNES[1], "325@origin"].contains(&item["area"].as_str().unwrap());
            compared("&area=325@origin".to_owned(), Box::new(in_district)).await;
            for words in ["hoa", "cap uy", "to chuc an"] {
                let filter = format!("&q={}", words.replace(' ', "+"));
                compared(filter, Box::new(move |item| has_words(item, words))).await;
            }
        }
    }
}

/// People, acts and findings are listed by id, also where one person has several memberships within reach.
#[tokio::test(flavor = "multi_thread")]
async fn people_and_acts_are_listed_once_each_and_page_by_page() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (cell, union) = (books.cell("2015-03-15").await, books.union("2015-03-15").await);
    for number in 1..=12 {
        books.admit(&cell, number, "2016-05-19").await;
        if number % 2 == 0 {
            books.admit(&union, number, "2016-05-20").await;
        }
    }
    for (path, count) in [
        ("/v1/people?count=false", 12),
        ("/v1/people?branch=union", 6),
        ("/v1/people?status=active", 12),
        ("/v1/people?status=active&branch=party", 12),
        ("/v1/people?area=11986@origin", 12),
        ("/v1/acts?count=false", 22),
        ("/v1/acts?kind=party_member.admitted,union_member.admitted", 18),
    ] {
        for limit in [1, 3, 50] {
            let shown = pages(&books.officer, path, limit).await;
            let ids: Vec<String> = shown.iter().map(|item| text(item, "id").to_owned()).collect();
            let mut sorted = ids.clone();
            sorted.sort();
            sorted.dedup();
            assert_eq!((ids.len(), &sorted), (count, &ids), "{path} by {limit}");
        }
        let counted = path.replace("count=false", "").to_owned() + "&count=true";
        let total = books.officer.get(&counted.replace("?&", "?")).await.is(200)["total"].clone();
        assert_eq!(total, json!(count), "{path}");
    }
    let one = format!("/v1/people?organisation={union}");
    assert_eq!(pages(&books.officer, &one, 2).await.len(), 6);
    let acts = format!("/v1/acts?organisation={cell}&kind=party_member.admitted");
    assert_eq!(pages(&books.officer, &acts, 5).await.len(), 12);
}
