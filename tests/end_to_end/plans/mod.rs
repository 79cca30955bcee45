//! How the engines find what lists show: by an index, and in the order of the list, whatever is asked and by whom.

mod asked;
mod size;

use std::collections::{BTreeMap, BTreeSet};

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use shared::Result;
use shared::storage::{AnyConnection, Db};
use tests::{TestApp, Watched, watch_connections};

use asked::{NAMED, Readers, Records, is_read, marked, marks_of, read_two_pages};

#[derive(diesel::QueryableByName)]
struct Sqlite {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(diesel::QueryableByName)]
struct Postgres {
    #[diesel(sql_type = Text)]
    #[diesel(column_name = "QUERY PLAN")]
    line: String,
}

/// The plan of a statement, line by line. PostgreSQL is asked for the one that it would take of large tables: it reads a small
/// table whole where it may, and that is forbidden here.
fn plan_of(conn: &mut AnyConnection, statement: &str) -> Result<Vec<String>> {
    match conn {
        AnyConnection::Sqlite(sqlite) => {
            let lines: Vec<Sqlite> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(sqlite)?;
            Ok(lines.into_iter().map(|line| line.detail).collect())
        }
        AnyConnection::Postgres(postgres) => {
            let values = (1..).take_while(|number| statement.contains(&format!("${number}"))).count();
            let nothing = vec!["NULL"; values].join(", ");
            let arguments = if values == 0 { String::new() } else { format!("({nothing})") };
            postgres.batch_execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; \
                 SET LOCAL plan_cache_mode = force_generic_plan",
            )?;
            postgres.batch_execute(&format!("PREPARE asked AS {statement}"))?;
            let lines: Vec<Postgres> =
                diesel::sql_query(format!("EXPLAIN (COSTS OFF) EXECUTE asked{arguments}")).load(postgres)?;
            postgres.batch_execute("DEALLOCATE asked")?;
            Ok(lines.into_iter().map(|line| line.line.trim().to_owned()).collect())
        }
    }
}

/// What is wrong about a plan: a table that is read whole, or rows that are put in order after they were read.
fn faults(plan: &[String], may_sort: bool) -> Vec<&String> {
    const LARGE: [&str; 8] = ["t", "o", "u", "p", "w", "acts", "organisation_units", "search_words"];
    let is_whole = |line: &str| {
        let sqlite = line.strip_prefix("SCAN ").is_some_and(|rest| {
            let table = rest.split(' ').next().unwrap_or_default();
            // The facts that were read are named as their table is.
            let is_facts = table == "f" && !plan.iter().any(|other| other.starts_with("SEARCH f USING"));
            (is_facts || LARGE.contains(&table)) && !rest.contains("USING")
        });
        sqlite || line.contains("Seq Scan")
    };
    // SQLite, which keeps no statistics here, takes the first two for whatever names a measure and the last day; the third for
    // facts that have an organisation; the last for periods that were told before a position.
    let is_measure = |line: &str| {
        const ALL: [&str; 4] = [
            "facts_days (measure=? AND occurred_on<?)",
            "facts_days (measure=?)",
            "facts_organisations (organisation_id>?)",
            "_told (from_seq<?)",
        ];
        ALL.iter().any(|index| line.contains(index))
    };
    let is_sorted = |line: &str| line.contains("TEMP B-TREE FOR ORDER BY") || line.contains("Sort Key");
    plan.iter().filter(|line| is_whole(line) || is_measure(line) || (!may_sort && is_sorted(line))).collect()
}

/// The database whose tables a statement reads.
fn database_of<'a>(app: &'a TestApp, statement: &str) -> &'a Db {
    if ["facts f", "facts x", "organisation_periods o"].iter().any(|table| statement.contains(table)) {
        &app.system.reporting.db
    } else if statement.contains("economic_units t") {
        &app.system.registry.db
    } else {
        &app.system.membership.db
    }
}

async fn explain(app: &TestApp, statements: BTreeSet<String>) -> BTreeMap<String, Vec<String>> {
    let mut plans = BTreeMap::new();
    for statement in statements {
        let (asked, db) = (statement.clone(), database_of(app, &statement));
        plans.insert(statement, db.read(move |conn| plan_of(conn, &asked)).await.expect("a plan"));
    }
    plans
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_reads_a_table_whole_or_sorts_what_it_read() {
    watch_connections();
    let app = TestApp::start().await;
    let records = Records::make(&app).await;
    let (books, mut paths) = (&records.books, records.paths());
    let readers = Readers::make(&app).await.sign_in(&app).await;
    let before = readers[4].get("/v1/figures?period=2022-H1").await.is(200)["position"].as_str().unwrap().to_owned();
    let marks = marks_of(&readers).await;
    books.admit(&records.cell, 25, "2022-05-19").await;
    books.admit(&records.cell, 26, "2022-05-19").await;
    for _ in 0..2 {
        books.unit("Công ty Giả Định").await;
        books.cell("2021-03-15").await;
    }
    app.settle().await;
    for as_of in [String::new(), format!("&as_of={before}"), "&as_of=2020-01-01T00:00:00Z".to_owned()] {
        paths.push(format!("/v1/figures?period=2022-H1&by=superior_body{as_of}"));
    }
    // Those of lists and of drill-downs, by the names that they give their tables.
    let watched = Watched::those(&app, |text| is_read(text) && NAMED.iter().any(|table| text.contains(table)));
    let mut all = 0;
    for path in paths {
        for (at, reader) in readers.iter().enumerate() {
            let path = marked(&path, at, &marks);
            for limit in [1, 50] {
                let path = match path.starts_with("/v1/figures?") {
                    true => path.clone(),
                    false => format!("{path}{}limit={limit}", if path.ends_with('?') { "" } else { "&" }),
                };
                read_two_pages(reader, &path).await;
            }
            let statements: BTreeSet<String> = watched.take().into_iter().collect();
            all += statements.len();
            for (statement, plan) in explain(&app, statements).await {
                // What is found by words, by a unit or by few organisations is few, and put in order afterwards, and so are
                // superior bodies. Sums come in whatever order.
                let few = [
                    "t.id IN (",
                    "t.person_id IN (",
                    "t.name_index = ",
                    "TRUE AS belongs",
                    "GROUP BY",
                    "o.is_superior_body",
                ];
                let may_sort = few.iter().any(|one| statement.contains(one));
                let faults = faults(&plan, may_sort);
                assert!(faults.is_empty(), "{path}\n{statement}\n{}\n{faults:?}", plan.join("\n"));
            }
        }
    }
    assert!(all > 200, "{all} statements are seen");
}
