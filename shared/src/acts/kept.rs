//! SQL for acts: each with its day, its decision, what it does, what its entry says, and that entry.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::schema::{act_versions, acts};
use super::unmet::Unmet;
use crate::access::Scope;
use crate::journal::{area_of_entry, latest_of_entry};
use crate::lists::{Condition, List, note_changed, note_listed, note_only_in};
use crate::made_ids::forget_content;
use crate::published::Decision;
use crate::storage::{AnyConnection, Bound, Tx, next_ordinal, once};
use crate::territory::AreaId;
use crate::{Code, Day, Error, Id, Result};

crate::closed_list! {
    /// Whether an act counts. More may come.
    pub enum ActStatus {
        /// It counts.
        Recorded,
        /// It was taken out: it should never have been recorded.
        Withdrawn,
    }
}

/// What a correction did to an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionOutcome {
    /// It says something else now.
    Restated,
    /// It was taken out.
    Withdrawn,
}

/// An act as it is kept.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = acts)]
pub struct KeptAct {
    /// Its id.
    pub id: Id,
    /// What it was, as its journal entry calls it.
    pub kind: String,
    /// The record it is about.
    pub record_id: Id,
    /// The organisation in which it happened; nothing for records that belong to none.
    pub organisation_id: Option<Id>,
    /// The area in which it happened, which decides who sees and corrects it.
    pub area_id: String,
    /// The day it happened.
    pub occurred_on: NaiveDate,
    /// How many it counts.
    pub count: i64,
    /// What it does, as JSON.
    pub content: String,
    /// What of that may be read by nobody without the record's key.
    pub sealed: Option<Vec<u8>>,
    /// The payload of its entry, as JSON.
    pub payload: String,
    /// The number of its paper.
    pub decision_number: Option<String>,
    /// The day of its paper.
    pub decided_on: Option<NaiveDate>,
    /// Who issued its paper.
    pub issuing_body: Option<String>,
    /// The document that a rule asked for beside the decision.
    pub authorising_paper: Option<String>,
    /// Why it was put right.
    pub note: Option<String>,
    /// The answers to the warnings that it met, as JSON.
    pub answers: Option<String>,
    /// A keyed hash of what it says, by which its like is found; nothing once it was put right.
    pub likeness: Option<Vec<u8>>,
    /// The conditions of the decision that are not met any more since another act was corrected: see [`Unmet`].
    pub unmet: Option<String>,
    /// Its latest journal entry.
    pub entry_id: Id,
    /// Whether it counts.
    pub status: ActStatus,
    /// Its version.
    pub version: i64,
    /// When it was first recorded.
    pub recorded_at: NaiveDateTime,
    /// Its number in the order of recording, given under the journal's lock.
    pub ordinal: i64,
}

impl KeptAct {
    /// The act's paper.
    #[must_use]
    pub fn decision(&self) -> Option<Decision> {
        Some(Decision {
            number: self.decision_number.clone()?,
            decided_on: Day::stored(self.decided_on?),
            issuing_body: self.issuing_body.clone()?,
        })
    }

    /// The act with another paper, or without one.
    #[must_use]
    pub(super) fn with_decision(self, paper: Option<&Decision>) -> Self {
        Self {
            decision_number: paper.map(|paper| paper.number.clone()),
            decided_on: paper.map(|paper| paper.decided_on.get()),
            issuing_body: paper.map(|paper| paper.issuing_body.clone()),
            ..self
        }
    }

    /// Whether it is about the organisation in which it happened, and not about one of its members.
    #[must_use]
    pub fn is_on_its_organisation(&self) -> bool {
        self.organisation_id == Some(self.record_id)
    }

    /// Whether a list shows it: acts on economic units are in none.
    fn is_listed(&self) -> bool {
        self.organisation_id.is_some()
    }

    /// The area in which it happened.
    #[must_use]
    pub fn area(&self) -> AreaId {
        AreaId::stored(self.area_id.as_str())
    }
}

/// What an act was before it was put right or taken out.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = act_versions)]
#[expect(missing_docs, reason = "the fields are those of KeptAct")]
pub struct ActVersion {
    pub act_id: Id,
    pub version: i64,
    pub record_id: Id,
    pub kind: String,
    pub occurred_on: NaiveDate,
    pub content: String,
    pub sealed: Option<Vec<u8>>,
    pub decision_number: Option<String>,
    pub decided_on: Option<NaiveDate>,
    pub issuing_body: Option<String>,
    pub authorising_paper: Option<String>,
    /// Why it was put right or taken out.
    pub note: Option<String>,
    pub likeness: Option<Vec<u8>>,
    /// The journal entry.
    pub entry_id: Id,
    /// The entry that replaced that one.
    pub replaced_by_id: Id,
}

/// Keeps a new act under the next number.
pub(super) fn insert_act(tx: &mut Tx<'_>, act: KeptAct) -> Result<KeptAct> {
    let act = KeptAct { ordinal: next_ordinal(tx, "acts")?, ..act };
    diesel::insert_into(acts::table).values(&act).execute(tx.conn())?;
    if act.is_listed() {
        note_listed(tx, List::Acts, act.id, &act.area_id)?;
    }
    Ok(act)
}

/// Writes an act as it stands after a change; its journal entry is the new one.
pub(super) fn restate(tx: &mut Tx<'_>, act: &KeptAct) -> Result<()> {
    let restated = diesel::update(acts::table.find(act.id).filter(acts::version.eq(act.version)))
        .set((
            acts::kind.eq(&act.kind),
            acts::organisation_id.eq(act.organisation_id),
            acts::area_id.eq(&act.area_id),
            acts::occurred_on.eq(act.occurred_on),
            acts::count.eq(act.count),
            acts::content.eq(&act.content),
            acts::sealed.eq(&act.sealed),
            acts::payload.eq(&act.payload),
            acts::decision_number.eq(&act.decision_number),
            acts::decided_on.eq(act.decided_on),
            acts::issuing_body.eq(&act.issuing_body),
            acts::authorising_paper.eq(&act.authorising_paper),
            acts::note.eq(&act.note),
            acts::answers.eq(&act.answers),
            acts::likeness.eq(&act.likeness),
            acts::unmet.eq(&act.unmet),
            acts::entry_id.eq(act.entry_id),
            acts::version.eq(act.version + 1),
        ))
        .execute(tx.conn());
    once(restated)?;
    if act.is_listed() { note_only_in(tx, List::Acts, act.id, &act.area_id) } else { Ok(()) }
}

/// Writes which conditions of an act are not met any more.
pub(super) fn put_unmet(tx: &mut Tx<'_>, act: &KeptAct, unmet: &Unmet) -> Result<()> {
    let unmet = acts::unmet.eq(unmet.kept()?);
    let put = diesel::update(acts::table.find(act.id).filter(acts::version.eq(act.version)));
    once(put.set((unmet, acts::version.eq(act.version + 1))).execute(tx.conn()))?;
    note_act(tx, act.id)
}

/// Notes that an act was changed in the lists that show it.
fn note_act(tx: &mut Tx<'_>, act: Id) -> Result<()> {
    note_changed(tx, List::Acts, &Condition::new("t.record_id = {}", vec![Bound::Id(act)]))
}

/// Returns the acts that count and have conditions that are not met any more, some at a time, after an act.
///
/// # Errors
/// Fails when the database does.
pub fn list_unmet(conn: &mut AnyConnection, after: Option<Id>, limit: i64) -> Result<Vec<KeptAct>> {
    let mut unmet = acts::table
        .filter(acts::unmet.is_not_null())
        .filter(acts::status.eq(ActStatus::Recorded))
        .order(acts::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        unmet = unmet.filter(acts::id.gt(after));
    }
    Ok(unmet.load(conn)?)
}

/// Returns which of some acts count and have conditions that are not met any more.
///
/// # Errors
/// Fails when the database does.
pub fn list_unmet_of(conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<KeptAct>> {
    let of_these = acts::table.filter(acts::id.eq_any(ids.to_vec())).filter(acts::unmet.is_not_null());
    Ok(of_these.filter(acts::status.eq(ActStatus::Recorded)).load(conn)?)
}

/// Marks an act as withdrawn by another entry.
pub(super) fn withdraw(tx: &mut Tx<'_>, act: &KeptAct, entry: Id, note: Option<&str>) -> Result<()> {
    let (version, withdrawn) = (acts::version.eq(act.version + 1), acts::status.eq(ActStatus::Withdrawn));
    let unmet = acts::unmet.eq(None::<String>);
    let marked = diesel::update(acts::table.find(act.id).filter(acts::version.eq(act.version)))
        .set((withdrawn, acts::entry_id.eq(entry), acts::note.eq(note), unmet, version))
        .execute(tx.conn());
    once(marked)?;
    note_act(tx, act.id)
}

/// Stores an act as it was before an entry replaced its entry.
pub(super) fn insert_version(tx: &mut Tx<'_>, act: &KeptAct, replaced_by: Id, note: Option<&str>) -> Result<()> {
    let version = ActVersion {
        act_id: act.id,
        version: act.version,
        record_id: act.record_id,
        kind: act.kind.clone(),
        occurred_on: act.occurred_on,
        content: act.content.clone(),
        sealed: act.sealed.clone(),
        decision_number: act.decision_number.clone(),
        decided_on: act.decided_on,
        issuing_body: act.issuing_body.clone(),
        authorising_paper: act.authorising_paper.clone(),
        note: note.map(str::to_owned),
        likeness: act.likeness.clone(),
        entry_id: act.entry_id,
        replaced_by_id: replaced_by,
    };
    diesel::insert_into(act_versions::table).values(&version).execute(tx.conn())?;
    Ok(())
}

/// Returns what the acts on a record were before they were put right or taken out, in the order of their entries.
///
/// # Errors
/// Fails when the database does.
pub fn list_versions_on(conn: &mut AnyConnection, record: Id) -> Result<Vec<ActVersion>> {
    let versions = act_versions::table.filter(act_versions::record_id.eq(record));
    Ok(versions.order(act_versions::entry_id).load(conn)?)
}

/// Returns all acts on a record, also those that were taken out, in the order of their recording.
///
/// # Errors
/// Fails when the database does.
pub fn list_all_acts_on(conn: &mut AnyConnection, record: Id) -> Result<Vec<KeptAct>> {
    Ok(acts::table.filter(acts::record_id.eq(record)).order(acts::ordinal).load(conn)?)
}

/// Returns the acts on a record that count, in the order of their recording.
///
/// # Errors
/// Fails when the database does.
pub fn list_acts_on(conn: &mut AnyConnection, record: Id) -> Result<Vec<KeptAct>> {
    let acts = acts::table.filter(acts::record_id.eq(record)).filter(acts::status.eq(ActStatus::Recorded));
    Ok(acts.order(acts::ordinal).load(conn)?)
}

/// Returns the act that says what another one says, if one counts: the first that was recorded.
///
/// # Errors
/// Fails when the database does.
pub fn find_like(conn: &mut AnyConnection, likeness: &[u8]) -> Result<Option<Id>> {
    let alike = acts::table.filter(acts::likeness.eq(likeness)).filter(acts::status.eq(ActStatus::Recorded));
    Ok(alike.order(acts::ordinal).select(acts::id).limit(1).get_result(conn).optional()?)
}

/// Returns the records of which an act says something, or said it before it was put right or taken out.
///
/// # Errors
/// Fails when the database does.
pub fn list_records_like(conn: &mut AnyConnection, likeness: &[u8]) -> Result<Vec<Id>> {
    let now = acts::table.filter(acts::likeness.eq(likeness)).select(acts::record_id);
    let before = act_versions::table.filter(act_versions::likeness.eq(likeness)).select(act_versions::record_id);
    let mut records: Vec<Id> = now.load(conn)?;
    records.extend(before.load::<Id>(conn)?);
    records.sort();
    records.dedup();
    Ok(records)
}

/// Returns the act of an entry, to be corrected.
///
/// # Errors
/// `unknown_entry` at `/entry_id` where the caller may change no act that it told; `entry_already_corrected`, with the latest
/// entry where the caller may read it in the journal of `service`.
pub fn find_correctable(conn: &mut AnyConnection, service: &str, scope: &Scope, entry: Id) -> Result<KeptAct> {
    let told: Option<KeptAct> = acts::table.filter(acts::entry_id.eq(entry)).get_result(conn).optional()?;
    if let Some(act) = told.filter(|act| scope.may_write(&act.area())) {
        return if act.status == ActStatus::Recorded {
            Ok(act)
        } else {
            Err(already_corrected(conn, service, scope, entry)?)
        };
    }
    let area = area_of_entry(conn, entry)?;
    match area.filter(|area| scope.may_read(area) && scope.may_write(area)) {
        // It was the entry of an act once, and another one replaced it.
        Some(_) => Err(already_corrected(conn, service, scope, entry)?),
        None => Err(Error::fault("/entry_id", Code::UnknownEntry)),
    }
}

fn already_corrected(conn: &mut AnyConnection, service: &str, scope: &Scope, entry: Id) -> Result<Error> {
    let refusal = Error::new(Code::EntryAlreadyCorrected).with("entry", entry);
    let latest = latest_of_entry(conn, entry)?;
    let readable = latest.filter(|(_, area)| area.as_ref().is_some_and(|area| scope.may_read(area)));
    Ok(match readable {
        Some((latest, _)) => refusal.naming(latest, format!("/v1/journal/{service}/{latest}")),
        None => refusal,
    })
}

/// Takes what is sealed, and why it was put right, out of the acts on a record.
///
/// # Errors
/// Fails when the database does.
pub fn remove_sealed(tx: &mut Tx<'_>, record: Id) -> Result<()> {
    forget_content(tx, record)?;
    let (nothing, no_note) = (None::<Vec<u8>>, None::<String>);
    diesel::update(act_versions::table.filter(act_versions::record_id.eq(record)))
        .set((act_versions::sealed.eq(&nothing), act_versions::likeness.eq(&nothing), act_versions::note.eq(&no_note)))
        .execute(tx.conn())?;
    diesel::update(acts::table.filter(acts::record_id.eq(record)))
        .set((
            acts::sealed.eq(&nothing),
            acts::likeness.eq(&nothing),
            acts::note.eq(&no_note),
            acts::version.eq(acts::version + 1),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Removes the decisions from the acts on a record, and from their payloads.
///
/// # Errors
/// Fails when the database does.
pub fn remove_papers(tx: &mut Tx<'_>, record: Id, keep: impl Fn(serde_json::Value) -> serde_json::Value) -> Result<()> {
    forget_content(tx, record)?;
    let known: Vec<(Id, String)> =
        acts::table.filter(acts::record_id.eq(record)).select((acts::id, acts::payload)).load(tx.conn())?;
    let nothing = None::<String>;
    diesel::update(act_versions::table.filter(act_versions::record_id.eq(record)))
        .set((
            act_versions::decision_number.eq(&nothing),
            act_versions::decided_on.eq(None::<NaiveDate>),
            act_versions::issuing_body.eq(&nothing),
            act_versions::authorising_paper.eq(&nothing),
            act_versions::note.eq(&nothing),
            act_versions::likeness.eq(None::<Vec<u8>>),
        ))
        .execute(tx.conn())?;
    for (id, payload) in known {
        let kept = keep(serde_json::from_str(&payload)?);
        diesel::update(acts::table.find(id))
            .set((
                acts::payload.eq(serde_json::to_string(&kept)?),
                acts::decision_number.eq(&nothing),
                acts::decided_on.eq(None::<NaiveDate>),
                acts::issuing_body.eq(&nothing),
                acts::authorising_paper.eq(&nothing),
                acts::note.eq(&nothing),
                acts::answers.eq(&nothing),
                acts::likeness.eq(None::<Vec<u8>>),
                acts::unmet.eq(&nothing),
                acts::version.eq(acts::version + 1),
            ))
            .execute(tx.conn())?;
        note_act(tx, id)?;
    }
    Ok(())
}
