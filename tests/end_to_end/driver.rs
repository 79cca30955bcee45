//! A seeded driver: random commands of all kinds against the whole system as a process, while statements fail,
//! commits fail, callers hang up and the process dies; and a ledger of what was acknowledged.
//!
//! `DRIVER_SEED` replays a run, `DRIVER_STEPS` makes it longer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use shared::access::Role;
use tests::{Somebody, TestApp, TestDatabase, counted_until, decision, eventually, person, unit};
use tokio::io::AsyncWriteExt;

use crate::running::{Running, command_on};

const COMMUNE: &str = "12004@2025-07-01";
const FIGURES: &str = "/v1/figures?period=2026&area=33@2025-07-01";

/// What goes wrong beside a command.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trouble {
    None,
    /// At the n-th statement or commit, the work fails or the process dies.
    Fault(String),
    /// The caller hangs up before the answer.
    HangUp,
}

/// A command: where it goes, what it says, which version it changes, and what it does to the stocks.
struct Command {
    path: String,
    body: Value,
    etag: Option<String>,
    stocks: Vec<(&'static str, i64)>,
    becomes: Becomes,
}

/// What a command's answer is good for later.
#[derive(Clone, Copy)]
enum Becomes {
    Nothing,
    Unit,
    Union,
    Member(&'static str),
    Collective(i64),
    GoneMember(usize),
    Withdrawn(usize),
    Recounted(usize, i64),
    Dissolved(usize),
    InFlight(usize),
    Arrived(usize),
    Probationary,
    Recognised(usize),
    Opened,
    Left(usize),
    TakenBack(usize),
}

struct Member {
    stock: &'static str,
    membership: String,
    entry: String,
}

struct Driver {
    random: StdRng,
    seed: u64,
    database: TestDatabase,
    fault_file: PathBuf,
    running: Running,
    officer: Somebody,
    /// What the stocks must be, from what was there and what was acknowledged.
    stocks: BTreeMap<&'static str, i64>,
    /// Every acknowledged act and unit, by its address.
    acknowledged: Vec<String>,
    units: Vec<(String, String)>,
    unions: Vec<(String, String)>,
    /// Unions in which something happened.
    used: BTreeSet<String>,
    members: Vec<Member>,
    collectives: Vec<(String, String, i64)>,
    federation: String,
    cell: String,
    other_cell: String,
    /// Memberships on their way from the one cell to the other.
    in_flight: Vec<String>,
    /// Memberships whose probation is over.
    probationary: Vec<String>,
    /// Memberships from before the books, and those of them that ended long enough ago.
    opened: Vec<String>,
    left: Vec<String>,
    keys: u32,
    persons: u32,
}

fn id_of(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_else(|| panic!("{field} in {body}")).to_owned()
}

impl Driver {
    async fn start(seed: u64) -> Self {
        let database = TestApp::demo_database().await;
        let fault_file = database.path().join("fault");
        let running = Self::started(&database, &fault_file).await;
        let officer = running.be(&database, Role::Officer).await;
        let nth = async |kind: &str, at: usize| {
            let found = officer.get(&format!("/v1/organisations?kind={kind}&status=active&limit=2")).await.is(200);
            id_of(&found["items"][at], "id")
        };
        let federation = nth("provincial_federation", 0).await;
        let (cell, other_cell) = (nth("grassroots_cell", 0).await, nth("grassroots_cell", 1).await);
        let mut driver = Self {
            random: StdRng::seed_from_u64(seed),
            seed,
            database,
            fault_file,
            running,
            officer: officer.clone(),
            stocks: BTreeMap::new(),
            acknowledged: Vec::new(),
            units: Vec::new(),
            unions: Vec::new(),
            used: BTreeSet::new(),
            members: Vec::new(),
            collectives: Vec::new(),
            federation,
            cell,
            other_cell,
            in_flight: Vec::new(),
            probationary: Vec::new(),
            opened: Vec::new(),
            left: Vec::new(),
            keys: 0,
            persons: 500_000,
        };
        driver.stocks = driver.counted().await;
        driver
    }

    async fn started(database: &TestDatabase, fault_file: &Path) -> Running {
        Running::start_with(database, &[("FAULT_FILE", fault_file.to_str().unwrap())]).await
    }

    fn pick(&mut self, below: usize) -> usize {
        self.random.random_range(0..below)
    }

    /// The stocks as the figures tell them, once they know all that was recorded.
    async fn counted(&self) -> BTreeMap<&'static str, i64> {
        let mut heads = Vec::new();
        for service in ["enterprise-registry", "membership"] {
            let page = self.officer.get(&format!("/v1/journal/{service}?limit=0")).await.is(200);
            heads.push(page["head"]["seq"].as_i64().unwrap());
        }
        eventually("the figures know all", || async {
            (counted_until(&self.database.url).await[..] == heads[..]).then_some(())
        })
        .await;
        let figures = self.officer.get(FIGURES).await.is(200);
        let stock = |code: &'static str| {
            let total = figures["total"].as_array().unwrap().iter().find(|one| one["indicator"] == code).unwrap();
            (code, total["value"].as_i64().unwrap())
        };
        ["PM01", "TU03", "TU07", "UN01"].map(stock).into()
    }

    fn command(&mut self) -> Command {
        let day = "2026-06-15";
        let make = |path: &str, body: Value, stocks: &[(&'static str, i64)], becomes: Becomes| Command {
            path: path.to_owned(),
            body,
            etag: None,
            stocks: stocks.to_vec(),
            becomes,
        };
        self.persons += 1;
        let number = self.persons;
        loop {
            match self.pick(18) {
                0 => {
                    let body = unit(&format!("Công ty Ngẫu Nhiên {number}"), COMMUNE);
                    return make("/v1/economic-units", body, &[("UN01", 1)], Becomes::Unit);
                }
                1 => {
                    let body = json!({"kind": "grassroots_union", "name": format!("Công đoàn Ngẫu Nhiên {number}"),
                        "superior_id": self.federation, "area": COMMUNE, "established_on": "2026-02-10",
                        "decision": decision("2026-02-10"), "founding_members": {"members": 30}});
                    return make("/v1/organisations", body, &[("TU03", 1)], Becomes::Union);
                }
                2 | 3 if !self.unions.is_empty() => {
                    let at = self.pick(self.unions.len());
                    self.used.insert(self.unions[at].0.clone());
                    let body = json!({"organisation_id": self.unions[at].0, "person": person(number),
                        "occurred_on": day, "decision": decision(day)});
                    return make("/v1/admissions", body, &[("TU07", 1)], Becomes::Member("TU07"));
                }
                4 => {
                    let body = json!({"organisation_id": self.cell, "person": person(number), "occurred_on": day,
                        "decision": decision(day)});
                    return make("/v1/admissions", body, &[("PM01", 1)], Becomes::Member("PM01"));
                }
                5 if !self.unions.is_empty() => {
                    let (at, count) = (self.pick(self.unions.len()), self.random.random_range(1..90));
                    self.used.insert(self.unions[at].0.clone());
                    let body = json!({"organisation_id": self.unions[at].0, "count": count, "occurred_on": day,
                        "decision": decision(day)});
                    return make("/v1/collective-admissions", body, &[("TU07", count)], Becomes::Collective(count));
                }
                6 if !self.members.is_empty() => {
                    let at = self.pick(self.members.len());
                    let member = &self.members[at];
                    let body = json!({"membership_id": member.membership, "reason": "withdrew",
                        "occurred_on": "2026-07-01", "decision": decision("2026-07-01")});
                    return make("/v1/departures", body, &[(member.stock, -1)], Becomes::GoneMember(at));
                }
                7 if !self.members.is_empty() => {
                    let at = self.pick(self.members.len());
                    let member = &self.members[at];
                    let body = json!({"entry_id": member.entry, "withdraw": true});
                    return make("/v1/corrections", body, &[(member.stock, -1)], Becomes::Withdrawn(at));
                }
                8 if !self.collectives.is_empty() => {
                    let (at, count) = (self.pick(self.collectives.len()), self.random.random_range(1..90));
                    let (_, entry, before) = &self.collectives[at];
                    let body = json!({"entry_id": entry, "count": count});
                    let stocks = [("TU07", count - before)];
                    return make("/v1/corrections", body, &stocks, Becomes::Recounted(at, count));
                }
                9 if !self.units.is_empty() => {
                    let at = self.pick(self.units.len());
                    let (id, etag) = self.units.swap_remove(at);
                    let body = json!({"status": "terminated", "occurred_on": "2026-08-01"});
                    let path = format!("/v1/economic-units/{id}/status-changes");
                    return Command { etag: Some(etag), ..make(&path, body, &[("UN01", -1)], Becomes::Nothing) };
                }
                10 => {
                    // A union in which something happened cannot end before it.
                    let Some(at) = self.unions.iter().position(|(id, _)| !self.used.contains(id)) else { continue };
                    let (id, etag) = self.unions[at].clone();
                    let body = json!({"occurred_on": "2026-09-01", "decision": decision("2026-09-01")});
                    let path = format!("/v1/organisations/{id}/dissolutions");
                    return Command { etag: Some(etag), ..make(&path, body, &[("TU03", -1)], Becomes::Dissolved(at)) };
                }
                11 => {
                    let Some(at) = self.members.iter().position(|one| one.stock == "PM01") else { continue };
                    let body = json!({"membership_id": self.members[at].membership, "occurred_on": "2026-07-01",
                        "decision": decision("2026-07-01")});
                    return make("/v1/transfers", body, &[], Becomes::InFlight(at));
                }
                12 if !self.in_flight.is_empty() => {
                    let at = self.pick(self.in_flight.len());
                    let body = json!({"membership_id": self.in_flight[at], "organisation_id": self.other_cell,
                        "occurred_on": "2026-07-05"});
                    return make("/v1/transfer-receipts", body, &[], Becomes::Arrived(at));
                }
                13 => {
                    let body = json!({"organisation_id": self.cell, "person": person(number),
                        "occurred_on": "2024-06-15", "decision": decision("2024-06-15")});
                    return make("/v1/admissions", body, &[("PM01", 1)], Becomes::Probationary);
                }
                14 if !self.probationary.is_empty() => {
                    let at = self.pick(self.probationary.len());
                    let body = json!({"membership_id": self.probationary[at], "occurred_on": "2025-06-15",
                        "decision": decision("2025-07-01")});
                    return make("/v1/recognitions", body, &[], Becomes::Recognised(at));
                }
                15 => {
                    let body = json!({"organisation_id": self.cell, "person": person(number),
                        "occurred_on": "2021-12-01", "joined_on": "2015-05-19", "official_on": "2016-05-19"});
                    return make("/v1/opening-registrations", body, &[("PM01", 1)], Becomes::Opened);
                }
                16 if !self.opened.is_empty() => {
                    let at = self.pick(self.opened.len());
                    let body = json!({"membership_id": self.opened[at], "reason": "withdrew",
                        "occurred_on": "2022-03-15", "decision": decision("2022-03-15")});
                    return make("/v1/departures", body, &[("PM01", -1)], Becomes::Left(at));
                }
                17 if !self.left.is_empty() => {
                    let at = self.pick(self.left.len());
                    let body = json!({"membership_id": self.left[at], "organisation_id": self.cell,
                        "occurred_on": day, "decision": decision(day), "authorising_paper": "Văn bản 3-CV/TU"});
                    return make("/v1/readmissions", body, &[("PM01", 1)], Becomes::TakenBack(at));
                }
                _ => {}
            }
        }
    }

    fn trouble(&mut self) -> Trouble {
        let how = ["fail", "die"][self.pick(2)];
        match self.pick(12) {
            0 | 1 => Trouble::Fault(format!("statement {} {how}", 1 + self.pick(14))),
            2 => Trouble::Fault(format!("commit 1 {how}")),
            3 => Trouble::Fault(format!("committed 1 {how}")),
            4 => Trouble::HangUp,
            _ => Trouble::None,
        }
    }

    /// Sends a command until it is acknowledged, whatever goes wrong the first time.
    async fn carry_out(&mut self, command: Command, trouble: &Trouble) {
        self.keys += 1;
        let key = format!("driver-{}", self.keys);
        match trouble {
            Trouble::Fault(line) => std::fs::write(&self.fault_file, line).unwrap(),
            Trouble::HangUp => self.hang_up(&command, &key).await,
            Trouble::None => {}
        }
        let mut answer = None;
        for _ in 0..20 {
            let mut request = self.officer.post(&command.path, command.body.clone()).key(&key);
            if let Some(etag) = &command.etag {
                request = request.if_match(etag);
            }
            match request.attempt().await {
                Some(told) if told.status < 500 => {
                    assert!((200..300).contains(&told.status), "{}: {}", command.path, told.text);
                    answer = Some(told.body);
                    break;
                }
                Some(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                None => self.restart().await,
            }
        }
        if *trouble != Trouble::None {
            self.calm().await;
        }
        let answer = answer.unwrap_or_else(|| panic!("{} is never acknowledged", command.path));
        for (stock, change) in &command.stocks {
            *self.stocks.get_mut(stock).unwrap() += change;
        }
        self.remember(command.becomes, &answer);
    }

    /// Takes back a fault that is not due yet. Whatever works beside requests may have met it.
    async fn calm(&mut self) {
        std::fs::write(&self.fault_file, "nothing 1 fail").unwrap();
        if self.officer.get("/readyz").attempt().await.is_none() {
            self.restart().await;
        }
    }

    async fn hang_up(&self, command: &Command, key: &str) {
        let address = self.running.base_url.trim_start_matches("http://");
        let body = command.body.to_string();
        let etag = command.etag.as_ref().map_or_else(String::new, |etag| format!("If-Match: {etag}\r\n"));
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Idempotency-Key: {key}\r\n{etag}Content-Length: {}\r\n\r\n",
            command.path,
            self.officer.token(),
            body.len()
        );
        let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
        connection.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.unwrap();
    }

    async fn restart(&mut self) {
        self.running.process.kill();
        let _ = std::fs::remove_file(&self.fault_file);
        self.running = Self::started(&self.database, &self.fault_file).await;
        self.officer = self.running.be(&self.database, Role::Officer).await;
    }

    fn remember(&mut self, becomes: Becomes, answer: &Value) {
        if let Some(act) = answer["act_id"].as_str() {
            self.acknowledged.push(format!("/v1/acts/{act}"));
        }
        match becomes {
            Becomes::Nothing => {}
            Becomes::Unit => {
                let id = id_of(answer, "id");
                self.acknowledged.push(format!("/v1/economic-units/{id}"));
                self.units.push((id, id_of(answer, "etag")));
            }
            Becomes::Union => {
                let id = id_of(answer, "id");
                self.acknowledged.push(format!("/v1/organisations/{id}"));
                self.unions.push((id, id_of(answer, "etag")));
            }
            Becomes::Member(stock) => {
                let (membership, entry) = (id_of(answer, "membership_id"), id_of(answer, "entry_id"));
                self.acknowledged.push(format!("/v1/memberships/{membership}"));
                self.members.push(Member { stock, membership, entry });
            }
            Becomes::Collective(count) => {
                self.collectives.push((id_of(answer, "act_id"), id_of(answer, "entry_id"), count));
            }
            Becomes::GoneMember(at) | Becomes::Withdrawn(at) => {
                self.members.swap_remove(at);
            }
            Becomes::Recounted(at, count) => {
                let (act, ..) = self.collectives[at].clone();
                self.collectives[at] = (act, id_of(answer, "entry_id"), count);
            }
            Becomes::InFlight(at) => {
                let member = self.members.swap_remove(at);
                self.in_flight.push(member.membership);
            }
            Becomes::Arrived(at) => {
                self.in_flight.swap_remove(at);
            }
            Becomes::Dissolved(at) => {
                self.unions.swap_remove(at);
            }
            Becomes::Probationary => self.probationary.push(id_of(answer, "membership_id")),
            Becomes::Recognised(at) => {
                self.probationary.swap_remove(at);
            }
            Becomes::Opened => self.opened.push(id_of(answer, "membership_id")),
            Becomes::Left(at) => {
                let membership = self.opened.swap_remove(at);
                self.left.push(membership);
            }
            Becomes::TakenBack(at) => {
                self.left.swap_remove(at);
            }
        }
    }

    /// The chains hold, the stocks are the sums of what was acknowledged, and nothing of that is lost.
    async fn check(&self, step: usize, trouble: &Trouble) {
        let place = format!("seed {} step {step} after {trouble:?}", self.seed);
        let counted = self.counted().await;
        assert_eq!(counted, self.stocks, "{place}");
        let (is_whole, said) = command_on(&self.database, &["verify"]);
        assert!(is_whole, "{place}: {said}");
        for path in self.acknowledged.iter().rev().take(5) {
            assert_eq!(self.officer.get(path).await.status, 200, "{place}: {path} is lost");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_or_done_twice_whatever_goes_wrong() {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().expect(name));
    let (seed, steps) = (number("DRIVER_SEED", 20_260_715), number("DRIVER_STEPS", 60));
    let mut driver = Driver::start(seed).await;
    let mut troubles = 0;
    for step in 0..usize::try_from(steps).unwrap() {
        let (command, trouble) = (driver.command(), driver.trouble());
        driver.carry_out(command, &trouble).await;
        if trouble != Trouble::None {
            troubles += 1;
            driver.check(step, &trouble).await;
        }
    }
    driver.check(usize::MAX, &Trouble::None).await;
    for path in &driver.acknowledged {
        assert_eq!(driver.officer.get(path).await.status, 200, "seed {seed}: {path} is lost");
    }
    assert!(troubles * 5 > steps, "seed {seed}: little went wrong: {troubles}");
}
