//! The chain of hashes: what `verify` says of each way to break it, and that an outsider can check it.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::journal::JournalEntry;
use shared::program::{VerifyArgs, Witness, verify};
use shared::storage::Db;
use tests::{TestApp, TestDatabase, run_sql, unit};

use crate::running::command_on;

/// A registry's database with its journal, which nobody serves.
async fn journal() -> (TestDatabase, Db) {
    let database = TestApp::start().await.stop().await;
    let db = Db::open_beside(&database.url, "enterprise-registry").unwrap();
    (database, db)
}

async fn said(database: &TestDatabase, witnesses: Vec<Witness>) -> (String, bool) {
    verify(&database.url, "enterprise-registry", &VerifyArgs { witnesses, ..VerifyArgs::default() }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_chain_is_named_at_its_first_broken_entry() {
    let (database, db) = journal().await;
    let (line, is_whole) = said(&database, vec![]).await;
    assert!(is_whole && line.contains("1051 entries hold"), "{line}");
    let columns = "id, kind, v, subject, area, occurred_on, recorded_at, actor, batch, corrects, because, data, salt, data_hash, \
                   prev_hash, hash";
    let new_id = match database.is_on_server() {
        true => "gen_random_uuid()",
        false => "randomblob(16)",
    };
    let doubled = columns.replacen("id", new_id, 1);
    // Each breaks what the one before it left whole.
    let corpus: Vec<(&str, Vec<String>, &str)> = vec![
        (
            "a doubled entry",
            vec![format!(
                "INSERT INTO journal_entries (seq, {columns}) SELECT 1052, {doubled} FROM journal_entries WHERE seq = 1051"
            )],
            "entry 1052: it does not follow the entry before it",
        ),
        (
            "a flipped byte in a column",
            vec!["UPDATE journal_entries SET actor = 'service:somebody' WHERE seq = 1040".to_owned()],
            "entry 1040: its columns were changed",
        ),
        (
            "half of the data removed",
            vec!["UPDATE journal_entries SET salt = NULL WHERE seq = 1030".to_owned()],
            "entry 1030: half of its data was removed",
        ),
        (
            "a flipped byte in the data",
            vec!["UPDATE journal_entries SET data = replace(data, 'a', 'b') WHERE seq = 1020".to_owned()],
            "entry 1020: its data was changed",
        ),
        (
            "swapped entries",
            vec![
                "UPDATE journal_entries SET seq = 1000000 WHERE seq = 1000".to_owned(),
                "UPDATE journal_entries SET seq = 1000 WHERE seq = 1001".to_owned(),
                "UPDATE journal_entries SET seq = 1001 WHERE seq = 1000000".to_owned(),
            ],
            "entry 1000: it does not follow the entry before it",
        ),
        (
            "a dropped entry",
            vec!["DELETE FROM journal_entries WHERE seq = 900".to_owned()],
            "entry 901: the entry before it is missing",
        ),
        (
            "another journal",
            vec![format!("UPDATE journals SET id = {new_id}")],
            "entry 1: it does not follow the entry before it",
        ),
    ];
    for (what, statements, expected) in corpus {
        run_sql(&db, statements).await;
        let (line, is_whole) = said(&database, vec![]).await;
        assert!(!is_whole && line.contains(expected), "{what}: {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_was_removed_without_a_word_is_named() {
    let (database, db) = journal().await;
    run_sql(&db, vec!["UPDATE journal_entries SET data = NULL, salt = NULL WHERE seq = 500".to_owned()]).await;
    let (line, is_whole) = said(&database, vec![]).await;
    assert!(!is_whole && line.contains("entry 500: its data was removed, and no later entry says so"), "{line}");
}

/// Makes the hashes of an entry from what its reader is told: with any library for SHA-256 and RFC 8785.
fn rehashed(entry: &JournalEntry, journal_id: &str, prev_hash: &str) -> (String, String) {
    let canonical = |value: &Value| serde_json_canonicalizer::to_string(value).unwrap();
    let salt = hex::decode(entry.salt.as_ref().unwrap()).unwrap();
    let data = canonical(&entry.payload().unwrap());
    let data_hash = hex::encode(Sha256::new().chain_update(salt).chain_update(data).finalize());
    let covered = json!({
        "journal_id": journal_id, "seq": entry.seq, "id": entry.id, "kind": entry.kind, "v": entry.v,
        "subject": entry.subject, "area": entry.area, "occurred_on": entry.occurred_on,
        "recorded_at": entry.recorded_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true), "actor": entry.actor,
        "batch": entry.batch, "corrects": entry.corrects, "because": entry.because, "data_hash": data_hash, "prev_hash": prev_hash,
    });
    (data_hash, hex::encode(Sha256::digest(canonical(&covered))))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outsider_verifies_the_chain_and_a_witness_tells_a_tail_written_anew() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@2025-07-01").await;
    let (mut entries, mut after, mut journal_id) = (Vec::new(), 0, String::new());
    loop {
        let page = officer.get(&format!("/v1/journal/enterprise-registry?after={after}&limit=500")).await.is(200);
        journal_id = page["journal_id"].as_str().unwrap().to_owned().max(journal_id);
        for item in page["items"].as_array().unwrap() {
            entries.push(serde_json::from_value::<JournalEntry>(item.clone()).unwrap());
        }
        after = page["next_after"].as_i64().unwrap();
        if after >= page["head"]["seq"].as_i64().unwrap() {
            break;
        }
    }
    let mut prev_hash = entries[0].prev_hash.clone();
    for entry in &entries {
        let (data_hash, hash) = rehashed(entry, &journal_id, &prev_hash);
        assert_eq!((&data_hash, &hash), (&entry.data_hash, &entry.hash), "entry {}", entry.seq);
        prev_hash = hash;
    }
    let head = Witness { seq: 1051, hash: prev_hash };
    let database = app.stop().await;
    let (line, is_whole) = said(&database, vec![head.clone()]).await;
    assert!(is_whole, "{line}");

    // Somebody with a hand on the database rewrites an entry and everything after it, hashes and all.
    let db = Db::open_beside(&database.url, "enterprise-registry").unwrap();
    let bytes = |hex: &str| match database.is_on_server() {
        true => format!("'\\x{hex}'"),
        false => format!("X'{hex}'"),
    };
    let mut statements = Vec::new();
    let mut prev_hash = entries[999].prev_hash.clone();
    for entry in entries.iter_mut().skip(999) {
        if entry.seq == 1000 {
            entry.actor = "service:somebody".to_owned();
        }
        let (_, hash) = rehashed(entry, &journal_id, &prev_hash);
        statements.push(format!(
            "UPDATE journal_entries SET actor = '{}', prev_hash = {}, hash = {} WHERE seq = {}",
            entry.actor,
            bytes(&prev_hash),
            bytes(&hash),
            entry.seq
        ));
        prev_hash = hash;
    }
    run_sql(&db, statements).await;
    let (line, is_whole) = said(&database, vec![]).await;
    assert!(is_whole, "the hashes alone cannot tell: {line}");
    let (line, is_whole) = said(&database, vec![head]).await;
    assert!(!is_whole && line.contains("entry 1051: it is not the entry that was witnessed"), "{line}");
    let beyond = Witness { seq: 2000, hash: "0".repeat(64) };
    let (line, is_whole) = said(&database, vec![beyond]).await;
    assert!(!is_whole && line.contains("entry 2000: an entry that was witnessed is missing"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_journals_are_held_against_the_heads_that_were_kept() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    officer.post("/v1/economic-units", unit("Công ty Giả Định", "11986@origin")).await.is(201);
    let database = app.stop().await;
    let verify = |more: &[&str]| command_on(&database, &[&["verify"], more].concat());
    let kept = database.path().join("heads.txt");
    let (is_whole, printed) = verify(&[]);
    assert!(is_whole, "{printed}");
    std::fs::write(&kept, &printed).unwrap();
    let against = ["--against", kept.to_str().unwrap()];
    let (is_whole, again) = verify(&against);
    assert!(is_whole && again == printed, "{again}");
    // The last entry is taken back with everything that it changed: the chain that is left holds.
    let db = Db::open_beside(&database.url, "enterprise-registry").unwrap();
    run_sql(
        &db,
        vec![
            "DELETE FROM acts".to_owned(),
            "DELETE FROM economic_units".to_owned(),
            "DELETE FROM listed_records".to_owned(),
            "DELETE FROM journal_entries WHERE seq = 1052".to_owned(),
        ],
    )
    .await;
    assert!(verify(&[]).0, "the chain alone cannot tell");
    let (is_whole, said) = verify(&against);
    assert!(!is_whole && said.contains("BROKEN at entry 1052: an entry that was witnessed is missing"), "{said}");
    std::fs::write(&kept, "nothing of use").unwrap();
    let (is_whole, said) = verify(&against);
    assert!(!is_whole && said.contains("there is no head"), "{said}");
}
