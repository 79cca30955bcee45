//! The house rules over the tree and the catalogue: what may use what, how large a file may be, and that both
//! engines end with the same schema.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use diesel::RunQueryDsl;
use shared::storage::{AnyConnection, Db};
use tests::{TestApp, tables_of};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            found.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["services", "shared", "tests"] {
        sources(&root().join(folder), &mut found);
    }
    assert!(found.len() > 100);
    found
}

/// The part of a file before its own tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

#[test]
fn the_file_names_of_a_feature_are_the_import_rule() {
    let forbidden = |file: &str| match file {
        "http.rs" => &["diesel"][..],
        "rules.rs" => &["diesel", "actix_web", "std::env", "std::fs", "tokio", "reqwest"],
        "store.rs" => &["actix_web"],
        _ => &[],
    };
    let mut faults = Vec::new();
    for (name, text) in all_sources().iter().filter(|(name, _)| name.starts_with("services/")) {
        let file = name.rsplit('/').next().unwrap();
        for word in forbidden(file) {
            for line in code(text).lines().filter(|line| !line.trim_start().starts_with("//")) {
                if line.contains(&format!("{word}::")) {
                    faults.push(format!("{name}: {line}"));
                }
            }
        }
        if code(text).contains("impl Responder") {
            faults.push(format!("{name} hides its answer"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_slice_uses_what_another_slice_shows_and_a_service_no_other_service() {
    let services = ["identity", "enterprise_registry", "membership", "reporting"];
    let mut faults = Vec::new();
    for (name, text) in all_sources() {
        let Some(rest) = name.strip_prefix("services/") else { continue };
        let own = rest.split('/').next().unwrap().replace('-', "_");
        if own == "standalone" {
            continue;
        }
        for line in code(&text).lines().filter(|line| line.trim_start().starts_with("use ")) {
            let line = line.trim();
            let foreign = services.iter().any(|one| *one != own && line.starts_with(&format!("use {one}::")));
            // A slice's `http` and `store` are its own; other slices see what its `mod.rs` re-exports.
            let into = line.starts_with("use crate::") && (line.contains("::http::") || line.contains("::store::"));
            if foreign || into {
                faults.push(format!("{name}: {line}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_slices_of_a_service_use_one_another_without_a_circle() {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in all_sources() {
        let parts: Vec<&str> = name.split('/').collect();
        let ["services", service, "src", slice, _, ..] = parts[..] else { continue };
        for line in code(&text).lines().filter_map(|line| line.trim().strip_prefix("use crate::")) {
            let used = line.split([':', ';', '{']).next().unwrap();
            if used != slice && root().join("services").join(service).join("src").join(used).is_dir() {
                uses.entry(format!("{service}/{slice}")).or_default().insert(format!("{service}/{used}"));
            }
        }
    }
    // Take away what uses nothing that is left; a circle is what cannot be taken away.
    loop {
        let left: BTreeSet<String> = uses.keys().cloned().collect();
        let before = uses.len();
        uses.retain(|_, used| used.iter().any(|one| left.contains(one)));
        if uses.len() == before {
            break;
        }
    }
    assert!(uses.is_empty(), "{uses:#?}");
}

#[test]
fn no_file_is_longer_than_six_hundred_lines() {
    let long: Vec<String> = all_sources()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > 600)
        .map(|(name, text)| format!("{name}: {}", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

#[derive(Debug, diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

async fn lines(db: &Db, sqlite: String, postgres: String) -> Vec<String> {
    let read = db.read(move |conn| {
        let query = match conn {
            AnyConnection::Sqlite(_) => sqlite,
            AnyConnection::Postgres(_) => postgres,
        };
        Ok(diesel::sql_query(query).load::<Line>(conn)?)
    });
    read.await.unwrap().into_iter().map(|one| one.line).collect()
}

fn databases(app: &TestApp) -> [(&'static str, Db); 4] {
    [
        ("identity", app.system.identity.db.clone()),
        ("enterprise-registry", app.system.registry.db.clone()),
        ("membership", app.system.membership.db.clone()),
        ("reporting", app.system.reporting.db.clone()),
    ]
}

/// Both engines are held to one list, so that they are held to each other.
#[tokio::test(flavor = "multi_thread")]
async fn both_engines_end_with_the_tables_columns_and_nullability_that_are_written_down() {
    let app = TestApp::start().await;
    let mut schema = String::new();
    for (service, db) in databases(&app) {
        for table in tables_of(&db).await {
            let sqlite = format!(
                "SELECT name || ' ' || lower(type) || CASE WHEN \"notnull\" OR pk > 0 THEN '' ELSE ' null' END AS line \
                 FROM pragma_table_info('{table}')"
            );
            let postgres = format!(
                "SELECT column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN '' ELSE ' null' END AS line \
                 FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{table}' \
                 ORDER BY ordinal_position"
            );
            for line in lines(&db, sqlite, postgres).await {
                // A type has one name here: that of what the program reads.
                let line = line.replace(" uuid", " blob").replace(" bytea", " blob");
                let line = line.replace(" timestamp without time zone", " timestamp");
                schema += &format!("{service}.{table}.{line}\n");
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("end_to_end/schema.txt");
    if std::env::var_os("WRITE_SCHEMA").is_some() {
        std::fs::write(&path, &schema).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(schema == known, "the schema is not schema.txt: run with WRITE_SCHEMA=1 on both engines and look");
}

/// Ids without a foreign key, each with its reason.
const NO_FOREIGN_KEY: &[(&str, &str)] = &[
    ("cursors.journal_id", "another service's journal"),
    ("cursors.stopped_entry_id", "another service's entry, which cannot be applied"),
    ("cursors.stopped_area_id", "another service's record, as its journal told it"),
    ("set_aside_entries.entry_id", "another service's entry, which is not applied"),
    ("set_aside_entries.area_id", "another service's record, as its journal told it"),
    ("acts.record_id", "a record of the service, in the table of its kind"),
    ("act_versions.record_id", "a record of the service, in the table of its kind"),
    ("acts.organisation_id", "a record of membership: the table stands in every service"),
    ("facts.area_id", "recorded on a day whose map may not have arrived yet"),
    ("unit_tellings.entry_id", "another service's entry"),
    ("unit_tellings.unit_id", "another service's record, as its journal told it"),
    ("unit_tellings.area_id", "recorded on a day whose map may not have arrived yet"),
    ("unit_periods.unit_id", "another service's record, as its journal told it"),
    ("unit_periods.area_id", "recorded on a day whose map may not have arrived yet"),
    ("organisation_tellings.organisation_id", "another service's record, as its journal told it"),
    ("organisation_tellings.superior_id", "another service's record, as its journal told it"),
    ("organisation_tellings.area_id", "recorded on a day whose map may not have arrived yet"),
    ("organisation_periods.organisation_id", "another service's record, as its journal told it"),
    ("organisation_periods.superior_body_id", "another service's record, as its journal told it"),
    ("organisation_periods.area_id", "recorded on a day whose map may not have arrived yet"),
    ("covered_units.unit_id", "another service's record, as its journal told it"),
    ("covered_units.area_id", "recorded on a day whose map may not have arrived yet, or nothing"),
    ("sums.area_id", "recorded on a day whose map may not have arrived yet, or nothing"),
    ("search_words.record_id", "a record of the service, whose words are kept with it"),
    ("search_words.area_id", "the area of that record, or * for what stands in all lists"),
    ("recording_starts.organisation_id", "another service's record, as its journal told it"),
    ("facts.organisation_id", "another service's record, as its journal told it"),
    ("facts.economic_unit_id", "another service's record, as its journal told it"),
    ("facts.person_id", "another service's record, opaque"),
    ("followed_entries.entry_id", "another service's entry: it is the key that facts refer to"),
    ("followed_entries.area_id", "another service's record, as its journal told it"),
    ("person_versions.personal_id", "a number of the person's, sealed, and no reference"),
    ("people.personal_id", "a number of the person's, sealed, and no reference"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_id_has_its_foreign_key_and_every_foreign_key_its_index() {
    let app = TestApp::start().await;
    let (mut faults, mut without_key) = (Vec::new(), BTreeSet::new());
    for (service, db) in databases(&app) {
        for table in tables_of(&db).await {
            let columns = lines(
                &db,
                format!("SELECT name AS line FROM pragma_table_info('{table}')"),
                format!(
                    "SELECT column_name::text AS line FROM information_schema.columns \
                     WHERE table_schema = current_schema() AND table_name = '{table}'"
                ),
            );
            let keyed = lines(
                &db,
                format!("SELECT \"from\" AS line FROM pragma_foreign_key_list('{table}')"),
                format!(
                    "SELECT a.attname::text AS line FROM pg_constraint c JOIN pg_attribute a \
                     ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
                     WHERE c.contype = 'f' AND c.conrelid = '{table}'::regclass"
                ),
            );
            let indexed = lines(
                &db,
                format!(
                    "SELECT i.name AS line FROM pragma_index_list('{table}') l, pragma_index_info(l.name) i \
                     WHERE i.seqno = 0"
                ),
                format!(
                    "SELECT a.attname::text AS line FROM pg_index i JOIN pg_attribute a \
                     ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = '{table}'::regclass"
                ),
            );
            let (columns, keyed, indexed) = (columns.await, keyed.await, indexed.await);
            for column in columns.iter().filter(|name| name.ends_with("_id")) {
                let name = format!("{table}.{column}");
                if !keyed.contains(column) {
                    if !NO_FOREIGN_KEY.iter().any(|(known, _)| *known == name) {
                        faults.push(format!("{service}.{name} has no foreign key"));
                    }
                    without_key.insert(name);
                }
            }
            for column in keyed.iter().filter(|column| !indexed.contains(column)) {
                faults.push(format!("{service}.{table}.{column} is a foreign key without an index"));
            }
        }
    }
    faults.extend(
        NO_FOREIGN_KEY
            .iter()
            .filter(|(name, _)| !without_key.contains(*name))
            .map(|(name, reason)| format!("{name} has its foreign key ({reason}): take it off the list")),
    );
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Columns of words whose list is closed, wherever they stand. A new word is a migration.
const CLOSED: [&str; 9] =
    ["status", "branch", "standing", "level", "share", "state", "role", "legal_form", "confidence"];

/// The bounds that the types of requests have stand in the database too.
#[tokio::test(flavor = "multi_thread")]
async fn every_number_day_and_closed_list_has_its_check() {
    let app = TestApp::start().await;
    let mut faults = Vec::new();
    for (service, db) in databases(&app) {
        for table in tables_of(&db).await.iter().filter(|table| !table.starts_with("__")) {
            let columns = lines(
                &db,
                format!("SELECT name || ' ' || lower(type) AS line FROM pragma_table_info('{table}')"),
                format!(
                    "SELECT column_name || ' ' || data_type AS line FROM information_schema.columns \
                     WHERE table_schema = current_schema() AND table_name = '{table}'"
                ),
            );
            let checks = lines(
                &db,
                format!("SELECT sql AS line FROM sqlite_master WHERE type = 'table' AND name = '{table}'"),
                format!(
                    "SELECT pg_get_constraintdef(oid) AS line FROM pg_constraint \
                     WHERE contype = 'c' AND conrelid = '{table}'::regclass"
                ),
            );
            let (columns, checks) = (columns.await, checks.await.join(" "));
            let checked: BTreeSet<&str> = checks
                .split("CHECK (")
                .skip(1)
                .flat_map(|rest| rest.split(|one: char| !one.is_alphanumeric() && one != '_').take(4))
                .collect();
            for column in columns {
                let (name, kind) = column.split_once(' ').unwrap();
                let is_bound = ["integer", "bigint", "date"].contains(&kind) || CLOSED.contains(&name);
                if is_bound && !checked.contains(name) {
                    faults.push(format!("{service}.{table}.{name}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "without a CHECK: {faults:#?}");
}

#[test]
fn migrations_have_the_same_names_on_both_engines_and_go_forward_only() {
    for set in ["shared", "identity", "enterprise-registry", "membership", "reporting"] {
        let names = |engine: &str| {
            let folder = root().join("migrations").join(set).join(engine);
            let found = std::fs::read_dir(folder).unwrap().flatten();
            found.map(|entry| entry.file_name().into_string().unwrap()).collect::<BTreeSet<_>>()
        };
        assert_eq!(names("sqlite"), names("postgres"), "{set}");
        for name in names("sqlite") {
            for engine in ["sqlite", "postgres"] {
                let folder = root().join("migrations").join(set).join(engine).join(&name);
                assert!(folder.join("up.sql").is_file() && !folder.join("down.sql").exists(), "{}", folder.display());
            }
        }
    }
}

/// Updates that do not name the version that was read, each with the reason.
const UPDATES_WITHOUT_A_VERSION: [(&str, &[&str], &str); 19] = [
    (
        "services/enterprise-registry/src/economic_units/store.rs",
        &["move_acts"],
        "what happened about a unit goes with it, whatever it is by now",
    ),
    ("services/enterprise-registry/src/erasures/store.rs", &["empty_household"], "an erasure takes away what is there"),
    (
        "services/identity/src/clients/store.rs",
        &["disable", "note_use", "put_newest", "renew_secret"],
        "it names the state that it read, sets a secret whichever was there, or changes what is read under the journal's lock",
    ),
    ("services/identity/src/grants/store.rs", &["end_tokens", "show_anew"], "a later version is all that is meant"),
    (
        "services/membership/src/erasures/store.rs",
        &["empty_person", "forget_conditions"],
        "an erasure takes away what is there",
    ),
    ("services/membership/src/findings/store.rs", &["raise"], "it names the state that it read"),
    ("services/membership/src/follows/units.rs", &["update_unit"], "a follower holds its cursor"),
    (
        "services/membership/src/organisations/store.rs",
        &["move_what_happened"],
        "what happened in an organisation goes with it, whatever it is by now",
    ),
    ("services/reporting/src/facts/store.rs", &["close", "remove_paper"], "a follower holds its cursor"),
    ("services/reporting/src/figures/position.rs", &["note"], "whoever notes holds a lock"),
    (
        "services/reporting/src/periods/organisations.rs",
        &["apply_organisation", "close_period"],
        "a follower holds its cursor",
    ),
    ("services/reporting/src/periods/recording_starts.rs", &["apply_recording_start"], "a follower holds its cursor"),
    ("services/reporting/src/periods/units.rs", &["close_corrected", "close_period"], "a follower holds its cursor"),
    (
        "services/reporting/src/rebuilds/store.rs",
        &["end", "insert_operation", "touch"],
        "it names the state that it read",
    ),
    ("shared/src/acts/kept.rs", &["remove_papers", "remove_sealed"], "an erasure takes away what is there"),
    ("shared/src/access_records/store.rs", &["forget_purposes"], "an erasure takes away what is there"),
    (
        "shared/src/follow/cursor.rs",
        &["advance", "lock_at", "mark_caught_up", "mark_stopped"],
        "a cursor is locked, or named by its place",
    ),
    ("shared/src/journal/redact.rs", &["redact_subject"], "an erasure takes away what is there"),
    ("shared/src/personal/rotation.rs", &["wrap_some"], "the rotation holds a lock of its own"),
];

/// The functions of a file, each with its name and its text, in which the text of a nested one stands too.
fn functions(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in code(text).lines() {
        let declared = ["fn ", "pub fn ", "pub(super) fn ", "pub(crate) fn ", "async fn ", "pub async fn "];
        let start = line.trim_start();
        if let Some(rest) = declared.iter().find_map(|how| start.strip_prefix(how)) {
            let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            found.push((name, String::new()));
        }
        if let Some((_, body)) = found.last_mut() {
            *body += line;
            *body += "\n";
        }
    }
    found
}

/// Who changes a row names the version that was read, by the one helper that turns a stale one into an answer.
#[test]
fn an_update_names_the_version_that_was_read() {
    let allowed: BTreeSet<(&str, &str)> =
        UPDATES_WITHOUT_A_VERSION.iter().flat_map(|(file, names, _)| names.iter().map(|name| (*file, *name))).collect();
    let sources = all_sources();
    let mut without = BTreeSet::new();
    for (file, text) in sources.iter().filter(|(file, _)| !file.starts_with("tests/")) {
        for (name, body) in functions(text) {
            if body.contains("diesel::update(") && !body.contains("once(") {
                without.insert((file.as_str(), name));
            }
        }
    }
    let without: BTreeSet<(&str, &str)> = without.iter().map(|(file, name)| (*file, name.as_str())).collect();
    assert_eq!(without, allowed, "an update without a version, or a reason for one that is gone");
}
