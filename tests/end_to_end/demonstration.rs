//! The reference report of the demonstration, and each of its miscount tests: what a careless count would say, and
//! what the figures say. The names of the tests are those in the demonstration's README.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Somebody, TestApp};

struct Demonstration {
    app: TestApp,
    inspector: Somebody,
    /// Every entry of membership's journal.
    entries: Vec<Value>,
}

impl Demonstration {
    async fn start() -> Self {
        let app = TestApp::with_demo().await;
        let inspector = app.be(Role::Inspector, "33@2025-07-01").await;
        let entries = journal(&inspector, "membership").await;
        Self { app, inspector, entries }
    }

    async fn figures(&self, query: &str) -> Value {
        self.inspector.get(&format!("/v1/figures?{query}")).await.is(200)
    }

    /// The figures of the first half of 2022 of the former province, by code.
    async fn half_year(&self) -> BTreeMap<String, i64> {
        totals(&self.figures("period=2022-H1&area=33@origin").await)
    }

    /// The entries of a kind, whatever became of them: what a careless count looks at.
    fn of_kind(&self, kind: &str) -> Vec<&Value> {
        self.entries.iter().filter(|entry| entry["kind"] == kind).collect()
    }

    /// The entries that count as known at a time: neither replaced by then, nor withdrawals.
    fn counting(&self, known_at: &str) -> Vec<&Value> {
        let known: Vec<&Value> =
            self.entries.iter().filter(|entry| entry["recorded_at"].as_str().unwrap() <= known_at).collect();
        let replaced: BTreeSet<&str> = known.iter().filter_map(|entry| entry["corrects"].as_str()).collect();
        let is_counting = |entry: &&&Value| {
            !replaced.contains(entry["id"].as_str().unwrap()) && !entry["kind"].as_str().unwrap().ends_with("withdrawn")
        };
        known.iter().filter(is_counting).copied().collect()
    }

    /// All entries behind a figure, page by page.
    async fn entries_of(&self, code: &str, query: &str) -> Vec<Value> {
        let (mut entries, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/figures/{code}/entries?{query}&limit=200{cursor}");
            let page = self.inspector.get(&path).await.is(200);
            entries.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return entries,
            }
        }
    }

    /// Counts by going through the journal, without the figures.
    fn count(&self, kind: &str, period: (&str, &str), known_at: &str) -> i64 {
        let in_period = |entry: &&&Value| {
            let on = entry["occurred_on"].as_str().unwrap();
            entry["kind"] == kind && period.0 <= on && on <= period.1
        };
        let counting = self.counting(known_at);
        counting.iter().filter(in_period).map(|entry| entry["data"]["count"].as_i64().unwrap_or(1)).sum()
    }
}

fn sum_of(entries: &[Value]) -> i64 {
    entries.iter().map(|entry| entry["value"].as_i64().unwrap()).sum()
}

const HALF_YEAR: (&str, &str) = ("2022-01-01", "2022-06-30");
const NOW: &str = "9999";

async fn journal(reader: &Somebody, service: &str) -> Vec<Value> {
    let (mut entries, mut after) = (Vec::new(), 0);
    loop {
        let page = reader.get(&format!("/v1/journal/{service}?limit=500&after={after}")).await.is(200);
        entries.extend(page["items"].as_array().unwrap().iter().cloned());
        after = page["next_after"].as_i64().unwrap();
        if after >= page["head"]["seq"].as_i64().unwrap() {
            return entries;
        }
    }
}

fn by_code(values: &Value) -> BTreeMap<String, i64> {
    let values = values.as_array().unwrap().iter();
    values.filter_map(|one| Some((one["indicator"].as_str()?.to_owned(), one["value"].as_i64()?))).collect()
}

fn totals(figures: &Value) -> BTreeMap<String, i64> {
    by_code(&figures["total"])
}

fn row<'a>(figures: &'a Value, key: &str) -> &'a Value {
    let rows = figures["rows"].as_array().unwrap();
    rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no row {key}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_case_comes_out_and_the_parts_add_up() {
    let demo = Demonstration::start().await;
    let figures = demo.half_year().await;
    let seed = ["PO01", "PO04", "PM10", "TU01", "TU04"].map(|code| figures[code]);
    assert_eq!(seed, [2, 4, 53, 7, 2794]);
    for by in ["district", "commune"] {
        let broken_down = demo.figures(&format!("period=2022-H1&area=33@origin&by={by}")).await;
        let rows = broken_down["rows"].as_array().unwrap();
        assert_eq!(rows.len(), if by == "district" { 10 } else { 161 });
        for (code, total) in totals(&broken_down) {
            let sum: i64 = rows.iter().map(|row| by_code(&row["values"])[&code]).sum();
            assert_eq!(sum, total, "{code} by {by}");
        }
    }
    // The journal counted by hand says the same.
    assert_eq!(demo.count("party_member.admitted", HALF_YEAR, NOW), 53);
    assert_eq!(demo.count("union_member.admitted", HALF_YEAR, NOW), 2794);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_opens_into_the_entries_that_add_up_to_it() {
    let demo = Demonstration::start().await;
    let figures = demo.figures("period=2022-H1&area=33@origin&by=commune").await;
    let position = figures["position"].as_str().unwrap();
    let indicators = figures["indicators"].as_array().unwrap().clone();
    for (indicator, total) in indicators.iter().zip(figures["total"].as_array().unwrap()) {
        let code = indicator["code"].as_str().unwrap();
        let query = format!("period=2022-H1&area=33@origin&as_of={position}");
        let entries = demo.entries_of(code, &query).await;
        for entry in &entries {
            let is_founded = entry["kind"] == "organisation.established" || entry["kind"] == "party_member.admitted";
            assert!(!is_founded || entry["decision"]["number"].is_string(), "no paper behind {entry}");
        }
        assert_eq!(Some(sum_of(&entries)), total["value"].as_i64(), "{code}");
        // Each opens in the journal of the service that recorded it.
        for entry in entries.iter().step_by(entries.len().div_ceil(5).max(1)) {
            let told = demo.inspector.get(entry["entry"].as_str().unwrap()).await.is(200);
            assert_eq!((&told["id"], &told["kind"]), (&entry["entry_id"], &entry["kind"]), "{code}");
        }
    }
    // Each row of each break-down opens into what it counts, also what nobody can place.
    for (period, map, by) in [
        ("2022-H1", "2022-06-30", "district"),
        ("2022-H1", "2025-07-01", "commune"),
        ("2022-H1", "2025-07-01", "district"),
        ("2025-H2", "2025-12-31", "superior_body"),
        ("2022-H1", "2022-06-30", "superior_body"),
        ("2022-H1", "2022-06-30", "branch"),
    ] {
        let figures = demo.figures(&format!("period={period}&map={map}&by={by}")).await;
        let position = figures["position"].as_str().unwrap();
        let rows = figures["rows"].as_array().unwrap();
        assert!(rows.len() > 1, "{period} {by}: {figures}");
        let cells = rows.iter().enumerate().flat_map(|row| (0..indicators.len()).map(move |at| (row, at)));
        for ((number, row), at) in cells {
            let value = row["values"][at]["value"].as_i64().unwrap_or(0);
            // Rows of areas and bodies are many, and alike: each indicator is opened on some of them.
            if ["area", "superior_body"].iter().any(|named| !row[named].is_null())
                && (value == 0 || (number + at) % 6 != 0)
            {
                continue;
            }
            let (code, key) = (indicators[at]["code"].as_str().unwrap(), row["key"].as_str().unwrap());
            let query = format!("period={period}&map={map}&as_of={position}&by={by}&row={key}");
            assert_eq!(sum_of(&demo.entries_of(code, &query).await), value, "{code} {period} {map} {by} {key}");
        }
    }
    let asked = async |query: &str, fault: (&str, &str)| {
        let path = format!("/v1/figures/PM10/entries?period=2022-H1&{query}");
        demo.inspector.get(&path).await.faults(&[fault]);
    };
    asked("by=district", ("row", "required")).await;
    asked("row=undecided", ("by", "required")).await;
    asked("by=planet&row=undecided", ("by", "unknown_value")).await;
    for (by, key) in [("branch", "Party"), ("superior_body", "undecided"), ("commune", "none")] {
        asked(&format!("by={by}&row={key}"), ("row", "bad_format")).await;
    }
    let body = shared::Id::new();
    let both = format!("by=superior_body&row={body}&superior_body={body}");
    asked(&both, ("superior_body", "against_each_other")).await;
    assert_eq!(demo.entries_of("PM10", "period=2022-H1&by=branch&row=nobody").await, Vec::<Value>::new());
    // From a figure of one commune to the record and its paper.
    let entries = demo.inspector.get("/v1/figures/PM10/entries?period=2022-H1&area=11989@origin").await.is(200);
    let entry = &entries["items"][0];
    let told = demo.inspector.get(entry["entry"].as_str().unwrap()).await.is(200);
    let membership = demo.inspector.get(told["subject"].as_str().unwrap()).await.is(200);
    let acts = format!("/v1/acts?membership={}", membership["id"].as_str().unwrap());
    let act = &demo.inspector.get(&acts).await.is(200)["items"][0];
    assert_eq!((&act["decision"], &act["entry_id"]), (&entry["decision"], &entry["entry_id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn day_before_the_period_and_day_after_the_period() {
    let demo = Demonstration::start().await;
    // Counting all that was recorded from January to July counts the days just outside too.
    let careless = demo.count("party_member.admitted", ("2021-12-31", "2022-07-01"), NOW);
    assert_eq!((careless, demo.half_year().await["PM10"]), (55, 53));
    assert_eq!(demo.count("union_member.admitted", ("2021-12-31", "2022-07-01"), NOW), 2794 + 120 + 90);
    assert_eq!(demo.half_year().await["TU04"], 2794);
    let months = demo.figures("period=2021-12&area=33@origin").await;
    assert_eq!((totals(&months)["PM10"], totals(&months)["TU01"]), (1, 1), "they count in their own month");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_last_day() {
    let demo = Demonstration::start().await;
    let careless = demo.count("organisation.established", ("2022-01-01", "2022-06-29"), NOW);
    let counted = demo.count("organisation.established", HALF_YEAR, NOW);
    assert_eq!(counted - careless, 1, "a period ends with its last day, not before it");
    let figures = demo.half_year().await;
    assert_eq!(figures["PO01"] + figures["PO04"] + figures["TU01"], counted);
}

#[tokio::test(flavor = "multi_thread")]
async fn upgrade() {
    let demo = Demonstration::start().await;
    let is_grassroots = |kind: &Value| kind == "grassroots_cell" || kind == "grassroots_chapter";
    let upgraded = demo.of_kind("organisation.upgraded");
    let new_kinds = upgraded.iter().filter(|entry| is_grassroots(&entry["data"]["organisation"]["kind"]));
    let figures = demo.half_year().await;
    assert_eq!((figures["PO01"] + new_kinds.count() as i64, figures["PO01"]), (4, 2), "an upgrade is no founding");
    assert_eq!(figures["PO05"], 2);
    // The stock moves from the one kind to the other and stays whole.
    let before = totals(&demo.figures("period=2022-03&area=33@origin").await);
    let april = totals(&demo.figures("period=2022-04&area=33@origin").await);
    let founded = april["PO01"] + april["PO04"];
    assert_eq!(april["PO11"] + april["PO12"], before["PO11"] + before["PO12"] + founded);
    assert_eq!(april["PO12"], before["PO12"] + april["PO04"] - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn readmission() {
    let demo = Demonstration::start().await;
    let careless = 53 + demo.of_kind("party_member.readmitted").len() as i64;
    let figures = demo.half_year().await;
    assert_eq!((careless, figures["PM10"], figures["PM15"]), (54, 53, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn transfer_in_transfer_out_and_transfer_within() {
    let demo = Demonstration::start().await;
    let moved = demo.of_kind("party_member.transferred");
    let arrived = moved.iter().filter(|entry| entry["data"]["from"].is_null()).count() as i64;
    assert_eq!((demo.half_year().await["PM10"], arrived), (53, 2), "who arrives was admitted elsewhere");
    // The stock at any date: what it was, and what came and went.
    for (before, period, first, last) in [
        ("2021-12", "2022-H1", "2022-01-01", "2022-06-30"),
        ("2022-01", "2022-02", "2022-02-01", "2022-02-28"),
        ("2022-06", "2022-07", "2022-07-01", "2022-07-31"),
    ] {
        let days = (first, last);
        let stock = |figures: &Value| totals(figures)["PM01"];
        let start = stock(&demo.figures(&format!("period={before}&area=33@origin")).await);
        let end = stock(&demo.figures(&format!("period={period}&area=33@origin")).await);
        let counting = demo.counting(NOW);
        let crossing = |is_in: bool| {
            let crosses = |entry: &&&Value| {
                let on = entry["occurred_on"].as_str().unwrap();
                let (from, to) = (&entry["data"]["from"], &entry["data"]["member"]["organisation"]);
                entry["kind"] == "party_member.transferred"
                    && (days.0..=days.1).contains(&on)
                    && (if is_in { from.is_null() } else { to.is_null() })
            };
            counting.iter().filter(crosses).count() as i64
        };
        let acts = |kind: &str| demo.count(kind, days, NOW);
        let expected = start + acts("party_member.admitted") + acts("party_member.readmitted") + crossing(true)
            - crossing(false)
            - acts("party_member.departed");
        assert_eq!(end, expected, "{period}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn member_in_flight() {
    let demo = Demonstration::start().await;
    let started = demo.of_kind("party_member.transfer_started");
    let flying = started.iter().find(|entry| entry["occurred_on"] == "2022-06-20").unwrap();
    let sender = flying["area"].as_str().unwrap();
    let mut transferred = demo.of_kind("party_member.transferred").into_iter();
    let arrived = transferred.rfind(|entry| entry["subject"] == flying["subject"]).unwrap();
    let receiver = arrived["area"].as_str().unwrap();
    assert_ne!(sender, receiver);
    let stock = |figures: &Value, key: &str| by_code(&row(figures, key)["values"])["PM01"];
    let june = demo.figures("period=2022-06&area=33@origin&by=commune&indicator=PM01,PM27").await;
    let july = demo.figures("period=2022-07&area=33@origin&by=commune&indicator=PM01,PM27").await;
    // A careless count drops the member on departure, or counts at both ends: here it is one, with the sender.
    assert_eq!((totals(&june)["PM27"], totals(&july)["PM27"]), (1, 0));
    let counting = demo.counting(NOW);
    let admitted_in_july = |area: &str| {
        let is_one = |entry: &&&Value| {
            entry["kind"] == "party_member.admitted"
                && entry["area"] == area
                && entry["occurred_on"].as_str().unwrap().starts_with("2022-07")
        };
        counting.iter().filter(is_one).count() as i64
    };
    assert_eq!(stock(&july, sender) - stock(&june, sender), admitted_in_july(sender) - 1);
    assert_eq!(stock(&july, receiver) - stock(&june, receiver), admitted_in_july(receiver) + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn departure() {
    let demo = Demonstration::start().await;
    let start = totals(&demo.figures("period=2021-12&area=33@origin").await)["TU07"];
    let figures = demo.half_year().await;
    let left = demo.count("union_member.departed", HALF_YEAR, NOW);
    assert_eq!(left, 18);
    // The increase is not what was admitted, and neither is the stock.
    assert_eq!((figures["TU07"] - start, figures["TU04"]), (2794 - left, 2794));
}

#[tokio::test(flavor = "multi_thread")]
async fn corrected_into_the_period_and_corrected_out_of_the_period() {
    let demo = Demonstration::start().await;
    let admitted = demo.of_kind("party_member.admitted");
    let in_period = |entry: &&&Value| {
        let on = entry["occurred_on"].as_str().unwrap();
        HALF_YEAR.0 <= on && on <= HALF_YEAR.1
    };
    let first_told = admitted.iter().filter(|entry| entry["corrects"].is_null()).filter(in_period).count();
    let all_told = admitted.iter().filter(in_period).count();
    let moved: Vec<(&str, &str)> = admitted
        .iter()
        .filter_map(|entry| {
            let old = admitted.iter().find(|old| old["id"] == entry["corrects"])?;
            Some((old["occurred_on"].as_str()?, entry["occurred_on"].as_str()?))
        })
        .collect();
    assert_eq!(moved, [("2022-07-04", "2022-06-28"), ("2022-06-29", "2022-07-02")]);
    // First tellings count the one moved out and the withdrawn one; all tellings count both sides of the corrections.
    assert_eq!((first_told, all_told, demo.half_year().await["PM10"]), (54, 55, 53));
}

#[tokio::test(flavor = "multi_thread")]
async fn withdrawn_entry() {
    let demo = Demonstration::start().await;
    let withdrawn = demo.of_kind("union_member.withdrawn");
    assert_eq!(withdrawn.len() + demo.of_kind("party_member.withdrawn").len(), 2);
    let careless = demo.half_year().await["TU04"] + withdrawn[0]["data"]["count"].as_i64().unwrap();
    assert_eq!((careless, demo.half_year().await["TU04"]), (2794 + 333, 2794));
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_after_the_period() {
    let demo = Demonstration::start().await;
    let end = "2022-06-30T16:59:59Z";
    let then = totals(&demo.figures(&format!("period=2022-H1&area=33@origin&as_of={end}")).await);
    let known = demo.count("party_member.admitted", HALF_YEAR, end);
    assert_eq!((then["PM10"], known), (49, 49), "what a report closed on the last day would have said");
    assert_eq!(then["TU04"], demo.count("union_member.admitted", HALF_YEAR, end));
    assert!(then["TU04"] <= 2794 - 75);
    assert_eq!((demo.half_year().await["PM10"], demo.half_year().await["PO04"]), (53, 4));
    assert_eq!(then["PO04"], 3, "the cell founded on the last day was recorded in July");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_in_two_memberships() {
    let demo = Demonstration::start().await;
    let mut memberships: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in demo.entries.iter().filter(|entry| entry["kind"].as_str().unwrap().contains("_member.")) {
        if let (Some(person), Some(membership)) =
            (entry["data"]["person"].as_str(), entry["data"]["membership"].as_str())
        {
            memberships.entry(person).or_default().insert(membership);
        }
    }
    let all: usize = memberships.values().map(BTreeSet::len).sum();
    assert_eq!(all - memberships.len(), 1, "memberships are not persons: one person holds two");
    let (person, _) = memberships.iter().find(|(_, held)| held.len() == 2).unwrap();
    let shown = demo.inspector.get(&format!("/v1/people/{person}")).await.is(200);
    let branches: BTreeSet<&str> =
        shown["memberships"].as_array().unwrap().iter().map(|one| one["branch"].as_str().unwrap()).collect();
    assert_eq!(branches, BTreeSet::from(["party", "union"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn joint_cell_of_two_units() {
    let demo = Demonstration::start().await;
    let counting = demo.counting(NOW);
    let founded = counting.iter().filter(|entry| {
        let kind = entry["kind"].as_str().unwrap();
        let is_party = entry["data"]["branch"] == "party" && entry["data"]["superior_name"].is_null();
        is_party && (kind == "organisation.established" || kind == "organisation.opening_registered")
    });
    let in_period = founded.filter(|entry| entry["occurred_on"].as_str().unwrap() <= HALF_YEAR.1);
    let (mut organisations, mut coverings, mut units) = (0, 0, BTreeSet::new());
    for entry in in_period {
        organisations += 1;
        for unit in entry["data"]["units"].as_array().unwrap() {
            coverings += 1;
            units.insert(unit.as_str().unwrap().to_owned());
        }
    }
    let figures = demo.half_year().await;
    assert_eq!(figures["UN11"], units.len() as i64, "each unit counts once");
    assert_eq!(figures["PO11"] + figures["PO12"], organisations);
    assert_ne!(figures["UN11"], organisations, "organisations are not units");
    assert_ne!(coverings, units.len(), "a unit with several cells is one unit");
}

#[tokio::test(flavor = "multi_thread")]
async fn event_in_a_commune_that_was_merged_split_or_whose_successor_is_unknown() {
    let demo = Demonstration::start().await;
    let then = demo.half_year().await;
    let query = "period=2022-H1&area=33@2025-07-01&map=2025-07-01&by=commune";
    let now = demo.figures(query).await;
    for (code, total) in totals(&now) {
        assert_eq!(total, then[&code], "{code} is the same on the map of today");
        let rows = now["rows"].as_array().unwrap();
        let sum: i64 = rows.iter().filter_map(|row| by_code(&row["values"]).get(&code).copied()).sum();
        assert_eq!(sum, total, "{code}");
    }
    let rows = now["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 105, "104 communes and those that nobody can place");
    let undecided = row(&now, "undecided");
    let former: BTreeSet<&str> =
        undecided["former_areas"].as_array().unwrap().iter().map(|area| area["id"].as_str().unwrap()).collect();
    assert_eq!(former, BTreeSet::from(["11989@origin", "12004@origin", "12235@origin", "12322@origin"]));
    let undecided = by_code(&undecided["values"]);
    let counting = demo.counting(NOW);
    let admitted = counting.iter().filter(|entry| {
        let on = entry["occurred_on"].as_str().unwrap();
        entry["kind"] == "party_member.admitted"
            && (HALF_YEAR.0..=HALF_YEAR.1).contains(&on)
            && former.contains(entry["area"].as_str().unwrap())
    });
    assert_eq!(undecided["PM10"], admitted.count() as i64);
    assert_eq!(["PM10", "TU01", "PO04"].map(|code| undecided[code]), [5, 1, 1], "they are on no commune's row");
    // Communes that came from Thái Bình have no data, which is not zero.
    let from_elsewhere = |row: &&Value| row["values"][0]["state"] == "no_data";
    let without: Vec<&str> =
        rows.iter().filter(from_elsewhere).map(|row| row["area"]["code"].as_str().unwrap()).collect();
    assert_eq!(without.len(), 65, "{without:?}");
    assert!(rows.iter().filter(from_elsewhere).all(|row| row["values"][0]["value"].is_null()));
    // What went whole into a commune of today counts there.
    let merged = by_code(&row(&now, "12004@2025-07-01")["values"])["PM01"];
    let old = demo.figures("period=2022-H1&area=11986@origin").await;
    assert!(merged >= totals(&old)["PM01"], "Như Quỳnh of today holds the former township");
}

#[tokio::test(flavor = "multi_thread")]
async fn possible_duplicate() {
    let demo = Demonstration::start().await;
    let leader = demo.app.be(Role::Leader, "33@2025-07-01").await;
    let findings = leader.get("/v1/findings?status=open").await.is(200);
    assert_eq!(findings["items"].as_array().unwrap().len(), 1);
    demo.app.settle().await;
    let figures = demo.figures("period=2022-H1&area=33@origin").await;
    assert_eq!(figures["open_findings"], 1, "the two count, and the figures say that one may be too many");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_gives_the_same_bytes_later_and_a_time_what_was_known_then() {
    let demo = Demonstration::start().await;
    let query = "period=2022-H1&area=33@origin&by=district";
    let first = demo.inspector.get(&format!("/v1/figures?{query}")).await;
    let position = first.body["position"].as_str().unwrap().to_owned();
    let admitted = demo.of_kind("party_member.admitted")[0];
    let officer = demo.app.officer_of("33@2025-07-01").await;
    let body = json!({"entry_id": admitted["id"], "withdraw": true});
    let withdrawn = officer.post("/v1/corrections", body).await;
    // Whoever was admitted first has been recognised since: then the correction is refused, and another will do.
    let last = demo.counting(NOW).into_iter().rfind(|entry| entry["kind"] == "party_member.admitted").unwrap();
    if withdrawn.status != 201 {
        let body = json!({"entry_id": last["id"], "withdraw": true});
        officer.post("/v1/corrections", body).await.is(201);
    }
    demo.app.settle().await;
    let now = demo.inspector.get(&format!("/v1/figures?{query}")).await;
    assert_ne!(now.text, first.text);
    assert_eq!(totals(&now.body)["PM10"], 52);
    let again = demo.inspector.get(&format!("/v1/figures?{query}&as_of={position}")).await;
    assert_eq!(again.text, first.text, "the same bytes");
    let then = demo.inspector.get(&format!("/v1/figures?{query}&as_of=2022-08-01T00:00:00Z")).await.is(200);
    assert_eq!(totals(&then)["PM10"], 53);
    let (instant, catalogue) = position.split_once('~').unwrap();
    let again = demo.inspector.get(&format!("/v1/figures?{query}&as_of={instant}")).await;
    assert_eq!(again.text, first.text, "with the catalogue of today they are the same");
    let beyond = [format!("2099-01-01T00:00:00Z~{catalogue}"), format!("{instant}~{catalogue}0")];
    for unknown in beyond.iter().map(String::as_str).chain(["yesterday", "2099-01-01T00:00:00Z"]) {
        demo.inspector.get(&format!("/v1/figures?{query}&as_of={unknown}")).await.problem(422, "position_unknown");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_asked_by_superior_body_too() {
    let demo = Demonstration::start().await;
    let figures = demo.figures("period=2022-H1&area=33@origin&by=superior_body").await;
    let rows = figures["rows"].as_array().unwrap();
    let names: BTreeSet<&str> = rows.iter().filter_map(|row| row["superior_body"]["name"].as_str()).collect();
    assert!(names.contains("Huyện ủy Văn Lâm"), "{names:?}");
    for code in ["PO01", "PO04", "PM10", "TU01", "TU04", "PM01"] {
        let sum: i64 = rows.iter().filter_map(|row| by_code(&row["values"]).get(code).copied()).sum();
        assert_eq!(sum, totals(&figures)[code], "{code}");
    }
    let committee = rows.iter().find(|row| row["superior_body"]["name"] == "Huyện ủy Văn Lâm").unwrap();
    let id = committee["superior_body"]["id"].as_str().unwrap();
    let path = format!("/v1/figures/PM10/entries?period=2022-H1&area=33@origin&superior_body={id}&limit=200");
    let entries = demo.inspector.get(&path).await.is(200);
    let sum: i64 = entries["items"].as_array().unwrap().iter().map(|entry| entry["value"].as_i64().unwrap()).sum();
    assert_eq!(sum, by_code(&committee["values"])["PM10"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_asked_by_branch_too() {
    let demo = Demonstration::start().await;
    let figures = demo.figures("period=2022-H1&area=33@origin&by=branch").await;
    let (party, union) = (by_code(&row(&figures, "party")["values"]), by_code(&row(&figures, "union")["values"]));
    assert_eq!((party["PM10"], party["TU04"]), (53, 0));
    assert_eq!((union["PM10"], union["TU04"]), (0, 2794));
    let without = by_code(&row(&figures, "none")["values"]);
    assert_eq!(without["UN01"], totals(&figures)["UN01"], "a unit belongs to no branch");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_reads_as_a_person_would_write_it() {
    let demo = Demonstration::start().await;
    let table = |language: &'static str| {
        let path = "/v1/figures?period=2022-H1&area=33@origin&by=district";
        demo.inspector.get(path).header("accept", "text/plain").header("accept-language", language)
    };
    let vietnamese = table("vi").await;
    assert_eq!(vietnamese.header("content-type"), "text/plain; charset=utf-8");
    assert!(vietnamese.text.contains("Số liệu: Tỉnh Hưng Yên, 6 tháng đầu năm 2022 (01/01/2022 - 30/06/2022)"));
    let line = vietnamese.text.lines().find(|line| line.contains("TU04")).unwrap();
    assert!(line.ends_with("2.794"), "{line}");
    let english = table("en").await.text;
    assert!(english.contains("Figures: Tỉnh Hưng Yên, first half of 2022 (2022-01-01 - 2022-06-30)"), "{english}");
    let line = english.lines().find(|line| line.contains("Union members admitted")).unwrap();
    assert!(line.ends_with("2,794"), "{line}");
    for line in vietnamese.text.lines().chain(english.lines()) {
        assert!(line.chars().count() <= 100, "it fits a terminal: {line}");
    }
    // Each indicator has a column, in whichever of the tables below one another.
    let heads: Vec<&str> =
        vietnamese.text.lines().filter(|line| line.contains("PO01") && line.contains("PO04")).collect();
    assert_eq!(heads.len(), 1, "{heads:?}");
    assert_eq!(vietnamese.text.matches("Huyện Văn Lâm").count(), english.matches("Huyện Văn Lâm").count());
    // The clock of the demonstration stands in November 2026. Half of the province of today has no data.
    for (period, state, of_union, told) in [
        ("2022-H1", "ended", "partial", "06/2022)"),
        ("2026-H2", "running", "partial", "12/2026, chưa kết thúc)"),
        ("2027-H1", "not_begun", "no_data", "06/2027, chưa bắt đầu)"),
    ] {
        let path = format!("/v1/figures?period={period}&indicator=TU07,TU04&by=branch");
        let figures = demo.inspector.get(&path).await.is(200);
        assert_eq!(figures["period"]["state"], state, "{period}");
        let rows = figures["rows"].as_array().unwrap().iter().flat_map(|row| row["values"].as_array().unwrap());
        for figure in figures["total"].as_array().unwrap().iter().chain(rows) {
            assert_eq!(figure["state"], of_union, "{period}: {figure}");
            assert_eq!(figure["value"].is_null(), state == "not_begun", "{period}: {figure}");
        }
        let table = demo.inspector.get(&path).header("accept", "text/plain").header("accept-language", "vi").await;
        assert!(table.text.lines().next().unwrap().ends_with(told), "{}", table.text);
    }
    let nothing = "/v1/figures?period=2010&area=33@origin&indicator=PM10";
    let nothing = demo.inspector.get(nothing).await.is(200);
    assert_eq!(nothing["total"][0]["state"], "no_data", "before the books begin there is no data");
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_that_make_no_sense_are_told_so() {
    let demo = Demonstration::start().await;
    let ask = |query: &str| demo.inspector.get(&format!("/v1/figures?{query}"));
    ask("period=2022-H3&by=village&indicator=XX99&area=1@origin").await.faults(&[
        ("period", "bad_format"),
        ("by", "unknown_value"),
        ("indicator", "unknown_indicator"),
    ]);
    ask("period=2022-H1&area=1@origin").await.faults(&[("area", "unknown_area")]);
    ask("period=2022-H1&area=33@2025-07-01").await.faults(&[("area", "area_not_in_force")]);
    ask("area=33@origin").await.faults(&[("period", "required")]);
    ask("period=2022-H1&colour=red").await.faults(&[("colour", "unknown_field")]);
    let by_code = ask("period=2022-H1&area=33").await.is(200);
    assert_eq!(by_code["area"]["id"], "33@origin", "a bare code is the unit of the map's day");
    let today = ask("period=2022-H1&area=33&map=2025-07-01").await.is(200);
    assert_eq!(today["area"]["id"], "33@2025-07-01");
    demo.inspector.get("/v1/figures/XX99/entries?period=2022-H1").await.problem(404, "not_found");
}
