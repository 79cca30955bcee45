//! Conditions of an act that a change elsewhere may remove without being refused: the areas from which a superior
//! body takes organisations, and the day from which recording begins under it. An act is checked against both when it
//! is recorded. If a change of another organisation removes a condition, the change is carried out, and the unmet
//! condition is stored with the act.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use shared::acts::{ActStatus, KeptAct, Lost, Unmet, acts, keep_judged, keep_unmet, list_unmet};
use shared::journal::Published;
use shared::published::organisation::{OrganisationEstablished, OrganisationOpeningRegistered, OrganisationUpgraded};
use shared::published::party_member::PartyMemberOpeningRegistered;
use shared::published::union_member::UnionMemberOpeningRegistered;
use shared::storage::{AnyConnection, Tx};
use shared::territory::{AreaId, Territory};
use shared::validate::{Faults, Wrong};
use shared::{Code, Id, Result};

use super::acts::{Folded, OrganisationAct};
use super::hanging::{Phase, list_phases};
use super::known::Known;
use super::openings::before_recording;
use super::store::{
    KeptOrganisation, LEVELS_MAX, find_kept, intake_of, recording_start_above, recording_start_under, superior_on,
};
use crate::schema::{organisation_phases, organisations};

const RECORDS_A_READ: usize = 500;
const ACTS_A_READ: i64 = 500;
/// The acts that name a superior.
const NAMING: [&str; 3] =
    [OrganisationEstablished::KIND, OrganisationOpeningRegistered::KIND, OrganisationUpgraded::KIND];
/// The opening registrations.
const OPENINGS: [&str; 3] =
    [OrganisationOpeningRegistered::KIND, PartyMemberOpeningRegistered::KIND, UnionMemberOpeningRegistered::KIND];

/// What an act rests on above its organisation.
pub(super) struct Basis<'a> {
    /// The superior that the act names, if it names one.
    pub names: Option<Id>,
    /// What its organisation answers to.
    pub answers_to: Option<Id>,
    /// Whether it registers what was there before recording began.
    pub is_opening: bool,
    /// The area of its organisation.
    pub area: &'a AreaId,
    pub on: NaiveDate,
}

impl<'a> Basis<'a> {
    /// What an act rests on, by the organisation before it and the area in which that one stands.
    pub(super) fn of(act: &OrganisationAct, before: &Folded, area: &'a AreaId, on: NaiveDate) -> Self {
        let names = act.act().superior();
        Self { names, answers_to: names.or(before.superior), is_opening: act.is_opening(), area, on }
    }
}

/// The conditions that are judged here.
const CONDITIONS: [Code; 2] = [Code::OutsideIntake, Code::RecordingHasBegun];

/// Judges acts by what they rest on, and remembers what it has read.
pub(super) struct Judge<'a> {
    territory: &'a Territory,
    known: Known,
    intakes: BTreeMap<Id, Vec<AreaId>>,
    superiors: BTreeMap<(Id, NaiveDate), Option<Id>>,
    starts: BTreeMap<(Option<Id>, NaiveDate), Option<NaiveDate>>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(territory: &'a Territory) -> Self {
        let (intakes, superiors, starts) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { territory, known: Known::default(), intakes, superiors, starts }
    }

    /// What of an act is not met.
    ///
    /// # Errors
    /// Fails when the database does.
    pub(super) fn judge(&mut self, conn: &mut AnyConnection, basis: &Basis<'_>) -> Result<Lost> {
        let mut faults = Faults::new();
        if let Some(body) = basis.names {
            let body = self.known.find(conn, body)?;
            let areas = match self.intakes.get(&body.id) {
                Some(areas) => areas.clone(),
                None => intake_of(conn, &body)?,
            };
            if body.is_superior_body && !self.territory.belongs(basis.area, &areas, basis.on) {
                let named = areas.iter().map(AreaId::as_str).collect::<Vec<_>>().join(", ");
                faults.add("/superior_id", Wrong::new(Code::OutsideIntake).with("areas", named));
            }
            self.intakes.insert(body.id, areas);
        }
        if basis.is_opening {
            let place = (basis.answers_to, basis.on);
            let begins_on = match self.starts.get(&place) {
                Some(begins_on) => *begins_on,
                None => recording_start_under(conn, place.0, place.1)?,
            };
            self.starts.insert(place, begins_on);
            faults.take("/occurred_on", before_recording(basis.on, begins_on));
        }
        Lost::by(faults.finish())
    }

    /// What of an act is not met, as it is kept.
    fn judge_kept(&mut self, conn: &mut AnyConnection, act: &KeptAct) -> Result<Lost> {
        let (is_opening, on) = (OPENINGS.contains(&act.kind.as_str()), act.occurred_on);
        let Some(id) = act.organisation_id else { return Ok(Lost::default()) };
        let organisation = self.known.find(conn, id)?;
        let is_naming = NAMING.contains(&act.kind.as_str());
        let names =
            if is_naming { serde_json::from_str::<OrganisationAct>(&act.content)?.act().superior() } else { None };
        let answers_to = match (names, self.superiors.get(&(id, on))) {
            (Some(_), _) => names,
            (None, Some(superior)) => *superior,
            (None, None) => superior_on(conn, &organisation, on)?,
        };
        if names.is_none() {
            self.superiors.insert((id, on), answers_to);
        }
        self.judge(conn, &Basis { names, answers_to, is_opening, area: &organisation.area, on })
    }
}

/// What is not met of an opening registration of members that is recorded in an organisation.
///
/// # Errors
/// Fails when the database does.
pub fn judge_opening(conn: &mut AnyConnection, organisation: &KeptOrganisation, on: NaiveDate) -> Result<Lost> {
    let begins_on = recording_start_above(conn, organisation, on)?;
    let mut faults = Faults::new();
    faults.take("/occurred_on", before_recording(on, begins_on));
    Lost::by(faults.finish())
}

/// Takes away what is kept as not met of acts under a body and is met by now, since its intake or recording start was set.
/// Acts that were recorded lose nothing by that.
///
/// # Errors
/// Fails when the database does.
pub fn clear_met(tx: &mut Tx<'_>, territory: &Territory, body: Id) -> Result<()> {
    let mut judge = Judge::new(territory);
    // What is below it goes by its setting, also where it has a day of its own.
    let of_body = |conn: &mut AnyConnection| {
        let below = list_below(conn, &[body])?;
        list_inheriting_from(conn, below)
    };
    for act in list_unmet_in(tx.conn(), of_body)? {
        let lost = judge.judge_kept(tx.conn(), &act)?;
        let unmet = Unmet::of(&act)?.without_met(&CONDITIONS, &lost);
        keep_unmet(tx, &act, &unmet)?;
    }
    Ok(())
}

/// The acts in some organisations that have a condition of ours that is not met: few as a rule. The organisations are asked for
/// where there are such acts at all.
fn list_unmet_in(
    conn: &mut AnyConnection,
    organisations: impl Fn(&mut AnyConnection) -> Result<BTreeSet<Id>>,
) -> Result<Vec<KeptAct>> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let some = list_unmet(conn, after, ACTS_A_READ)?;
        let Some(last) = some.last() else { break };
        after = Some(last.id);
        for act in some {
            let unmet = Unmet::of(&act)?;
            if CONDITIONS.iter().any(|code| unmet.holds(*code)) {
                found.push(act);
            }
        }
    }
    if !found.is_empty() {
        let here = organisations(conn)?;
        found.retain(|act| act.organisation_id.is_some_and(|id| here.contains(&id)));
    }
    Ok(found)
}

/// Acts on other records that rest on an organisation which changes, with what was not met of each before.
#[derive(Default)]
pub(super) struct Judged(Vec<(KeptAct, Lost)>);

impl Judged {
    /// Finds and judges them before the change is kept.
    ///
    /// # Errors
    /// Fails when the database does.
    pub(super) fn before(
        conn: &mut AnyConnection,
        territory: &Territory,
        [was, is]: [&Folded; 2],
        [old, new]: [&[Phase]; 2],
    ) -> Result<Self> {
        let mut found = Vec::new();
        if was.area != is.area && is.is_superior_body {
            found.extend(list_naming(conn, is.id)?);
        }
        let superiors = |folded: &Folded, phases: &[Phase]| {
            let over_time: Vec<_> = phases.iter().map(|phase| (phase.from_on, phase.superior)).collect();
            (folded.superior, over_time)
        };
        if superiors(was, old) != superiors(is, new) {
            let over_time = [old, new].into_iter().flatten().map(|phase| phase.superior);
            let above = [was.superior, is.superior].into_iter().chain(over_time).flatten().collect();
            found.extend(list_openings_under(conn, is.id, above)?);
        }
        let (mut seen, mut judge) = (BTreeSet::new(), Judge::new(territory));
        found.retain(|act| act.record_id != is.id && seen.insert(act.id));
        let judged = found.into_iter().map(|act| {
            let was = judge.judge_kept(conn, &act)?;
            Ok((act, was))
        });
        Ok(Self(judged.collect::<Result<_>>()?))
    }

    /// Judges them again when the change is kept.
    ///
    /// # Errors
    /// Fails when the database does.
    pub(super) fn judge_again(self, tx: &mut Tx<'_>, territory: &Territory) -> Result<()> {
        let mut judge = Judge::new(territory);
        for (act, was) in self.0 {
            let is = judge.judge_kept(tx.conn(), &act)?;
            keep_judged(tx, &act, &was, &is)?;
        }
        Ok(())
    }
}

/// The acts by which other organisations answer to a body.
fn list_naming(conn: &mut AnyConnection, body: Id) -> Result<Vec<KeptAct>> {
    let below = list_below(conn, &[body])?;
    let mut found = Vec::new();
    for some in below.chunks(RECORDS_A_READ) {
        // Those on the organisations themselves: what happened to their members is not read.
        let of_these =
            acts::table.filter(acts::record_id.eq_any(some.to_vec())).filter(acts::status.eq(ActStatus::Recorded));
        let acts: Vec<KeptAct> = of_these.load(conn)?;
        found.extend(acts.into_iter().filter(|act| NAMING.contains(&act.kind.as_str())));
    }
    Ok(found)
}

/// The opening registrations in an organisation and in those below it that a move can bring under another recording start:
/// those dated after the earliest recording start of any body that stands or ever stood above, and those with a condition that
/// is not met.
fn list_openings_under(conn: &mut AnyConnection, organisation: Id, above: BTreeSet<Id>) -> Result<Vec<KeptAct>> {
    let Some(begins_on) = first_start(conn, above)? else {
        return list_unmet_in(conn, |conn| list_inheriting_from(conn, vec![organisation]));
    };
    let all: Vec<Id> = list_inheriting_from(conn, vec![organisation])?.into_iter().collect();
    list_acts_in(conn, &all, |act| {
        OPENINGS.contains(&act.kind.as_str()) && (act.occurred_on > begins_on || act.unmet.is_some())
    })
}

/// Some organisations and those below them, as far down as one has no recording start of its own.
fn list_inheriting_from(conn: &mut AnyConnection, organisations: Vec<Id>) -> Result<BTreeSet<Id>> {
    let (mut all, mut level) = (BTreeSet::new(), organisations);
    for _ in 0..LEVELS_MAX {
        level.retain(|id| all.insert(*id));
        let inheriting = inheriting(conn, &level)?;
        level = list_below(conn, &inheriting)?;
    }
    Ok(all)
}

/// Those of some organisations that have no recording start of their own: what is below one that has goes by that.
fn inheriting(conn: &mut AnyConnection, organisations: &[Id]) -> Result<Vec<Id>> {
    let mut inheriting = Vec::new();
    for some in organisations.chunks(RECORDS_A_READ) {
        let of_these = organisations::table.filter(organisations::id.eq_any(some.to_vec()));
        let without = of_these.filter(organisations::recording_begins_on.is_null()).select(organisations::id);
        inheriting.extend(without.load::<Id>(conn)?);
    }
    Ok(inheriting)
}

/// The first day with which recording begins under some bodies or those above them, at whatever time they stand there.
fn first_start(conn: &mut AnyConnection, bodies: BTreeSet<Id>) -> Result<Option<NaiveDate>> {
    let (mut seen, mut level, mut starts) = (BTreeSet::new(), bodies, Vec::new());
    while !level.is_empty() {
        seen.extend(level.iter().copied());
        let mut above = BTreeSet::new();
        for id in level {
            let body = find_kept(conn, id)?;
            starts.extend(body.recording_begins_on);
            above.extend(body.superior);
            above.extend(list_phases(conn, id)?.into_iter().filter_map(|phase| phase.superior));
        }
        level = above.difference(&seen).copied().collect();
    }
    Ok(starts.into_iter().min())
}

fn list_below(conn: &mut AnyConnection, organisations: &[Id]) -> Result<Vec<Id>> {
    let mut below = Vec::new();
    for some in organisations.chunks(RECORDS_A_READ) {
        let of_these = organisation_phases::table.filter(organisation_phases::superior_id.eq_any(some.to_vec()));
        below.extend(of_these.select(organisation_phases::organisation_id).distinct().load::<Id>(conn)?);
    }
    Ok(below)
}

/// What is looked at of an act before it is read whole.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = acts)]
struct Glance {
    id: Id,
    kind: String,
    occurred_on: NaiveDate,
    status: ActStatus,
    unmet: Option<String>,
}

/// The acts in organisations that count and are wanted. They are found by their organisations alone: there is no index for
/// more, and an engine that chose the one of kinds would look at all of a province.
fn list_acts_in(
    conn: &mut AnyConnection,
    organisations: &[Id],
    is_wanted: impl Fn(&Glance) -> bool,
) -> Result<Vec<KeptAct>> {
    let mut wanted: Vec<Id> = Vec::new();
    for some in organisations.chunks(RECORDS_A_READ) {
        let some: Vec<Option<Id>> = some.iter().copied().map(Some).collect();
        let here: Vec<Glance> =
            acts::table.filter(acts::organisation_id.eq_any(some)).select(Glance::as_select()).load(conn)?;
        let here = here.into_iter().filter(|act| act.status == ActStatus::Recorded && is_wanted(act));
        wanted.extend(here.map(|act| act.id));
    }
    let mut found = Vec::new();
    for some in wanted.chunks(RECORDS_A_READ) {
        found.extend(acts::table.filter(acts::id.eq_any(some.to_vec())).load::<KeptAct>(conn)?);
    }
    Ok(found)
}
