//! Fills a system with as many invented records as a province has, through the commands that handlers call: each leaves its
//! journal entry, so that `verify` holds. The same seed makes the same records.
//!
//! `fill DATA_DIR DATABASE_URL UNITS ORGANISATIONS MEMBERS SEED`, on a data folder that holds the demonstration and is not in
//! use. `DATABASE_URL` is the data folder itself, or a PostgreSQL database.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement stops where it stands"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clap::Parser;
use enterprise_registry::economic_units::{self, ChangeEconomicUnitStatus, LegalForm, RegisterEconomicUnit, Status};
use membership::memberships::{AdmitPerson, DepartMember, RecogniseMember, admit, depart, recognise};
use membership::organisations::{EstablishOrganisation, FoundingMembers, establish, open};
use membership::people::PersonDetails;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use shared::access::Scope;
use shared::answers::Answers;
use shared::clock::Clock;
use shared::http::ServerOptions;
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::party_member::DepartureReason;
use shared::storage::{Act, DatabaseUrl};
use shared::territory::{AreaId, AreaLevel};
use shared::{Day, Id, Result};
use standalone::{Options, System};

/// How many records one transaction has.
const RECORDS_A_WRITE: usize = 500;

#[derive(Parser)]
struct Arguments {
    data_dir: std::path::PathBuf,
    database_url: DatabaseUrl,
    units: usize,
    organisations: usize,
    members: usize,
    seed: u64,
    #[command(flatten)]
    server: ServerOptions,
}

const TRADES: [&str; 16] = [
    "Thương mại",
    "Dịch vụ",
    "Xây dựng",
    "Sản xuất",
    "May mặc",
    "Cơ khí",
    "Nhựa",
    "Vận tải",
    "Nông sản",
    "Điện tử",
    "Gỗ",
    "Bao bì",
    "In ấn",
    "Thực phẩm",
    "Dược",
    "Môi trường",
];
const NAMES: [&str; 20] = [
    "An Phát",
    "Minh Đức",
    "Hoàng Long",
    "Thành Công",
    "Đại Việt",
    "Hưng Thịnh",
    "Phú Quý",
    "Tân Tiến",
    "Việt Hà",
    "Hồng Hà",
    "Đông Á",
    "Thái Sơn",
    "Kim Long",
    "Bình Minh",
    "Sao Mai",
    "Hòa Bình",
    "Trường An",
    "Nam Việt",
    "Bắc Sơn",
    "Ánh Dương",
];

fn day(text: &str) -> Day {
    Day::stored(text.parse().expect("a day"))
}

fn paper() -> Decision {
    Decision {
        number: "7-QĐ/GĐ".to_owned(), decided_on: day("2020-01-05"), issuing_body: "Cấp ủy Giả Định".to_owned()
    }
}

/// A tax code with its check digit, by its number; some numbers have none.
fn tax_code(number: usize) -> Option<String> {
    const WEIGHTS: [usize; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    let digits = format!("08{number:07}");
    let sum: usize = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
    let check = 10_usize.checked_sub(sum % 11)?;
    (check < 10).then(|| format!("{digits}{check}"))
}

fn act(system: &System) -> Act {
    Act { actor: "service:fill".to_owned(), at: system.registry.clock.now(), batch: Some(Id::new()) }
}

fn collect(all: &mut Vec<shared::journal::Entry>, made: Entries) {
    if let Entries::Of(made) = made {
        all.extend(made);
    }
}

struct Fill {
    system: System,
    random: StdRng,
    communes: Vec<AreaId>,
}

impl Fill {
    fn name(&mut self, number: usize) -> String {
        let mut pick = |words: &[&'static str]| words[self.random.random_range(0..words.len())];
        format!("{} {} {number}", pick(&TRADES), pick(&NAMES))
    }

    fn commune(&mut self) -> AreaId {
        self.communes[self.random.random_range(0..self.communes.len())].clone()
    }

    async fn units(&mut self, count: usize) -> Result<Vec<(Id, AreaId, bool)>> {
        const FORMS: [LegalForm; 4] = [
            LegalForm::LlcSingleMember,
            LegalForm::LlcMultiMember,
            LegalForm::JointStockCompany,
            LegalForm::SoleProprietorship,
        ];
        let mut known = Vec::with_capacity(count);
        while known.len() < count {
            let numbers = known.len()..count.min(known.len() + RECORDS_A_WRITE);
            let mut requests = Vec::new();
            for number in numbers {
                let status = match self.random.random_range(0..100) {
                    0..70 => None,
                    70..82 => Some(Status::Suspended),
                    _ => Some(Status::Terminated),
                };
                let request = RegisterEconomicUnit {
                    id: None,
                    name: format!("Công ty TNHH {}", self.name(number)),
                    tax_code: tax_code(number + 1),
                    legal_form: FORMS[self.random.random_range(0..FORMS.len())],
                    sector: Some("C".to_owned()),
                    is_foreign_invested: number.is_multiple_of(20),
                    area: self.commune(),
                    located_on: None,
                    address: Some(format!("Thôn {}", number % 40)),
                    workers: Some(i64::try_from(number % 300).unwrap_or(0)),
                    workers_as_of: Some(day("2022-01-01")),
                    registered_on: day("2015-03-02"),
                };
                requests.push((request, status));
            }
            let state = &self.system.registry;
            let setting = enterprise_registry::Setting {
                scope: Scope::everything(),
                territory: state.territory.get(),
                vault: state.vault.clone(),
                today: day("2022-06-30").get(),
            };
            let made = state.db.write(act(&self.system), move |tx| {
                let (mut units, mut entries) = (Vec::new(), Vec::new());
                for (request, status) in &requests {
                    let (unit, made) = economic_units::register(tx, &setting, request)?;
                    collect(&mut entries, made);
                    units.push((unit.id, unit.area.clone(), !matches!(status, Some(Status::Terminated))));
                    if let Some(status) = status {
                        let request = ChangeEconomicUnitStatus { status: *status, occurred_on: day("2021-03-04") };
                        let (_, made) = economic_units::change_status(tx, &setting, unit, &request)?;
                        collect(&mut entries, made);
                    }
                }
                Ok((units, entries.into()))
            });
            known.extend(made.await?);
        }
        Ok(known)
    }

    fn setting(&self) -> membership::Setting {
        let state = &self.system.membership;
        membership::Setting {
            scope: Scope::everything(),
            territory: state.territory.get(),
            book: Arc::clone(&state.rule_book),
            vault: state.vault.clone(),
            today: day("2022-06-30").get(),
        }
    }

    /// Founds the committees and federations of the province and of its districts. Returns those of each district.
    async fn bodies(&self) -> Result<BTreeMap<AreaId, [Id; 2]>> {
        let setting = self.setting();
        let districts: BTreeSet<AreaId> =
            self.communes.iter().filter_map(|commune| self.district_of(commune)).collect();
        let body = |kind: &'static str, area: &AreaId, superior: Option<Id>| EstablishOrganisation {
            id: None,
            kind: kind.to_owned(),
            name: "Cấp trên Giả Định của dữ liệu đo".to_owned(),
            superior_id: superior,
            area: area.clone(),
            economic_unit_ids: Vec::new(),
            established_on: day("2000-01-01"),
            decision: None,
            founding_members: FoundingMembers::default(),
            authorising_paper: None,
            answers: Answers::default(),
        };
        let bodies = self.system.membership.db.write(act(&self.system), move |tx| {
            let (mut bodies, mut entries) = (BTreeMap::new(), Vec::new());
            let mut found = |request: EstablishOrganisation| -> Result<Id> {
                let (changed, made) = establish(tx, &setting, &request)?;
                collect(&mut entries, made);
                Ok(changed.organisation.id)
            };
            let province = "33@origin".parse().expect("an area");
            let committee = found(body("provincial_committee", &province, None))?;
            let federation = found(body("provincial_federation", &province, None))?;
            for district in districts {
                let committee = found(body("district_committee", &district, Some(committee)))?;
                let federation = found(body("district_federation", &district, Some(federation)))?;
                bodies.insert(district, [committee, federation]);
            }
            Ok((bodies, entries.into()))
        });
        bodies.await
    }

    fn district_of(&self, commune: &AreaId) -> Option<AreaId> {
        self.system.registry.territory.get().ancestor(commune, AreaLevel::District).map(|area| area.id.clone())
    }

    /// Founds organisations, four of five in a unit of the commune that goes on.
    async fn organisations(&mut self, count: usize, units: &[(Id, AreaId, bool)]) -> Result<Vec<Id>> {
        let bodies = self.bodies().await?;
        let mut standing: BTreeMap<AreaId, Vec<Id>> = BTreeMap::new();
        for (id, area, _) in units.iter().filter(|(.., goes_on)| *goes_on) {
            standing.entry(area.clone()).or_default().push(*id);
        }
        let mut known = Vec::with_capacity(count);
        while known.len() < count {
            let mut requests = Vec::new();
            for number in known.len()..count.min(known.len() + RECORDS_A_WRITE) {
                let is_union = number % 3 == 0;
                let (name, area) = (self.name(number), self.commune());
                let unit = standing.get(&area).filter(|_| number % 5 != 0).map(|units| units[number % units.len()]);
                let superior = self.district_of(&area).and_then(|district| bodies.get(&district));
                requests.push(EstablishOrganisation {
                    id: None,
                    kind: if is_union { "grassroots_union" } else { "grassroots_cell" }.to_owned(),
                    name: format!("{} Công ty TNHH {name}", if is_union { "Công đoàn cơ sở" } else { "Chi bộ" }),
                    superior_id: superior.map(|bodies| bodies[usize::from(is_union)]),
                    area,
                    economic_unit_ids: unit.into_iter().collect(),
                    established_on: day(&format!("20{:02}-{:02}-06", 10 + number % 10, 1 + number % 12)),
                    decision: None,
                    founding_members: FoundingMembers { official: 3, probationary: 0, members: 12 },
                    authorising_paper: None,
                    // Names are drawn: two may be alike.
                    answers: serde_json::from_value(serde_json::json!({"same_act_recorded": "Dữ liệu đo"}))
                        .expect("an answer"),
                });
            }
            let setting = self.setting();
            let made = self.system.membership.db.write(act(&self.system), move |tx| {
                let (mut ids, mut entries) = (Vec::new(), Vec::new());
                for request in &requests {
                    let (changed, made) = open(tx, &setting, request)?;
                    collect(&mut entries, made);
                    ids.push(changed.organisation.id);
                }
                Ok((ids, entries.into()))
            });
            known.extend(made.await?);
        }
        Ok(known)
    }

    async fn members(&mut self, count: usize, organisations: &[Id]) -> Result<()> {
        let mut done = 0;
        while done < count {
            let mut requests = Vec::new();
            for number in done..count.min(done + RECORDS_A_WRITE) {
                let month = self.random.random_range(1..=12);
                let place = self.random.random_range(0..organisations.len());
                let later = match self.random.random_range(0..10) {
                    0 => Some(false),
                    // Every third organisation is a union; who was admitted in 2020 has been on probation for a year.
                    1..8 if !place.is_multiple_of(3) && number.is_multiple_of(2) => Some(true),
                    _ => None,
                };
                requests.push((
                    later,
                    AdmitPerson {
                        id: None,
                        membership_id: None,
                        organisation_id: organisations[place],
                        person: Some(PersonDetails {
                            full_name: format!("Nguyễn {} {number}", NAMES[number % NAMES.len()]),
                            birth_date: day("1990-05-17"),
                            sex: Some(if number.is_multiple_of(2) { "female" } else { "male" }.to_owned()),
                            phone: None,
                            personal_id: Some(format!("09{number:010}")),
                            card_number: None,
                        }),
                        person_id: None,
                        occurred_on: day(&format!("{}-{month:02}-19", 2020 + number % 2)),
                        considered_on: None,
                        decision: Some(paper()),
                        authorising_paper: None,
                        is_owner: number.is_multiple_of(30),
                        is_worker: !number.is_multiple_of(30),
                        answers: Answers::default(),
                    },
                ));
            }
            done += requests.len();
            let setting = self.setting();
            let made = self.system.membership.db.write(act(&self.system), move |tx| {
                let mut entries = Vec::new();
                for (later, request) in &requests {
                    let (admitted, made) = admit(tx, &setting, request)?;
                    collect(&mut entries, made);
                    let membership = admitted.membership_id;
                    match (later, membership) {
                        (Some(true), Some(membership_id)) => {
                            let occurred_on = day("2022-01-19");
                            let recognition =
                                RecogniseMember { id: None, membership_id, occurred_on, decision: Some(paper()) };
                            collect(&mut entries, recognise(tx, &setting, &recognition)?.1);
                        }
                        (Some(false), membership_id) => {
                            let departure = DepartMember {
                                id: None,
                                membership_id,
                                organisation_id: None,
                                count: None,
                                reason: DepartureReason::Withdrew,
                                occurred_on: day("2022-03-15"),
                                decision: Some(paper()),
                                answers: Answers::default(),
                            };
                            collect(&mut entries, depart(tx, &setting, &departure)?.1);
                        }
                        _ => {}
                    }
                }
                Ok(((), entries.into()))
            });
            made.await?;
        }
        Ok(())
    }
}

#[actix_web::main]
async fn main() {
    fill(Arguments::parse()).await.expect("a filled system");
}

async fn fill(arguments: Arguments) -> Result<()> {
    let options = Options {
        data_dir: arguments.data_dir,
        master_key: None,
        database_url: arguments.database_url,
        server: arguments.server,
        issuer: None,
        areas_at: None,
        clock: Clock::System,
    };
    let system = System::start(&options).await?;
    let territory = system.registry.territory.get();
    let communes =
        territory.areas().filter(|area| area.level == AreaLevel::Commune && area.is_in_force(day("2015-03-02").get()));
    let communes = communes.filter(|area| territory.path(&area.id).iter().any(|unit| unit.id.as_str() == "33@origin"));
    let communes = communes.map(|area| area.id.clone()).collect();
    let mut fill = Fill { system, random: StdRng::seed_from_u64(arguments.seed), communes };
    let begun = std::time::Instant::now();
    let say = |what: &str, count: usize| println!("{count} {what} after {:.0} s", begun.elapsed().as_secs_f64());
    let units = fill.units(arguments.units).await?;
    say("units", units.len());
    fill.system.settle(1200).await?;
    let organisations = fill.organisations(arguments.organisations, &units).await?;
    say("organisations", organisations.len());
    fill.members(arguments.members, &organisations).await?;
    say("members", arguments.members);
    fill.system.settle(1200).await?;
    say("followed", arguments.units + arguments.organisations + arguments.members);
    fill.system.stop().await;
    Ok(())
}
