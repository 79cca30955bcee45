//! Corrections of entries about a document: it is registered with other fields or withdrawn, never edited.

use serde::{Deserialize, Serialize};
use shared::acts::{CorrectionOutcome, find_correctable};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::storage::Tx;
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Day, Error, Id, Result};

use super::change::{self, Document, NewAct};
use super::registration::{GovernedPeriod, NewRelation, Registration, kept_label};
use super::store;
use super::words::{DocumentSystem, DocumentType, PaperLabel};
use crate::state::{NAME, Setting};

/// Replaces a journal entry about a document: `withdraw`, or at least one of the other fields beside `note` and `answers`.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"entry_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "issued_on": "2019-03-18",
    "note": "Gõ nhầm ngày"}))]
pub struct CorrectDocument {
    /// The entry that was wrong, in its latest correction.
    pub entry_id: Id,
    /// Whether it should never have been recorded. Not while other documents relate to it.
    #[serde(default)]
    pub withdraw: bool,
    /// Why it is put right: at most 300 characters. It is never in the journal.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub note: Option<String>,
    /// The right system.
    #[serde(default)]
    pub system: Option<DocumentSystem>,
    /// The right kind of paper.
    #[serde(default, rename = "type")]
    pub document_type: Option<DocumentType>,
    /// The right number with its symbol.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub number: Option<String>,
    /// The steering committee or support team that issued it. Send either this or `issuer`.
    #[serde(default)]
    pub issuing_body_id: Option<Id>,
    /// The right name of another body that issued it.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub issuer: Option<String>,
    /// The right day of issue.
    #[serde(default)]
    pub issued_on: Option<Day>,
    /// The right first day on which it is in force; null: the day of issue.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<Day>)]
    pub effective_on: Option<Option<Day>>,
    /// The right last day on which it is in force; null where it names none.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<Day>)]
    pub effective_until: Option<Option<Day>>,
    /// The right abstract.
    #[serde(default, rename = "abstract")]
    #[schema(max_length = 500)]
    pub abstract_text: Option<String>,
    /// The right period that it governs; null where it governs none.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<GovernedPeriod>)]
    pub governs: Option<Option<GovernedPeriod>>,
    /// The right office of who signed it; null where nobody knows.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub signer_office: Option<Option<String>>,
    /// Whether those read it too whose areas lie in its area.
    #[serde(default)]
    pub is_open_below: Option<bool>,
    /// The right label; null: none.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<PaperLabel>)]
    pub label: Option<Option<PaperLabel>>,
    /// All earlier documents to which it relates, at most 20. Those that the caller does not see stay.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub relations: Option<Vec<NewRelation>>,
    /// The answers to warnings, as in a registration.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub answers: Answers,
}

/// What a correction brought about.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CorrectedDocument {
    /// The document.
    pub document_id: Id,
    /// The act that was corrected.
    pub act_id: Id,
    /// The new journal entry.
    pub entry_id: Id,
    /// The entry that it replaces.
    pub corrects: Id,
    /// `restated` or `withdrawn`.
    pub outcome: CorrectionOutcome,
}

impl CorrectDocument {
    fn restates(&self) -> bool {
        self.system.is_some()
            || self.document_type.is_some()
            || self.number.is_some()
            || self.issuing_body_id.is_some()
            || self.issuer.is_some()
            || self.issued_on.is_some()
            || self.effective_on.is_some()
            || self.effective_until.is_some()
            || self.abstract_text.is_some()
            || self.governs.is_some()
            || self.signer_office.is_some()
            || self.is_open_below.is_some()
            || self.label.is_some()
            || self.relations.is_some()
    }

    /// A registration as it should have been.
    fn replaced(&self, faults: &mut Faults, told: &Registration) -> Registration {
        let names_issuer = self.issuing_body_id.is_some() || self.issuer.is_some();
        let (issuing_body_id, issuer) = match names_issuer {
            true => (self.issuing_body_id, self.issuer.clone()),
            false => (told.issuing_body_id, told.issuer.clone()),
        };
        let relations = self.relations.as_ref().map(|asked| asked.iter().map(NewRelation::kept).collect());
        Registration {
            system: self.system.unwrap_or(told.system),
            document_type: self.document_type.unwrap_or(told.document_type),
            number: self.number.clone().unwrap_or_else(|| told.number.clone()),
            issuing_body_id,
            issuer,
            effective_on: self.effective_on.unwrap_or(told.effective_on),
            effective_until: self.effective_until.unwrap_or(told.effective_until),
            abstract_text: self.abstract_text.clone().unwrap_or_else(|| told.abstract_text.clone()),
            governs: self.governs.unwrap_or(told.governs),
            signer_office: self.signer_office.clone().unwrap_or_else(|| told.signer_office.clone()),
            area: told.area.clone(),
            is_open_below: self.is_open_below.unwrap_or(told.is_open_below),
            label: match self.label {
                Some(label) => kept_label(faults, label),
                None => told.label,
            },
            relations: relations.unwrap_or_else(|| told.relations.clone()),
        }
    }
}

/// Corrects or withdraws the registration of a document.
///
/// # Errors
/// `entry_already_corrected`, `related_documents_remain`; the faults and conflicts of the registration itself.
pub(super) fn correct(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &CorrectDocument,
) -> Result<((CorrectedDocument, i64), Entries)> {
    let mut faults = Faults::new();
    if request.withdraw == request.restates() {
        faults.add("/withdraw", Wrong::new(Code::NothingCorrected));
    }
    let note = faults.take("/note", request.note.as_deref().map(|text| line(text, 300)).transpose());
    let note = faults.finish_with(note)?;
    let row = find_correctable(tx.conn(), NAME, &setting.scope, request.entry_id)?;
    let kept = store::find_document(tx.conn(), &setting.scope, row.record_id)?;
    // Entries of other acts of this service are corrected at other places.
    let kept = kept.ok_or_else(|| Error::fault("/entry_id", Code::UnknownEntry))?;
    let document = Document::load(tx.conn(), kept)?;
    let (changed, entries) = if request.withdraw {
        change::withdraw(tx, setting, &document, &row, note)?
    } else {
        let told = document.told().ok_or_else(|| Error::internal("the act to be corrected is not there"))?;
        let mut faults = Faults::new();
        let registration = request.replaced(&mut faults, told.0);
        let on = request.issued_on.map_or(told.1, Day::get);
        let new = NewAct { registration, on, note, answers: request.answers.clone() };
        change::replace(tx, setting, &document, &row, (faults, new))?
    };
    let outcome = if request.withdraw { CorrectionOutcome::Withdrawn } else { CorrectionOutcome::Restated };
    let corrected = CorrectedDocument {
        document_id: changed.kept.id,
        act_id: row.id,
        entry_id: changed.act.entry_id,
        corrects: row.entry_id,
        outcome,
    };
    Ok(((corrected, changed.kept.version), entries))
}
