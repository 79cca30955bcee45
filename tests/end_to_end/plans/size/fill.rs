//! Fills the databases of lists and figures with as many rows as a province has, by plain SQL: nothing of it is journalled, and
//! no names are kept of its people. Constraints and indexes are made anew behind the rows, foreign keys are not.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::Text;
use diesel::{Connection, RunQueryDsl};

use super::super::asked::Records;

const COMMON: &str = include_str!("common.sql");
const SERVICES: [(&str, &str); 3] = [
    ("enterprise_registry", include_str!("registry.sql")),
    ("membership", include_str!("membership.sql")),
    ("reporting", include_str!("reporting.sql")),
];
/// The last journal entries of the registry and of membership. Whoever follows them goes on there.
const HEADS: [(&str, &str, i64); 2] =
    [("enterprise-registry", "enterprise_registry", 110_000), ("membership", "membership", 900_000)];
/// Who follows the registry, and membership.
const FOLLOWERS: [&str; 4] = ["identity", "membership", "reporting", "steering"];

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(conn: &mut PgConnection, query: &str) -> Vec<String> {
    let lines: Vec<Line> = diesel::sql_query(query).load(conn).expect(query);
    lines.into_iter().map(|line| line.line).collect()
}

fn run(conn: &mut PgConnection, statement: &str) {
    conn.batch_execute(statement).unwrap_or_else(|error| panic!("{statement}\n{error}"));
}

/// Fills the databases of a system that is stopped.
pub(super) fn fill(url: &str, records: &Records) {
    std::thread::scope(|scope| {
        for (schema, rows) in SERVICES {
            scope.spawn(move || fill_one(url, schema, &named(&format!("{COMMON}{rows}"), records)));
        }
    });
    let mut conn = PgConnection::establish(url).expect("the server answers");
    for (source, schema, head) in HEADS {
        for follower in FOLLOWERS {
            run(
                &mut conn,
                &format!(
                    "UPDATE {follower}.cursors SET seq = j.seq, hash = j.hash, recorded_at = j.recorded_at \
                     FROM {schema}.journal_entries j WHERE source = '{source}' AND j.seq = {head}"
                ),
            );
        }
    }
}

/// The rows with the ids of the records that paths name.
fn named(rows: &str, records: &Records) -> String {
    let ids = [
        (":company", &records.company),
        (":committee", &records.books.committee),
        (":federation", &records.books.federation),
        (":cell", &records.cell),
    ];
    ids.into_iter().fold(rows.to_owned(), |rows, (name, id)| rows.replace(name, id))
}

fn fill_one(url: &str, schema: &str, rows: &str) {
    let mut conn = PgConnection::establish(url).expect("the server answers");
    let conn = &mut conn;
    run(conn, &format!("SET search_path = {schema}; SET maintenance_work_mem = '256MB'; SET timezone = 'UTC'"));
    let tables: BTreeSet<&str> =
        rows.lines().filter_map(|line| line.strip_prefix("INSERT INTO ")?.split(' ').next()).collect();
    let of_constraints = |what: &str, which: &str| {
        format!(
            "SELECT {what} AS line FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid \
             WHERE k.connamespace = '{schema}'::regnamespace AND {which}"
        )
    };
    let drop = "format('ALTER TABLE %I DROP CONSTRAINT %I', c.relname, k.conname)";
    for statement in lines(conn, &of_constraints(drop, "k.contype = 'f'")) {
        run(conn, &statement);
    }
    let mut again = Vec::new();
    for table in &tables {
        let of_table = format!("c.relname = '{table}' AND k.contype IN ('p', 'u')");
        let add = "format('ALTER TABLE %I ADD CONSTRAINT %I %s', c.relname, k.conname, pg_get_constraintdef(k.oid))";
        again.extend(lines(conn, &of_constraints(add, &of_table)));
        for statement in lines(conn, &of_constraints(drop, &of_table)) {
            run(conn, &statement);
        }
        let indexes = |what: &str| {
            format!("SELECT {what} AS line FROM pg_indexes WHERE schemaname = '{schema}' AND tablename = '{table}'")
        };
        again.extend(lines(conn, &indexes("indexdef")));
        for statement in lines(conn, &indexes("format('DROP INDEX %I', indexname)")) {
            run(conn, &statement);
        }
    }
    run(conn, rows);
    for statement in again {
        run(conn, &statement);
    }
    // As the server's own process leaves them.
    for table in tables {
        run(conn, &format!("VACUUM (ANALYZE) {table}"));
    }
}
