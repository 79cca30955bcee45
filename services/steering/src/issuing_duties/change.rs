//! Changes of a duty: registers, restates or withdraws it, and computes it again from its acts.

use serde::{Deserialize, Serialize};
use shared::acts::{
    self, ActStatus, Change, CorrectionOutcome, Impossible, KeptAct, Living, Record, find_correctable, fold,
};
use shared::journal::Entries;
use shared::storage::{AnyConnection, Tx};
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Day, Error, Id, Result};

use super::registration::{Folded, RegisterIssuingDuty, Registration, Telling};
use super::store::{self, KeptDuty};
use crate::bodies::BodyLevel;
use crate::documents::{DocumentType, GovernedPeriod};
use crate::state::{NAME, Setting};

/// Replaces a journal entry about a duty: `withdraw`, or at least one of the other fields beside `note`.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"entry_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "due_on": "2026-02-28", "note": "Gõ nhầm ngày"}))]
pub struct CorrectIssuingDuty {
    /// The entry that was wrong, in its latest correction.
    pub entry_id: Id,
    /// Whether it should never have been recorded.
    #[serde(default)]
    pub withdraw: bool,
    /// Why it is put right: at most 300 characters. It is never in the journal.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub note: Option<String>,
    /// The right words for what is to be issued.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub title: Option<String>,
    /// The right level of the committees that have the duty.
    #[serde(default)]
    pub level: Option<BodyLevel>,
    /// The right kind of paper.
    #[serde(default, rename = "type")]
    pub document_type: Option<DocumentType>,
    /// The right period that the document must govern.
    #[serde(default)]
    pub governs: Option<GovernedPeriod>,
    /// The right last day on which it is issued in time.
    #[serde(default)]
    pub due_on: Option<Day>,
    /// Whether it comes again each year.
    #[serde(default)]
    pub is_yearly: Option<bool>,
}

/// What a correction brought about.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CorrectedIssuingDuty {
    /// The duty.
    pub issuing_duty_id: Id,
    /// The act that was corrected.
    pub act_id: Id,
    /// The new journal entry.
    pub entry_id: Id,
    /// The entry that it replaces.
    pub corrects: Id,
    /// `restated` or `withdrawn`.
    pub outcome: CorrectionOutcome,
}

impl CorrectIssuingDuty {
    fn restates(&self) -> bool {
        self.title.is_some()
            || self.level.is_some()
            || self.document_type.is_some()
            || self.governs.is_some()
            || self.due_on.is_some()
            || self.is_yearly.is_some()
    }

    fn replaced(&self, told: &Registration) -> Registration {
        Registration {
            title: self.title.clone().unwrap_or_else(|| told.title.clone()),
            level: self.level.unwrap_or(told.level),
            area: told.area.clone(),
            document_type: self.document_type.unwrap_or(told.document_type),
            governs: self.governs.unwrap_or(told.governs),
            due_on: self.due_on.unwrap_or(told.due_on),
            is_yearly: self.is_yearly.unwrap_or(told.is_yearly),
        }
    }
}

/// A duty with the acts that count.
pub(super) struct Duty {
    kept: Option<KeptDuty>,
    record: Record<Registration>,
}

impl Duty {
    /// Loads a duty.
    pub(super) fn load(conn: &mut AnyConnection, kept: KeptDuty) -> Result<Self> {
        let start = Folded { id: kept.id, status: ActStatus::Withdrawn, registration: kept.registration() };
        let record = Record::load(conn, kept.id, start)?;
        Ok(Self { kept: Some(kept), record })
    }

    /// The duty as its acts make it.
    pub(super) fn folded(&self) -> std::result::Result<Folded, Impossible> {
        let mut acts = self.record.acts().to_vec();
        let steps = fold(&self.record.start, &mut acts)?;
        Ok(self.record.last(&steps))
    }
}

/// Registers a duty: the command that handlers and loaders share.
///
/// # Errors
/// All faults of the request at once.
pub fn register(tx: &mut Tx<'_>, setting: &Setting, request: &RegisterIssuingDuty) -> Result<(KeptDuty, Entries)> {
    let registration = Registration {
        title: request.title.clone(),
        level: request.level,
        area: request.area.clone(),
        document_type: request.document_type,
        governs: request.governs,
        due_on: request.due_on,
        is_yearly: request.is_yearly,
    };
    let mut faults = Faults::new();
    let checked = registration.checked(&mut faults, setting, true);
    let registration = faults.finish_with(checked)?;
    let id = request.id.unwrap_or_default();
    let start = Folded { id, status: ActStatus::Withdrawn, registration: registration.clone() };
    let duty = Duty { kept: None, record: Record::new(start) };
    let act = (Id::new(), tx.at().naive_utc());
    let living = Living { id: act.0, occurred_on: setting.today, recorded_at: act.1, act: registration };
    let (kept, _, entries) = put(tx, setting, &duty, living, None)?;
    Ok((kept, entries))
}

/// Corrects or withdraws the registration of a duty.
///
/// # Errors
/// `entry_already_corrected`; the faults of the registration itself.
pub(super) fn correct(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &CorrectIssuingDuty,
) -> Result<((CorrectedIssuingDuty, i64), Entries)> {
    let mut faults = Faults::new();
    if request.withdraw == request.restates() {
        faults.add("/withdraw", Wrong::new(Code::NothingCorrected));
    }
    let note = faults.take("/note", request.note.as_deref().map(|text| line(text, 300)).transpose());
    let note = faults.finish_with(note)?;
    let row = find_correctable(tx.conn(), NAME, &setting.scope, request.entry_id)?;
    let kept = store::find_duty(tx.conn(), &setting.scope, row.record_id)?;
    // Entries of other acts of this service are corrected at other places.
    let kept = kept.ok_or_else(|| Error::fault("/entry_id", Code::UnknownEntry))?;
    let duty = Duty::load(tx.conn(), kept)?;
    let (kept, entry_id, entries) = if request.withdraw {
        settle(tx, setting, &duty, duty.record.without(row.id), &Change::TakenOut { id: row.id, note })?
    } else {
        let told = duty.record.acts().first().ok_or_else(|| Error::internal("the act to be corrected is not there"))?;
        let mut faults = Faults::new();
        let checked = request.replaced(&told.act).checked(&mut faults, setting, false);
        let living = Living { act: faults.finish_with(checked)?, ..told.clone() };
        put(tx, setting, &duty, living, note)?
    };
    let outcome = if request.withdraw { CorrectionOutcome::Withdrawn } else { CorrectionOutcome::Restated };
    let KeptAct { id: act_id, entry_id: corrects, .. } = row;
    let corrected = CorrectedIssuingDuty { issuing_duty_id: kept.id, act_id, entry_id, corrects, outcome };
    Ok(((corrected, kept.version), entries))
}

fn put(
    tx: &mut Tx<'_>,
    setting: &Setting,
    duty: &Duty,
    living: Living<Registration>,
    note: Option<String>,
) -> Result<(KeptDuty, Id, Entries)> {
    let change = Change::put(living.id, None, note, None);
    settle(tx, setting, duty, duty.record.with(living), &change)
}

/// Folds the duty with its acts as they are now, and stores and journals what became different.
fn settle(
    tx: &mut Tx<'_>,
    setting: &Setting,
    duty: &Duty,
    mut acts: Vec<Living<Registration>>,
    change: &Change,
) -> Result<(KeptDuty, Id, Entries)> {
    let record = &duty.record;
    let mut old_acts = record.acts().to_vec();
    let old = record.fold_kept(&mut old_acts)?;
    let new = record.fold_changed(&setting.scope, &mut acts, change.id())?;
    let kept = store::keep_duty(tx, duty.kept.as_ref(), &record.last(&new))?;
    let (act, entries) = acts::tell(tx, &Telling, record, [&old, &new], change)?;
    Ok((kept, act.entry_id, entries.into()))
}
