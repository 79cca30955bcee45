//! How the engines find what lists show: by an index, and in the order of the list, whatever is asked and by whom.

use std::collections::{BTreeMap, BTreeSet};

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use shared::Result;
use shared::access::{Grant, Role};
use shared::storage::{AnyConnection, Db};
use shared::territory::AreaId;
use tests::{Books, Somebody, TestApp, Watched, unit, watch_connections};

/// Two communes of one district, and one of another.
const COMMUNES: [&str; 3] = ["11986@origin", "11992@origin", "12019@origin"];
/// The lists of which copies are kept.
const COPIED: [&str; 3] = ["economic-units", "organisations", "people"];

/// One commune, a district, scattered communes, and everything.
async fn readers(app: &TestApp) -> Vec<Somebody> {
    let grant = |area: &str| Grant { role: Role::Inspector, area: AreaId::stored(area) };
    vec![
        app.be(Role::Inspector, COMMUNES[0]).await,
        app.be(Role::Inspector, "325@origin").await,
        app.be_with(&[grant(COMMUNES[0]), grant(COMMUNES[2])]).await,
        app.be(Role::Inspector, COMMUNES[2]).await,
        app.be(Role::Inspector, "33@origin").await,
    ]
}

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
    let books = Books::of_van_lam(&app).await;
    let (cell, union) = (books.cell("2015-03-15").await, books.union("2015-03-15").await);
    // More than a drill-down reads before it looks for those of few organisations.
    for number in 1..=24 {
        books.admit(&cell, number, "2016-05-19").await;
    }
    books.admit(&union, 1, "2016-05-20").await;
    let company = books.officer.post("/v1/economic-units", unit("Công ty Giả Định", COMMUNES[0])).await.is(201);
    let company = company["id"].as_str().unwrap();
    app.settle().await;
    let mut paths: Vec<String> = Vec::new();
    for order in ["name", "-updated_at"] {
        for filter in [
            "",
            "&status=active",
            "&status=active,suspended",
            "&legal_form=other",
            "&status=active&legal_form=other,cooperative",
            "&area=325@origin",
            "&area=11986@origin&status=active",
            "&q=gia",
            "&q=cong+gia&status=active",
        ] {
            paths.push(format!("/v1/economic-units?sort={order}{filter}"));
        }
        let (of_unit, under) = (format!("&economic_unit={company}"), format!("&superior={}", books.committee));
        for filter in [
            "",
            "&status=active",
            "&branch=union",
            "&kind=grassroots_cell&status=active,dissolved",
            "&area=325@origin",
            "&q=chi",
            of_unit.as_str(),
            under.as_str(),
        ] {
            paths.push(format!("/v1/organisations?sort={order}{filter}"));
        }
    }
    let by_ids = "ids=0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f,0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60";
    for list in ["economic-units", "organisations", "people", "acts", "findings"] {
        paths.push(format!("/v1/{list}?{by_ids}"));
    }
    paths.push(format!("/v1/economic-units?{by_ids}&status=active&sort=-updated_at"));
    for list in COPIED {
        paths.push(format!("/v1/{list}?updated_after=MARK"));
    }
    let (in_cell, of_cell) =
        (format!("organisation={cell}"), format!("organisation={cell}&kind=party_member.admitted"));
    for (list, filters) in [
        (
            "people",
            vec!["", "branch=party", "status=active", "status=active&branch=union", "area=325@origin", &in_cell],
        ),
        ("acts", vec!["", "kind=party_member.admitted,union_member.admitted", &in_cell, &of_cell]),
        ("findings", vec!["", "status=open", "kind=possible_duplicate&status=open,settled", "area=325@origin"]),
    ] {
        paths.extend(filters.iter().map(|filter| format!("/v1/{list}?{filter}")));
    }
    for indicator in ["PM01", "PO01", "PM10", "TU07", "UN01", "UN11"] {
        let body = format!("&by=superior_body&row={}", books.committee);
        let of_none = "&by=superior_body&row=none";
        let (of_branch, of_district) = ("&by=branch&row=union", "&by=district&row=325@origin");
        let undecided = "&map=2025-07-01&by=commune&row=undecided";
        for filter in
            ["", "&area=11986@origin", "&area=325@origin", body.as_str(), of_none, of_branch, of_district, undecided]
        {
            paths.push(format!("/v1/figures/{indicator}/entries?period=2022-H1{filter}"));
        }
    }
    let readers = readers(&app).await;
    let before = readers[4].get("/v1/figures?period=2022-H1").await.is(200)["position"].as_str().unwrap().to_owned();
    let mut marks = BTreeMap::new();
    for (at, reader) in readers.iter().enumerate() {
        for list in COPIED {
            let page = reader.get(&format!("/v1/{list}?limit=200")).await.is(200);
            marks.insert((at, list), page["mark"].as_str().unwrap().to_owned());
        }
    }
    books.admit(&cell, 25, "2022-05-19").await;
    books.admit(&cell, 26, "2022-05-19").await;
    for _ in 0..2 {
        books.unit("Công ty Giả Định").await;
        books.cell("2021-03-15").await;
    }
    app.settle().await;
    for as_of in [String::new(), format!("&as_of={before}"), "&as_of=2020-01-01T00:00:00Z".to_owned()] {
        paths.push(format!("/v1/figures?period=2022-H1&by=superior_body{as_of}"));
    }
    // Those of lists and of drill-downs, by the names that they give their tables.
    let watched = Watched::those(&app, |text| {
        const NAMED: [&str; 9] = [
            "listed_records t",
            "economic_units t",
            "organisations t",
            "memberships t",
            "acts t",
            "findings t",
            "facts f",
            "facts x",
            "organisation_periods o",
        ];
        let is_read = ["SELECT", "WITH"].iter().any(|word| text.trim_start().starts_with(word));
        is_read && NAMED.iter().any(|table| text.contains(table))
    });
    let mut all = 0;
    for path in paths {
        for (at, reader) in readers.iter().enumerate() {
            let of_path = |list: &&&str| path.contains(&format!("/{list}?"));
            let mark = COPIED.iter().find(of_path).and_then(|list| marks.get(&(at, *list)));
            let path = path.replace("MARK", mark.map_or("", String::as_str));
            for limit in [1, 50] {
                let path = match path.starts_with("/v1/figures?") {
                    true => path.clone(),
                    false => format!("{path}{}limit={limit}", if path.ends_with('?') { "" } else { "&" }),
                };
                let page = reader.get(&path).await;
                if page.status == 422 {
                    // An area outside the reach.
                    continue;
                }
                if let Some(next) = page.is(200)["next"].as_str() {
                    reader.get(&format!("{path}&cursor={next}")).await.is(200);
                }
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
