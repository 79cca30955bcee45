//! A membership is what its acts make of it: acts that come late, are replaced and taken out.

use serde_json::{Value, json};
use tests::{Books, Somebody, TestApp, decision};

/// A row of the journal by its id.
async fn entry(somebody: &Somebody, id: &Value) -> Value {
    somebody.get(&format!("/v1/journal/membership/{}", id.as_str().unwrap())).await.is(200)
}

pub async fn acts_on(somebody: &Somebody, membership: &str) -> Vec<Value> {
    let page = somebody.get(&format!("/v1/acts?membership={membership}&limit=200")).await.is(200);
    page["items"].as_array().unwrap().iter().filter(|act| act["status"] == "recorded").cloned().collect()
}

pub struct Ground {
    pub app: TestApp,
    pub province: Somebody,
    pub books: Books,
    /// A cell in the district of the books, another one there, and one in another district.
    pub cells: [String; 3],
}

impl Ground {
    pub async fn new() -> Self {
        let app = TestApp::start().await;
        let province = app.officer_of("33@origin").await;
        let officer = app.officer_of("325@origin").await;
        let books = Books::open(&province, &officer, "325@origin", "11986@origin").await;
        let others = books.kept_far_by(&province, "12019@origin");
        let cells = [books.cell("2010-01-01").await, books.cell("2010-01-01").await, others.cell("2010-01-01").await];
        Self { app, province, books, cells }
    }

    async fn figures(&self) -> Value {
        self.app.settle().await;
        let path = "/v1/figures?period=2022-H1&area=33@origin&by=commune&indicator=PM02,PM03,PM10";
        self.province.get(path).await.is(200)
    }

    async fn of_commune(&self, commune: &str) -> Value {
        let figures = self.figures().await;
        let row = figures["rows"].as_array().unwrap().iter().find(|row| row["key"] == commune).cloned();
        let values = row.map(|row| row["values"].clone()).unwrap_or_default();
        json!(values.as_array().cloned().unwrap_or_default().iter().map(|one| one["value"].clone()).collect::<Vec<_>>())
    }

    async fn act(&self, path: &str, mut body: Value, on: &str) -> Value {
        body["occurred_on"] = json!(on);
        if path != "/v1/transfer-receipts" && path != "/v1/opening-registrations" {
            body["decision"] = decision(on);
        }
        self.province.post(path, body).await.is(201)
    }

    async fn correct(&self, entry: &Value, mut body: Value) -> tests::Answer {
        body["entry_id"] = entry.clone();
        self.province.post("/v1/corrections", body).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_that_comes_late_is_put_in_its_place_and_what_follows_is_told_anew() {
    let ground = Ground::new().await;
    let [cell, _, far] = &ground.cells;
    let made = ground.books.admit(cell, 1, "2021-01-10").await;
    let membership = &made["membership_id"];
    let start = ground.act("/v1/transfers", json!({"membership_id": membership}), "2022-03-01").await;
    let body = json!({"membership_id": membership, "organisation_id": far});
    let receipt = ground.act("/v1/transfer-receipts", body, "2022-03-20").await;
    assert_eq!(ground.of_commune("12019@origin").await, json!([0, 1, 0]), "probationary, since nobody said otherwise");
    // The paper of the recognition came a month late.
    let late = ground.act("/v1/recognitions", json!({"membership_id": membership}), "2022-01-10").await;
    assert_eq!(late["status"], "active");
    assert_eq!(ground.of_commune("12019@origin").await, json!([1, 0, 0]), "the receipt was one of an official member");
    assert_eq!(ground.of_commune("11986@origin").await, json!([0, 0, 0]));
    let acts = acts_on(&ground.province, membership.as_str().unwrap()).await;
    let told = entry(&ground.province, &late["entry_id"]).await;
    for first in [&start, &receipt] {
        let act = acts.iter().find(|act| act["id"] == first["act_id"]).unwrap();
        let anew = entry(&ground.province, &act["entry_id"]).await;
        assert_eq!(
            (&anew["corrects"], &anew["because"], &anew["batch"]),
            (&first["entry_id"], &late["entry_id"], &told["batch"]),
            "{anew}"
        );
        assert!(!anew["batch"].is_null(), "{anew}");
    }
    // Taken out again, it leaves what was there before.
    let taken = ground.correct(&late["entry_id"], json!({"withdraw": true})).await.is(201);
    assert_eq!(entry(&ground.province, &taken["entry_id"]).await["kind"], "party_member.withdrawn");
    assert_eq!(ground.of_commune("12019@origin").await, json!([0, 1, 0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_make_another_act_impossible_is_refused_with_the_act_in_the_way() {
    let ground = Ground::new().await;
    let [cell, other, far] = &ground.cells;
    let made = ground.books.admit(cell, 1, "2021-01-10").await;
    let membership = &made["membership_id"];
    let recognised = ground.act("/v1/recognitions", json!({"membership_id": membership}), "2022-01-10").await;
    let before = ground.app.rows().await;
    let refused = ground.correct(&made["entry_id"], json!({"withdraw": true})).await.problem(409, "acts_in_the_way");
    let said = refused["detail"].as_str().unwrap();
    assert!(said.contains(recognised["act_id"].as_str().unwrap()) && said.contains("2022-01-10"), "{said}");
    let later = json!({"occurred_on": "2022-01-11", "decision": decision("2022-01-11")});
    ground.correct(&made["entry_id"], later).await.problem(409, "acts_in_the_way");
    let soon = json!({"occurred_on": "2022-01-09", "decision": decision("2022-01-09")});
    ground.correct(&recognised["entry_id"], soon).await.problem(422, "probation_not_over");
    assert_eq!(ground.app.rows().await, before);
    ground.act("/v1/transfers", json!({"membership_id": membership}), "2022-03-01").await;
    let body = json!({"membership_id": membership, "organisation_id": far});
    ground.act("/v1/transfer-receipts", body, "2022-03-20").await;
    // The district's officer sees the acts until the receipt, and is told no more of what comes after.
    let acts = acts_on(&ground.books.officer, membership.as_str().unwrap()).await;
    let start = acts.iter().find(|act| act["kind"] == "party_member.transfer_started").unwrap();
    let withdraw = json!({"entry_id": start["entry_id"], "withdraw": true});
    let before = ground.app.rows().await;
    ground.books.officer.post("/v1/corrections", withdraw).await.problem(409, "act_out_of_reach");
    assert_eq!(ground.app.rows().await, before);
    // The member was admitted next door: the transfer began there too.
    let next_door = json!({"organisation_id": other});
    ground.correct(&made["entry_id"], next_door).await.is(201);
    let acts = acts_on(&ground.books.officer, membership.as_str().unwrap()).await;
    assert!(acts.len() == 3 && acts.iter().all(|act| act["organisation_id"] == json!(other)), "{acts:?}");
}

/// Every kind of act on a membership is replaced by another day or content, and taken out.
#[tokio::test(flavor = "multi_thread")]
async fn every_act_on_a_membership_is_corrected_and_taken_out() {
    let ground = Ground::new().await;
    let [cell, other, far] = &ground.cells;
    let union = ground.books.union("2010-01-01").await;
    let mut number = 0;
    let mut person = || {
        number += 1;
        tests::person(number)
    };
    let elsewhere = |on: &str| json!({"organisation_id": other, "occurred_on": on, "decision": decision(on)});
    let moved = |on: &str| json!({"occurred_on": on, "decision": decision(on)});
    let admission = |person: Value| json!({"organisation_id": cell, "person": person});
    let opening = |person: Value| {
        json!({"organisation_id": cell, "person": person, "joined_on": "2009-01-01",
        "official_on": "2010-01-01"})
    };
    let arrival = |person: Value| json!({"organisation_id": cell, "person": person, "joined_on": "2009-01-01"});
    let first = ground.act("/v1/admissions", admission(person()), "2018-01-10").await;
    let about = |membership: &Value| json!({"membership_id": membership});
    let departure = |membership: &Value| json!({"membership_id": membership, "reason": "removed"});
    // Each case: what stands before it, the act, its correction, and what is then shown of the membership.
    let mut cases = vec![
        ("admission", first.clone(), elsewhere("2018-02-10"), "joined_on", json!("2018-02-10")),
        (
            "union admission",
            ground.act("/v1/admissions", json!({"organisation_id": union, "person": person()}), "2018-01-10").await,
            json!({"is_worker": true}),
            "is_worker",
            json!(true),
        ),
        (
            "opening registration",
            ground.act("/v1/opening-registrations", opening(person()), "2018-01-10").await,
            json!({"organisation_id": other, "joined_on": "2008-05-05"}),
            "joined_on",
            json!("2008-05-05"),
        ),
        (
            "arrival",
            ground.act("/v1/transfers-in", arrival(person()), "2018-01-10").await,
            json!({"official_on": "2010-02-01"}),
            "standing",
            json!("official"),
        ),
    ];
    let member = ground.act("/v1/admissions", admission(person()), "2016-01-10").await;
    let recognised = ground.act("/v1/recognitions", about(&member["membership_id"]), "2017-01-10").await;
    cases.push(("recognition", recognised, moved("2017-03-01"), "official_on", json!("2017-03-01")));
    let member = ground.act("/v1/admissions", admission(person()), "2016-01-10").await;
    let started = ground.act("/v1/transfers", about(&member["membership_id"]), "2017-01-10").await;
    cases.push(("transfer", started, moved("2017-02-10"), "status", json!("in_flight")));
    let member = ground.act("/v1/admissions", admission(person()), "2016-01-10").await;
    let outward = json!({"membership_id": member["membership_id"], "is_outward": true});
    let out = ground.act("/v1/transfers", outward, "2017-01-10").await;
    cases.push(("transfer out", out, moved("2017-02-10"), "ended_on", json!("2017-02-10")));
    let member = ground.act("/v1/admissions", admission(person()), "2016-01-10").await;
    ground.act("/v1/transfers", about(&member["membership_id"]), "2017-01-10").await;
    let body = json!({"membership_id": member["membership_id"], "organisation_id": far});
    let received = ground.act("/v1/transfer-receipts", body, "2017-02-10").await;
    cases.push(("receipt", received, json!({"organisation_id": other}), "organisation_id", json!(other)));
    let member = ground.act("/v1/admissions", admission(person()), "2016-01-10").await;
    let departed = ground.act("/v1/departures", departure(&member["membership_id"]), "2017-01-10").await;
    cases.push(("departure", departed, json!({"reason": "deceased"}), "end_reason", json!("deceased")));
    let member = ground.act("/v1/admissions", admission(person()), "2012-01-10").await;
    ground.act("/v1/departures", departure(&member["membership_id"]), "2013-01-10").await;
    let back = json!({"membership_id": member["membership_id"], "organisation_id": cell,
        "authorising_paper": "Công văn 5-CV/TU"});
    let back = ground.act("/v1/readmissions", back, "2018-01-10").await;
    cases.push(("readmission", back, moved("2018-02-10"), "joined_on", json!("2018-02-10")));
    for (what, made, correction, field, expected) in cases {
        let path = format!("/v1/memberships/{}", made["membership_id"].as_str().unwrap());
        let before = ground.province.get(&path).await.is(200);
        let corrected = ground.correct(&made["entry_id"], correction).await.is(201);
        let shown = ground.province.get(&path).await.is(200);
        assert_eq!(shown[field], expected, "{what}: {shown}");
        let told = entry(&ground.province, &corrected["entry_id"]).await;
        assert_eq!(told["corrects"], made["entry_id"], "{what}");
        let taken = ground.correct(&corrected["entry_id"], json!({"withdraw": true})).await.is(201);
        assert_eq!(taken["outcome"], "withdrawn", "{what}");
        let shown = ground.province.get(&path).await.is(200);
        assert!(shown["status"] != before["status"] || shown["standing"] != before["standing"], "{what}: {shown}");
    }
    let last = ground.act("/v1/admissions", admission(person()), "2016-01-10").await;
    let left = ground
        .act("/v1/departures", json!({"membership_id": last["membership_id"], "reason": "withdrew"}), "2016-02-10")
        .await;
    let before = ground.app.rows().await;
    let wrong = json!({"organisation_id": cell, "joined_on": "2016-01-01", "reason": "removed"});
    let refused = ground.correct(&left["entry_id"], wrong).await;
    refused.faults(&[("/organisation_id", "not_correctable"), ("/joined_on", "not_correctable")]);
    ground.correct(&left["entry_id"], json!({"reason": "bored"})).await.faults(&[("/reason", "unknown_value")]);
    assert_eq!(ground.app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_belongs_twice_at_once_by_a_correction_and_a_worker_who_left_one_union_joins_the_next() {
    let ground = Ground::new().await;
    let (one, other) = (ground.books.union("2010-01-01").await, ground.books.union("2010-01-01").await);
    let made = ground.books.admit(&one, 1, "2019-01-10").await;
    let body = json!({"membership_id": made["membership_id"], "reason": "withdrew"});
    let left = ground.act("/v1/departures", body, "2020-01-10").await;
    let early = ground.books.admission(&other, 1, "2020-01-09");
    ground.province.post("/v1/admissions", early).await.problem(409, "already_member");
    let next = ground.books.admit(&other, 1, "2020-01-10").await;
    assert_eq!(next["person_id"], made["person_id"]);
    let before = ground.app.rows().await;
    ground.correct(&left["entry_id"], json!({"withdraw": true})).await.problem(409, "already_member");
    let later = json!({"occurred_on": "2020-01-11", "decision": decision("2020-01-11")});
    ground.correct(&left["entry_id"], later).await.problem(409, "already_member");
    assert_eq!(ground.app.rows().await, before);
    let earlier = json!({"occurred_on": "2019-12-01", "decision": decision("2019-12-01")});
    ground.correct(&left["entry_id"], earlier).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_ended_holds_nobody_by_a_correction() {
    let ground = Ground::new().await;
    let [cell, ..] = &ground.cells;
    let made = ground.books.admit(cell, 1, "2019-01-10").await;
    let body = json!({"membership_id": made["membership_id"], "reason": "removed"});
    let left = ground.act("/v1/departures", body, "2020-01-10").await;
    let path = format!("/v1/organisations/{cell}");
    let etag = ground.province.get(&path).await.header("etag").to_owned();
    let end = json!({"occurred_on": "2021-01-01", "decision": decision("2021-01-01")});
    ground.province.post(&format!("{path}/dissolutions"), end).if_match(&etag).await.is(200);
    let before = ground.app.rows().await;
    ground.correct(&left["entry_id"], json!({"withdraw": true})).await.problem(409, "organisation_not_active");
    let later = json!({"occurred_on": "2021-01-02", "decision": decision("2021-01-02")});
    ground.correct(&left["entry_id"], later).await.faults(&[("/occurred_on", "after_dissolution")]);
    assert_eq!(ground.app.rows().await, before);
    let other = json!({"occurred_on": "2020-06-01", "decision": decision("2020-06-01")});
    ground.correct(&left["entry_id"], other).await.is(201);
    // A member in flight belongs to the sender until the receipt.
    let [_, sender, receiver] = &ground.cells;
    let moved = ground.books.admit(sender, 2, "2019-01-10").await;
    let about = json!({"membership_id": moved["membership_id"]});
    ground.act("/v1/transfers", about, "2020-03-01").await;
    let receipt = json!({"membership_id": moved["membership_id"], "organisation_id": receiver});
    ground.act("/v1/transfer-receipts", receipt, "2020-03-20").await;
    let path = format!("/v1/organisations/{sender}");
    let etag = ground.province.get(&path).await.header("etag").to_owned();
    let end = |on: &str| json!({"occurred_on": on, "decision": decision("2020-03-01")});
    let dissolve = |on: &str| ground.province.post(&format!("{path}/dissolutions"), end(on)).if_match(&etag);
    dissolve("2020-03-19").await.problem(409, "acts_in_the_way");
    dissolve("2020-03-20").await.is(200);
}

/// What a reader of the code found.
#[tokio::test(flavor = "multi_thread")]
async fn a_correction_keeps_the_branch_the_papers_and_what_the_caller_may_know() {
    let ground = Ground::new().await;
    let [cell, other, far] = &ground.cells;
    let union = ground.books.union("2010-01-01").await;
    let worker = ground.books.admit(&union, 1, "2019-01-10").await;
    let before = ground.app.rows().await;
    let into_cell = ground.correct(&worker["entry_id"], json!({"organisation_id": cell})).await;
    into_cell.faults(&[("/organisation_id", "branch_mismatch")]);
    assert_eq!(ground.app.rows().await, before);
    // Of a stay that ended before the organisation, the admission can still be put right.
    let made = ground.books.admit(cell, 2, "2019-01-10").await;
    let body = json!({"membership_id": made["membership_id"], "reason": "removed"});
    let left = ground.act("/v1/departures", body, "2020-01-10").await;
    let path = format!("/v1/organisations/{cell}");
    let etag = ground.province.get(&path).await.header("etag").to_owned();
    let end = json!({"occurred_on": "2020-01-10", "decision": decision("2020-01-01")});
    ground.province.post(&format!("{path}/dissolutions"), end).if_match(&etag).await.is(200);
    ground.correct(&left["entry_id"], json!({"reason": "expelled"})).await.is(201);
    ground.correct(&made["entry_id"], json!({"is_worker": true})).await.is(201);
    // A day that was never so is taken out.
    let arrival = json!({"organisation_id": other, "person": tests::person(9), "joined_on": "2009-01-01",
        "official_on": "2010-01-01"});
    let arrived = ground.act("/v1/transfers-in", arrival, "2018-01-10").await;
    ground.correct(&arrived["entry_id"], json!({"official_on": null})).await.is(201);
    let shown = format!("/v1/memberships/{}", arrived["membership_id"].as_str().unwrap());
    assert_eq!(ground.province.get(&shown).await.is(200)["standing"], "probationary");
    ground
        .act("/v1/departures", json!({"membership_id": arrived["membership_id"], "reason": "removed"}), "2018-02-10")
        .await;
    // An act that rests on no paper takes none.
    let opening = json!({"organisation_id": other, "person": tests::person(3), "joined_on": "2009-01-01"});
    let opened = ground.act("/v1/opening-registrations", opening, "2018-01-10").await;
    let papers = json!({"decision": decision("2018-01-10"), "authorising_paper": "Công văn 5-CV/TU"});
    let refused = ground.correct(&opened["entry_id"], papers).await;
    refused.faults(&[("/decision", "not_correctable"), ("/authorising_paper", "not_correctable")]);
    // How many acts stand in the way is told of those within reach.
    let moved = ground.books.admit(other, 4, "2019-01-10").await;
    let about = || json!({"membership_id": moved["membership_id"]});
    ground.act("/v1/recognitions", about(), "2020-01-10").await;
    let started = ground.act("/v1/transfers", about(), "2020-03-01").await;
    let mut receipt = about();
    receipt["organisation_id"] = json!(far);
    let received = ground.act("/v1/transfer-receipts", receipt, "2020-03-20").await;
    let withdraw = |made: &Value| json!({"entry_id": made["entry_id"], "withdraw": true});
    let refused = ground.books.officer.post("/v1/corrections", withdraw(&moved)).english().await;
    let said = refused.problem(409, "acts_in_the_way")["detail"].as_str().unwrap().to_owned();
    assert!(said.ends_with("Acts from it on: 2."), "{said}");
    // The sender ended after the transfer: the receiver learns nothing of that.
    let path = format!("/v1/organisations/{other}");
    let body = json!({"membership_id": opened["membership_id"], "reason": "removed"});
    ground.act("/v1/departures", body, "2020-04-01").await;
    let etag = ground.province.get(&path).await.header("etag").to_owned();
    let end = json!({"occurred_on": "2021-01-01", "decision": decision("2021-01-01")});
    ground.province.post(&format!("{path}/dissolutions"), end).if_match(&etag).await.is(200);
    let receiver = ground.app.officer_of("326@origin").await;
    receiver.post("/v1/corrections", withdraw(&received)).await.problem(409, "act_out_of_reach");
    ground.correct(&started["entry_id"], json!({"withdraw": true})).await.problem(409, "acts_in_the_way");
}

/// What an attacker found.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_back_from_death_and_a_correction_is_judged_as_the_first_telling() {
    let ground = Ground::new().await;
    let [cell, other, _] = &ground.cells;
    let made = ground.books.admit(cell, 1, "2015-01-10").await;
    let died = json!({"membership_id": made["membership_id"], "reason": "deceased"});
    let died = ground.act("/v1/departures", died, "2016-01-10").await;
    let before = ground.app.rows().await;
    let back = json!({"membership_id": made["membership_id"], "organisation_id": other, "occurred_on": "2021-01-10",
        "decision": decision("2021-01-10"), "authorising_paper": "Công văn 5-CV/TU"});
    ground.province.post("/v1/readmissions", back.clone()).await.problem(409, "membership_not_active");
    let union = ground.books.union("2010-01-01").await;
    let mut joins = ground.books.admission(&union, 1, "2021-01-10");
    ground.province.post("/v1/admissions", joins.clone()).await.problem(409, "membership_not_active");
    joins["occurred_on"] = json!("2015-06-10");
    joins["decision"] = decision("2015-06-10");
    let founded = ground.app.rows().await;
    assert_eq!(founded["membership.memberships"], before["membership.memberships"]);
    let worker = ground.province.post("/v1/admissions", joins).await.is(201);
    let removed = ground.correct(&died["entry_id"], json!({"reason": "removed"})).await.is(201);
    ground.province.post("/v1/readmissions", back).await.is(201);
    ground.correct(&removed["entry_id"], json!({"reason": "deceased"})).await.problem(409, "acts_in_the_way");
    // A number of members, and a founding, need on their right day what they would have needed at first.
    let joined = json!({"organisation_id": union, "count": 10, "occurred_on": "2019-05-01"});
    let joined = ground.province.post("/v1/collective-admissions", joined).await.is(201);
    ground
        .correct(&joined["entry_id"], json!({"occurred_on": "2021-05-01"}))
        .await
        .problem(422, "decision_paper_required");
    let acts =
        ground.province.get(&format!("/v1/acts?organisation={cell}&kind=organisation.established")).await.is(200);
    let founding = &acts["items"][0]["entry_id"];
    let unborn = json!({"occurred_on": "2026-01-05"});
    ground
        .correct(founding, unborn)
        .await
        .faults(&[("/occurred_on", "date_in_future"), ("/area", "area_not_in_force")]);
    // A number departs on the day on which the union ends.
    let left = json!({"organisation_id": union, "count": 10, "reason": "withdrew"});
    let left = ground.act("/v1/departures", left, "2022-05-01").await;
    ground
        .act("/v1/departures", json!({"membership_id": worker["membership_id"], "reason": "withdrew"}), "2022-04-01")
        .await;
    let path = format!("/v1/organisations/{union}");
    let etag = ground.province.get(&path).await.header("etag").to_owned();
    let end = json!({"occurred_on": "2022-05-01", "decision": decision("2022-05-01")});
    ground.province.post(&format!("{path}/dissolutions"), end).if_match(&etag).await.is(200);
    ground.correct(&left["entry_id"], json!({"decision": decision("2022-04-30")})).await.is(201);
}
