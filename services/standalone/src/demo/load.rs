//! Loading the demonstration through the services' commands.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use enterprise_registry::economic_units::{self, ChangeEconomicUnitStatus};
use membership::Setting;
use membership::corrections::{self, CorrectEntry};
use membership::ledger::Admitted;
use membership::memberships::{
    self, AdmitPerson, CompleteTransfer, DepartMember, OpenMembers, ReadmitPerson, RecogniseMember, TransferIn,
    TransferMember,
};
use membership::organisations::{self, AdmitCollectively, EstablishOrganisation, FoundingMembers, UpgradeOrganisation};
use membership::recording_starts::set_recording_start;
use shared::access::{Grant, Permission, Role, Scope};
use shared::answers::Answers;
use shared::clock::vietnam_day;
use shared::journal::Entries;
use shared::scans::Scan as _;
use shared::storage::{Act, Tx};
use shared::territory::AreaId;
use shared::{Error, Id, Result, ResultExt};

use super::rows::{
    ACTS, ActLine, MemberLine, ORGANISATIONS, OrganisationLine, Recorded, STATUS_CHANGES, StatusLine, UNITS, UnitLine,
    paper, read,
};
use super::{steering, tasks};
use crate::system::System;

/// Who records the demonstration.
pub(super) const ACTOR: &str = "service:demonstration";

/// Says how far a load has come: done and total.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize);

/// When the administrative units are recorded, so that the demonstration's entries can follow them.
#[must_use]
pub fn areas_at() -> DateTime<Utc> {
    // 1 December 2021, the beginning of the demonstration's books.
    DateTime::from_timestamp(1_638_316_800, 0).unwrap_or_default()
}

/// Says whether anything was loaded or recorded before.
///
/// # Errors
/// Fails when the database does.
pub async fn is_loaded(system: &System) -> Result<bool> {
    Ok(system.membership.db.read(shared::journal::head_seq).await? > 0)
}

/// Says whether a system holds the demonstration whole.
///
/// # Errors
/// Fails when the database does.
pub async fn is_demonstration(system: &System) -> Result<bool> {
    // It ends with data coverage, which reporting records.
    system.reporting.db.read(|conn| shared::journal::has_entry_by(conn, ACTOR)).await
}

/// Loads the demonstration into an empty system.
///
/// # Errors
/// Fails when a line breaks a rule: the demonstration goes in through the same commands as a user's.
pub async fn load(system: &System, progress: Progress<'_>) -> Result<()> {
    let units: Vec<UnitLine> = read("units", UNITS)?;
    let changes: Vec<StatusLine> = read("status changes", STATUS_CHANGES)?;
    let organisations: Vec<OrganisationLine> = read("organisations", ORGANISATIONS)?;
    let acts: Vec<ActLine> = read("acts", ACTS)?;
    let steering = steering::lines()?;
    let total = units.len() + changes.len() + organisations.len() + acts.len() + steering.len();
    let mut done = 0;
    let mut keys = Keys::default();
    for chunk in chunks(units) {
        done += chunk.len();
        keys = load_units(system, chunk, keys).await?;
        progress(done, total);
    }
    for chunk in chunks(changes) {
        done += chunk.len();
        keys = load_changes(system, chunk, keys).await?;
    }
    system.settle_membership(60).await?;
    let mut lines: Vec<MemberLine> = organisations.into_iter().map(MemberLine::Organisation).collect();
    lines.extend(acts.into_iter().map(MemberLine::Act));
    lines.sort_by_key(Recorded::recorded_at);
    for chunk in chunks(lines) {
        done += chunk.len();
        keys = load_members(system, chunk, keys).await?;
        progress(done, total);
    }
    let mut known = steering::Keys::default();
    for chunk in chunks(steering) {
        done += chunk.len();
        known = steering::load(system, act(&chunk), chunk, known).await?;
    }
    tasks::load(system, known.bodies(), known.documents()).await?;
    progress(done, total);
    state_coverage(system).await?;
    // What is looked for now and then is there from the beginning.
    enterprise_registry::duplicates::Scanner::new(system.registry.clone()).look().await?;
    system.settle_membership(60).await?;
    membership::findings::look_once(&system.membership).await?;
    system.settle(60).await
}

/// What the files call things, and what they are called here.
#[derive(Debug, Default)]
struct Keys {
    units: HashMap<String, Id>,
    organisations: HashMap<String, Id>,
    members: HashMap<String, Admitted>,
}

fn find<'a, T>(map: &'a HashMap<String, T>, key: Option<&String>) -> Result<&'a T> {
    let named = key.map_or("", String::as_str);
    map.get(named).ok_or_else(|| Error::internal(format!("the demonstration names {named}, which is not there")))
}

/// Lines that were recorded at one instant are written in one transaction.
pub(super) fn chunks<T: Recorded>(lines: Vec<T>) -> Vec<Vec<T>> {
    let mut chunks: Vec<Vec<T>> = Vec::new();
    for line in lines {
        match chunks.last_mut() {
            Some(chunk) if chunk.first().is_some_and(|first| first.recorded_at() == line.recorded_at()) => {
                chunk.push(line);
            }
            _ => chunks.push(vec![line]),
        }
    }
    chunks
}

fn act<T: Recorded>(lines: &[T]) -> Act {
    let at = lines.first().map(Recorded::recorded_at).unwrap_or_default();
    Act { actor: ACTOR.to_owned(), at, batch: Some(Id::new()) }
}

async fn load_units(system: &System, lines: Vec<UnitLine>, mut keys: Keys) -> Result<Keys> {
    let setting = registry_setting(system);
    system
        .registry
        .db
        .write(act(&lines), move |tx| {
            let setting = enterprise_registry::Setting { today: vietnam_day(tx.at()), ..setting };
            let mut entries = Vec::with_capacity(lines.len());
            for line in lines {
                let (unit, made) = economic_units::register(tx, &setting, &line.request())
                    .doing(&format!("loading unit {}", line.key))?;
                keys.units.insert(line.key, unit.id);
                if let Entries::Of(made) = made {
                    entries.extend(made);
                }
            }
            Ok((keys, entries.into()))
        })
        .await
}

fn registry_setting(system: &System) -> enterprise_registry::Setting {
    let state = &system.registry;
    let (territory, vault) = (state.territory.get(), state.vault.clone());
    enterprise_registry::Setting { scope: Scope::everything(), territory, vault, today: vietnam_day(state.clock.now()) }
}

async fn load_changes(system: &System, lines: Vec<StatusLine>, keys: Keys) -> Result<Keys> {
    let setting = registry_setting(system);
    system
        .registry
        .db
        .write(act(&lines), move |tx| {
            let setting = enterprise_registry::Setting { today: vietnam_day(tx.at()), ..setting };
            let mut entries = Vec::new();
            for line in lines {
                let id = *find(&keys.units, Some(&line.unit))?;
                let request = ChangeEconomicUnitStatus { status: line.status, occurred_on: line.occurred_on };
                let unit = economic_units::find_unit(tx.conn(), &setting.scope, id, &setting.vault)?;
                let unit = unit.ok_or_else(|| Error::internal(format!("no unit {}", line.unit)))?;
                let (_, made) = economic_units::change_status(tx, &setting, unit, &request)?;
                if let Entries::Of(made) = made {
                    entries.extend(made);
                }
            }
            Ok((keys, entries.into()))
        })
        .await
}

async fn load_members(system: &System, lines: Vec<MemberLine>, mut keys: Keys) -> Result<Keys> {
    let state = system.membership.clone();
    let setting = Setting {
        scope: Scope::everything(),
        territory: state.territory.get(),
        book: Arc::clone(&state.rule_book),
        vault: state.vault.clone(),
        today: vietnam_day(act(&lines).at),
    };
    system
        .membership
        .db
        .write(act(&lines), move |tx| {
            let mut entries = Vec::with_capacity(lines.len());
            for line in lines {
                let (made, what) = match &line {
                    MemberLine::Organisation(line) => (load_organisation(tx, &setting, line, &mut keys), &line.key),
                    MemberLine::Act(line) => (load_act(tx, &setting, line, &mut keys), &line.act),
                };
                if let Entries::Of(made) = made.doing(&format!("loading {what} of {}", line.recorded_at()))? {
                    entries.extend(made);
                }
            }
            Ok((keys, entries.into()))
        })
        .await
}

fn load_organisation(tx: &mut Tx<'_>, setting: &Setting, line: &OrganisationLine, keys: &mut Keys) -> Result<Entries> {
    let superior_id = match &line.superior {
        Some(key) => Some(*find(&keys.organisations, Some(key))?),
        None => None,
    };
    let decision = paper(line.decision_number.as_ref(), line.decided_on, line.issuing_body.as_ref());
    let missing = |what: &str| Error::internal(format!("{} has no {what}", line.key));
    if line.act == "upgrade" {
        let id = *find(&keys.organisations, Some(&line.key))?;
        let request = UpgradeOrganisation {
            kind: line.kind.clone(),
            superior_id: superior_id.ok_or_else(|| missing("superior"))?,
            occurred_on: line.established_on,
            decision: decision.ok_or_else(|| missing("decision"))?,
        };
        let kept = organisations::find_writable(tx, &setting.scope, id)?;
        return organisations::upgrade(tx, setting, kept, &request).map(|(_, entries)| entries);
    }
    if line.act == "start_recording" {
        let body = organisations::find_writable(tx, &setting.scope, *find(&keys.organisations, Some(&line.key))?)?;
        let (_, entry) = set_recording_start(tx, setting, &body, Some(line.established_on))?;
        return Ok(entry.into());
    }
    let units = line.units.as_deref().unwrap_or_default().split(';').filter(|key| !key.is_empty());
    let request = EstablishOrganisation {
        id: None,
        kind: line.kind.clone(),
        name: line.name.clone(),
        superior_id,
        area: line.area.clone().ok_or_else(|| missing("area"))?,
        economic_unit_ids: units.map(|key| find(&keys.units, Some(&key.to_owned())).copied()).collect::<Result<_>>()?,
        established_on: line.established_on,
        decision,
        founding_members: FoundingMembers {
            official: line.official.unwrap_or(0),
            probationary: line.probationary.unwrap_or(0),
            members: line.members.unwrap_or(0),
        },
        authorising_paper: line.authorising_paper.clone(),
        answers: Answers::default(),
    };
    let (changed, entries) = match line.act.as_str() {
        "open" => organisations::open(tx, setting, &request)?,
        _ => organisations::establish(tx, setting, &request)?,
    };
    keys.organisations.insert(line.key.clone(), changed.organisation.id);
    Ok(entries)
}

/// Most acts are recorded by the province; some by the officer of one area, who does not see the others.
fn setting_of(setting: &Setting, area: Option<&AreaId>) -> Setting {
    let mut setting = setting.clone();
    if let Some(area) = area {
        let grants = [Grant { role: Role::Officer, area: area.clone() }];
        setting.scope = Scope::of_grants(&grants, Permission::WriteMember, &setting.territory, setting.today);
    }
    setting
}

fn load_act(tx: &mut Tx<'_>, setting: &Setting, line: &ActLine, keys: &mut Keys) -> Result<Entries> {
    let setting = setting_of(setting, line.officer_area.as_ref());
    let (admitted, entry) = match line.act.as_str() {
        "open_party" | "open_union" | "open_union_collective" => open(tx, &setting, line, keys)?,
        "admit_party" | "admit_union" => admit(tx, &setting, line, keys)?,
        "admit_union_collective" => admit_collectively(tx, &setting, line, keys)?,
        "readmit" => readmit(tx, &setting, line, keys)?,
        _ => return move_member(tx, &setting, line, keys),
    };
    if let Some(key) = &line.key {
        keys.members.insert(key.clone(), admitted);
    }
    Ok(entry)
}

fn open(tx: &mut Tx<'_>, setting: &Setting, line: &ActLine, keys: &Keys) -> Result<(Admitted, Entries)> {
    let request = OpenMembers {
        id: None,
        membership_id: None,
        organisation_id: *find(&keys.organisations, line.organisation.as_ref())?,
        person: line.person(),
        person_id: None,
        count: line.count,
        occurred_on: line.occurred_on()?,
        joined_on: line.joined_on,
        official_on: line.official_on,
        is_owner: line.is_owner.unwrap_or(false),
        is_worker: line.is_worker.unwrap_or(false),
        answers: Answers::default(),
    };
    memberships::open_members(tx, setting, &request)
}

fn admit(tx: &mut Tx<'_>, setting: &Setting, line: &ActLine, keys: &Keys) -> Result<(Admitted, Entries)> {
    let known = match &line.member {
        Some(key) => find(&keys.members, Some(key))?.person_id,
        None => None,
    };
    let request = AdmitPerson {
        id: None,
        membership_id: None,
        organisation_id: *find(&keys.organisations, line.organisation.as_ref())?,
        person: line.person(),
        person_id: known,
        occurred_on: line.occurred_on()?,
        considered_on: None,
        decision: line.decision(),
        authorising_paper: line.authorising_paper.clone(),
        is_owner: line.is_owner.unwrap_or(false),
        is_worker: line.is_worker.unwrap_or(false),
        answers: Answers::default(),
    };
    memberships::admit(tx, setting, &request)
}

fn admit_collectively(tx: &mut Tx<'_>, setting: &Setting, line: &ActLine, keys: &Keys) -> Result<(Admitted, Entries)> {
    let request = AdmitCollectively {
        id: None,
        organisation_id: *find(&keys.organisations, line.organisation.as_ref())?,
        count: line.count.unwrap_or(0),
        female_count: line.female_count,
        occurred_on: line.occurred_on()?,
        decision: line.decision(),
        answers: Answers::default(),
    };
    organisations::admit_collectively(tx, setting, &request)
}

fn readmit(tx: &mut Tx<'_>, setting: &Setting, line: &ActLine, keys: &Keys) -> Result<(Admitted, Entries)> {
    let request = ReadmitPerson {
        id: None,
        membership_id: membership_of(keys, line)?,
        organisation_id: *find(&keys.organisations, line.organisation.as_ref())?,
        occurred_on: line.occurred_on()?,
        decision: line.decision(),
        authorising_paper: line.authorising_paper.clone(),
    };
    memberships::readmit(tx, setting, &request)
}

fn membership_of(keys: &Keys, line: &ActLine) -> Result<Id> {
    let admitted = find(&keys.members, line.member.as_ref())?;
    admitted.membership_id.ok_or_else(|| Error::internal("a collective act has no membership"))
}

fn move_member(tx: &mut Tx<'_>, setting: &Setting, line: &ActLine, keys: &mut Keys) -> Result<Entries> {
    let moved = match line.act.as_str() {
        "recognise" => {
            let (membership_id, occurred_on) = (membership_of(keys, line)?, line.occurred_on()?);
            let request = RecogniseMember { id: None, membership_id, occurred_on, decision: line.decision() };
            memberships::recognise(tx, setting, &request)?.1
        }
        "transfer" | "transfer_out" => {
            let request = TransferMember {
                id: None,
                membership_id: membership_of(keys, line)?,
                occurred_on: line.occurred_on()?,
                is_outward: line.act == "transfer_out",
                decision: line.decision(),
            };
            memberships::start_transfer(tx, setting, &request)?.1
        }
        "receive" => {
            let request = CompleteTransfer {
                id: None,
                membership_id: membership_of(keys, line)?,
                organisation_id: *find(&keys.organisations, line.organisation.as_ref())?,
                occurred_on: line.occurred_on()?,
            };
            memberships::complete_transfer(tx, setting, &request)?.1
        }
        "transfer_in" => receive(tx, setting, line, keys)?,
        "depart" | "depart_union_collective" => {
            let request = DepartMember {
                id: None,
                membership_id: if line.count.is_none() { Some(membership_of(keys, line)?) } else { None },
                organisation_id: match &line.organisation {
                    Some(key) => Some(*find(&keys.organisations, Some(key))?),
                    None => None,
                },
                count: line.count,
                reason: line.reason.ok_or_else(|| Error::internal("a departure without its reason"))?,
                occurred_on: line.occurred_on()?,
                decision: line.decision(),
                answers: Answers::default(),
            };
            memberships::depart(tx, setting, &request)?.1
        }
        "correct_date" | "withdraw" => {
            let request = CorrectEntry {
                entry_id: find(&keys.members, line.member.as_ref())?.entry_id,
                withdraw: line.act == "withdraw",
                occurred_on: line.occurred_on,
                ..CorrectEntry::default()
            };
            corrections::correct(tx, setting, &request)?.1
        }
        other => return Err(Error::internal(format!("the demonstration has no act {other}"))),
    };
    Ok(moved)
}

fn receive(tx: &mut Tx<'_>, setting: &Setting, line: &ActLine, keys: &Keys) -> Result<Entries> {
    let missing = |what: &str| Error::internal(format!("a transfer from outside has no {what}"));
    let request = TransferIn {
        id: None,
        membership_id: None,
        person_id: None,
        organisation_id: *find(&keys.organisations, line.organisation.as_ref())?,
        person: line.person().ok_or_else(|| missing("person"))?,
        occurred_on: line.occurred_on()?,
        joined_on: line.joined_on.ok_or_else(|| missing("joining day"))?,
        official_on: line.official_on,
        decision: line.decision(),
        is_owner: line.is_owner.unwrap_or(false),
        is_worker: line.is_worker.unwrap_or(false),
        answers: Answers::default(),
    };
    memberships::receive_from_outside(tx, setting, &request).map(|(_, entry)| entry)
}

/// The books of the former province begin on 1 December 2021; of the other one there are none.
async fn state_coverage(system: &System) -> Result<()> {
    let from_on = vietnam_day(areas_at());
    let area = AreaId::stored("33@origin");
    let act = Act { actor: ACTOR.to_owned(), at: areas_at(), batch: None };
    system
        .reporting
        .db
        .write(act, move |tx| {
            let coverage = reporting::coverage::Coverage { id: Id::new(), measure: "*".to_owned(), area, from_on };
            let entry = reporting::coverage::state_coverage(tx, &coverage, from_on)?;
            Ok(((), entry.into()))
        })
        .await
}
