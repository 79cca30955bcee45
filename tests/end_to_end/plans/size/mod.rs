//! The plans that PostgreSQL takes of a database of a province's size: 100,000 units, 120,000 organisations, 700,000 memberships
//! and 1,500,000 facts, unevenly distributed.
//!
//! Each statement is explained and carried out with the values that it was sent with. PostgreSQL plans a prepared statement for
//! its values five times, and then may take a plan for whatever values, if that one seems no dearer. Both plans are judged.

mod fill;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::Text;
use diesel::{Connection, RunQueryDsl};
use serde_json::Value;
use tests::{NOW, Somebody, TestApp, Watched, count_rows, watch_connections};

use super::asked::{NAMED, Readers, Records, is_read, marked, marks_of, read_two_pages};

/// What statements of searches and of figures name beside the tables of the lists.
const ALSO_NAMED: [&str; 3] = ["search_words", "sums", "unit_periods"];
/// The rows of a page, and one by which it is known whether there are more.
const PAGE: f64 = 51.0;
/// How many rows a filter may drop: 20 pages.
const DROPPED_MAX: f64 = 1000.0;
/// How many rows are sorted that few words found, or one unit.
const FEW_MAX: f64 = 1100.0;
/// How many statements of a drill-down are judged that differ in their values alone: it reads on and on.
const ALIKE_MAX: usize = 8;

/// A fault that statements with a part may have, with at most so many rows.
struct Exception {
    part: &'static str,
    fault: Fault,
    most: f64,
}

const fn may(part: &'static str, fault: Fault, most: f64) -> Exception {
    Exception { part, fault, most }
}

/// What these statements read in vain, or sort, is more than a page, and may not grow. The bounds leave room for the samples from which
/// PostgreSQL makes its statistics. A table may not be read whole by any statement.
const EXCEPTIONS: [Exception; 16] = [
    // A word that more than 1,000 records have is searched along the list's order: of 70 records one has the rarest of these. And
    // PostgreSQL, which expects hardly any record to have the words, may read a commune by another index and sort what it finds.
    may("t.search_text LIKE", Fault::Dropped, 30_000.0),
    may("t.search_text LIKE", Fault::Sorted, 10_000.0),
    // A rare word is looked for in all areas, and PostgreSQL may look for it anew for each of them.
    may("w.area_id = e.value", Fault::Dropped, 40_000.0),
    // With a filter PostgreSQL may read a commune by the index of the filter in another order, or of another filter, and sort it.
    may(" = e.c1", Fault::Sorted, 10_000.0),
    // So it may what one organisation has, or what is under one body, all or what is in the caller's areas.
    may("t.organisation_id = ", Fault::Sorted, 5000.0),
    may("t.organisation_id = ", Fault::Dropped, 5000.0),
    may("t.superior_id = ", Fault::Sorted, 10_000.0),
    may("t.superior_id = ", Fault::Dropped, 10_000.0),
    // A page of entries reads up to 2,000 facts at a time, of which those of other kinds of organisations are dropped.
    may("AS belongs FROM (SELECT * FROM facts", Fault::Sorted, 2000.0),
    may("AS belongs FROM (SELECT * FROM facts", Fault::Dropped, 4000.0),
    // The facts of up to 2,000 periods of organisations or units are found, and then sorted.
    may("TRUE AS belongs", Fault::Sorted, 4000.0),
    may("TRUE AS belongs", Fault::Dropped, 10_000.0),
    // Units that are covered are read some thousand at a time, or those of an area; each once.
    may(" AS thing", Fault::Sorted, 30_000.0),
    may(" AS thing", Fault::Dropped, 30_000.0),
    // The organisations of which something was told since a position, each once. Beyond some thousand, facts are counted instead.
    may(" told LIMIT ", Fault::Sorted, 10_000.0),
    // All superior bodies, in the order of their branches.
    may("o.is_superior_body", Fault::Sorted, 1000.0),
];

fn is_expected(statement: &str, fault: Fault, rows: f64) -> bool {
    EXCEPTIONS.iter().any(|one| one.fault == fault && rows <= one.most && statement.contains(one.part))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// A large table is read whole.
    Whole,
    /// A filter drops more rows than 20 pages have.
    Dropped,
    /// More rows are sorted than a page has.
    Sorted,
}

/// A plan that was carried out.
struct Plan {
    tree: Value,
    is_generic: bool,
}

impl Plan {
    fn faults(&self, statement: &str, large: &BTreeSet<String>) -> BTreeMap<Fault, f64> {
        let mut faults = BTreeMap::new();
        let is_few = ["t.id IN (", "t.person_id IN ("].iter().any(|part| statement.contains(part));
        let sorted_max = if is_few { FEW_MAX } else { PAGE };
        let mut dropped = 0.0;
        walk(&self.tree["Plan"], &mut |node| {
            let number = |name: &str| node[name].as_f64().unwrap_or_default();
            let text = |name: &str| node[name].as_str().unwrap_or_default();
            let loops = number("Actual Loops");
            dropped += (number("Rows Removed by Filter") + number("Rows Removed by Index Recheck")) * loops;
            if text("Node Type") == "Seq Scan" && large.contains(text("Relation Name")) && loops > 0.0 {
                faults.insert(Fault::Whole, number("Actual Rows"));
            }
            if text("Node Type") == "Sort" {
                let sorted = node["Plans"][0]["Actual Rows"].as_f64().unwrap_or_default();
                if sorted > sorted_max {
                    faults.insert(Fault::Sorted, sorted);
                }
            }
        });
        if dropped > DROPPED_MAX {
            faults.insert(Fault::Dropped, dropped);
        }
        faults
    }
}

fn walk(node: &Value, see: &mut impl FnMut(&Value)) {
    see(node);
    for below in node["Plans"].as_array().into_iter().flatten() {
        walk(below, see);
    }
}

#[derive(diesel::QueryableByName)]
struct Explained {
    #[diesel(sql_type = Text)]
    plan: String,
}

/// Explains statements of one service.
struct Explainer {
    conn: PgConnection,
    large: BTreeSet<String>,
}

impl Explainer {
    fn of(url: &str, schema: &str) -> Self {
        let mut conn = PgConnection::establish(url).expect("the server answers");
        conn.batch_execute(&format!("SET search_path = {schema}; SET timezone = 'UTC'")).expect("settings");
        let large = "SELECT relname::text AS plan FROM pg_class WHERE reltuples > 5000 AND relkind = 'r' \
             AND relnamespace = current_schema()::regnamespace";
        let large: Vec<Explained> = diesel::sql_query(large).load(&mut conn).expect("the large tables");
        Self { conn, large: large.into_iter().map(|one| one.plan).collect() }
    }

    fn explain(&mut self, options: &str, mode: &str, values: &[String]) -> Value {
        self.conn.batch_execute(&format!("SET plan_cache_mode = force_{mode}_plan")).expect("a setting");
        let arguments = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
        let cursor = format!("EXPLAIN ({options}FORMAT JSON) EXECUTE asked{arguments}");
        let text = plan_text(&mut self.conn, &cursor);
        let plans: Value = serde_json::from_str(&text).expect("a plan");
        plans[0].clone()
    }

    /// The plan for the values, and the one for whatever values, if PostgreSQL would take it.
    fn plans_of(&mut self, statement: &str, values: &[String]) -> Vec<Plan> {
        let prepared = self.conn.batch_execute(&format!("PREPARE asked AS {statement}"));
        prepared.unwrap_or_else(|error| panic!("{statement}\n{error}"));
        let analyze = "ANALYZE, TIMING OFF, ";
        let custom = self.explain(analyze, "custom", values);
        let mut plans = Vec::new();
        if !values.is_empty() {
            let generic = self.explain("", "generic", values);
            let mut tables = 0.0;
            walk(&custom["Plan"], &mut |node| tables += f64::from(u8::from(node["Relation Name"].is_string())));
            let cost = |plan: &Value| plan["Plan"]["Total Cost"].as_f64().unwrap_or_default();
            // What PostgreSQL reckons for planning, in the units of its costs.
            if cost(&generic) < cost(&custom) + 2.5 * (tables + 1.0) {
                plans.push(Plan { tree: self.explain(analyze, "generic", values), is_generic: true });
            }
        }
        plans.push(Plan { tree: custom, is_generic: false });
        self.conn.batch_execute("DEALLOCATE asked").expect("a statement");
        plans
    }
}

#[derive(diesel::QueryableByName)]
struct Json {
    #[diesel(sql_type = Text)]
    #[diesel(column_name = "QUERY PLAN")]
    plan: String,
}

fn plan_text(conn: &mut PgConnection, query: &str) -> String {
    let plans: Vec<Json> = diesel::sql_query(query).load(conn).unwrap_or_else(|error| panic!("{query}\n{error}"));
    plans.into_iter().next().map(|one| one.plan).unwrap_or_default()
}

/// Reads a page of people and one in the midst of the list. The keys of the filled persons open nothing: the page is found, and then
/// not shown.
async fn read_sealed_pages(reader: &Somebody, path: &str) {
    let midst = serde_json::json!({"list": "people", "key": "", "id": "01800005-0000-7000-8000-000000000005"});
    let cursor = URL_SAFE_NO_PAD.encode(midst.to_string());
    reader.get(path).await;
    if !path.contains("updated_after") {
        let page = reader.get(&format!("{path}&cursor={cursor}")).await;
        assert!([200, 422, 500].contains(&page.status), "{path}: {}", page.text);
    }
}

fn schema_of(path: &str) -> &'static str {
    if path.starts_with("/v1/figures") {
        "reporting"
    } else if path.starts_with("/v1/economic-units") {
        "enterprise_registry"
    } else {
        "membership"
    }
}

/// Without statistics of its tables, SQLite takes the plans that it takes of a small database at each size.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_no_statistics_by_which_a_plan_could_change() {
    let app = TestApp::with_demo().await;
    if app.database.is_on_server() {
        return;
    }
    let system = &app.system;
    for db in
        [&system.identity.db, &system.registry.db, &system.membership.db, &system.reporting.db, &system.steering.db]
    {
        let named = |name: &str| format!("sqlite_master WHERE name LIKE '{name}'");
        let (journals, statistics) = (named("journal_entries"), named("sqlite_stat%"));
        assert_eq!((count_rows(db, &journals).await, count_rows(db, &statistics).await), (1, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_provinces_size_no_statement_reads_a_table_whole_or_rows_in_vain() {
    let begun = Instant::now();
    watch_connections();
    let app = TestApp::start().await;
    if !app.database.is_on_server() {
        return;
    }
    let (records, clients) = (Records::make(&app).await, Readers::make(&app).await);
    let marks = marks_of(&clients.sign_in(&app).await).await;
    app.look_for_findings().await;
    let database = app.stop().await;
    let url = database.url_text();
    let filled = url.clone();
    let records = tokio::task::spawn_blocking(move || {
        fill::fill(&filled, &records);
        records
    });
    let records = records.await.unwrap();
    println!("filled after {} s", begun.elapsed().as_secs());
    let app = TestApp::over(database, NOW).await;
    app.system.reporting.steps.be_long();
    let readers = clients.sign_in(&app).await;
    let watched =
        Watched::those(&app, |text| is_read(text) && NAMED.iter().chain(&ALSO_NAMED).any(|table| text.contains(table)));
    let mut paths = records.paths();
    for order in ["name", "-updated_at"] {
        for filter in
            ["q=hiem", "q=vua", "q=gia+vua", "legal_form=cooperative_union&status=terminated", "status=withdrawn"]
        {
            paths.push(format!("/v1/economic-units?sort={order}&{filter}"));
        }
        for filter in ["q=hiem", "q=vua", "kind=grassroots_chapter&status=dissolved"] {
            paths.push(format!("/v1/organisations?sort={order}&{filter}"));
        }
    }
    // As of now: for a position after which very much was recorded, facts are counted instead of sums.
    paths.push("/v1/figures?period=2022-H1&by=superior_body".to_owned());
    let mut seen: BTreeMap<(&str, String, Vec<String>), String> = BTreeMap::new();
    for path in paths {
        for (at, reader) in readers.iter().enumerate() {
            // What cannot be looked up is read for as long as it takes: one reader is enough, that of a district.
            if at != 1 && (path.contains("row=none") || path.contains("row=undecided")) {
                continue;
            }
            let path = match path.starts_with("/v1/figures?") {
                true => path.clone(),
                false => format!("{}{}limit=50", marked(&path, at, &marks), if path.ends_with('?') { "" } else { "&" }),
            };
            if path.starts_with("/v1/people") {
                read_sealed_pages(reader, &path).await;
            } else {
                read_two_pages(reader, &path).await;
            }
            for (statement, values) in watched.take_with_values() {
                seen.entry((schema_of(&path), statement, values)).or_insert_with(|| format!("{at} {path}"));
            }
        }
    }
    println!("read after {} s: {} statements", begun.elapsed().as_secs(), seen.len());
    assert!(seen.len() > 500, "{} statements are seen", seen.len());
    let judged = tokio::task::spawn_blocking(move || judge(&url, &seen));
    let faults = judged.await.unwrap();
    println!("explained after {} s", begun.elapsed().as_secs());
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n\n"));
}

/// What is wrong about the plans of statements: of those that differ in their values alone, the worst of each kind.
fn judge(url: &str, seen: &BTreeMap<(&str, String, Vec<String>), String>) -> Vec<String> {
    let mut worst: BTreeMap<(&str, &str, Fault), (f64, usize, String)> = BTreeMap::new();
    let mut explainers: BTreeMap<&str, Explainer> = BTreeMap::new();
    let mut alike: BTreeMap<&str, usize> = BTreeMap::new();
    for ((schema, statement, values), path) in seen {
        let alike = alike.entry(statement).or_default();
        *alike += 1;
        if *schema == "reporting" && *alike > ALIKE_MAX {
            continue;
        }
        let explainer = explainers.entry(schema).or_insert_with(|| Explainer::of(url, schema));
        for plan in explainer.plans_of(statement, values) {
            for (fault, rows) in plan.faults(statement, &explainer.large) {
                if is_expected(statement, fault, rows) {
                    continue;
                }
                let kept = worst.entry((schema, statement, fault)).or_default();
                kept.1 += 1;
                if rows > kept.0 {
                    let which = if plan.is_generic { "for whatever values" } else { "for the values" };
                    kept.0 = rows;
                    kept.2 = format!("{path}\n{which}: {values:?}\n{}", plan.tree["Plan"]);
                }
            }
        }
    }
    let told = worst.into_iter().map(|((schema, statement, fault), (rows, times, which))| {
        format!("{fault:?} {rows} rows, {times} times, {schema}: {statement}\n{which}")
    });
    told.collect()
}
