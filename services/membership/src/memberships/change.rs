//! Changes of a membership: adds, replaces or removes an act, and computes the membership again from its acts.

use chrono::{NaiveDate, NaiveDateTime};
use shared::access::Scope;
use shared::acts::{self, AllLost, Change, ChangedAct, Impossible, KeptAct, Living, Record, Unmet};
use shared::journal::{Entries, Entry};
use shared::personal::has_data_key;
use shared::storage::{AnyConnection, Tx};
use shared::text::search_key;
use shared::validate::Faults;
use shared::{Code, Error, Id, Result};

use super::acts::{Case, MemberAct, birth_date_of};
use super::person::Who;
use super::stays::{Stay, clashes, put_stays, stays_of};
use super::telling::{MemberTells, judge_bodies};
use crate::ledger::{self, Admitted, Moved};
use crate::organisations::{self, KeptOrganisation, Known, find_for_act};
use crate::people::{self, EndReason, KeptMembership, MemberStanding, MembershipStatus};
use crate::state::Setting;

/// An act as it is to be recorded, or as it is to stand after a correction.
pub(super) type NewAct = ledger::NewAct<MemberAct>;

/// What a change brought about.
pub struct Changed {
    /// The act that was changed.
    pub act: ChangedAct,
    /// The membership after all of its acts.
    pub membership: KeptMembership,
}

impl Changed {
    pub(super) fn admitted(self) -> Admitted {
        Admitted {
            act_id: self.act.id,
            entry_id: self.act.entry_id,
            organisation_id: self.act.organisation_id.unwrap_or(self.membership.organisation_id),
            membership_id: Some(self.membership.id),
            person_id: Some(self.membership.person_id),
            count: 1,
            occurred_on: self.act.on,
        }
    }

    pub(super) fn moved(self) -> Moved {
        Moved {
            act_id: self.act.id,
            entry_id: self.act.entry_id,
            membership_id: Some(self.membership.id),
            status: self.membership.status,
            occurred_on: self.act.on,
        }
    }
}

/// A membership with the acts that count.
pub(super) struct Member {
    pub(super) record: Record<MemberAct>,
    /// Whether it lives as it is kept; nothing where it is not kept yet.
    lived: Option<bool>,
}

impl Member {
    pub(super) fn load(conn: &mut AnyConnection, membership: KeptMembership) -> Result<Self> {
        let (id, lives) = (membership.id, membership.lives());
        let start = KeptMembership { status: MembershipStatus::Withdrawn, ..membership };
        Ok(Self { record: Record::load(conn, id, start)?, lived: Some(lives) })
    }

    /// The membership and its stays as its acts make them.
    ///
    /// # Errors
    /// What is impossible about them.
    pub(super) fn folded(&self) -> std::result::Result<(KeptMembership, Vec<Stay>), Impossible> {
        let mut acts = self.record.acts().to_vec();
        let steps = acts::fold(&self.record.start, &mut acts)?;
        Ok((self.record.last(&steps), stays_of(&steps)))
    }
}

/// Begins a membership of a person in an organisation.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book; `already_member`.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    setting: &Setting,
    organisation: &KeptOrganisation,
    (membership, who): (Option<Id>, Option<Who>),
    mut faults: Faults,
    new: NewAct,
) -> Result<(Changed, Entries)> {
    let mut start = unbegun(tx, membership.unwrap_or_default(), organisation, new.on);
    let recording_begins_on = recording_start(tx, &new.act, organisation, new.on)?;
    let case = |before, birth_date| Case {
        setting,
        is_new: true,
        organisation,
        before,
        on: new.on,
        decision: new.decision.as_ref(),
        authorising_paper: new.authorising_paper.as_deref(),
        birth_date,
        recording_begins_on,
    };
    let decision = new.act.act().check(&mut faults, &case(&start, None));
    new.answers.check(&mut faults);
    let who = faults.finish_with(who)?;
    let person = who.record(tx, setting)?;
    let formers = people::list_memberships_of(tx.conn(), &setting.scope, person.id)?;
    let dead = formers.iter().find(|one| one.end_reason == Some(EndReason::Deceased));
    if let Some(died_on) = dead.and_then(|one| one.ended_on).filter(|died_on| *died_on <= new.on) {
        return Err(Error::new(Code::MembershipNotActive).with("day", died_on));
    }
    let mut of_branch =
        formers.iter().filter(|one| one.branch == organisation.branch && one.status != MembershipStatus::Withdrawn);
    if of_branch.any(|former| new.act.act().is_barred_by(former)) {
        return Err(Error::new(Code::AlreadyMember));
    }
    new.act.act().judge(&case(&start, Some(person.birth_date)), decision.as_ref())?;
    let likeness = likeness(setting, &new, &who)?;
    new.answers.ask_about_like(tx.conn(), likeness.as_deref())?;
    start.person_id = person.id;
    start.sex = person.sex;
    let member = Member { record: Record::new(start), lived: None };
    let id = new.id;
    let acts = vec![Living { id, occurred_on: new.on, recorded_at: tx.at().naive_utc(), act: new.act }];
    let (authorising_paper, note, answers) = (new.authorising_paper, new.note, new.answers.kept()?);
    let change =
        Change::Put { id, decision, authorising_paper, note, answers, likeness, still_unmet: Unmet::default() };
    settle(tx, setting, (&member, &Known::of(organisation)), acts, &change)
}

/// The day with which recording begins in an organisation, for an opening registration.
fn recording_start(
    tx: &mut Tx<'_>,
    act: &MemberAct,
    organisation: &KeptOrganisation,
    on: NaiveDate,
) -> Result<Option<NaiveDate>> {
    match act {
        MemberAct::Opening(_) => organisations::recording_start_above(tx.conn(), organisation, on),
        _ => Ok(None),
    }
}

/// By what another act of the same organisation, day, paper and person is found. Who is known already is found by the
/// memberships.
fn likeness(setting: &Setting, new: &NewAct, who: &Who) -> Result<Option<Vec<u8>>> {
    let Who::Details(person, _) = who else { return Ok(None) };
    let said = serde_json::json!([
        new.act.act().organisation(),
        new.on,
        new.decision,
        search_key(&person.full_name),
        person.birth_date,
        serde_json::to_value(&new.act)?.get("act"),
    ]);
    setting.vault.blind_index("act", &said.to_string()).map(Some)
}

/// A membership in an organisation in which nothing has happened yet.
fn unbegun(tx: &Tx<'_>, id: Id, organisation: &KeptOrganisation, on: NaiveDate) -> KeptMembership {
    KeptMembership {
        id,
        person_id: id,
        branch: organisation.branch,
        organisation_id: organisation.id,
        area_id: organisation.area.to_string(),
        status: MembershipStatus::Withdrawn,
        standing: MemberStanding::Member,
        sex: None,
        is_owner: false,
        is_worker: false,
        joined_on: on,
        official_on: None,
        ended_on: None,
        end_reason: None,
        readmissions: 0,
        parallel: 0,
        last_act_on: on,
        version: 1,
        created_at: tx.at().naive_utc(),
    }
}

/// Adds an act to a membership, also one that happened before others that are recorded.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book; what is impossible, of this act or of a later one.
pub(super) fn add(
    tx: &mut Tx<'_>,
    setting: &Setting,
    membership: KeptMembership,
    faults: Faults,
    new: NewAct,
) -> Result<(Changed, Entries)> {
    let member = Member::load(tx.conn(), membership)?;
    let place = (new.id, member.record.recorded_at(tx.at().naive_utc()));
    put(tx, setting, &member, faults, place, new)
}

/// Replaces an act on a membership; it keeps its place among those recorded.
///
/// # Errors
/// Those of recording it; `not_correctable`.
pub fn replace(
    tx: &mut Tx<'_>,
    setting: &Setting,
    (membership, row): (KeptMembership, &KeptAct),
    new: ledger::NewAct<MemberAct>,
) -> Result<(Changed, Entries)> {
    let member = Member::load(tx.conn(), membership)?;
    put(tx, setting, &member, Faults::new(), (row.id, row.recorded_at), new)
}

fn put(
    tx: &mut Tx<'_>,
    setting: &Setting,
    member: &Member,
    mut faults: Faults,
    (id, recorded_at): (Id, NaiveDateTime),
    new: NewAct,
) -> Result<(Changed, Entries)> {
    let acts = member.record.with(Living { id, occurred_on: new.on, recorded_at, act: new.act.clone() });
    let before = member.record.before(&setting.scope, &acts, id)?;
    // Who records an act reaches where it happens.
    let pointer = if new.act.act().organisation().is_some() { "/organisation_id" } else { "/membership_id" };
    let organisation = find_for_act(tx.conn(), &setting.scope, new.act.place(&before), pointer)?;
    // What a correction leaves as it was is not judged again: it was judged when it was recorded.
    let judged_by = |act: &MemberAct| {
        let considered_on = if let MemberAct::Admission(admission) = act { admission.considered_on } else { None };
        (act.act().organisation(), considered_on)
    };
    let stays =
        member.record.acts().iter().any(|living| {
            living.id == id && living.occurred_on == new.on && judged_by(&living.act) == judged_by(&new.act)
        });
    let case = Case {
        setting,
        is_new: member.record.row(id).is_none(),
        organisation: &organisation,
        before: &before,
        on: new.on,
        decision: new.decision.as_ref(),
        authorising_paper: new.authorising_paper.as_deref(),
        birth_date: birth_date_of(tx, setting, before.person_id)?,
        recording_begins_on: if stays { None } else { recording_start(tx, &new.act, &organisation, new.on)? },
    };
    let decision = new.act.act().check(&mut faults, &case);
    faults.finish()?;
    // What was not met before it is put right may stay so while its days stay: the rest of it can be put right all the
    // same.
    let row = member.record.row(id).filter(|row| stays && row.unmet.is_some());
    let was_unmet = row.map(Unmet::of).transpose()?.unwrap_or_default();
    let of_bodies = match row {
        Some(_) => was_unmet.clone().still(&judge_bodies(tx, &new.act, &case)?),
        None => Unmet::default(),
    };
    let of_decision = acts::forgive(new.act.act().judge(&case, decision.as_ref()), was_unmet)?;
    let still_unmet = of_decision.and(of_bodies);
    let (authorising_paper, note) = (new.authorising_paper, new.note);
    // What was put right is not compared: that it was looked at is enough.
    let change = Change::Put { id, decision, authorising_paper, note, answers: None, likeness: None, still_unmet };
    settle(tx, setting, (member, &Known::of(&organisation)), acts, &change)
}

/// Takes an act on a membership out: it should never have been recorded.
///
/// # Errors
/// What is impossible without it.
pub fn withdraw(
    tx: &mut Tx<'_>,
    setting: &Setting,
    (membership, row): (KeptMembership, &KeptAct),
    note: Option<String>,
) -> Result<(Changed, Entries)> {
    let member = Member::load(tx.conn(), membership)?;
    let acts = member.record.without(row.id);
    settle(tx, setting, (&member, &Known::default()), acts, &Change::TakenOut { id: row.id, note })
}

/// Returns the membership that an act is about.
///
/// # Errors
/// Fails when the database does.
pub fn membership_of(tx: &mut Tx<'_>, row: &KeptAct) -> Result<KeptMembership> {
    // No scope check here: write access to the commune of the act was checked, and the organisation may be in another one by now.
    let found = people::find_membership(tx.conn(), &Scope::everything(), row.record_id)?;
    found.ok_or_else(|| Error::internal("an act is about a membership that is not there"))
}

/// Folds the membership with its acts as they are now, and stores and journals what became different.
fn settle(
    tx: &mut Tx<'_>,
    setting: &Setting,
    (member, known): (&Member, &Known),
    mut acts: Vec<Living<MemberAct>>,
    change: &Change,
) -> Result<(Changed, Entries)> {
    let record = &member.record;
    let mut old_acts = record.acts().to_vec();
    let old = record.fold_kept(&mut old_acts)?;
    let new = record.fold_changed(&setting.scope, &mut acts, change.id())?;
    let (old_stays, new_stays) = (stays_of(&old), stays_of(&new));
    if old_stays != new_stays {
        check_stays(tx, setting, (&record.start, known), [&old_stays, &new_stays])?;
    }
    let membership = keep(tx, setting, (member, known), record.last(&new))?;
    if old_stays != new_stays {
        put_stays(tx, membership.id, member.lived.is_none(), &new_stays)?;
    }
    let (act, entries) = acts::tell(tx, &MemberTells { setting, known }, record, [&old, &new], change)?;
    Ok((Changed { act, membership }, entries.into()))
}

/// Returns which acts on a membership have a condition that is not met.
///
/// # Errors
/// Fails when the database does.
pub fn judge_acts_of(tx: &mut Tx<'_>, setting: &Setting, kept: &KeptMembership) -> Result<AllLost> {
    let record = Member::load(tx.conn(), kept.clone())?.record;
    let mut acts = record.acts().to_vec();
    let steps = record.fold_kept(&mut acts)?;
    acts::judge_all(tx, &MemberTells { setting, known: &Known::default() }, &record, &steps)
}

/// Lets a membership tell the sex of its person as it was put right, and judges its acts by the right day of birth. What
/// was not met before that is in `was`.
///
/// # Errors
/// Fails when the database does.
pub fn correct_person_of(
    tx: &mut Tx<'_>,
    setting: &Setting,
    (kept, was): (KeptMembership, &AllLost),
    sex: Option<String>,
    because: Id,
) -> Result<Vec<Entry>> {
    let mut record = Member::load(tx.conn(), kept.clone())?.record;
    record.start.sex.clone_from(&sex);
    let mut acts = record.acts().to_vec();
    let steps = record.fold_kept(&mut acts)?;
    if kept.sex != sex {
        people::update_membership(tx, &KeptMembership { sex, ..kept })?;
    }
    acts::tell_all_anew(tx, &MemberTells { setting, known: &Known::default() }, &record, &steps, (was, because))
}

/// A change is refused only for what was possible before it.
fn check_stays(
    tx: &mut Tx<'_>,
    setting: &Setting,
    membership: (&KeptMembership, &Known),
    [old, new]: [&[Stay]; 2],
) -> Result<()> {
    let after = clashes(tx.conn(), &setting.scope, membership, new)?;
    if after.is_empty() {
        return Ok(());
    }
    let before = clashes(tx.conn(), &setting.scope, membership, old)?;
    match after.iter().find(|clash| !before.contains(clash)) {
        Some(clash) => Err(clash.refusal()),
        None => Ok(()),
    }
}

/// Keeps the membership's state; without acts it is withdrawn.
fn keep(
    tx: &mut Tx<'_>,
    setting: &Setting,
    (member, known): (&Member, &Known),
    mut next: KeptMembership,
) -> Result<KeptMembership> {
    if next.organisation_id != member.record.start.organisation_id {
        next.area_id = known.find(tx.conn(), next.organisation_id)?.area.to_string();
    }
    if next.lives() && member.lived != Some(true) {
        if member.lived.is_some() && !has_data_key(tx.conn(), next.person_id)? {
            // Nobody is left who could be the member.
            return Err(Error::fault("/entry_id", Code::NotCorrectable));
        }
        next.parallel = people::parallel_to(tx.conn(), &setting.scope, next.person_id, next.branch)?;
    }
    if member.lived.is_some() { people::update_membership(tx, &next) } else { people::insert_membership(tx, &next) }
}
