//! What acts rest on besides what refuses a change: the areas from which a superior body takes organisations, and the day with
//! which recording begins under it. An act is judged by both when it is recorded. Where a change of another organisation takes
//! them away from it, the change is carried out, and the act keeps which condition of it is not met any more.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use shared::acts::{KeptAct, Lost, acts, keep_judged};
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
use super::openings::before_recording;
use super::store::{KeptOrganisation, LEVELS_MAX, find_kept, intake_of, recording_start_under, superior_on};
use crate::schema::{organisation_phases, organisations};

const RECORDS_A_READ: usize = 500;
/// The acts that name a superior.
const NAMING: [&str; 3] =
    [OrganisationEstablished::KIND, OrganisationOpeningRegistered::KIND, OrganisationUpgraded::KIND];
/// The opening registrations.
const OPENINGS: [&str; 3] =
    [OrganisationOpeningRegistered::KIND, PartyMemberOpeningRegistered::KIND, UnionMemberOpeningRegistered::KIND];

/// How an act stands under the bodies above.
pub(super) struct Standing<'a> {
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

impl<'a> Standing<'a> {
    /// How an act stands, by the organisation before it and the area in which that one stands.
    pub(super) fn of(act: &OrganisationAct, before: &Folded, area: &'a AreaId, on: NaiveDate) -> Self {
        let names = act.act().superior();
        Self { names, answers_to: names.or(before.superior), is_opening: act.is_opening(), area, on }
    }

    /// What of it is not met.
    ///
    /// # Errors
    /// Fails when the database does.
    pub(super) fn unmet(&self, conn: &mut AnyConnection, territory: &Territory) -> Result<Option<Lost>> {
        let mut faults = Faults::new();
        if let Some(body) = self.names {
            let body = find_kept(conn, body)?;
            if body.is_superior_body && !territory.belongs(self.area, &intake_of(conn, &body)?, self.on) {
                faults.add("/superior_id", Wrong::new(Code::OutsideIntake));
            }
        }
        if self.is_opening {
            let begins_on = recording_start_under(conn, self.answers_to, self.on)?;
            faults.take("/occurred_on", before_recording(self.on, begins_on));
        }
        Lost::by(faults.finish())
    }
}

/// What is not met of an opening registration of members that is recorded in an organisation.
///
/// # Errors
/// Fails when the database does.
pub fn judge_opening(
    conn: &mut AnyConnection,
    territory: &Territory,
    organisation: &KeptOrganisation,
    on: NaiveDate,
) -> Result<Option<Lost>> {
    let answers_to = superior_on(conn, organisation, on)?;
    Standing { names: None, answers_to, is_opening: true, area: &organisation.area, on }.unmet(conn, territory)
}

/// Acts on other records that rest on an organisation which changes, with what was not met of each before.
#[derive(Default)]
pub(super) struct Resting(Vec<(KeptAct, Option<Lost>)>);

impl Resting {
    /// Finds them before the change is kept.
    ///
    /// # Errors
    /// Fails when the database does.
    pub(super) fn find(
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
            let above = [was.superior, is.superior]
                .into_iter()
                .chain([old, new].into_iter().flatten().map(|phase| phase.superior));
            found.extend(list_openings_under(conn, is.id, above.flatten().collect())?);
        }
        let mut seen = BTreeSet::new();
        found.retain(|act| act.record_id != is.id && seen.insert(act.id));
        let judged = found.into_iter().map(|act| Ok((unmet(conn, territory, &act)?, act)));
        Ok(Self(judged.map(|judged| judged.map(|(was, act)| (act, was))).collect::<Result<_>>()?))
    }

    /// Judges them again when the change is kept.
    ///
    /// # Errors
    /// Fails when the database does.
    pub(super) fn judge_again(self, tx: &mut Tx<'_>, territory: &Territory) -> Result<()> {
        for (act, was) in self.0 {
            let is = unmet(tx.conn(), territory, &act)?;
            keep_judged(tx, &act, was.as_ref(), is.as_ref())?;
        }
        Ok(())
    }
}

/// What is not met of an act as it is kept.
fn unmet(conn: &mut AnyConnection, territory: &Territory, act: &KeptAct) -> Result<Option<Lost>> {
    let (is_opening, on) = (OPENINGS.contains(&act.kind.as_str()), act.occurred_on);
    let Some(organisation) = act.organisation_id else { return Ok(None) };
    let organisation = find_kept(conn, organisation)?;
    let is_naming = NAMING.contains(&act.kind.as_str());
    let names = if is_naming { serde_json::from_str::<OrganisationAct>(&act.content)?.act().superior() } else { None };
    let answers_to = if names.is_some() { names } else { superior_on(conn, &organisation, on)? };
    Standing { names, answers_to, is_opening, area: &organisation.area, on }.unmet(conn, territory)
}

/// The acts by which other organisations answer to a body.
fn list_naming(conn: &mut AnyConnection, body: Id) -> Result<Vec<KeptAct>> {
    let below = organisation_phases::table
        .filter(organisation_phases::superior_id.eq(body))
        .select(organisation_phases::organisation_id)
        .distinct();
    let below: Vec<Id> = below.load(conn)?;
    list_acts_in(conn, &below, &NAMING, None)
}

/// The opening registrations in an organisation and in those below it, of days after the first one with which recording begins
/// under one of the bodies above, now or at some time.
fn list_openings_under(conn: &mut AnyConnection, organisation: Id, above: BTreeSet<Id>) -> Result<Vec<KeptAct>> {
    let Some(begins_on) = first_start(conn, above)? else { return Ok(Vec::new()) };
    let (mut all, mut level) = (BTreeSet::new(), vec![organisation]);
    for _ in 0..LEVELS_MAX {
        // What is below a body with a day of its own goes by that.
        let mut inheriting = Vec::new();
        for some in level.chunks(RECORDS_A_READ) {
            let of_these = organisations::table.filter(organisations::id.eq_any(some.to_vec()));
            let without = of_these.filter(organisations::recording_begins_on.is_null()).select(organisations::id);
            inheriting.extend(without.load::<Id>(conn)?);
        }
        inheriting.retain(|id| all.insert(*id));
        level = list_below(conn, &inheriting)?;
    }
    let all: Vec<Id> = all.into_iter().collect();
    list_acts_in(conn, &all, &OPENINGS, Some(begins_on))
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

/// The acts of some kinds that happened in organisations, after a day where one is named.
fn list_acts_in(
    conn: &mut AnyConnection,
    organisations: &[Id],
    kinds: &[&'static str],
    after: Option<NaiveDate>,
) -> Result<Vec<KeptAct>> {
    let mut found = Vec::new();
    for some in organisations.chunks(RECORDS_A_READ) {
        let here =
            acts::table.filter(acts::organisation_id.eq_any(some.iter().map(|id| Some(*id)).collect::<Vec<_>>()));
        let mut of_kinds = here.filter(acts::kind.eq_any(kinds.to_vec())).order(acts::id).into_boxed();
        if let Some(after) = after {
            of_kinds = of_kinds.filter(acts::occurred_on.gt(after));
        }
        found.extend(of_kinds.filter(acts::status.eq("recorded")).load::<KeptAct>(conn)?);
    }
    Ok(found)
}
