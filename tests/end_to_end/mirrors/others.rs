//! What others do meanwhile: an officer of the province who changes everything that lists show, at random.

use std::collections::BTreeMap;
use std::sync::Mutex;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tests::{Answer, Books, Somebody, TestApp, decision, next_number, person};

use super::COMMUNES;
use crate::running::command_on;

/// An officer of the province, and what the officer knows to be there.
pub struct Others<'a> {
    app: &'a TestApp,
    officer: &'a Somebody,
    books: &'a Books,
    random: Mutex<StdRng>,
    /// Which persons this officer admits: two officers do not admit the same.
    persons: std::ops::Range<u32>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    units: Vec<String>,
    households: Vec<String>,
    organisations: Vec<String>,
    /// Person and membership.
    members: Vec<(String, String)>,
    left: Vec<String>,
    /// How often each kind of change was made.
    made: BTreeMap<&'static str, u32>,
}

const CHANGES: [&str; 22] = [
    "register",
    "register household",
    "rename unit",
    "change status",
    "move unit",
    "move unit",
    "move unit",
    "withdraw unit",
    "erase household",
    "found cell",
    "found union",
    "move organisation",
    "dissolve organisation",
    "admit",
    "admit",
    "admit",
    "transfer",
    "transfer",
    "correct person",
    "depart",
    "withdraw admission",
    "erase person",
];

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl<'a> Others<'a> {
    pub fn new(app: &'a TestApp, officer: &'a Somebody, books: &'a Books, seed: u32) -> Self {
        let first = seed * 1000;
        let random = Mutex::new(StdRng::seed_from_u64(seed.into()));
        Self { app, officer, books, random, persons: first..first + 14, known: Mutex::default() }
    }

    fn pick<T: Clone>(&self, some: &[T]) -> Option<T> {
        if some.is_empty() {
            return None;
        }
        Some(some[self.random.lock().unwrap().random_range(0..some.len())].clone())
    }

    fn one_of(&self, which: impl Fn(&Known) -> Vec<String>) -> Option<String> {
        let known = which(&self.known.lock().unwrap());
        self.pick(&known)
    }

    fn commune(&self) -> &'static str {
        self.pick(&COMMUNES).unwrap()
    }

    /// Makes each kind of change that has not been made yet, and some more.
    pub async fn change_everything(&self, steps: usize, mut between: impl AsyncFnMut()) {
        for _ in 0..steps {
            self.change(self.pick(&CHANGES).unwrap()).await;
            between().await;
        }
        for change in CHANGES {
            for _ in 0..8 {
                if self.known.lock().unwrap().made.contains_key(change) {
                    break;
                }
                for before in needed_by(change) {
                    self.change(before).await;
                }
                self.change(change).await;
            }
            between().await;
        }
        let made = &self.known.lock().unwrap().made;
        assert!(CHANGES.iter().all(|change| made.contains_key(change)), "{made:?}");
    }

    /// Makes a change at random.
    pub async fn change_something(&self) {
        self.change(self.pick(&CHANGES).unwrap()).await;
    }

    async fn change(&self, change: &'static str) {
        if self.attempt(change).await.is_some() {
            *self.known.lock().unwrap().made.entry(change).or_default() += 1;
        }
    }

    async fn attempt(&self, change: &str) -> Option<()> {
        match change {
            "register" => self.register("other").await,
            "register household" => self.register("household_business").await,
            "rename unit" => {
                let path = format!("/v1/economic-units/{}", self.unit()?);
                let etag = self.etag(&path).await?;
                let name = format!("Công ty Đổi Tên {}", self.random.lock().unwrap().random_range(0..1000));
                done(self.officer.patch(&path, json!({"name": name})).if_match(&etag).await).map(|_| ())
            }
            "change status" => {
                let path = format!("/v1/economic-units/{}", self.unit()?);
                let status = self.pick(&["active", "suspended", "terminated"])?;
                let body = json!({"status": status, "occurred_on": "2022-05-04"});
                let etag = self.etag(&path).await?;
                let path = format!("{path}/status-changes");
                done(self.officer.post(&path, body).if_match(&etag).await).map(|_| ())
            }
            "move unit" => {
                let body = json!({"entry_id": self.registration().await?, "area": self.commune()});
                done(self.officer.post("/v1/economic-unit-corrections", body).await).map(|_| ())
            }
            "withdraw unit" => {
                let body = json!({"entry_id": self.registration().await?, "withdraw": true});
                done(self.officer.post("/v1/economic-unit-corrections", body).await).map(|_| ())
            }
            "erase household" => {
                let id = self.one_of(|known| known.households.clone())?;
                let path = format!("/v1/economic-units/{id}");
                if let Some(etag) = self.etag(&path).await {
                    let body = json!({"status": "terminated", "occurred_on": "2022-06-01"});
                    self.officer.post(&format!("{path}/status-changes"), body).if_match(&etag).await;
                }
                self.erase("erase-household", &id)
            }
            "found cell" => self.found("grassroots_cell", 0).await,
            "found union" => self.found("grassroots_union", 1).await,
            "move organisation" => {
                let organisation = self.one_of(|known| known.organisations.clone())?;
                let path = format!("/v1/acts?organisation={organisation}&kind=organisation.established");
                let acts = self.officer.get(&path).await.is(200);
                let body = json!({"entry_id": acts["items"][0]["entry_id"], "area": self.commune()});
                done(self.officer.post("/v1/corrections", body).await).map(|_| ())
            }
            "dissolve organisation" => {
                let path = format!("/v1/organisations/{}", self.one_of(|known| known.organisations.clone())?);
                let etag = self.etag(&path).await?;
                let body = json!({"occurred_on": "2022-06-20", "decision": decision("2022-06-20")});
                done(self.officer.post(&format!("{path}/dissolutions"), body).if_match(&etag).await).map(|_| ())
            }
            "admit" => {
                let organisation = self.one_of(|known| known.organisations.clone())?;
                let number = self.random.lock().unwrap().random_range(self.persons.clone());
                let body = json!({"organisation_id": organisation, "person": person(number),
                    "occurred_on": "2021-05-19", "decision": decision("2021-05-19")});
                let made = done(self.officer.post("/v1/admissions", body).await)?;
                let member = (text(&made["person_id"]), text(&made["membership_id"]));
                self.known.lock().unwrap().members.push(member);
                Some(())
            }
            "transfer" => {
                let (_, membership) = self.member()?;
                let body = json!({"membership_id": membership, "occurred_on": "2022-01-10",
                    "decision": decision("2022-01-05")});
                self.officer.post("/v1/transfers", body).await;
                let to = self.known.lock().unwrap().organisations.clone();
                for _ in 0..to.len() {
                    let body = json!({"membership_id": membership, "organisation_id": self.pick(&to)?,
                        "occurred_on": "2022-01-20"});
                    if done(self.officer.post("/v1/transfer-receipts", body).await).is_some() {
                        return Some(());
                    }
                }
                None
            }
            "correct person" => {
                let path = format!("/v1/people/{}", self.member()?.0);
                let etag = self.etag(&path).await?;
                let name = format!("Trần Giả Định {}", self.pick(&["Một", "Hai", "Ba"])?);
                let body = json!({"full_name": name});
                done(self.officer.post(&format!("{path}/corrections"), body).if_match(&etag).await).map(|_| ())
            }
            "depart" => self.depart(self.member()?).await,
            "withdraw admission" => {
                let (_, membership) = self.member()?;
                let kinds = "party_member.admitted,union_member.admitted";
                let path = format!("/v1/acts?membership={membership}&kind={kinds}");
                let acts = self.officer.get(&path).await.is(200);
                let body = json!({"entry_id": acts["items"][0]["entry_id"], "withdraw": true});
                done(self.officer.post("/v1/corrections", body).await).map(|_| ())
            }
            "erase person" => {
                let person = self.one_of(|known| known.left.clone())?;
                self.erase("erase-person", &person)
            }
            _ => panic!("no change is called {change}"),
        }
    }

    fn unit(&self) -> Option<String> {
        self.one_of(|known| [known.units.clone(), known.households.clone()].concat())
    }

    fn member(&self) -> Option<(String, String)> {
        let members = self.known.lock().unwrap().members.clone();
        self.pick(&members)
    }

    async fn etag(&self, path: &str) -> Option<String> {
        let found = self.officer.get(path).await;
        (found.status == 200).then(|| found.header("etag").to_owned())
    }

    /// The latest entry of a unit's registration.
    async fn registration(&self) -> Option<String> {
        let path = format!("/v1/economic-units/{}/versions", self.unit()?);
        let versions = self.officer.get(&path).await.is(200);
        let mut items = versions["items"].as_array()?.iter().rev();
        Some(text(&items.find(|one| one["kind"] == "economic_unit.registered")?["entry_id"]))
    }

    async fn register(&self, form: &str) -> Option<()> {
        let number = self.random.lock().unwrap().random_range(0..100_000);
        let body = json!({"name": format!("Công ty Giả Định {number}"), "legal_form": form, "area": self.commune(),
            "registered_on": "2019-05-06"});
        let id = text(&done(self.officer.post("/v1/economic-units", body).await)?["id"]);
        let mut known = self.known.lock().unwrap();
        if form == "other" {
            known.units.push(id)
        } else {
            known.households.push(id)
        }
        Some(())
    }

    async fn found(&self, kind: &str, branch: usize) -> Option<()> {
        let (committee, federation) = &self.books.province;
        let superior = [committee, federation][branch];
        let name = format!("Tổ chức Giả Định {}", next_number());
        let body = json!({"kind": kind, "name": name, "superior_id": superior, "area": self.commune(),
            "established_on": "2019-05-06", "decision": decision("2019-05-06"),
            "founding_members": {"official": 3, "members": 12}});
        let id = text(&done(self.officer.post("/v1/organisations", body).await)?["id"]);
        self.known.lock().unwrap().organisations.push(id);
        Some(())
    }

    async fn depart(&self, (person, membership): (String, String)) -> Option<()> {
        let reason = self.pick(&["removed", "withdrew"])?;
        let body = json!({"membership_id": membership, "reason": reason, "occurred_on": "2022-06-10",
            "decision": decision("2022-06-10")});
        done(self.officer.post("/v1/departures", body).await)?;
        self.known.lock().unwrap().left.push(person);
        Some(())
    }

    fn erase(&self, command: &str, id: &str) -> Option<()> {
        let (is_done, said) = command_on(&self.app.database, &[command, id, "--ground", "purpose_ended"]);
        let is_refused =
            ["end it first", "has not ended", "erased before", "is living"].iter().any(|one| said.contains(one));
        assert!(is_done || is_refused, "{said}");
        let mut known = self.known.lock().unwrap();
        known.households.retain(|household| household != id);
        known.left.retain(|person| person != id);
        is_done.then_some(())
    }
}

/// What has to be there for a change.
fn needed_by(change: &str) -> &'static [&'static str] {
    match change {
        "register" | "register household" | "found cell" | "found union" => &[],
        "erase household" => &["register household"],
        "rename unit" | "change status" | "move unit" | "withdraw unit" => &["register"],
        "move organisation" | "dissolve organisation" => &["found cell"],
        "transfer" => &["found cell", "found cell", "admit", "admit"],
        "erase person" => &["found cell", "admit", "depart"],
        _ => &["found cell", "admit"],
    }
}

/// The answer to a change that was made; whatever is refused changes nothing.
fn done(answer: Answer) -> Option<Value> {
    assert!(answer.status < 500, "{}", answer.text);
    (answer.status < 300).then_some(answer.body)
}
