//! A copy of a list that is kept up to date by marks is what a walk through the list shows, whatever others do; and it tells its
//! keeper of no record that the keeper could not read.

mod others;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use shared::access::{Grant, Role};
use shared::follow::load_territory;
use shared::territory::{Area, AreaId, AreaLevel, Territory};
use tests::{Books, Somebody, TestApp, decision, person, run_sql, unit};

use others::Others;

use crate::running::{PROGRAM, command_on};

/// Two communes of one district, and two of another.
const COMMUNES: [&str; 4] = ["11986@origin", "11992@origin", "12019@origin", "12022@origin"];
const LISTS: [&str; 5] = ["economic-units", "organisations", "people", "acts", "findings"];

fn id_of(item: &Value) -> String {
    item["id"].as_str().unwrap().to_owned()
}

/// A copy of one list.
struct Copy {
    list: &'static str,
    keeper: Somebody,
    items: BTreeMap<String, Value>,
    /// What the list showed at any time.
    shown: BTreeSet<String>,
    /// What was said to be gone.
    gone: BTreeSet<String>,
    mark: String,
}

impl Copy {
    /// Walks through the whole list; something may happen after each page.
    async fn begin(list: &'static str, keeper: &Somebody, limit: usize, mut between: impl AsyncFnMut()) -> Self {
        let (items, shown, gone) = Default::default();
        let mut copy = Self { list, keeper: keeper.clone(), items, shown, gone, mark: String::new() };
        copy.walk(format!("/v1/{list}?limit={limit}"), &mut between).await;
        copy
    }

    /// Takes what changed.
    async fn renew(&mut self, limit: usize, mut between: impl AsyncFnMut()) {
        self.walk(format!("/v1/{}?limit={limit}&updated_after={}", self.list, self.mark), &mut between).await;
    }

    async fn walk(&mut self, path: String, between: &mut impl AsyncFnMut()) {
        let mut cursor = String::new();
        loop {
            let page = self.keeper.get(&format!("{path}{cursor}")).await.is(200);
            for item in page["items"].as_array().unwrap() {
                self.shown.insert(id_of(item));
                self.items.insert(id_of(item), item.clone());
            }
            for gone in page["gone"].as_array().into_iter().flatten() {
                let gone = gone.as_str().unwrap().to_owned();
                self.items.remove(&gone);
                self.gone.insert(gone);
            }
            between().await;
            let Some(next) = page["next"].as_str() else {
                self.mark = page["mark"].as_str().unwrap().to_owned();
                return;
            };
            assert!(page["mark"].is_null(), "a mark before the end: {page}");
            cursor = format!("&cursor={next}");
        }
    }

    /// It is what the list shows.
    async fn check(&self, place: &str) {
        let fresh = Self::begin(self.list, &self.keeper, 200, async || {}).await;
        let differing: Vec<_> = self.items.iter().filter(|(id, item)| fresh.items.get(*id) != Some(item)).collect();
        let missing: Vec<_> = fresh.items.keys().filter(|id| !self.items.contains_key(*id)).collect();
        let shown: Vec<_> = differing.iter().map(|(id, item)| (item, fresh.items.get(*id))).collect();
        assert!(shown.is_empty() && missing.is_empty(), "{place}, {}: {shown:#?} {missing:?}", self.list);
    }
}

/// Everything, one commune, and three communes.
async fn keepers(app: &TestApp) -> [Somebody; 3] {
    let grant = |area: &str| Grant { role: Role::Inspector, area: AreaId::stored(area) };
    let scattered = [grant(COMMUNES[0]), grant(COMMUNES[2]), grant(COMMUNES[3])];
    [
        app.be(Role::Inspector, "33@origin").await,
        app.be(Role::Inspector, COMMUNES[0]).await,
        app.be_with(&scattered).await,
    ]
}

async fn copies(app: &TestApp) -> Vec<Copy> {
    let mut copies = Vec::new();
    for keeper in keepers(app).await {
        for list in LISTS {
            copies.push(Copy::begin(list, &keeper, 7, async || {}).await);
        }
    }
    copies
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_what_a_walk_through_the_list_shows_and_names_nothing_that_it_never_showed() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let books = Books::open(&officer, &officer, "325@origin", COMMUNES[0]).await;
    let others = Others::new(&app, &officer, &books, 7);
    let mut copies = copies(&app).await;
    let mut step = 0;
    others
        .change_everything(130, async || {
            step += 1;
            for (at, copy) in copies.iter_mut().enumerate() {
                // Each copy is renewed now and then, some often and some after much has happened.
                if step % (at + 2) == 0 {
                    copy.renew(3, async || {}).await;
                    assert!(copy.gone.is_subset(&copy.shown), "{}: {:?}", copy.list, copy.gone);
                }
            }
        })
        .await;
    for copy in &mut copies {
        copy.renew(50, async || {}).await;
        assert!(copy.gone.is_subset(&copy.shown), "{}: {:?}", copy.list, copy.gone);
        copy.check("at the end").await;
        let mark = copy.mark.clone();
        copy.renew(50, async || {}).await;
        assert_eq!(copy.mark, mark, "nothing has happened");
    }
    // Findings leave an area only where their records do while they are closed.
    for list in LISTS.iter().filter(|list| **list != "findings") {
        let is_left = copies.iter().any(|copy| copy.list == *list && !copy.gone.is_empty());
        assert!(is_left, "no record leaves {list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_holds_whatever_changes_while_it_is_made_and_renewed() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let books = Books::open(&officer, &officer, "325@origin", COMMUNES[0]).await;
    let others = Others::new(&app, &officer, &books, 8);
    others.change_everything(40, async || {}).await;
    for keeper in keepers(&app).await {
        for list in LISTS {
            let change = async || others.change_something().await;
            let mut copy = Copy::begin(list, &keeper, 2, change).await;
            for _ in 0..3 {
                copy.renew(2, change).await;
            }
            copy.renew(50, async || {}).await;
            copy.check("after changes between pages").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_holds_whatever_two_writers_do_at_once() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let books = Books::open(&officer, &officer, "325@origin", COMMUNES[0]).await;
    let (one, other) = (Others::new(&app, &officer, &books, 9), Others::new(&app, &officer, &books, 10));
    let mut copies = copies(&app).await;
    let is_over = std::sync::atomic::AtomicU8::new(0);
    let write = async |others: &Others<'_>| {
        others.change_everything(70, async || {}).await;
        is_over.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    };
    let copy = async {
        while is_over.load(std::sync::atomic::Ordering::SeqCst) < 2 {
            for copy in &mut copies {
                copy.renew(3, async || {}).await;
            }
        }
    };
    tokio::join!(write(&one), write(&other), copy);
    for copy in &mut copies {
        copy.renew(50, async || {}).await;
        copy.check("after two writers").await;
    }
}

async fn mark_of(keeper: &Somebody, list: &str) -> String {
    let page = keeper.get(&format!("/v1/{list}?limit=200")).await.is(200);
    page["mark"].as_str().unwrap_or_else(|| panic!("no mark: {page}")).to_owned()
}

async fn move_unit(officer: &Somebody, unit: &str, area: &str) {
    let versions = officer.get(&format!("/v1/economic-units/{unit}/versions")).await.is(200);
    let entry = versions["items"].as_array().unwrap().last().unwrap()["entry_id"].clone();
    let body = json!({"entry_id": entry, "area": area});
    officer.post("/v1/economic-unit-corrections", body).await.is(201);
}

/// Neither the mark nor what is gone tells of records that the keeper could not read.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_told_nothing_of_what_its_keeper_may_not_see() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let books = Books::open(&officer, &officer, "325@origin", COMMUNES[0]).await;
    let keeper = app.be(Role::Inspector, COMMUNES[0]).await;
    let mut marks = Vec::new();
    for list in LISTS {
        marks.push(mark_of(&keeper, list).await);
    }
    let neighbours = books.kept_by(&officer, COMMUNES[1]);
    let hidden = neighbours.unit("Công ty Khuất").await;
    let cell = neighbours.cell("2021-03-15").await;
    neighbours.admit(&cell, 1, "2022-01-20").await;
    move_unit(&officer, &hidden, COMMUNES[2]).await;
    for (list, mark) in LISTS.iter().zip(&marks) {
        assert_eq!(mark_of(&keeper, list).await, *mark, "{list}: hidden changes make no other mark");
        let changed = keeper.get(&format!("/v1/{list}?updated_after={mark}")).await.is(200);
        assert_eq!(changed, json!({"items": [], "next": null, "mark": mark, "gone": []}), "{list}");
    }
    // What came and left between two marks was never in the copy.
    move_unit(&officer, &hidden, COMMUNES[0]).await;
    move_unit(&officer, &hidden, COMMUNES[1]).await;
    let changed = keeper.get(&format!("/v1/economic-units?updated_after={}", marks[0])).await.is(200);
    assert_eq!((&changed["items"], &changed["gone"]), (&json!([]), &json!([])));
    // Who sees both places is told of a change, and nobody else's mark is taken.
    let both = app.be(Role::Inspector, "325@origin").await;
    let mark = mark_of(&both, "economic-units").await;
    move_unit(&officer, &hidden, COMMUNES[0]).await;
    let changed = both.get(&format!("/v1/economic-units?updated_after={mark}")).await.is(200);
    assert_eq!((changed["items"][0]["id"].as_str(), &changed["gone"]), (Some(hidden.as_str()), &json!([])));
    let here = mark_of(&keeper, "economic-units").await;
    move_unit(&officer, &hidden, COMMUNES[1]).await;
    let changed = keeper.get(&format!("/v1/economic-units?updated_after={here}")).await.is(200);
    assert_eq!((&changed["items"], &changed["gone"]), (&json!([]), &json!([hidden])));
    for wrong in [mark.as_str(), &marks[1], "nonsense"] {
        let refused = keeper.get(&format!("/v1/economic-units?updated_after={wrong}")).await;
        refused.problem(400, "bad_mark");
    }
    let cursor = format!("/v1/economic-units?updated_after={}&cursor=nonsense", marks[0]);
    keeper.get(&cursor).await.problem(400, "bad_cursor");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_gone_where_no_membership_is_left() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let books = Books::open(&officer, &officer, "325@origin", COMMUNES[0]).await;
    let (cell, union) = (books.cell("2021-03-15").await, books.union("2021-03-15").await);
    let far = books.kept_far_by(&officer, COMMUNES[2]);
    let far_cell = far.cell("2021-03-15").await;
    let (one, two) = (books.admit(&cell, 1, "2022-01-20").await, books.admit(&cell, 2, "2022-01-20").await);
    books.admit(&union, 2, "2022-01-20").await;
    let keeper = app.be(Role::Inspector, COMMUNES[0]).await;
    let mut copy = Copy::begin("people", &keeper, 50, async || {}).await;
    for member in [&one, &two] {
        let start = json!({"membership_id": member["membership_id"], "occurred_on": "2022-03-01",
            "decision": decision("2022-02-25")});
        officer.post("/v1/transfers", start).await.is(201);
        let arrive = json!({"membership_id": member["membership_id"], "organisation_id": far_cell,
            "occurred_on": "2022-03-20"});
        officer.post("/v1/transfer-receipts", arrive).await.is(201);
    }
    copy.renew(1, async || {}).await;
    assert_eq!(copy.gone, BTreeSet::from([one["person_id"].as_str().unwrap().to_owned()]), "the other is in the union");
    copy.check("after the transfers").await;
    // The details of the person who is elsewhere by now are told to nobody here.
    let renamed = json!({"full_name": "Trần Giả Định"});
    let path = format!("/v1/people/{}", one["person_id"].as_str().unwrap());
    let etag = officer.get(&path).await.header("etag").to_owned();
    let before = copy.mark.clone();
    officer.post(&format!("{path}/corrections"), renamed).if_match(&etag).await.is(201);
    copy.renew(50, async || {}).await;
    assert_eq!(copy.mark, before);
}

/// Another reach, another map and another database make another copy.
#[tokio::test(flavor = "multi_thread")]
async fn a_mark_ends_with_the_areas_for_which_it_was_given() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    officer.post("/v1/economic-units", unit("Công ty Giả Định", COMMUNES[0])).await.is(201);
    let client = app.create_client(Role::Inspector, COMMUNES[0]).await;
    let path = |mark: &str| format!("/v1/economic-units?updated_after={mark}");
    let keeper = app.signed_in(&client).await;
    let mark = mark_of(&keeper, "economic-units").await;
    keeper.get(&path(&mark)).await.is(200);

    let administrator = app.be(Role::Administrator, "33@origin").await;
    let grant = |role: &str, area: &str| json!({"client_id": client.0, "role": role, "area": area});
    administrator.post("/v1/grants", grant("viewer", COMMUNES[0])).await.is(201);
    let keeper = app.signed_in(&client).await;
    keeper.get(&path(&mark)).await.is(200);
    administrator.post("/v1/grants", grant("viewer", COMMUNES[1])).await.is(201);
    let keeper = app.signed_in(&client).await;
    let said = keeper.get(&path(&mark)).english().await.problem(410, "mark_expired");
    assert!(said["detail"].as_str().unwrap().contains("Start a new copy"), "{said}");

    // A commune that is new, and a day on which known changes come into force.
    let mark = mark_of(&keeper, "economic-units").await;
    let areas = app.system.registry.db.read(load_territory).await.unwrap();
    let parent_id = Some(AreaId::stored("325@origin"));
    let more = Area {
        id: AreaId::stored("99998@origin"),
        code: "99998".to_owned(),
        level: AreaLevel::Commune,
        unit_type: "commune".to_owned(),
        name: "Xã Giả Định".to_owned(),
        name_en: "Gia Dinh Commune".to_owned(),
        parent_id,
        valid_from: None,
        valid_to: None,
    };
    let successions = areas.areas().flat_map(|area| areas.successions_of(&area.id).to_vec()).collect();
    let all = areas.areas().cloned().chain([more]).collect();
    app.system.registry.territory.set(Territory::new(all, successions));
    keeper.get(&path(&mark)).await.problem(410, "mark_expired");
    app.system.registry.territory.set(areas);
    keeper.get(&path(&mark)).await.is(200);
    app.set_clock("2025-07-01T08:00:00Z");
    let keeper = app.signed_in(&client).await;
    keeper.get(&path(&mark)).await.problem(410, "mark_expired");

    let mark = mark_of(&keeper, "economic-units").await;
    keeper.get(&path(&mark)).await.is(200);
    let hash = if app.database.is_on_server() { "decode('00', 'hex')" } else { "x'00'" };
    let other = format!("UPDATE journal_entries SET hash = {hash}");
    run_sql(&app.system.registry.db, vec![other]).await;
    keeper.get(&path(&mark)).await.problem(410, "mark_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_found_by_their_ids_within_the_reach_and_with_other_filters() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let neighbours = books.kept_by(&books.officer, COMMUNES[1]);
    let (cell, hidden_cell) = (books.cell("2021-03-15").await, neighbours.cell("2021-03-15").await);
    let (member, hidden_member) =
        (books.admit(&cell, 1, "2022-01-20").await, neighbours.admit(&hidden_cell, 2, "2022-01-20").await);
    let (one, hidden) = (books.unit("Công ty Giả Định").await, neighbours.unit("Công ty Khuất").await);
    let reader = app.be(Role::Inspector, COMMUNES[0]).await;
    let nobody = "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f";
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for (list, here, there, filter) in [
        ("economic-units", &one, &hidden, "status=active"),
        ("organisations", &cell, &hidden_cell, "branch=party&sort=-updated_at"),
        ("people", &text(&member["person_id"]), &text(&hidden_member["person_id"]), "branch=party"),
        ("acts", &text(&member["act_id"]), &text(&hidden_member["act_id"]), "kind=party_member.admitted"),
    ] {
        let path = format!("/v1/{list}?ids={here},{there},{nobody}&count=true");
        let found = reader.get(&path).await.is(200);
        let ids: Vec<&Value> = found["items"].as_array().unwrap().iter().map(|item| &item["id"]).collect();
        assert_eq!((ids, &found["total"]), (vec![&json!(here)], &json!(1)), "{list}");
        assert!(found["mark"].is_null(), "a part of a list is no copy: {found}");
        assert_eq!(reader.get(&format!("{path}&{filter}")).await.is(200)["items"].as_array().unwrap().len(), 1);
        let none = reader.get(&format!("/v1/{list}?ids={there}")).await.is(200);
        assert_eq!(none["items"], json!([]), "{list}");
        let many = vec![here.as_str(); 200].join(",");
        reader.get(&format!("/v1/{list}?ids={many}")).await.is(200);
        let more = reader.get(&format!("/v1/{list}?ids={many},{here}")).await;
        more.faults(&[("ids", "too_many_ids")]);
        reader.get(&format!("/v1/{list}?ids={here},x")).await.faults(&[("ids", "wrong_type")]);
    }
    let other = reader.get(&format!("/v1/economic-units?ids={one}&status=terminated")).await.is(200);
    assert_eq!(other["items"], json!([]));
    for list in LISTS {
        let mark = mark_of(&reader, list).await;
        let others = reader.get(&format!("/v1/{list}?updated_after={mark}&ids={nobody}&count=true")).await;
        others.faults(&[("updated_after", "only_whole_list")]);
    }
    for list in &LISTS[..3] {
        let mark = mark_of(&reader, list).await;
        for beside in ["ids=0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "area=11986@origin", "status=active", "count=true"] {
            let refused = reader.get(&format!("/v1/{list}?updated_after={mark}&{beside}")).await;
            refused.faults(&[("updated_after", "only_whole_list")]);
        }
    }
    // The same person, asked for by another number of memberships, is one person.
    let union = books.union("2021-03-15").await;
    let both = json!({"organisation_id": union, "person": person(1), "occurred_on": "2022-01-20",
        "decision": decision("2022-01-20")});
    books.officer.post("/v1/admissions", both).await.is(201);
    let path = format!("/v1/people?ids={}&count=true", text(&member["person_id"]));
    let found = reader.get(&path).await.is(200);
    assert_eq!((found["items"].as_array().unwrap().len(), &found["total"]), (1, &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_names_a_record_that_is_in_a_wrong_list() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    let member = books.admit(&cell, 1, "2022-01-20").await;
    books.unit("Công ty Giả Định").await;
    let database = app.stop().await;
    let url = database.url_text();
    let verify = |program: &str| {
        let output = tests::Process::run(PROGRAM, &[program, "--database-url", &url, "verify"], &[]);
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (is_whole, said) = command_on(&database, &["verify"]);
    assert!(is_whole && said.contains("lists of people: 1 are in the lists that the records say"), "{said}");
    for program in ["membership", "enterprise-registry"] {
        let (is_whole, said) = verify(program);
        assert!(is_whole && said.contains("lists of "), "{said}");
    }
    let app = TestApp::over(database, tests::NOW).await;
    let left = "UPDATE listed_records SET is_listed = FALSE WHERE list = 'people'".to_owned();
    run_sql(&app.system.membership.db, vec![left]).await;
    let database = app.stop().await;
    let told = format!("{} is missing in the lists of 11986@origin", member["person_id"].as_str().unwrap());
    let ((all, of_all), (one, of_one)) = (command_on(&database, &["verify"]), verify("membership"));
    assert!(!all && of_all.contains(&told), "{of_all}");
    assert!(!one && of_one.contains(&told), "{of_one}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_findings_has_new_ones_and_settled_ones() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let near = books.kept_by(&app.officer_of(COMMUNES[1]).await, COMMUNES[1]);
    books.admit(&books.cell("2021-03-15").await, 1, "2022-01-20").await;
    let keeper = app.be(Role::Leader, "325@origin").await;
    let mut copy = Copy::begin("findings", &keeper, 50, async || {}).await;
    near.admit(&near.cell("2021-03-15").await, 1, "2022-01-21").await;
    app.look_for_findings().await;
    copy.renew(50, async || {}).await;
    copy.check("after a finding was raised").await;
    let (id, finding) = copy.items.iter().next().expect("a finding");
    let settled = keeper.post(&format!("/v1/findings/{id}/settlements"), json!({"outcome": "different_persons"}));
    settled.if_match(finding["etag"].as_str().unwrap()).await.is(200);
    copy.renew(50, async || {}).await;
    copy.check("after it was settled").await;
    assert_eq!(copy.items.values().map(|item| &item["status"]).collect::<Vec<_>>(), ["settled"]);
}
