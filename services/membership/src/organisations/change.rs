//! Changes of an organisation: adds, replaces or removes an act, and computes the organisation again from its acts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use shared::access::Scope;
use shared::acts::{self, Change, ChangedAct, Impossible, KeptAct, Living, Record, Unmet};
use shared::journal::Entries;
use shared::published::{Branch, Decision};
use shared::storage::{AnyConnection, Tx};
use shared::text::search_key;
use shared::validate::Faults;
use shared::{Code, Error, Id, Result};

use super::acts::beginning::Beginning;
use super::acts::{Act, Case, Folded, OrganisationAct};
use super::ground::{Basis, Judge, Judged};
use super::hanging::{self, Phase, phases_of};
use super::status::OrganisationStatus;
use super::store::{self, KeptOrganisation, find_kept};
use super::telling::OrganisationTells;
use crate::ledger::{self, Admitted, Moved};
use crate::people::MembershipStatus;
use crate::rule_book::Kind;
use crate::state::Setting;

/// An act as it is to be recorded, or as it is to stand after a correction.
pub(super) type NewAct = ledger::NewAct<OrganisationAct>;

/// What a change brought about.
pub struct Changed {
    /// The act that was changed.
    pub act: ChangedAct,
    /// The organisation after all of its acts.
    pub organisation: KeptOrganisation,
    /// The units that it covers.
    pub economic_unit_ids: Vec<Id>,
}

impl Changed {
    pub(super) fn admitted(&self, count: i64) -> Admitted {
        Admitted {
            act_id: self.act.id,
            entry_id: self.act.entry_id,
            organisation_id: self.organisation.id,
            membership_id: None,
            person_id: None,
            count,
            occurred_on: self.act.on,
        }
    }

    pub(super) fn departed(&self) -> Moved {
        let (act_id, entry_id) = (self.act.id, self.act.entry_id);
        let status = MembershipStatus::Departed;
        Moved { act_id, entry_id, membership_id: None, status, occurred_on: self.act.on }
    }
}

/// An organisation with the acts that count.
pub(super) struct Organisation {
    /// As it is kept; nothing where it is not kept yet.
    kept: Option<KeptOrganisation>,
    record: Record<OrganisationAct>,
}

impl Organisation {
    pub(super) fn load(conn: &mut AnyConnection, kept: KeptOrganisation) -> Result<Self> {
        let record = Record::load(conn, kept.id, start_of(&kept))?;
        Ok(Self { kept: Some(kept), record })
    }

    /// The organisation and its phases as its acts make them.
    ///
    /// # Errors
    /// What is impossible about them.
    pub(super) fn folded(&self) -> std::result::Result<(Folded, Vec<Phase>), Impossible> {
        let mut acts = self.record.acts().to_vec();
        let steps = acts::fold(&self.record.start, &mut acts)?;
        Ok((self.record.last(&steps), phases_of(&steps)))
    }
}

/// A kept organisation as if nothing had happened.
fn start_of(kept: &KeptOrganisation) -> Folded {
    Folded {
        id: kept.id,
        branch: kept.branch,
        is_superior_body: kept.is_superior_body,
        kind: kept.kind.clone(),
        name: kept.name.clone(),
        superior: kept.superior,
        area: kept.area.clone(),
        units: Vec::new(),
        status: OrganisationStatus::Withdrawn,
        established_on: kept.established_on,
        ended_on: Some(kept.established_on),
        stands_from: kept.established_on,
        unnamed: 0,
    }
}

/// An organisation of which nothing is kept yet.
pub(super) fn unbegun(id: Id, beginning: &Beginning, kind: Option<&Kind>, on: NaiveDate) -> Folded {
    Folded {
        id,
        // An unknown kind is refused, whatever its branch.
        branch: kind.map_or(Branch::Party, |kind| kind.branch),
        is_superior_body: kind.is_some_and(|kind| kind.is_superior_body),
        kind: beginning.kind.clone(),
        name: beginning.name.clone(),
        superior: None,
        area: beginning.area.clone(),
        units: Vec::new(),
        status: OrganisationStatus::Withdrawn,
        established_on: on,
        ended_on: Some(on),
        stands_from: on,
        unnamed: 0,
    }
}

/// Begins an organisation.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    setting: &Setting,
    id: Id,
    faults: Faults,
    new: NewAct,
) -> Result<(Changed, Entries)> {
    let beginning =
        new.act.act().beginning().ok_or_else(|| Error::internal("an organisation begins with no beginning"))?;
    let start = unbegun(id, beginning, setting.book.kind(&beginning.kind), new.on);
    let organisation = Organisation { kept: None, record: Record::new(start) };
    let place = (new.id, tx.at().naive_utc());
    put(tx, setting, &organisation, faults, place, new)
}

/// Adds an act to an organisation, also one that happened before others that are recorded.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book; what is impossible, of this act or of another.
pub(super) fn add(
    tx: &mut Tx<'_>,
    setting: &Setting,
    kept: KeptOrganisation,
    faults: Faults,
    new: NewAct,
) -> Result<(Changed, Entries)> {
    let organisation = Organisation::load(tx.conn(), kept)?;
    let place = (new.id, organisation.record.recorded_at(tx.at().naive_utc()));
    put(tx, setting, &organisation, faults, place, new)
}

/// Replaces an act on an organisation; it keeps its place among those recorded.
///
/// # Errors
/// Those of recording it; `not_correctable`.
pub fn replace(
    tx: &mut Tx<'_>,
    setting: &Setting,
    row: &KeptAct,
    new: ledger::NewAct<OrganisationAct>,
) -> Result<(Changed, Entries)> {
    let kept = find_kept(tx.conn(), row.record_id)?;
    let organisation = Organisation::load(tx.conn(), kept)?;
    put(tx, setting, &organisation, Faults::new(), (row.id, row.recorded_at), new)
}

/// Takes an act on an organisation out: it should never have been recorded.
///
/// # Errors
/// What is impossible without it.
pub fn withdraw(tx: &mut Tx<'_>, setting: &Setting, row: &KeptAct, note: Option<String>) -> Result<(Changed, Entries)> {
    let kept = find_kept(tx.conn(), row.record_id)?;
    let organisation = Organisation::load(tx.conn(), kept)?;
    let acts = organisation.record.without(row.id);
    settle(tx, setting, &organisation, acts, &Change::TakenOut { id: row.id, note })
}

fn put(
    tx: &mut Tx<'_>,
    setting: &Setting,
    organisation: &Organisation,
    mut faults: Faults,
    (id, recorded_at): (Id, NaiveDateTime),
    mut new: NewAct,
) -> Result<(Changed, Entries)> {
    let record = &organisation.record;
    let living = |act: &OrganisationAct| Living { id, occurred_on: new.on, recorded_at, act: act.clone() };
    let before = record.before(&setting.scope, &record.with(living(&new.act)), id)?;
    let act = new.act.act().completed(&before);
    let acts = record.with(living(&act));
    new.act = act;
    new.answers.check(&mut faults);
    let decision = judge(tx, setting, organisation, faults, (id, &before), &new)?;
    let likeness = if record.row(id).is_none() { likeness(setting, before.id, &new)? } else { None };
    new.answers.ask_about_like(tx.conn(), likeness.as_deref())?;
    let still_unmet = still_unmet(tx.conn(), setting, organisation, (id, &before), &new)?;
    let (authorising_paper, note, answers) = (new.authorising_paper, new.note, new.answers.kept()?);
    let change = Change::Put { id, decision, authorising_paper, note, answers, likeness, still_unmet };
    settle(tx, setting, organisation, acts, &change)
}

/// What stays unmet where the rest of an act is put right.
fn still_unmet(
    conn: &mut AnyConnection,
    setting: &Setting,
    organisation: &Organisation,
    (id, before): (Id, &Folded),
    new: &NewAct,
) -> Result<Unmet> {
    let row = organisation.record.row(id).filter(|row| row.unmet.is_some());
    let Some(row) = row else { return Ok(Unmet::default()) };
    let area = new.act.act().beginning().map_or(&before.area, |beginning| &beginning.area);
    let basis = Basis::of(&new.act, before, area, new.on);
    let lost = Judge::new(&setting.territory).judge(conn, &basis)?;
    Ok(Unmet::of(row)?.still(&lost))
}

/// By what another act that says the same is found: of the same organisation, day, paper and number, or the beginning of another
/// organisation of the same name, kind, place, units, day and paper. One organisation changes its kind and ends once a day anyway.
fn likeness(setting: &Setting, organisation: Id, new: &NewAct) -> Result<Option<Vec<u8>>> {
    let said = match new.act.act().beginning() {
        Some(beginning) => {
            let units: BTreeSet<Id> = beginning.economic_unit_ids.iter().copied().collect();
            let place = (beginning.superior_id, &beginning.area, units);
            serde_json::json!([beginning.kind, search_key(&beginning.name), place, new.on, new.decision])
        }
        None if new.act.counts_members() => serde_json::json!([organisation, new.on, new.decision, new.act]),
        None => return Ok(None),
    };
    setting.vault.blind_index("act", &said.to_string()).map(Some)
}

/// Checks the fields of an act and judges the conditions of the decision. Returns its paper.
fn judge(
    tx: &mut Tx<'_>,
    setting: &Setting,
    organisation: &Organisation,
    mut faults: Faults,
    (id, before): (Id, &Folded),
    new: &NewAct,
) -> Result<Option<Decision>> {
    let act = new.act.act();
    let beginning = act.beginning();
    // Fields that a correction does not change are not checked against the caller's scope: they were checked when recorded.
    let told = organisation.record.acts().iter().find(|living| living.id == id).map(|living| living.act.act());
    let stands = |act: &dyn Act| (act.superior(), act.beginning().map(|beginning| beginning.area.clone()));
    let is_same_superior = told.is_some_and(|told| stands(told) == stands(act));
    let everywhere = Scope::everything();
    let superior = match act.superior() {
        Some(superior) => {
            let scope = if is_same_superior { &everywhere } else { &setting.scope };
            store::superior_facts(tx.conn(), scope, superior, new.on)?
        }
        None => None,
    };
    let units = match beginning {
        Some(beginning) => store::unit_facts(tx.conn(), &setting.scope, &beginning.economic_unit_ids)?,
        None => BTreeMap::new(),
    };
    let above = act.superior().or(before.superior);
    let old = organisation.record.acts().iter().find(|living| living.id == id);
    let is_under_same = told.is_some_and(|told| told.superior() == act.superior());
    let stays = is_under_same && old.is_some_and(|living| living.occurred_on == new.on);
    let is_judged = new.act.is_opening() && !stays;
    let recording_begins_on = if is_judged { store::recording_start_under(tx.conn(), above, new.on)? } else { None };
    let told_units = told.and_then(|told| told.beginning()).map(|told| told.economic_unit_ids.as_slice());
    let area = beginning.map(|beginning| &beginning.area);
    let kept = organisation.kept.as_ref().filter(|kept| kept.status != OrganisationStatus::Withdrawn);
    let case = Case {
        book: &setting.book,
        territory: &setting.territory,
        today: setting.today,
        is_new: organisation.record.row(id).is_none(),
        before,
        life: kept.map(|kept| (kept.established_on, kept.ended_on)),
        on: new.on,
        decision: new.decision.as_ref(),
        authorising_paper: new.authorising_paper.as_deref(),
        area: area.and_then(|area| setting.territory.find(area)).filter(|area| setting.scope.may_write(&area.id)),
        stands_on: area.unwrap_or(&before.area),
        superior,
        is_same_superior,
        units,
        recording_begins_on,
        told_units: told_units.unwrap_or_default(),
    };
    let decision = act.check(&mut faults, &case);
    faults.finish()?;
    act.judge(&case, decision.as_ref())?;
    Ok(decision)
}

/// Folds the organisation with its acts as they are now, and stores and journals what became different.
fn settle(
    tx: &mut Tx<'_>,
    setting: &Setting,
    organisation: &Organisation,
    mut acts: Vec<Living<OrganisationAct>>,
    change: &Change,
) -> Result<(Changed, Entries)> {
    let record = &organisation.record;
    let mut old_acts = record.acts().to_vec();
    let old = record.fold_kept(&mut old_acts)?;
    let new = record.fold_changed(&setting.scope, &mut acts, change.id())?;
    let (was, is) = (record.last(&old), record.last(&new));
    let has_moved = was.area != is.area;
    if has_moved && !setting.scope.may_write(&was.area) {
        return Err(Error::fault("/area", Code::UnknownArea));
    }
    let (old_phases, new_phases) = (phases_of(&old), phases_of(&new));
    let stands_otherwise = old_phases != new_phases;
    if stands_otherwise && organisation.kept.is_some() {
        hanging::check(tx, setting, &is, [&old_phases, &new_phases])?;
    }
    let judged = match &organisation.kept {
        Some(_) => Judged::before(tx.conn(), &setting.territory, [&was, &is], [&old_phases, &new_phases])?,
        None => Judged::default(),
    };
    let kept = keep(tx, organisation.kept.as_ref(), [&was, &is])?;
    if stands_otherwise {
        hanging::put_phases(tx, kept.id, &new_phases)?;
    }
    judged.judge_again(tx, &setting.territory)?;
    let (act, entries) = acts::tell(tx, &OrganisationTells { setting }, record, [&old, &new], change)?;
    if has_moved {
        store::move_what_happened(tx, &setting.territory, &is)?;
    }
    Ok((Changed { act, organisation: kept, economic_unit_ids: is.units }, entries.into()))
}

/// Keeps the organisation's state; without acts it is withdrawn. A number of members leaves no trace in it.
fn keep(tx: &mut Tx<'_>, kept: Option<&KeptOrganisation>, [was, is]: [&Folded; 2]) -> Result<KeptOrganisation> {
    let Some(kept) = kept else { return store::insert_organisation(tx, is) };
    if *was == (Folded { unnamed: was.unnamed, ..is.clone() }) {
        return Ok(kept.clone());
    }
    if was.units != is.units {
        store::put_units(tx, is)?;
    }
    store::update_organisation(tx, kept, is)
}
