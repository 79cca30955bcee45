//! Random histories of memberships, held against an oracle that knows days alone.

use diesel::RunQueryDsl;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use shared::access::Role;
use tests::{decision, run_sql};

use crate::acts::{Ground, acts_on};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, diesel::QueryableByName)]
struct Standing {
    #[diesel(sql_type = diesel::sql_types::Text)]
    organisation: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    standing: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

/// Where the members stand on a day as figures count them.
async fn counted(ground: &Ground, on: &str) -> Vec<Standing> {
    let id = organisation_as_text(ground);
    let query = format!(
        "SELECT {id} AS organisation, standing, CAST(sum(sign * count) AS BIGINT) AS count FROM facts \
         WHERE measure = 'party_members' AND to_seq IS NULL AND occurred_on <= '{on}' \
         GROUP BY organisation_id, standing HAVING sum(sign * count) <> 0"
    );
    let rows = ground.app.system.reporting.db.read(move |conn| Ok(diesel::sql_query(query).load::<Standing>(conn)?));
    let mut rows = rows.await.unwrap();
    rows.iter_mut().for_each(|row| row.organisation = row.organisation.replace('-', ""));
    rows.sort();
    rows
}

fn organisation_as_text(ground: &Ground) -> &'static str {
    match ground.app.database.is_on_server() {
        true => "CAST(organisation_id AS TEXT)",
        false => "lower(hex(organisation_id))",
    }
}

/// Every fact that counts, as one line.
async fn facts(ground: &Ground) -> Vec<Line> {
    let id = organisation_as_text(ground);
    let query = format!(
        "SELECT measure || ' ' || sign || ' ' || count || ' ' || occurred_on || ' ' || subject || ' ' || \
                 coalesce(standing, '') || ' ' || coalesce(branch, '') || ' ' || coalesce({id}, '') \
                 || ' ' || coalesce(sex, '') || ' ' || coalesce(CAST(entry_seq AS TEXT), '') || ' ' || ordinal AS line \
                 FROM facts WHERE to_seq IS NULL"
    );
    let rows = ground.app.system.reporting.db.read(move |conn| Ok(diesel::sql_query(query).load::<Line>(conn)?));
    let mut rows = rows.await.unwrap();
    rows.sort();
    rows
}

/// An act as this test sent it, and as it put it right later.
#[derive(Debug, Clone)]
struct Known {
    act: String,
    member: String,
    what: &'static str,
    on: String,
    cell: String,
    standing: &'static str,
}

/// What the acts on a membership make of it, by their days alone, in the order in which they were sent: where the member
/// belongs, and how; nothing where the member belongs nowhere.
fn oracle(acts: &[&Known], until: &str) -> Option<(String, &'static str)> {
    let rank = |what: &str| match what {
        "begin" => 0,
        "depart" | "go" => 2,
        "readmit" => 3,
        _ => 1,
    };
    let mut acts: Vec<_> = acts.iter().filter(|act| act.on.as_str() <= until).collect();
    acts.sort_by_key(|act| (act.on.clone(), rank(act.what)));
    acts.into_iter().fold(None, |state, act| match (act.what, state) {
        ("begin" | "readmit", None) => Some((act.cell.clone(), act.standing)),
        ("recognise", Some((cell, _))) => Some((cell, "official")),
        ("receive", Some((_, standing))) => Some((act.cell.clone(), standing)),
        ("start", Some(state)) => Some(state),
        ("depart" | "go", Some(_)) => None,
        (what, state) => panic!("{what} after {state:?}"),
    })
}

/// Random acts, late ones among them, and random corrections: what is kept, what figures count and what a second
/// follower makes of the journal is what an oracle makes of the requests. `SEED=` repeats a run.
#[tokio::test(flavor = "multi_thread")]
async fn random_histories_are_the_fold_of_their_acts() {
    const STEPS: usize = 800;
    let seed = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(rand::random);
    println!("SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let ground = Ground::new().await;
    let mut members: Vec<String> = Vec::new();
    let mut known: Vec<Known> = Vec::new();
    let (mut done, mut refused) = (0, 0);
    for step in 0..STEPS {
        let first: chrono::NaiveDate = "2014-01-01".parse().unwrap();
        let mut day = first + chrono::Days::new(random.random_range(0..2000));
        let at = random.random_range(0..members.len().max(1));
        let member = members.get(at).cloned().unwrap_or_default();
        let mine: Vec<Known> = known.iter().filter(|act| act.member == member).cloned().collect();
        if random.random_bool(0.7)
            && let Some(last) = mine.iter().map(|act| act.on.as_str()).max()
        {
            // Most acts come in their order; a recognition and a readmission need time.
            let last: chrono::NaiveDate = last.parse().unwrap();
            day = (last + chrono::Days::new(random.random_range(0..500))).min("2022-06-30".parse().unwrap());
        }
        let (day, cell) = (day.to_string(), ground.cells[random.random_range(0..3)].clone());
        let (paper, about) = (decision(&day), json!({"membership_id": member}));
        let new = |what, standing| Known {
            act: String::new(),
            member: member.clone(),
            what,
            on: day.clone(),
            cell: cell.replace('-', ""),
            standing,
        };
        let person = tests::person(u32::try_from(step).unwrap() + 1);
        let came = json!({"organisation_id": cell, "person": person, "joined_on": "2009-01-01"});
        let official = random.random_bool(0.5);
        let standing = if official { "official" } else { "probationary" };
        let mut corrected = None;
        let what = random.random_range(0..14);
        let (path, mut body, told) = match what {
            _ if members.len() < 4 || (what == 0 && members.len() < 30) => match random.random_range(0..3) {
                0 => {
                    ("/v1/admissions", json!({"organisation_id": cell, "person": person}), new("begin", "probationary"))
                }
                1 => ("/v1/opening-registrations", came, new("begin", standing)),
                _ => ("/v1/transfers-in", came, new("begin", standing)),
            },
            0..=2 => ("/v1/recognitions", about, new("recognise", "official")),
            3 => ("/v1/transfers", about, new("start", "")),
            4 => ("/v1/transfers", json!({"membership_id": member, "is_outward": true}), new("go", "")),
            5 => {
                ("/v1/transfer-receipts", json!({"membership_id": member, "organisation_id": cell}), new("receive", ""))
            }
            6 => ("/v1/departures", json!({"membership_id": member, "reason": "withdrew"}), new("depart", "")),
            7 => (
                "/v1/readmissions",
                json!({"membership_id": member, "organisation_id": cell, "authorising_paper": "Công văn 5-CV/TU"}),
                new("readmit", "probationary"),
            ),
            _ => {
                let Some(act) = mine.get(random.random_range(0..mine.len().max(1))) else { continue };
                let kept = acts_on(&ground.province, &member).await;
                let entry = kept.iter().find(|one| one["id"] == json!(act.act)).unwrap()["entry_id"].clone();
                let mut anew = act.clone();
                let body = match what {
                    8 | 9 => json!({"entry_id": entry, "withdraw": true}),
                    10 => json!({"entry_id": entry, "organisation_id": cell}),
                    _ => json!({"entry_id": entry, "occurred_on": day}),
                };
                match what {
                    8 | 9 => anew.what = "withdrawn",
                    10 => anew.cell = cell.replace('-', ""),
                    _ => anew.on.clone_from(&day),
                }
                corrected = Some(act.act.clone());
                ("/v1/corrections", body, anew)
            }
        };
        let has_paper = !matches!(path, "/v1/opening-registrations" | "/v1/transfer-receipts");
        match &corrected {
            None => body["occurred_on"] = json!(day),
            Some(_) if body["occurred_on"].is_null() => {}
            Some(act) => {
                let kept = ground.province.get(&format!("/v1/acts/{act}")).await.is(200);
                if !kept["decision"].is_null() {
                    body["decision"] = paper.clone();
                }
            }
        }
        if corrected.is_none() && has_paper {
            body["decision"] = paper;
        }
        if told.what == "begin" && corrected.is_none() && told.standing == "official" {
            body["official_on"] = json!("2010-01-01");
        }
        let answer = ground.province.post(path, body).await;
        match (answer.status, corrected) {
            (201, None) => {
                let member = answer.body["membership_id"].as_str().unwrap().to_owned();
                if told.what == "begin" {
                    members.push(member.clone());
                }
                known.push(Known { act: answer.body["act_id"].as_str().unwrap().to_owned(), member, ..told });
            }
            (201, Some(act)) => {
                let place = known.iter().position(|one| one.act == act).unwrap();
                known[place] = told;
                known.retain(|one| one.what != "withdrawn");
            }
            (409 | 422, _) => refused += 1,
            (status, _) => panic!("{status}: {}, SEED={seed}", answer.text),
        }
        done += usize::from(answer.status == 201);
        if step % 20 == 19 {
            ground.app.look_for_findings().await;
            compare(&ground, &members, &known, seed).await;
        }
    }
    println!("{done} acts and corrections, {refused} refused, {} members", members.len());
    assert!(done > STEPS / 16, "{done} of {STEPS} were possible, SEED={seed}");
    compare(&ground, &members, &known, seed).await;
    let followed = facts(&ground).await;
    let administrator = ground.app.be(Role::Administrator, "33@origin").await;
    let started = administrator.post("/v1/projection-rebuilds", json!({})).await;
    let path = started.header("location").to_owned();
    started.is(202);
    assert_eq!(super::rebuilds::ended(&administrator, &path).await["state"], "done");
    assert_eq!(facts(&ground).await, followed, "SEED={seed}");
    let verified = membership::memberships::verify(&ground.app.database.url, true).await.unwrap();
    assert_eq!(verified, (format!("memberships: {} are what their acts make of them", members.len()), true));
    // A hand on the database is found.
    let spoilt = "UPDATE memberships SET joined_on = '2001-02-03' WHERE status <> 'withdrawn'";
    run_sql(&ground.app.system.membership.db, vec![spoilt.to_owned()]).await;
    let (line, is_whole) = membership::memberships::verify(&ground.app.database.url, false).await.unwrap();
    assert!(!is_whole && line.ends_with("its state is another"), "{line}");
}

async fn compare(ground: &Ground, members: &[String], known: &[Known], seed: u64) {
    ground.app.settle().await;
    let acts_of = |member: &String| known.iter().filter(|act| act.member == *member).collect::<Vec<_>>();
    for member in members {
        let shown = ground.province.get(&format!("/v1/memberships/{member}")).await.is(200);
        let kept = matches!(shown["status"].as_str().unwrap(), "active" | "in_flight").then(|| {
            (
                shown["organisation_id"].as_str().unwrap().replace('-', ""),
                shown["standing"].as_str().unwrap().to_owned(),
            )
        });
        let stands = oracle(&acts_of(member), "2100-01-01");
        let expected = stands.map(|(place, standing)| (place, standing.to_owned()));
        assert_eq!(kept, expected, "{shown}, SEED={seed}");
        let mut listed: Vec<_> = acts_on(&ground.province, member).await;
        listed.sort_by_key(|act| act["id"].to_string());
        let mut sent: Vec<_> = acts_of(member).iter().map(|act| (act.act.clone(), act.on.clone())).collect();
        sent.sort();
        let text = |act: &Value, field: &str| act[field].as_str().unwrap().to_owned();
        let listed: Vec<_> = listed.iter().map(|act| (text(act, "id"), text(act, "occurred_on"))).collect();
        assert_eq!(listed, sent, "SEED={seed}");
    }
    for on in ["2014-06-30", "2015-12-31", "2017-06-30", "2018-12-31", "2020-06-30", "2022-06-30"] {
        let mut expected = std::collections::BTreeMap::<(String, String), i64>::new();
        for (organisation, standing) in members.iter().filter_map(|member| oracle(&acts_of(member), on)) {
            *expected.entry((organisation, standing.to_owned())).or_default() += 1;
        }
        let expected: Vec<_> = expected
            .into_iter()
            .map(|((organisation, standing), count)| Standing { organisation, standing, count })
            .collect();
        assert_eq!(counted(ground, on).await, expected, "on {on}, SEED={seed}");
    }
}
