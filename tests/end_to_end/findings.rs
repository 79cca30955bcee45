use std::collections::BTreeSet;

use enterprise_registry::economic_units::{HouseholdPlace, list_households_after, list_pairs_of};
use serde_json::{Value, json};
use shared::Id;
use shared::access::Role;
use shared::scans::Scan as _;
use tests::{Books, Somebody, TestApp, decision};

fn keys(body: &Value) -> Vec<String> {
    body.as_object().unwrap().keys().cloned().collect()
}

/// Two districts that do not see each other, and the province above both.
async fn two_districts(app: &TestApp) -> (Books, Books) {
    let province = app.officer_of("33@origin").await;
    let (one, other) = (app.officer_of("325@origin").await, app.officer_of("326@origin").await);
    let books = Books::open(&province, &one, "325@origin", "11986@origin").await;
    let others = books.kept_far_by(&other, "12019@origin");
    (books, others)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_elsewhere_is_not_betrayed_and_a_finding_tells_the_level_above() {
    let app = TestApp::start().await;
    let (books, others) = two_districts(&app).await;
    let (cell, other_cell) = (books.cell("2021-03-15").await, others.cell("2021-03-15").await);
    books.admit(&cell, 1, "2022-05-19").await;
    let known = others.admit(&other_cell, 1, "2022-05-20").await;
    let unknown = others.admit(&other_cell, 2, "2022-05-20").await;
    assert_eq!(keys(&known), keys(&unknown), "the answer has the shape of one about somebody unknown");

    app.look_for_findings().await;
    for officer in [&books.officer, &others.officer] {
        assert_eq!(officer.get("/v1/findings").await.is(200)["items"], json!([]), "one district does not see both");
    }
    let leader = app.be(Role::Leader, "33@origin").await;
    app.look_for_findings().await;
    let findings = leader.get("/v1/findings?status=open").await.is(200);
    let finding = &findings["items"][0];
    assert_eq!((&finding["kind"], &finding["area"]), (&json!("possible_duplicate"), &json!("33@origin")));
    assert_eq!(findings["items"].as_array().unwrap().len(), 1);
    app.settle().await;
    let open = || async {
        let figures = leader.get("/v1/figures?period=2022-H1&area=33@origin").await.is(200);
        figures["open_findings"].clone()
    };
    assert_eq!(open().await, json!(1), "the figures say how many findings are open");

    let path = format!("/v1/findings/{}/settlements", finding["id"].as_str().unwrap());
    let settle = |outcome: &str| leader.post(&path, json!({"outcome": outcome}));
    settle("same_person").await.problem(428, "missing_if_match");
    let etag = finding["etag"].as_str().unwrap();
    settle("perhaps").if_match(etag).await.faults(&[("/outcome", "unknown_value")]);
    let officer = app.officer_of("33@origin").await;
    officer.post(&path, json!({"outcome": "same_person"})).if_match(etag).await.problem(403, "insufficient_scope");
    let settled = settle("different_persons").if_match(etag).await.is(200);
    assert_eq!(settled["status"], "settled");
    settle("same_person").if_match(settled["etag"].as_str().unwrap()).await.problem(409, "finding_settled");
    app.settle().await;
    assert_eq!(open().await, json!(0));
    app.look_for_findings().await;
    assert_eq!(
        leader.get("/v1/findings").await.is(200)["items"].as_array().unwrap().len(),
        1,
        "it is not raised again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_active_organisation_on_a_unit_that_ended_is_a_finding_and_nothing_is_cascaded() {
    let app = TestApp::start().await;
    let (books, others) = two_districts(&app).await;
    let unit = books.unit("Công ty Giả Định").await;
    let mut founding = books.founding("2022-03-15");
    founding["economic_unit_ids"] = json!([unit]);
    let cell = books.officer.post("/v1/organisations", founding).await.is(201);
    let leader = app.be(Role::Leader, "325@origin").await;
    app.look_for_findings().await;
    assert_eq!(leader.get("/v1/findings").await.is(200)["items"], json!([]));
    let path = format!("/v1/economic-units/{unit}");
    let etag = books.officer.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    let end = json!({"status": "terminated", "occurred_on": "2022-06-10"});
    books.officer.post(&format!("{path}/status-changes"), end).if_match(&etag).await.is(200);
    app.settle().await;
    app.look_for_findings().await;
    let finding = leader.get("/v1/findings?status=open").await.is(200)["items"][0].clone();
    assert_eq!(finding["kind"], "organisation_on_terminated_unit");
    assert_eq!((&finding["organisation_id"], &finding["economic_unit_id"]), (&cell["id"], &json!(unit)));
    assert_eq!(finding["area"], "11986@origin");
    app.look_for_findings().await;
    assert_eq!(others.officer.get("/v1/findings").await.is(200)["items"], json!([]));
    let organisation = format!("/v1/organisations/{}", cell["id"].as_str().unwrap());
    assert_eq!(books.officer.get(&organisation).await.is(200)["status"], "active");
    let path = format!("/v1/findings/{}/settlements", finding["id"].as_str().unwrap());
    let etag = finding["etag"].as_str().unwrap();
    let wrong = leader.post(&path, json!({"outcome": "same_person"})).if_match(etag).await;
    wrong.faults(&[("/outcome", "unknown_value")]);
    let settled = leader.post(&path, json!({"outcome": "organisation_ends"})).if_match(etag).await.is(200);
    assert_eq!((&settled["status"], &settled["outcome"]), (&json!("settled"), &json!("organisation_ends")));
    app.look_for_findings().await;
    let again = leader.get("/v1/findings?status=open").await.is(200);
    assert_eq!(again["items"], json!([]), "it is not raised again");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_looks_for_findings_and_one_whose_cause_is_gone_is_closed_until_it_comes_back() {
    let app = TestApp::start().await;
    let (books, others) = two_districts(&app).await;
    let (cell, other_cell) = (books.cell("2021-03-15").await, others.cell("2021-03-15").await);
    books.admit(&cell, 1, "2022-05-19").await;
    let second = others.admit(&other_cell, 1, "2022-05-20").await;
    let leader = app.be(Role::Leader, "33@origin").await;
    let heads = app.heads().await;
    for _ in 0..3 {
        assert_eq!(leader.get("/v1/findings").await.is(200)["items"], json!([]), "a list shows what was found before");
    }
    assert_eq!(app.heads().await, heads, "reading writes nothing");

    app.look_for_findings().await;
    let raised = leader.get("/v1/findings?status=open").await.is(200)["items"][0].clone();
    assert_eq!(raised["kind"], "possible_duplicate");
    let withdraw = json!({"entry_id": second["entry_id"], "withdraw": true});
    others.officer.post("/v1/corrections", withdraw).await.is(201);
    app.look_for_findings().await;
    let closed = leader.get("/v1/findings?status=settled").await.is(200)["items"][0].clone();
    assert_eq!((&closed["id"], &closed["outcome"]), (&raised["id"], &json!("cause_gone")));
    assert_eq!(closed["settled_by"], "service:membership");
    let figures = || async {
        app.settle().await;
        leader.get("/v1/figures?period=2022-H1&area=33@origin").await.is(200)["open_findings"].clone()
    };
    assert_eq!(figures().await, json!(0));

    // What a person settled stays settled; what the system closed is opened again with its cause.
    let unit = books.unit("Công ty Giả Định").await;
    let mut founding = books.founding("2022-03-15");
    founding["economic_unit_ids"] = json!([unit]);
    books.officer.post("/v1/organisations", founding).await.is(201);
    let path = format!("/v1/economic-units/{unit}");
    let end = async || {
        let etag = books.officer.get(&path).await.header("etag").to_owned();
        let body = json!({"status": "terminated", "occurred_on": "2022-06-01"});
        let ended = books.officer.post(&format!("{path}/status-changes"), body).if_match(&etag).await;
        ended.is(200);
    };
    let take_back = async || {
        let page = books.officer.get(&format!("{path}/history")).await.is(200);
        let entry = page["items"].as_array().unwrap().last().unwrap()["id"].clone();
        let body = json!({"entry_id": entry, "withdraw": true});
        books.officer.post("/v1/economic-unit-corrections", body).await.is(201);
    };
    for (is_ended, open) in [(true, 1), (false, 0), (true, 1)] {
        if is_ended {
            end().await;
        } else {
            take_back().await;
        }
        app.settle().await;
        app.look_for_findings().await;
        let found = leader.get("/v1/findings?status=open").await.is(200);
        assert_eq!(found["items"].as_array().unwrap().len(), open, "{is_ended}: {found}");
        assert_eq!(figures().await, json!(open));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_union_member_whose_party_membership_lies_elsewhere_is_not_betrayed_either() {
    let app = TestApp::start().await;
    let (books, others) = two_districts(&app).await;
    let (cell, other_cell) = (books.cell("2021-03-15").await, others.cell("2021-03-15").await);
    let (union, province) = (others.union("2021-03-15").await, app.officer_of("33@origin").await);
    // The province records one person in both districts: in the Party of one, in the union of the other.
    let party = books.admit(&cell, 1, "2022-05-19").await;
    let mut body = others.admission(&union, 1, "2022-05-20");
    body["person"] = json!(null);
    body["person_id"] = party["person_id"].clone();
    province.post("/v1/admissions", body.clone()).await.is(201);
    // The other district sees the person through the union, and nothing of the Party.
    let person = others.officer.get(&format!("/v1/people/{}", party["person_id"].as_str().unwrap())).await.is(200);
    let branches: Vec<_> = person["memberships"].as_array().unwrap().iter().map(|one| one["branch"].clone()).collect();
    assert_eq!(json!(branches), json!(["union"]));
    body["organisation_id"] = json!(other_cell);
    let admitted = others.officer.post("/v1/admissions", body.clone()).await.is(201);
    assert_eq!(admitted["person_id"], party["person_id"]);
    others.officer.post("/v1/admissions", body).await.problem(409, "already_member");
    let leader = app.be(Role::Leader, "33@origin").await;
    app.look_for_findings().await;
    let findings = leader.get("/v1/findings").await.is(200);
    assert_eq!(findings["items"].as_array().unwrap().len(), 1, "{findings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn households_with_one_tax_code_are_a_finding_of_the_level_above_and_nobody_else_is_told() {
    let app = TestApp::start().await;
    let (one, other) = (app.officer_of("325@origin").await, app.officer_of("326@origin").await);
    let household = |area: &str| {
        json!({"name": "Hộ kinh doanh Giả Định", "legal_form": "household_business", "area": area,
            "registered_on": "2022-01-10", "tax_code": "000000000124"})
    };
    let leader = app.be(Role::Leader, "33@origin").await;
    let head = async || app.heads().await[1];
    let before = head().await;
    let first = one.post("/v1/economic-units", household("11986@origin")).await.is(201);
    let second = other.post("/v1/economic-units", household("12019@origin")).await.is(201);
    assert_eq!(keys(&first), keys(&second), "the answer has the shape of one about a code unknown until then");
    let look = async || {
        enterprise_registry::duplicates::Scanner::new(app.system.registry.clone()).look().await.unwrap();
        app.settle().await;
        app.look_for_findings().await;
        leader.get("/v1/findings?kind=possible_duplicate_unit&status=open").await.is(200)["items"].clone()
    };
    let found = look().await;
    let finding = &found[0];
    assert_eq!(finding["area"], "33@origin", "the smallest unit that holds both communes");
    let pair = [&finding["economic_unit_id"], &finding["other_economic_unit_id"]];
    assert_eq!(pair, [&first["id"], &second["id"]]);
    assert_eq!(look().await.as_array().unwrap().len(), 1, "a pair is told once");
    assert_eq!(head().await, before + 3, "two registrations and what is told of them");

    // Neither district sees it, in whatever way it asks.
    for (officer, unit) in [(&one, &first), (&other, &second)] {
        app.look_for_findings().await;
        assert_eq!(officer.get("/v1/findings").await.is(200)["items"], json!([]));
        let (mut kinds, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = officer.get(&format!("/v1/journal/enterprise-registry?limit=500{cursor}")).await.is(200);
            kinds.extend(page["items"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()));
            cursor = format!("&cursor={}", page["next"].as_str().unwrap());
            if page["has_more"] == false {
                break;
            }
        }
        let of_units: Vec<&Value> = kinds.iter().filter(|kind| !kind.as_str().unwrap().starts_with("area.")).collect();
        assert_eq!(of_units, ["economic_unit.registered"], "the own one");
        let history = format!("/v1/economic-units/{}/history", unit["id"].as_str().unwrap());
        assert_eq!(officer.get(&history).await.is(200)["items"].as_array().unwrap().len(), 1);
    }
    let figures = leader.get("/v1/figures?period=2022-H1&area=33@origin").await.is(200);
    assert_eq!(figures["open_findings"], 1);

    let path = format!("/v1/findings/{}/settlements", finding["id"].as_str().unwrap());
    let settle =
        |outcome: &str| leader.post(&path, json!({"outcome": outcome})).if_match(finding["etag"].as_str().unwrap());
    settle("same_person").await.faults(&[("/outcome", "unknown_value")]);
    settle("different_units").await.is(200);
    assert_eq!(look().await, json!([]), "it is not raised again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_household_that_ended_and_one_that_began_elsewhere_are_no_finding() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let household = |area: &str, code: &str| {
        json!({"name": "Hộ kinh doanh Giả Định", "legal_form": "household_business", "area": area,
            "registered_on": "2022-01-10", "tax_code": code})
    };
    let (one, other) = (app.officer_of("325@origin").await, app.officer_of("326@origin").await);
    let gone = one.post("/v1/economic-units", household("11986@origin", "000000000124")).await.is(201);
    let path = format!("/v1/economic-units/{}/status-changes", gone["id"].as_str().unwrap());
    let end = json!({"status": "terminated", "occurred_on": "2022-02-10"});
    one.post(&path, end).if_match(gone["etag"].as_str().unwrap()).await.is(200);
    other.post("/v1/economic-units", household("12019@origin", "000000000124")).await.is(201);
    officer.post("/v1/economic-units", household("12019@origin", "000000000125")).await.is(201);
    enterprise_registry::duplicates::Scanner::new(app.system.registry.clone()).look().await.unwrap();
    app.settle().await;
    let leader = app.be(Role::Leader, "33@origin").await;
    app.look_for_findings().await;
    assert_eq!(leader.get("/v1/findings").await.is(200)["items"], json!([]));
}

/// After its first look, a scan looks at changed households only. It finds what each kind of change makes.
#[tokio::test(flavor = "multi_thread")]
async fn a_scan_goes_on_with_the_households_that_changed() {
    let app = TestApp::start().await;
    // Whoever may see both households is refused the same number: two districts are not.
    let (one, other) = (app.officer_of("325@origin").await, app.officer_of("326@origin").await);
    let register = async |officer: &Somebody, area: &str, code: &str| {
        let household = json!({"name": "Hộ kinh doanh Giả Định", "legal_form": "household_business", "area": area,
            "registered_on": "2022-01-10", "tax_code": code});
        officer.post("/v1/economic-units", household).await.is(201)
    };
    register(&one, "11986@origin", "000000000121").await;
    let mut scanner = enterprise_registry::duplicates::Scanner::new(app.system.registry.clone());
    let reported = async || {
        let leader = app.be(Role::Leader, "33@origin").await;
        app.settle().await;
        app.look_for_findings().await;
        let page = leader.get("/v1/findings?kind=possible_duplicate_unit&status=open").await.is(200);
        page["items"].as_array().unwrap().len()
    };
    scanner.look().await.unwrap();
    assert_eq!(reported().await, 0);

    register(&one, "11986@origin", "000000000124").await;
    register(&other, "12019@origin", "000000000124").await;
    scanner.look().await.unwrap();
    assert_eq!(reported().await, 1, "two were registered with one number");

    let third = register(&other, "12019@origin", "000000000125").await;
    scanner.look().await.unwrap();
    assert_eq!(reported().await, 1, "this number was given once");
    let path = format!("/v1/economic-units/{}/history", third["id"].as_str().unwrap());
    let entry = other.get(&path).await.is(200)["items"][0]["id"].clone();
    let correction = json!({"entry_id": entry, "tax_code": "000000000121"});
    other.post("/v1/economic-unit-corrections", correction).await.is(201);
    scanner.look().await.unwrap();
    assert_eq!(reported().await, 2, "a corrected number is the one of the first household");
}

/// A scan of all households reads them a page at a time: each stands on one page, whatever its tax code.
#[tokio::test(flavor = "multi_thread")]
async fn pages_of_households_name_each_once_and_their_pairs() {
    let app = TestApp::start().await;
    let household = |area: &str, code: Option<&str>| {
        json!({"name": "Hộ kinh doanh Giả Định", "legal_form": "household_business", "area": area,
            "registered_on": "2022-01-10", "tax_code": code})
    };
    let (one, other) = (app.officer_of("325@origin").await, app.officer_of("326@origin").await);
    let mut ids = Vec::new();
    for code in ["000000000121", "000000000122", "000000000123"] {
        for (officer, area) in [(&one, "11986@origin"), (&other, "12019@origin")] {
            let made = officer.post("/v1/economic-units", household(area, Some(code))).await.is(201);
            ids.push(made["id"].as_str().unwrap().parse::<Id>().unwrap());
        }
    }
    one.post("/v1/economic-units", household("11986@origin", None)).await.is(201);
    let db = app.system.registry.db.clone();
    for limit in [1, 2, 4, 6, 10] {
        let (mut listed, mut pairs, mut place) = (Vec::new(), BTreeSet::new(), Some(HouseholdPlace::default()));
        while let Some(after) = place {
            let (page, last) = db.read(move |conn| list_households_after(conn, &after, limit)).await.unwrap();
            let units = page.clone();
            let found = db.read(move |conn| list_pairs_of(conn, &units)).await.unwrap();
            pairs.extend(found.into_iter().map(|((one, _), (other, _))| (one, other)));
            listed.extend(page);
            place = last;
        }
        let expected: BTreeSet<(Id, Id)> =
            ids.chunks(2).map(|pair| (pair[0].min(pair[1]), pair[0].max(pair[1]))).collect();
        assert_eq!(pairs, expected);
        assert_eq!(listed.len(), ids.len());
        assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), ids.iter().copied().collect());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_listed_by_area_and_kind() {
    let app = TestApp::start().await;
    let (books, others) = two_districts(&app).await;
    let (cell, other_cell) = (books.cell("2021-03-15").await, others.cell("2021-03-15").await);
    books.admit(&cell, 1, "2022-05-19").await;
    others.admit(&other_cell, 1, "2022-05-20").await;
    let leader = app.be(Role::Leader, "33@origin").await;
    let count = async |query: &str| {
        app.look_for_findings().await;
        let page = leader.get(&format!("/v1/findings?count=true&{query}")).await.is(200);
        assert_eq!(page["items"].as_array().unwrap().len() as u64, page["total"].as_u64().unwrap());
        page["total"].as_u64().unwrap()
    };
    assert_eq!(count("area=33@origin").await, 1);
    assert_eq!(count("area=325@origin").await, 0, "it belongs to the province, which holds both");
    assert_eq!(count("kind=possible_duplicate,possible_duplicate_unit").await, 1);
    assert_eq!(count("kind=organisation_on_terminated_unit").await, 0);
    app.look_for_findings().await;
    leader.get("/v1/findings?area=99@origin").await.faults(&[("area", "unknown_area")]);
}

/// A correction is never refused for what it does to the conditions of another act: a finding says so, until all is right.
#[tokio::test(flavor = "multi_thread")]
async fn an_act_whose_condition_a_correction_took_away_is_a_finding_until_it_is_met_again() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (officer, cell) = (&books.officer, books.cell("2015-03-15").await);
    let admitted = books.admit(&cell, 1, "2020-05-19").await;
    let body = json!({"membership_id": admitted["membership_id"], "occurred_on": "2021-05-19",
        "decision": decision("2021-05-19")});
    let recognised = officer.post("/v1/recognitions", body).await.is(201);
    let act = format!("/v1/acts/{}", recognised["act_id"].as_str().unwrap());
    assert_eq!(officer.get(&act).await.is(200)["unmet_conditions"], json!([]));

    // The probation began a month later than was recorded.
    let late =
        json!({"entry_id": admitted["entry_id"], "occurred_on": "2020-06-19", "decision": decision("2020-06-19")});
    officer.post("/v1/corrections", late).await.is(201);
    let shown = officer.get(&act).await.is(200);
    assert_eq!(shown["unmet_conditions"], json!(["probation_not_over"]));
    let leader = app.be(Role::Leader, "325@origin").await;
    let open = || async {
        app.look_for_findings().await;
        leader.get("/v1/findings?status=open&kind=condition_no_longer_met").await.is(200)["items"].clone()
    };
    let finding = open().await[0].clone();
    assert_eq!((&finding["act_id"], &finding["condition"]), (&recognised["act_id"], &json!("probation_not_over")));
    assert_eq!(finding["area"], "11986@origin");

    let right = json!({"entry_id": shown["entry_id"], "occurred_on": "2021-06-19", "decision": decision("2021-06-19")});
    officer.post("/v1/corrections", right).await.is(201);
    assert_eq!(officer.get(&act).await.is(200)["unmet_conditions"], json!([]));
    assert_eq!(open().await, json!([]));
    let closed = leader.get(&format!("/v1/findings/{}", finding["id"].as_str().unwrap())).await.is(200);
    assert_eq!(closed["outcome"], "cause_gone");

    // A day of birth that was put right is judged too.
    let person = format!("/v1/people/{}", admitted["person_id"].as_str().unwrap());
    let (officer, person) = (officer, person.as_str());
    let correct = |birth_date: &'static str| async move {
        let etag = officer.get(person).await.is(200)["etag"].as_str().unwrap().to_owned();
        officer.post(&format!("{person}/corrections"), json!({"birth_date": birth_date})).if_match(&etag).await.is(201);
    };
    correct("2003-02-01").await;
    let finding = open().await[0].clone();
    assert_eq!((&finding["act_id"], &finding["condition"]), (&admitted["act_id"], &json!("age_too_low")));
    let path = format!("/v1/findings/{}/settlements", finding["id"].as_str().unwrap());
    let settle = |outcome: &'static str| {
        leader.post(&path, json!({"outcome": outcome})).if_match(finding["etag"].as_str().unwrap())
    };
    settle("same_person").await.faults(&[("/outcome", "unknown_value")]);
    settle("act_stands").await.is(200);
    assert_eq!(open().await, json!([]), "what a person settled is not raised again");
    // The rest of the act is put right all the same, and what was settled stays so.
    let act = format!("/v1/acts/{}", admitted["act_id"].as_str().unwrap());
    let entry = officer.get(&act).await.is(200)["entry_id"].clone();
    officer.post("/v1/corrections", json!({"entry_id": entry, "is_owner": true})).await.is(201);
    assert_eq!(officer.get(&act).await.is(200)["unmet_conditions"], json!(["age_too_low"]));
    assert_eq!(open().await, json!([]));
    // A day at which it is not met either is not taken for it.
    let entry = officer.get(&act).await.is(200)["entry_id"].clone();
    let earlier = json!({"entry_id": entry, "considered_on": "2020-03-01"});
    officer.post("/v1/corrections", earlier).await.problem(422, "age_too_low");
    correct("1995-02-01").await;
    assert_eq!(officer.get(&act).await.is(200)["unmet_conditions"], json!([]));
    // The same condition lost again is another loss.
    correct("2003-02-02").await;
    let again = open().await[0].clone();
    assert_eq!((&again["act_id"], &again["condition"]), (&admitted["act_id"], &json!("age_too_low")));
    assert_ne!(again["id"], finding["id"]);
    let entry = officer.get(&act).await.is(200)["entry_id"].clone();
    // What is taken out has no conditions.
    for act in [&recognised["act_id"], &admitted["act_id"]] {
        let shown = officer.get(&format!("/v1/acts/{}", act.as_str().unwrap())).await.is(200);
        officer.post("/v1/corrections", json!({"entry_id": shown["entry_id"], "withdraw": true})).await.is(201);
    }
    assert_eq!(officer.get(&act).await.is(200)["unmet_conditions"], json!([]), "{entry}");
    assert_eq!(open().await, json!([]));
}
