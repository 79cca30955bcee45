//! Random lives of organisations, of what they count without names, and of economic units: what is kept and what figures
//! count is what an oracle makes of the requests, which only knows days.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use shared::access::Role;
use tests::{Answer, Books, Somebody, TestApp, decision, person};

use crate::running::command_on;

const COMMUNES: [&str; 3] = ["11986@origin", "11992@origin", "12004@origin"];
/// The ends of these months are asked for.
const MONTHS: [(&str, &str); 4] =
    [("2015-06", "2015-06-30"), ("2018-03", "2018-03-31"), ("2020-12", "2020-12-31"), ("2022-06", "2022-06-30")];

/// An act as it was sent, and as it was put right later.
#[derive(Debug, Clone, Default)]
struct Known {
    id: String,
    /// What it is about: an organisation, a union's members, a member by name, or a unit.
    record: String,
    what: &'static str,
    on: String,
    kind: String,
    superior: String,
    area: String,
    count: i64,
    /// The organisation of a member, or the unit that an organisation covers.
    other: String,
}

/// How a record stands on a day, by its acts alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Stands {
    lives: bool,
    kind: String,
    superior: String,
    area: String,
    count: i64,
    other: String,
}

/// What acts make of a record until a day.
fn oracle(known: &[Known], record: &str, until: &str) -> Stands {
    let rank = |what: &str| match what {
        "begin" => 0,
        "lose" => 2,
        "end" => 3,
        "again" => 4,
        _ => 1,
    };
    let mut acts: Vec<&Known> = known.iter().filter(|act| act.record == record && act.on.as_str() <= until).collect();
    acts.sort_by_key(|act| (act.on.clone(), rank(act.what)));
    acts.into_iter().fold(Stands::default(), |stands, act| match act.what {
        "begin" => Stands {
            lives: true,
            kind: act.kind.clone(),
            superior: act.superior.clone(),
            area: act.area.clone(),
            count: 0,
            other: act.other.clone(),
        },
        "become" => Stands { kind: act.kind.clone(), superior: act.superior.clone(), ..stands },
        "move" => Stands { other: act.other.clone(), ..stands },
        "again" => Stands { lives: true, other: act.other.clone(), ..stands },
        "start" => stands,
        "gain" => Stands { count: stands.count + act.count, ..stands },
        "lose" => Stands { count: stands.count - act.count, ..stands },
        _ => Stands { lives: false, ..stands },
    })
}

struct Ground {
    app: TestApp,
    books: Books,
    officer: Somebody,
    viewer: Somebody,
    /// The committee of each commune.
    committees: BTreeMap<String, String>,
    random: StdRng,
    seed: u64,
    known: Vec<Known>,
    refused: usize,
}

impl Ground {
    async fn new(seed: u64) -> Self {
        let app = TestApp::start().await;
        let books = Books::of_van_lam(&app).await;
        let officer = books.officer.clone();
        let mut committees = BTreeMap::new();
        for area in COMMUNES {
            let body = json!({"kind": "commune_committee", "name": "Đảng ủy xã Giả Định", "area": area,
                "superior_id": books.committee, "established_on": "2000-01-01"});
            let made = officer.post("/v1/organisation-opening-registrations", body).await.is(201);
            committees.insert(area.to_owned(), text(&made, "id"));
        }
        let viewer = app.be(Role::Viewer, "33@origin").await;
        let random = StdRng::seed_from_u64(seed);
        Self { app, books, officer, viewer, committees, random, seed, known: Vec::new(), refused: 0 }
    }

    fn pick<T: Clone>(&mut self, some: &[T]) -> Option<T> {
        if some.is_empty() { None } else { Some(some[self.random.random_range(0..some.len())].clone()) }
    }

    /// A day, mostly after those of a record.
    fn day(&mut self, record: &str) -> String {
        let (first, last): (chrono::NaiveDate, _) = ("2014-01-01".parse().unwrap(), "2022-06-30".parse().unwrap());
        let any = first + chrono::Days::new(self.random.random_range(0..2500));
        let latest = self.known.iter().filter(|act| act.record == record).map(|act| act.on.clone()).max();
        match latest.filter(|_| self.random.random_bool(0.6)) {
            None => any.to_string(),
            Some(latest) => {
                let latest: chrono::NaiveDate = latest.parse().unwrap();
                (latest + chrono::Days::new(self.random.random_range(0..700))).min(last).to_string()
            }
        }
    }

    fn records(&self, is: impl Fn(&Known) -> bool) -> Vec<String> {
        self.known.iter().filter(|act| act.what == "begin" && is(act)).map(|act| act.record.clone()).collect()
    }

    /// Notes what was possible.
    fn note(&mut self, answer: &Answer, act: Option<Known>, corrected: Option<&str>) {
        match (answer.status, act) {
            (200 | 201, act) => {
                let at = self.known.iter().position(|one| corrected == Some(one.id.as_str()));
                let at = at.unwrap_or(self.known.len());
                // What is corrected keeps its place among those of one day.
                self.known.splice(at..self.known.len().min(at + 1), act);
            }
            (409 | 422, _) => self.refused += 1,
            (status, _) => panic!("{status}: {}, SEED={}", answer.text, self.seed),
        }
    }

    /// The superiors that an organisation of an area may have: its commune's committee, the district's, or a chapter.
    fn superior(&mut self, kind: &str, area: &str) -> String {
        let chapters = self.records(|act| act.kind == "grassroots_chapter");
        let bodies = [self.committees[area].clone(), self.books.committee.clone()];
        match kind {
            "subordinate_cell" => self.pick(&chapters).unwrap_or_else(|| bodies[0].clone()),
            "grassroots_union" => self.books.federation.clone(),
            _ => self.pick(&bodies).unwrap(),
        }
    }

    async fn begin(&mut self) {
        let kinds =
            ["grassroots_cell", "grassroots_chapter", "grassroots_chapter", "subordinate_cell", "grassroots_union"];
        let (kind, area) = (self.pick(&kinds).unwrap(), self.pick(&COMMUNES).unwrap());
        let (superior, on) = (self.superior(kind, area), self.day(""));
        let units = self.records(|act| act.kind == "unit");
        let unit = self.pick(&units).unwrap_or_default();
        let path = self.pick(&["/v1/organisations", "/v1/organisation-opening-registrations"]).unwrap();
        let units: Vec<&String> = std::iter::once(&unit).filter(|unit| !unit.is_empty()).collect();
        let body = json!({"kind": kind, "name": "Tổ chức Giả Định", "superior_id": superior, "area": area,
            "economic_unit_ids": units, "established_on": on, "decision": decision(&on),
            "founding_members": {"official": 40}});
        let answer = self.officer.post(path, body).await;
        let record = answer.body["id"].as_str().unwrap_or_default().to_owned();
        let id = if answer.status == 201 { self.last_act(&record).await } else { String::new() };
        let (kind, area) = (kind.to_owned(), area.to_owned());
        let act = Known { id, record, what: "begin", on, kind, superior, area, count: 0, other: unit };
        self.note(&answer, Some(act), None);
    }

    async fn last_act(&self, organisation: &str) -> String {
        let acts = self.officer.get(&format!("/v1/acts?organisation={organisation}&limit=200")).await.is(200);
        let own = acts["items"].as_array().unwrap().iter().filter(|act| act["membership_id"].is_null());
        text(own.clone().next_back().unwrap(), "id")
    }

    async fn go_on(&mut self) {
        let organisations = self.records(|act| act.kind != "unit" && act.kind != "member");
        let Some(record) = self.pick(&organisations) else { return };
        let (on, area) = (self.day(&record), oracle(&self.known, &record, "2100").area);
        let shown = self.officer.get(&format!("/v1/organisations/{record}")).await;
        let etag = shown.header("etag").to_owned();
        let (what, line, kind, superior) = if self.random.random_bool(0.7) {
            let kinds: &[&str] = match oracle(&self.known, &record, &on).kind.as_str() {
                "subordinate_cell" => &["grassroots_cell"],
                "grassroots_cell" => &["grassroots_chapter"],
                _ => &["grassroots_cell", "grassroots_chapter"],
            };
            let kind = self.pick(kinds).unwrap();
            let superior = self.superior(kind, if area.is_empty() { COMMUNES[0] } else { &area });
            ("become", "upgrades", kind.to_owned(), superior)
        } else {
            ("end", "dissolutions", String::new(), String::new())
        };
        let mut body = json!({"occurred_on": on, "decision": decision(&on)});
        if what == "become" {
            (body["kind"], body["superior_id"]) = (json!(kind), json!(superior));
        }
        let answer = self.officer.post(&format!("/v1/organisations/{record}/{line}"), body).if_match(&etag).await;
        let id = if answer.status == 200 { self.last_act(&record).await } else { String::new() };
        self.note(&answer, Some(Known { id, record, what, on, kind, superior, ..Known::default() }), None);
    }

    async fn count(&mut self) {
        let unions = self.records(|act| act.kind == "grassroots_union");
        let Some(record) = self.pick(&unions) else { return };
        let (on, count) = (self.day(&record), self.random.random_range(1..40_i64));
        let mut body = json!({"organisation_id": record, "count": count, "occurred_on": on});
        let (what, path) = match self.random.random_range(0..4) {
            0 => ("gain", "/v1/opening-registrations"),
            1 | 2 => ("gain", "/v1/collective-admissions"),
            _ => ("lose", "/v1/departures"),
        };
        if path != "/v1/opening-registrations" {
            body["decision"] = decision(&on);
        }
        if what == "lose" {
            body["reason"] = json!("withdrew");
        }
        let answer = self.officer.post(path, body).await;
        let id = answer.body["act_id"].as_str().unwrap_or_default().to_owned();
        self.note(&answer, Some(Known { id, record, what, on, count, ..Known::default() }), None);
    }

    async fn join(&mut self, number: u32) {
        let Some(cell) = self.cell() else { return };
        let on = self.day(&cell);
        let path = self.pick(&["/v1/admissions", "/v1/opening-registrations", "/v1/transfers-in"]).unwrap();
        let mut body = json!({"organisation_id": cell, "person": person(number), "occurred_on": on});
        if path != "/v1/opening-registrations" {
            body["decision"] = decision(&on);
        }
        if path != "/v1/admissions" {
            (body["joined_on"], body["official_on"]) = (json!("2010-01-01"), json!("2011-01-01"));
        }
        let answer = self.officer.post(path, body).await;
        let of = |field: &str| answer.body[field].as_str().unwrap_or_default().to_owned();
        let (id, record, kind) = (of("act_id"), of("membership_id"), "member".to_owned());
        self.note(&answer, Some(Known { id, record, what: "begin", on, kind, other: cell, ..Known::default() }), None);
    }

    fn cell(&mut self) -> Option<String> {
        let cells = self.records(|act| act.kind.ends_with("cell") || act.kind.ends_with("chapter"));
        self.pick(&cells)
    }

    /// A member leaves, moves or comes back.
    async fn leave(&mut self) {
        let members = self.records(|act| act.kind == "member");
        let (Some(record), Some(cell)) = (self.pick(&members), self.cell()) else { return };
        let on = self.day(&record);
        let mut body = json!({"membership_id": record, "occurred_on": on, "decision": decision(&on)});
        let (what, path) = match self.random.random_range(0..7) {
            0 | 1 => ("end", "/v1/departures"),
            2 => ("end", "/v1/transfers"),
            3 => ("start", "/v1/transfers"),
            4 | 5 => ("move", "/v1/transfer-receipts"),
            _ => ("again", "/v1/readmissions"),
        };
        match (what, path) {
            (_, "/v1/departures") => {
                body["reason"] = json!(self.pick(&["removed", "expelled", "withdrew", "deceased"]).unwrap());
            }
            ("end", _) => body["is_outward"] = json!(true),
            ("move" | "again", _) => body["organisation_id"] = json!(cell),
            _ => {}
        }
        match what {
            "move" => drop(body.as_object_mut().unwrap().remove("decision")),
            "again" => body["authorising_paper"] = json!("Công văn 5-CV/TU"),
            _ => {}
        }
        let answer = self.officer.post(path, body).await;
        let id = answer.body["act_id"].as_str().unwrap_or_default().to_owned();
        self.note(&answer, Some(Known { id, record, what, on, other: cell, ..Known::default() }), None);
    }

    async fn unit(&mut self) {
        let units = self.records(|act| act.kind == "unit");
        let area = self.pick(&COMMUNES).unwrap().to_owned();
        let on = self.day("");
        if units.len() < 3 {
            let body = json!({"name": "Công ty Giả Định", "legal_form": "other", "area": area, "registered_on": on});
            let answer = self.officer.post("/v1/economic-units", body).await;
            let record = answer.body["id"].as_str().unwrap_or_default().to_owned();
            let (id, kind) = (format!("unit {record}"), "unit".to_owned());
            return self.note(
                &answer,
                Some(Known { id, record, what: "begin", on, kind, area, ..Known::default() }),
                None,
            );
        }
        let record = self.pick(&units).unwrap();
        let versions = self.officer.get(&format!("/v1/economic-units/{record}/versions")).await.is(200);
        let told = versions["items"].as_array().unwrap().iter();
        let entry = told.filter(|one| one["state"] == "in_force").find(|one| one["kind"] == "economic_unit.registered");
        let body = json!({"entry_id": entry.unwrap()["entry_id"], "area": area, "occurred_on": on});
        let answer = self.officer.post("/v1/economic-unit-corrections", body).await;
        let (id, kind) = (format!("unit {record}"), "unit".to_owned());
        let act = Known { id: id.clone(), record, what: "begin", on, kind, area, ..Known::default() };
        self.note(&answer, Some(act), Some(&id));
    }

    async fn correct(&mut self) {
        let acts: Vec<Known> = self.known.iter().filter(|act| act.kind != "unit").cloned().collect();
        let Some(act) = self.pick(&acts) else { return };
        let kept = self.officer.get(&format!("/v1/acts/{}", act.id)).await.is(200);
        let mut body = json!({"entry_id": kept["entry_id"]});
        let mut anew = act.clone();
        match (self.random.random_range(0..6), act.what) {
            (0, _) => body["withdraw"] = json!(true),
            (1, "begin" | "become") if act.kind != "member" => {
                let area =
                    if act.area.is_empty() { oracle(&self.known, &act.record, "2100").area } else { act.area.clone() };
                anew.superior = self.superior(&act.kind, if area.is_empty() { COMMUNES[0] } else { &area });
                body["superior_id"] = json!(anew.superior);
            }
            (2, "begin") if act.kind != "member" => {
                anew.area = self.pick(&COMMUNES).unwrap().to_owned();
                anew.superior = self.superior(&act.kind, &anew.area);
                (body["area"], body["superior_id"]) = (json!(anew.area), json!(anew.superior));
            }
            (3, "begin" | "move" | "again") if act.kind == "member" || act.kind.is_empty() => {
                anew.other = self.cell().unwrap();
                body["organisation_id"] = json!(anew.other);
            }
            (3, "gain" | "lose") => {
                anew.count = self.random.random_range(1..40);
                body["count"] = json!(anew.count);
            }
            _ => {
                anew.on = self.day(&act.record);
                body["occurred_on"] = json!(anew.on);
                if !kept["decision"].is_null() {
                    body["decision"] = decision(&anew.on);
                }
            }
        }
        let is_withdrawn = body["withdraw"] == json!(true);
        let answer = self.officer.post("/v1/corrections", body).await;
        self.note(&answer, (!is_withdrawn).then_some(anew), Some(&act.id));
    }

    async fn figure(&self, question: &str) -> BTreeMap<String, i64> {
        let figures = self.viewer.get(&format!("/v1/figures?{question}")).await.is(200);
        let rows = figures["rows"].as_array().unwrap().iter();
        let values = rows.map(|row| (text(row, "key"), row["values"][0]["value"].as_i64().unwrap_or_default()));
        values.filter(|(_, value)| *value != 0).collect()
    }

    /// The first committee or federation above an organisation on a day.
    fn body_of(&self, organisation: &str, on: &str) -> String {
        let superior = oracle(&self.known, organisation, on).superior;
        let is_body = !self.known.iter().any(|act| act.record == superior);
        if is_body { superior } else { oracle(&self.known, &superior, on).superior }
    }

    async fn compare(&self) {
        self.app.settle().await;
        let seed = self.seed;
        for record in self.records(|act| act.kind != "unit" && act.kind != "member") {
            let shown = self.officer.get(&format!("/v1/organisations/{record}")).await.is(200);
            let stands = oracle(&self.known, &record, "2100");
            assert_eq!(shown["status"] == "active", stands.lives, "{shown}, SEED={seed}");
            let kept = (text(&shown, "kind"), text(&shown, "superior_id"), text(&shown, "area"));
            assert_eq!(kept, (stands.kind, stands.superior, stands.area), "SEED={seed}");
        }
        for (month, day) in MONTHS {
            let mut expected = BTreeMap::<(&str, &str), BTreeMap<String, i64>>::new();
            let mut add = |indicator: &'static str, by: &'static str, key: String, value: i64| {
                *expected.entry((indicator, by)).or_default().entry(key).or_default() += value;
            };
            let mut covered = BTreeMap::new();
            for record in self.records(|act| act.kind != "unit") {
                let stands = oracle(&self.known, &record, day);
                if !stands.lives {
                    continue;
                }
                // A member stands where the organisation stands.
                let place = if stands.kind == "member" { stands.other.clone() } else { record.clone() };
                let at = oracle(&self.known, &place, day);
                let indicator = match stands.kind.as_str() {
                    "member" => "PM01",
                    "subordinate_cell" => "PO12",
                    "grassroots_union" => "TU03",
                    _ => "PO11",
                };
                add(indicator, "commune", at.area.clone(), 1);
                add(indicator, "superior_body", self.body_of(&place, day), 1);
                add("TU07", "commune", at.area, stands.count);
                if stands.kind != "member" && !stands.other.is_empty() && stands.kind != "grassroots_union" {
                    covered.insert(stands.other.clone(), oracle(&self.known, &stands.other, "2100").area);
                }
            }
            for (_, area) in covered {
                add("UN11", "commune", area, 1);
            }
            for record in self.records(|act| act.kind == "unit") {
                let stands = oracle(&self.known, &record, day);
                if stands.lives {
                    add("UN01", "commune", stands.area, 1);
                }
            }
            for (indicator, by) in [
                ("PM01", "commune"),
                ("PM01", "superior_body"),
                ("PO11", "commune"),
                ("PO11", "superior_body"),
                ("PO12", "commune"),
                ("PO12", "superior_body"),
                ("TU03", "superior_body"),
                ("TU07", "commune"),
                ("UN01", "commune"),
                ("UN11", "commune"),
            ] {
                let mut expected = expected.remove(&(indicator, by)).unwrap_or_default();
                expected.retain(|_, value| *value != 0);
                let counted = self.figure(&format!("period={month}&by={by}&indicator={indicator}")).await;
                assert_eq!(counted, expected, "{indicator} by {by} on {day}, SEED={seed}");
            }
        }
    }
}

/// Each row's figures, by indicator.
type Rows = BTreeMap<String, BTreeMap<String, i64>>;

impl Ground {
    async fn rows(&self, question: &str) -> Rows {
        let figures = self.viewer.get(&format!("/v1/figures?{question}")).await.is(200);
        let total = json!({"key": "all", "values": figures["total"]});
        let rows = figures["rows"].as_array().unwrap().iter().chain([&total]);
        let values = |row: &Value| {
            let values = row["values"].as_array().unwrap().iter();
            values.map(|one| (text(one, "indicator"), one["value"].as_i64().unwrap_or_default())).collect()
        };
        rows.map(|row| (text(row, "key"), values(row))).collect()
    }

    /// The members who came under a superior body with their organisation in a time, less those who went with it.
    fn came_with_organisation(&self, after: &str, until: &str) -> BTreeMap<String, i64> {
        let mut came = BTreeMap::<String, i64>::new();
        let days: BTreeSet<&str> =
            self.known.iter().filter(|act| act.what == "become").map(|act| act.on.as_str()).collect();
        for day in days.into_iter().filter(|day| *day > after && *day <= until) {
            let eve: chrono::NaiveDate = day.parse().unwrap();
            let eve = eve.pred_opt().unwrap().to_string();
            for member in self.records(|act| act.kind == "member") {
                let stands = oracle(&self.known, &member, &eve);
                if stands.lives && oracle(&self.known, &stands.other, day).lives {
                    *came.entry(self.body_of(&stands.other, &eve)).or_default() -= 1;
                    *came.entry(self.body_of(&stands.other, day)).or_default() += 1;
                }
            }
        }
        came
    }

    /// What there is at the end of a period is what there was before it, and what came, less what went: in every commune of
    /// any map, under every superior body, in every branch and in all.
    ///
    /// Says how many rows were balanced, how many of them have members, and in how many some came or went with theirs.
    async fn balance(&self) -> String {
        let (mut rows, mut with_members, mut with_moved) = (0, 0, 0);
        for (by, map) in [
            ("commune", "2022-06-30"),
            ("commune", "2025-07-01"),
            ("district", "2022-06-30"),
            ("superior_body", "2022-06-30"),
            ("branch", "2022-06-30"),
        ] {
            let ask = |period: String| format!("period={period}&by={by}&map={map}");
            let mut was = self.rows(&ask("2013".to_owned())).await;
            for year in 2014..=2022 {
                let (period, last) = match year {
                    2022 => ("2022-H1".to_owned(), "2022-06-30".to_owned()),
                    _ => (year.to_string(), format!("{year}-12-31")),
                };
                let flows = self.rows(&ask(period.clone())).await;
                let eve = format!("{}-12-31", year - 1);
                let came =
                    if by == "superior_body" { self.came_with_organisation(&eve, &last) } else { BTreeMap::new() };
                for key in was.keys().chain(flows.keys()).collect::<BTreeSet<_>>() {
                    let value = |rows: &Rows, indicator: &str| rows.get(key).map_or(0, |row| row[indicator]);
                    let sum = |indicators: &[&str]| indicators.iter().map(|one| value(&flows, one)).sum::<i64>();
                    let members =
                        sum(&["PM10", "PM15", "PM18", "PM28"]) - sum(&["PM19", "PM21", "PM22", "PM23", "PM24"]);
                    let expected = value(&was, "PM01") + members + came.get(key).copied().unwrap_or_default();
                    rows += 1;
                    with_members += usize::from(expected > 0);
                    with_moved += usize::from(came.get(key).is_some_and(|moved| *moved != 0));
                    let told = format!("{key} by {by} on the map of {map} in {period}, SEED={}", self.seed);
                    assert_eq!(value(&flows, "PM01"), expected, "members of {told}");
                    let unnamed = value(&was, "TU07") + sum(&["TU04", "TU08"]) - sum(&["TU05"]);
                    assert_eq!(value(&flows, "TU07"), unnamed, "union members of {told}");
                }
                was = flows;
            }
        }
        assert!(with_members > 20, "SEED={}", self.seed);
        format!("{rows} rows balance, {with_members} with members, {with_moved} of which came or went with theirs")
    }

    /// Some answers of now, each with its question: asked again as of their position they are the same.
    async fn answers(&self) -> Vec<(String, String)> {
        self.app.settle().await;
        let mut answers = Vec::new();
        for question in [
            "period=2022-H1&by=commune",
            "period=2019&by=superior_body",
            "period=2018-Q3&by=district&map=2025-07-01",
            "period=2021-06&by=branch",
        ] {
            let answer = self.viewer.get(&format!("/v1/figures?{question}")).await;
            let position = text(&answer.body, "position");
            answers.push((format!("{question}&as_of={position}"), answer.text));
        }
        answers
    }

    async fn compare_answers(&self, answers: &[(String, String)]) {
        for (question, before) in answers {
            let again = self.viewer.get(&format!("/v1/figures?{question}")).await;
            assert_eq!(again.text, *before, "{question}, SEED={}", self.seed);
        }
    }

    /// Erases who is no member any more: the counts stay, and so does what acts make of it.
    async fn erase_some(&self) {
        for member in self.records(|act| act.kind == "member") {
            if !oracle(&self.known, &member, "2100").lives {
                let person = self.officer.get(&format!("/v1/memberships/{member}")).await.is(200)["person_id"].clone();
                let erase = ["erase-person", person.as_str().unwrap(), "--ground", "purpose_ended"];
                let (is_done, said) = command_on(&self.app.database, &erase);
                assert!(is_done, "{said}");
            }
        }
    }
}

fn text(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap().to_owned()
}

/// Random acts of every kind, late ones among them, and random corrections; figures by commune and by superior body.
/// `SEED=` repeats a run.
#[tokio::test(flavor = "multi_thread")]
async fn random_lives_are_counted_where_they_stand_on_the_day() {
    const STEPS: u32 = 400;
    let seed = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(rand::random);
    println!("SEED={seed}");
    let mut ground = Ground::new(seed).await;
    let mut answers = Vec::new();
    for step in 0..STEPS {
        match ground.random.random_range(0..18) {
            0..=2 if ground.records(|act| !["unit", "member"].contains(&act.kind.as_str())).len() < 12 => {
                ground.begin().await;
            }
            0..=4 => ground.go_on().await,
            5 | 6 => ground.count().await,
            7 | 8 => ground.join(step + 1).await,
            9 | 10 => ground.leave().await,
            11 => ground.unit().await,
            _ => ground.correct().await,
        }
        if step % 60 == 59 {
            ground.compare().await;
            ground.app.look_for_findings().await;
            answers.extend(ground.answers().await);
        }
    }
    println!("{} acts count, {} refused", ground.known.len(), ground.refused);
    assert!(ground.known.len() > 40, "SEED={seed}");
    ground.compare().await;
    println!("{}", ground.balance().await);
    ground.compare_answers(&answers).await;
    ground.erase_some().await;
    ground.app.look_for_findings().await;
    // A second follower makes the same of the journals.
    let administrator = ground.app.be(Role::Administrator, "33@origin").await;
    let started = administrator.post("/v1/projection-rebuilds", json!({})).await;
    let path = started.header("location").to_owned();
    started.is(202);
    assert_eq!(super::rebuilds::ended(&administrator, &path).await["state"], "done");
    ground.compare().await;
    ground.balance().await;
    ground.compare_answers(&answers).await;
    let url = &ground.app.database.url;
    for (line, is_whole) in [
        membership::organisations::verify(url, true).await.unwrap(),
        membership::memberships::verify(url, true).await.unwrap(),
        enterprise_registry::economic_units::verify(url, true).await.unwrap(),
        reporting::sums::verify(url).await.unwrap(),
    ] {
        assert!(is_whole, "{line}, SEED={seed}");
    }
}
