//! Changes of a document: registers, restates or withdraws it, and computes it again from its acts.

use chrono::{Datelike as _, NaiveDate};
use shared::acts::{self, Change, ChangedAct, Impossible, KeptAct, Living, Record, fold};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::storage::{AnyConnection, Tx};
use shared::validate::{Faults, Wrong};
use shared::{Code, Error, Id, Result};

use super::registration::{Folded, RegisterDocument, Registration, kept_label};
use super::relations::{check_relations, later_bases};
use super::sight::Sees as _;
use super::store::{self, KeptDocument, list_alike, list_relations_to, list_seen};
use super::telling::{Telling, subject};
use super::words::{DocumentStatus, issuer_key, number_key};
use crate::bodies::{self, BodyStatus};
use crate::state::Setting;

/// A registration as it is to be recorded, or as it is to stand after a correction.
pub(super) struct NewAct {
    /// What is registered.
    pub registration: Registration,
    /// The day of issue.
    pub on: NaiveDate,
    /// Why it is put right; nothing where it is recorded first.
    pub note: Option<String>,
    /// The answers to the warnings that it meets.
    pub answers: Answers,
}

/// What a change brought about.
pub struct Changed {
    /// The act that was changed.
    pub act: ChangedAct,
    /// The document as it is kept.
    pub kept: KeptDocument,
}

/// A document with the acts that count.
pub(super) struct Document {
    kept: Option<KeptDocument>,
    record: Record<Registration>,
}

impl Document {
    /// Loads a document.
    ///
    /// # Errors
    /// Fails when the database does.
    pub(super) fn load(conn: &mut AnyConnection, kept: KeptDocument) -> Result<Self> {
        let start = unbegun(kept.id, kept.issued_on, kept.registration());
        let record = Record::load(conn, kept.id, start)?;
        Ok(Self { kept: Some(kept), record })
    }

    /// The registration that counts, with its day.
    pub(super) fn told(&self) -> Option<(&Registration, NaiveDate)> {
        self.record.acts().first().map(|living| (&living.act, living.occurred_on))
    }

    /// The document as its acts make it.
    ///
    /// # Errors
    /// What is impossible about them.
    pub(super) fn folded(&self) -> std::result::Result<Folded, Impossible> {
        let mut acts = self.record.acts().to_vec();
        let steps = fold(&self.record.start, &mut acts)?;
        Ok(self.record.last(&steps))
    }
}

/// A document before its registration.
fn unbegun(id: Id, issued_on: NaiveDate, registration: Registration) -> Folded {
    Folded { id, status: DocumentStatus::Withdrawn, issued_on, registration }
}

/// Registers a document: the command that handlers and loaders share.
///
/// # Errors
/// All faults of the request at once; `document_recorded`; `needs_answer`.
pub fn register(tx: &mut Tx<'_>, setting: &Setting, request: &RegisterDocument) -> Result<(Changed, Entries)> {
    let mut faults = Faults::new();
    let found = setting.territory.find(&request.area).filter(|area| setting.scope.may_write(&area.id));
    if found.is_none() {
        faults.add("/area", Wrong::new(Code::UnknownArea));
    }
    let registration = Registration {
        system: request.system,
        document_type: request.document_type,
        number: request.number.clone(),
        issuing_body_id: request.issuing_body_id,
        issuer: request.issuer.clone(),
        effective_on: request.effective_on,
        effective_until: request.effective_until,
        abstract_text: request.abstract_text.clone(),
        governs: request.governs,
        signer_office: request.signer_office.clone(),
        area: request.area.clone(),
        is_open_below: request.is_open_below,
        label: kept_label(&mut faults, request.label),
        relations: request.relations.iter().map(|relation| relation.kept()).collect(),
    };
    let (id, on) = (request.id.unwrap_or_default(), request.issued_on.get());
    let document = Document { kept: None, record: Record::new(unbegun(id, on, registration.clone())) };
    let new = NewAct { registration, on, note: None, answers: request.answers.clone() };
    put(tx, setting, &document, faults, None, new)
}

/// Replaces the registration of a document.
///
/// # Errors
/// Those of recording it.
pub(super) fn replace(
    tx: &mut Tx<'_>,
    setting: &Setting,
    document: &Document,
    row: &KeptAct,
    (faults, new): (Faults, NewAct),
) -> Result<(Changed, Entries)> {
    put(tx, setting, document, faults, Some(row), new)
}

/// Takes the registration of a document out: it should never have been recorded.
///
/// # Errors
/// `related_documents_remain`, `act_out_of_reach` where others relate to it.
pub(super) fn withdraw(
    tx: &mut Tx<'_>,
    setting: &Setting,
    document: &Document,
    row: &KeptAct,
    note: Option<String>,
) -> Result<(Changed, Entries)> {
    let relations = list_relations_to(tx.conn(), &[row.record_id], None)?;
    if !relations.is_empty() {
        let later: Vec<Id> = relations.iter().map(|(later, ..)| *later).collect();
        return Err(match list_seen(tx.conn(), &setting.scope, &later)?.len() {
            0 => Error::new(Code::ActOutOfReach),
            count => Error::new(Code::RelatedDocumentsRemain).with("count", count),
        });
    }
    let acts = document.record.without(row.id);
    settle(tx, setting, document, acts, &Change::TakenOut { id: row.id, note })
}

fn put(
    tx: &mut Tx<'_>,
    setting: &Setting,
    document: &Document,
    mut faults: Faults,
    row: Option<&KeptAct>,
    new: NewAct,
) -> Result<(Changed, Entries)> {
    let NewAct { registration, on, note, answers } = new;
    let (record, told) = (&document.record, document.told());
    let id = record.start.id;
    answers.check(&mut faults);
    // A correction that leaves relations out leaves them as they are, also those that the caller does not see.
    let asks_relations = told.is_none_or(|(told, _)| told.relations != registration.relations);
    let checked = registration.checked(&mut faults, (on, setting.today), asks_relations);
    check_issuer(tx.conn(), setting, &mut faults, &registration, on, told)?;
    let relations = check_relations(tx.conn(), setting, &mut faults, id, &registration.relations, told)?;
    let mut registration = faults.finish_with(checked)?;
    registration.relations = relations;
    let doubts = [
        (Code::DocumentNumberRepeated, check_once(tx.conn(), setting, id, &registration, on, told)?),
        (Code::RestsOnLaterDocument, later_bases(tx.conn(), setting, id, &registration.relations, on, told)?),
    ];
    let named = |id: Id| [("document", id.to_string())].into();
    answers.ask_all(doubts.into_iter().map(|(code, other)| (code, other.map(named))))?;
    let (act, recorded_at) = row.map_or((Id::new(), tx.at().naive_utc()), |row| (row.id, row.recorded_at));
    let answers = answers.beside(row.and_then(|row| row.answers.as_deref()))?.kept()?;
    let change = Change::put(act, None, note, answers);
    let living = Living { id: act, occurred_on: on, recorded_at, act: registration };
    settle(tx, setting, document, record.with(living), &change)
}

/// What is told of a document before a change.
type Told<'a> = Option<(&'a Registration, NaiveDate)>;

/// Demands that the body which issued a document is known, and worked on the day of issue.
fn check_issuer(
    conn: &mut AnyConnection,
    setting: &Setting,
    faults: &mut Faults,
    registration: &Registration,
    on: NaiveDate,
    told: Told<'_>,
) -> Result<()> {
    let Some(id) = registration.issuing_body_id else { return Ok(()) };
    if told.is_some_and(|(told, told_on)| told.issuing_body_id == Some(id) && told_on == on) {
        return Ok(());
    }
    let is_told = told.is_some_and(|(told, _)| told.issuing_body_id == Some(id));
    // Who corrects a day may not see the body that another one named.
    let found = match is_told {
        true => bodies::find_body(conn, &shared::access::Scope::everything(), id)?,
        false => bodies::find_body(conn, &setting.scope, id)?,
    };
    match found.filter(|body| body.status != BodyStatus::Withdrawn) {
        None => faults.add("/issuing_body_id", Wrong::new(Code::UnknownSteeringBody)),
        Some(body) if !body.works_on(on) => {
            faults.add("/issued_on", Wrong::new(Code::SteeringBodyNotActive).with("day", on));
        }
        Some(_) => {}
    }
    Ok(())
}

/// Demands that a document counts once, as far as the caller sees. Returns one that has its number, and another day of the year.
fn check_once(
    conn: &mut AnyConnection,
    setting: &Setting,
    id: Id,
    registration: &Registration,
    on: NaiveDate,
    told: Told<'_>,
) -> Result<Option<Id>> {
    let key = |one: &Registration, on: NaiveDate| {
        let issuer = issuer_key(one.issuing_body_id, one.issuer.as_deref());
        (one.system, one.document_type, number_key(&one.number), issuer, on)
    };
    if told.is_some_and(|(told, told_on)| key(told, told_on) == key(registration, on)) {
        return Ok(None);
    }
    let alike = list_alike(conn, registration, on)?;
    let others: Vec<KeptDocument> =
        alike.into_iter().filter(|other| other.id != id && setting.scope.sees(other)).collect();
    if let Some(same) = others.iter().find(|other| other.issued_on == on) {
        return Err(Error::new(Code::DocumentRecorded).naming(same.id, subject(same.id)));
    }
    Ok(others.first().filter(|other| other.issued_on.year() == on.year()).map(|other| other.id))
}

/// Folds the document with its acts as they are now, and stores and journals what became different.
fn settle(
    tx: &mut Tx<'_>,
    setting: &Setting,
    document: &Document,
    mut acts: Vec<Living<Registration>>,
    change: &Change,
) -> Result<(Changed, Entries)> {
    let record = &document.record;
    let mut old_acts = record.acts().to_vec();
    let old = record.fold_kept(&mut old_acts)?;
    let new = record.fold_changed(&setting.scope, &mut acts, change.id())?;
    let kept = store::keep_document(tx, document.kept.as_ref(), &record.last(&new))?;
    let (act, entries) = acts::tell(tx, &Telling, record, [&old, &new], change)?;
    Ok((Changed { act, kept }, entries.into()))
}
