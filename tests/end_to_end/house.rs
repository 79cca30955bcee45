//! The project's rules for the source tree and the database catalogue: which file may import what, how large a file
//! may be, and that both engines end with the same schema.

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

pub fn all_sources() -> Vec<(String, String)> {
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
    let services = ["identity", "enterprise_registry", "membership", "reporting", "steering"];
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

/// What the paths of a file begin with after `crate::`: the modules of its service that it uses, or what its `lib.rs`
/// re-exports.
fn used_of_crate(text: &str) -> BTreeSet<String> {
    let lines = code(text).lines().filter(|line| !line.trim_start().starts_with("//"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let word = |path: &str| path.trim().chars().take_while(|one| one.is_alphanumeric() || *one == '_').collect();
    let mut used = BTreeSet::new();
    for path in text.split("crate::").skip(1) {
        let Some(group) = path.strip_prefix('{') else {
            used.insert(word(path));
            continue;
        };
        let (mut depth, mut is_first) = (0, true);
        for (at, one) in group.char_indices() {
            match one {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => is_first = true,
                _ if is_first && one.is_alphanumeric() => {
                    used.insert(word(&group[at..]));
                    is_first = false;
                }
                _ => {}
            }
        }
    }
    used
}

/// The module of a service to which a file belongs, and how many modules it is below the root.
fn module_of(path: &str) -> (&str, usize) {
    let depth = path.trim_end_matches("/mod.rs").split('/').count();
    (path.split('/').next().unwrap().trim_end_matches(".rs"), depth)
}

/// Folders and top-level files alike. `lib.rs` only declares them and shows items of theirs to other crates; within the
/// crate an item is named by its module, or an import through `lib.rs` could close a circle that nobody sees.
#[test]
fn the_modules_of_a_service_use_one_another_without_a_circle() {
    let sources = all_sources();
    let files: Vec<(&str, &str, &str)> = sources
        .iter()
        .filter_map(|(name, text)| {
            let (service, path) = name.strip_prefix("services/")?.split_once("/src/")?;
            Some((service, path, text.as_str()))
        })
        .collect();
    let modules: BTreeSet<(&str, &str)> =
        files.iter().map(|(service, path, _)| (*service, module_of(path).0)).collect();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut faults = Vec::new();
    for (service, path, text) in files.iter().filter(|(_, path, _)| *path != "main.rs") {
        let ((module, depth), used) = (module_of(path), used_of_crate(text));
        if *path == "lib.rs" {
            let declares = |line: &&str| ["mod ", "use ", "pub "].iter().any(|word| line.starts_with(word));
            let defines = |line: &&str| ["fn ", "struct ", "enum ", "const "].iter().any(|word| line.contains(word));
            faults.extend(code(text).lines().filter(declares).filter(defines).map(|line| format!("{service}: {line}")));
            continue;
        }
        let to_the_root = "super::".repeat(depth);
        // A declaration of a table is a module of its own: `super` is its file there.
        let mut lines = code(text).lines().filter(|line| line.trim() != "use super::SqlId;");
        if lines.any(|line| line.contains(&to_the_root)) {
            faults.push(format!("{service}/{path} reaches the root by `{to_the_root}`"));
        }
        for used in used.iter().filter(|used| *used != module) {
            if modules.contains(&(service, used.as_str())) {
                uses.entry(format!("{service}/{module}")).or_default().insert(format!("{service}/{used}"));
            } else {
                faults.push(format!("{service}/{path} uses `crate::{used}`, which is no module of the service"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(uses["membership/composition"].contains("membership/state") && uses.len() > 40, "{uses:#?}");
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

fn databases(app: &TestApp) -> [(&'static str, Db); 5] {
    [
        ("identity", app.system.identity.db.clone()),
        ("enterprise-registry", app.system.registry.db.clone()),
        ("membership", app.system.membership.db.clone()),
        ("reporting", app.system.reporting.db.clone()),
        ("steering", app.system.steering.db.clone()),
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
    ("made_ids.record_id", "a record of the service, in the table of its kind"),
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
    ("listed_records.record_id", "a record of the service, in the table of its kind"),
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

/// A database notes the migrations that it has by their instants alone: of two with one instant the second is never applied.
#[test]
fn no_two_migrations_of_one_database_have_the_same_instant() {
    let instants = |set: &str| {
        let found = std::fs::read_dir(root().join("migrations").join(set).join("sqlite")).unwrap().flatten();
        let names = found.map(|entry| entry.file_name().into_string().unwrap());
        names.map(|name| name.split('_').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for service in ["identity", "enterprise-registry", "membership", "reporting", "steering"] {
        let all: Vec<String> = instants("shared").into_iter().chain(instants(service)).collect();
        let distinct: BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "{service}: {all:?}");
    }
}

#[test]
fn migrations_have_the_same_names_on_both_engines_and_go_forward_only() {
    for set in ["shared", "identity", "enterprise-registry", "membership", "reporting", "steering"] {
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
const UPDATES_WITHOUT_A_VERSION: [(&str, &[&str], &str); 26] = [
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
        "services/identity/src/users/store.rs",
        &["end_user_tokens", "set_password", "set_totp", "touch", "withdraw_removal"],
        "a later version is all that is meant",
    ),
    (
        "services/identity/src/credentials/second_factor.rs",
        &["take_totp_step"],
        "a code is taken by the step that it names",
    ),
    (
        "services/identity/src/sessions/store.rs",
        &[
            "complete_sign_in",
            "end_all_sessions",
            "end_other_sessions_of",
            "end_session",
            "end_sessions_of",
            "end_sessions_of_app",
            "end_sessions_of_provider_session",
            "note_use",
        ],
        "a session ends whatever it is by now",
    ),
    (
        "services/identity/src/apps/store.rs",
        &["set_redirect_uris"],
        "the program sets at its start what follows from its own address",
    ),
    (
        "services/identity/src/authorisation/store.rs",
        &["replace_refresh_token", "use_code"],
        "whoever exchanges holds a lock of the code or the session",
    ),
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
    (
        "services/membership/src/people/listed.rs",
        &["move_members_of"],
        "the members of an organisation go with it, whatever they are by now",
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
    ("shared/src/acts/kept.rs", &["remove_papers", "remove_sealed"], "an erasure takes away what is there"),
    ("shared/src/operations/store.rs", &["begin", "end", "touch"], "it names the state that it read"),
    ("shared/src/made_ids/store.rs", &["forget_content"], "an erasure takes away what is there"),
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

/// `docs/security-checklist.md` names tests: each is there.
#[test]
fn every_test_that_the_security_checklist_names_is_there() {
    let text = std::fs::read_to_string(root().join("docs/security-checklist.md")).unwrap();
    let named: BTreeSet<(&str, &str)> =
        text.split('`').skip(1).step_by(2).filter_map(|code| code.split_once(".rs::")).collect();
    assert!(named.len() > 60, "{} tests are named", named.len());
    let missing: Vec<String> = named
        .into_iter()
        .filter(|(file, name)| {
            let whole = file.starts_with("services/") || file.starts_with("shared/") || file.starts_with("tests/");
            let path = if whole { format!("{file}.rs") } else { format!("tests/end_to_end/{file}.rs") };
            let code = std::fs::read_to_string(root().join(&path)).unwrap_or_default();
            let is_test = |at: usize| code.get(..at).unwrap_or_default().trim_end().ends_with(']');
            !code.match_indices(&format!("fn {name}(")).any(|(at, _)| is_test(at.saturating_sub(6)) || is_test(at))
        })
        .map(|(file, name)| format!("{file}.rs::{name}"))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}
