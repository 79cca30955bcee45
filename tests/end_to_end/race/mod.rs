//! Two at once: every pair of operations that write one kind of record is sent at the same moment, and other pairs are
//! drawn by a seed. On PostgreSQL the two go to two replicas.
//!
//! `RACE_ROUNDS=20` sends each pair twenty times; `SEED=` repeats a run; `RACE_MATRIX=FILE` writes how the pairs ended, to
//! `FILE.0`, `FILE.1` and `FILE.2`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use diesel::RunQueryDsl;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use shared::storage::Db;
use tests::Somebody;

mod ground;
mod strokes;

use self::ground::{ADMINISTRATOR, Ground, LEADER, Sent, World};
use self::strokes::{Stroke, stages};
use crate::documents::{merged, operations};
use crate::rebuilds::ended;
use crate::running::command_on;

/// Sends two at once and returns how many of them were carried out. Nothing but a rule refuses.
async fn strike(world: &World, label: &str, one: &Sent, other: &Sent) -> usize {
    let (first, second) = tokio::join!(one.send(world, 0), other.send(world, 1));
    for answer in [&first, &second] {
        assert!(answer.status < 500 && ![400, 401, 403].contains(&answer.status), "{label}: {}", answer.text);
    }
    let carried_out = [&first, &second].iter().filter(|answer| answer.status < 300).count();
    if one.is_of_one_version(other) {
        assert!(carried_out <= 1, "{label}: two changes of one version: {} {}", first.text, second.text);
    }
    match one.is_of_one_id(other) {
        Some(true) => {
            let (mut statuses, created) = ([first.status, second.status], [201, 202]);
            statuses.sort_unstable();
            assert!(statuses[0] == 200 && created.contains(&statuses[1]), "{label}: {} {}", first.text, second.text);
        }
        Some(false) => {
            assert_eq!(carried_out, 1, "{label}: {} {}", first.text, second.text);
            let refused = if first.status < 300 { second } else { first };
            assert_eq!(refused.body["code"], "id_taken", "{label}: {}", refused.text);
        }
        None => {}
    }
    carried_out
}

#[derive(Debug, diesel::QueryableByName)]
struct Wrong {
    #[diesel(sql_type = diesel::sql_types::Text)]
    wrong: String,
}

async fn none_of(db: &Db, what: &str, query: &'static str) {
    let wrong = db.read(move |conn| Ok(diesel::sql_query(query).load::<Wrong>(conn)?)).await.expect(query);
    assert!(wrong.is_empty(), "{what}: {wrong:?}");
}

const LIVING: &str = "('active', 'in_flight')";

/// What holds whatever was sent.
async fn judge(world: &World) {
    world.settle().await;
    let membership = &world.app.system.membership.db;
    let reporting = &world.app.system.reporting.db;
    let id = if world.app.database.is_on_server() { "CAST(x.id AS TEXT)" } else { "hex(x.id)" };
    let leak = |query: String| &*Box::leak(query.into_boxed_str());
    for (what, query) in [
        (
            "a living member of an organisation that has ended",
            format!(
                "SELECT {id} AS wrong FROM organisations x JOIN memberships m ON m.organisation_id = x.id \
                 WHERE x.status <> 'active' AND m.status IN {LIVING}"
            ),
        ),
        (
            "an organisation under a body that has ended",
            format!(
                "SELECT {id} AS wrong FROM organisations x JOIN organisations s ON s.id = x.superior_id \
                 WHERE x.status = 'active' AND s.status <> 'active'"
            ),
        ),
        (
            "somebody who belongs twice",
            format!(
                "SELECT {id} AS wrong FROM people x JOIN memberships m ON m.person_id = x.id \
                 JOIN organisations o ON o.id = m.organisation_id \
                 WHERE m.status IN {LIVING} AND o.area_id = '11986@origin' GROUP BY x.id, m.branch HAVING count(*) > 1"
            ),
        ),
        (
            "an act whose entry is not in the journal",
            format!(
                "SELECT {id} AS wrong FROM acts x LEFT JOIN journal_entries j ON j.id = x.entry_id WHERE j.id IS NULL"
            ),
        ),
        (
            "a change that no entry tells, or an entry of no change",
            "SELECT CAST(a.n AS TEXT) AS wrong FROM (SELECT count(*) AS n FROM acts) a, \
             (SELECT count(*) AS n FROM journal_entries WHERE corrects IS NULL AND kind NOT LIKE 'finding.%' \
              AND kind NOT IN ('organisation.intake_set', 'organisation.recording_start_set', \
              'person.corrected')) j WHERE a.n <> j.n"
                .to_owned(),
        ),
    ] {
        none_of(membership, what, leak(query)).await;
    }
    let steering = &world.app.system.steering.db;
    for (what, query) in [
        (
            "a support team that outlives its committee",
            format!(
                "SELECT {id} AS wrong FROM steering_bodies x JOIN steering_bodies c ON c.id = x.committee_id \
                 WHERE x.status = 'active' AND c.status <> 'active'"
            ),
        ),
        (
            "a document of a body that did not work",
            format!(
                "SELECT {id} AS wrong FROM documents x JOIN steering_bodies b ON b.id = x.issuing_body_id \
                 WHERE x.status = 'recorded' AND (b.status = 'withdrawn' OR x.issued_on < b.established_on \
                 OR x.issued_on >= b.ended_on)"
            ),
        ),
        (
            "a relation to a document that does not count, or of one",
            format!(
                "SELECT {id} AS wrong FROM documents x JOIN document_relations r ON x.id IN (r.document_id, r.other_id) \
                 WHERE x.status <> 'recorded'"
            ),
        ),
        (
            "two documents that relate to one another",
            "SELECT 'x' AS wrong FROM document_relations r JOIN document_relations o ON o.document_id = r.other_id \
             AND o.other_id = r.document_id"
                .to_owned(),
        ),
        (
            "a task of a body that did not work",
            format!(
                "SELECT {id} AS wrong FROM tasks x JOIN steering_bodies b ON b.id IN (x.giver_id, x.receiver_id) \
                 WHERE x.status <> 'withdrawn' AND (b.status = 'withdrawn' OR b.established_on > x.given_on \
                 OR b.ended_on <= x.given_on)"
            ),
        ),
        (
            "a conference of a body that did not work",
            format!(
                "SELECT {id} AS wrong FROM conferences x JOIN steering_bodies b ON b.id = x.body_id \
                 WHERE x.status = 'held' AND (b.status = 'withdrawn' OR b.established_on > x.held_on \
                 OR b.ended_on <= x.held_on)"
            ),
        ),
        (
            "a task of a conference that was withdrawn",
            format!(
                "SELECT {id} AS wrong FROM tasks x JOIN task_groups g ON g.id = x.group_id \
                 JOIN conferences c ON c.id = g.conference_id \
                 WHERE c.status = 'withdrawn' AND x.status NOT IN ('cancelled', 'withdrawn')"
            ),
        ),
        (
            "a task given before its conference was held",
            format!(
                "SELECT {id} AS wrong FROM tasks x JOIN task_groups g ON g.id = x.group_id \
                 JOIN conferences c ON c.id = g.conference_id \
                 WHERE x.given_on < c.held_on AND x.status NOT IN ('cancelled', 'withdrawn')"
            ),
        ),
        (
            "two committees of one district without an answer",
            "SELECT x.area_id AS wrong FROM steering_bodies x WHERE x.area_id = '327@origin' AND x.status = 'active' \
             GROUP BY x.area_id HAVING count(*) > 1"
                .to_owned(),
        ),
        (
            "an act whose entry is not in the journal",
            format!(
                "SELECT {id} AS wrong FROM acts x LEFT JOIN journal_entries j ON j.id = x.entry_id WHERE j.id IS NULL"
            ),
        ),
        (
            "a change that no entry tells, or an entry of no change",
            "SELECT CAST(a.n AS TEXT) AS wrong FROM (SELECT count(*) AS n FROM acts) a, \
             (SELECT count(*) AS n FROM journal_entries WHERE corrects IS NULL) j \
             WHERE a.n <> j.n"
                .to_owned(),
        ),
    ] {
        none_of(steering, what, leak(query)).await;
    }
    none_of(
        reporting,
        "a stock below nothing",
        "SELECT f.measure AS wrong FROM facts f WHERE f.to_seq IS NULL AND f.organisation_id IS NOT NULL \
         AND f.measure IN ('party_members', 'union_members', 'organisations') \
         GROUP BY f.measure, f.organisation_id HAVING sum(f.sign * f.count) < 0",
    )
    .await;
    none_of(
        reporting,
        "members of a union that has ended",
        "SELECT 'union' AS wrong FROM facts f WHERE f.to_seq IS NULL AND f.measure IN ('union_members', 'organisations') \
         AND f.organisation_id IS NOT NULL GROUP BY f.organisation_id \
         HAVING sum(CASE WHEN f.measure = 'organisations' THEN f.sign ELSE 0 END) = 0 \
         AND sum(CASE WHEN f.measure = 'union_members' THEN f.sign * f.count ELSE 0 END) > 0",
    )
    .await;
    none_of(
        reporting,
        "somebody who counts otherwise than once or never",
        "SELECT CAST(sum(f.sign * f.count) AS TEXT) AS wrong FROM facts f WHERE f.to_seq IS NULL \
         AND f.measure = 'party_members' AND f.organisation_id IN \
         (SELECT o.organisation_id FROM organisation_periods o WHERE o.area_id = '11986@origin') \
         GROUP BY f.person_id HAVING sum(f.sign * f.count) NOT IN (0, 1)",
    )
    .await;
    let counted = count(
        reporting,
        "SELECT CAST(sum(f.sign * f.count) AS TEXT) AS wrong FROM facts f \
        WHERE f.to_seq IS NULL AND f.measure = 'party_members'",
    )
    .await;
    let kept = count(
        membership,
        "SELECT CAST(count(*) AS TEXT) AS wrong FROM memberships m \
        WHERE m.branch = 'party' AND m.status IN ('active', 'in_flight')",
    )
    .await;
    assert_eq!(counted, kept, "the figures count those who belong");
}

async fn count(db: &Db, query: &'static str) -> String {
    let rows = db.read(move |conn| Ok(diesel::sql_query(query).load::<Wrong>(conn)?)).await.expect(query);
    rows.first().expect("a row").wrong.clone()
}

fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(rand::random)
}

/// What is sent at once in one test: all pairs of every third kind of record, or pairs that are drawn. Tests run beside one another.
#[derive(Debug, Clone, Copy)]
enum Part {
    Third(usize),
    Drawn,
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_leave_what_one_after_the_other_leaves_a() {
    race(Part::Third(0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_leave_what_one_after_the_other_leaves_b() {
    race(Part::Third(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_leave_what_one_after_the_other_leaves_c() {
    race(Part::Third(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_different_records_at_once_leave_what_one_after_the_other_leaves() {
    race(Part::Drawn).await;
}

#[expect(clippy::print_stdout, reason = "whoever repeats a run needs its seed")]
async fn race(part: Part) {
    let world = World::start().await;
    let rounds: u32 = match std::env::var("RACE_ROUNDS") {
        Ok(text) => text.parse().expect("a number of rounds"),
        Err(_) => 1,
    };
    let stages = stages();
    let placed: BTreeSet<String> =
        stages.iter().flat_map(|(_, strokes)| strokes).map(|(operation, _)| (*operation).to_owned()).collect();
    let writing: BTreeSet<String> = operations(&merged())
        .into_iter()
        .filter(|(method, ..)| method != "get")
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap().to_owned())
        // These keep nothing of anybody else's; `clients` and `sign_in` send them at once.
        .filter(|id| !["create_token", "renew_own_secret", "revoke_token", "agree"].contains(&id.as_str()))
        .collect();
    assert_eq!(placed, writing, "an operation that writes has no place here");

    let (mut number, mut matrix) = (1, String::new());
    let is_now = |place: usize| matches!(part, Part::Third(third) if place % 3 == third);
    for (record, strokes) in stages.iter().enumerate().filter(|(place, _)| is_now(*place)).map(|(_, stage)| stage) {
        for (at, (one, make_one)) in strokes.iter().enumerate() {
            for (other, make_other) in &strokes[at..] {
                let mut ends = [0; 3];
                for _ in 0..rounds {
                    let ground = Ground::make(&world, number, record).await;
                    number += 1;
                    let label = format!("{one} and {other} of {record}, round {number}");
                    ends[strike(&world, &label, &make_one(&ground), &make_other(&ground)).await] += 1;
                }
                writeln!(matrix, "{record} | {one} | {other} | {} | {} | {}", ends[2], ends[1], ends[0]).unwrap();
            }
        }
        judge(&world).await;
    }
    if let (Ok(file), Part::Third(third)) = (std::env::var("RACE_MATRIX"), part) {
        std::fs::write(format!("{file}.{third}"), &matrix).unwrap();
    }

    let seed = seed();
    println!("SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let strokes: Vec<(&str, Stroke)> = stages
        .iter()
        .filter(|(record, _)| {
            ![
                "a finding",
                "a client",
                "a user",
                "an app",
                "a steering body",
                "a document",
                "a duty",
                "a task",
                "figures",
            ]
            .contains(record)
        })
        .flat_map(|(record, strokes)| strokes.iter().map(|stroke| (*record, *stroke)))
        .collect();
    let pairs = match part {
        Part::Third(_) => 0,
        // Only there two go to two replicas.
        Part::Drawn if world.app.database.is_on_server() => 150 * rounds,
        Part::Drawn => 60 * rounds,
    };
    for _ in 0..pairs {
        let mut pick = || strokes[random.random_range(0..strokes.len())];
        let ((record, (one, make_one)), (other_record, (other, make_other))) = (pick(), pick());
        let ground = Ground::make(&world, number, "").await;
        number += 1;
        let label = format!("{one} of {record} and {other} of {other_record}, SEED={seed}, round {number}");
        strike(&world, &label, &make_one(&ground), &make_other(&ground)).await;
    }
    judge(&world).await;

    // What is counted is what the journals tell.
    let (reader, administrator) = (&world.callers[LEADER][0], &world.callers[ADMINISTRATOR][0]);
    let before = reader.get("/v1/figures?period=2022-H1&area=33@origin&by=district").await;
    let position = before.body["position"].as_str().unwrap();
    let started = rebuild(administrator).await;
    assert_eq!(ended(administrator, &started).await["state"], "done");
    let again = reader.get(&format!("/v1/figures?period=2022-H1&area=33@origin&by=district&as_of={position}")).await;
    assert_eq!(again.text, before.text, "facts made anew are the same");
    let (is_whole, said) = command_on(&world.app.database, &["verify"]);
    assert!(is_whole || !world.app.database.is_on_server(), "{said}");
}

/// Starts a rebuild once none is running, and returns where it is told of.
async fn rebuild(administrator: &Somebody) -> String {
    tests::eventually("a rebuild begins", || async {
        let answer = administrator.post("/v1/projection-rebuilds", json!({})).await;
        (answer.status == 202).then(|| answer.header("location").to_owned())
    })
    .await
}
