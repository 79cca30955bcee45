//! The act that registers a document: its request, its conditions, and what is kept of it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Acts, Rank};
use shared::answers::Answers;
use shared::made_ids::NamesIds;
use shared::published::document::RelatedDocument;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, line, past_day};
use shared::{Code, Day, Error, Id, Result};

use super::words::{DocumentLabel, DocumentStatus, DocumentSystem, DocumentType, PaperLabel, RelationKind};

/// How many documents one document relates to at most.
pub(super) const RELATIONS_MAX: usize = 20;
const ABSTRACT_LENGTH_MAX: usize = 500;

/// Registers a document. A paper of a level of secrecy (Mật and above) must not be recorded.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"system": "party", "type": "directive", "number": "33-CT/TW", "issuer": "Ban Bí thư",
    "issued_on": "2019-03-18", "abstract": "Về tăng cường xây dựng tổ chức đảng, đoàn thể trong các đơn vị kinh tế tư nhân",
    "area": "33@2025-07-01", "is_open_below": true}))]
pub struct RegisterDocument {
    /// The id of the document, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// The system to which it belongs.
    pub system: DocumentSystem,
    /// What kind of paper it is.
    #[serde(rename = "type")]
    pub document_type: DocumentType,
    /// Its number with its symbol, as printed: `33-CT/TW`. At most 60 characters.
    #[schema(max_length = 60)]
    pub number: String,
    /// The steering committee or support team that issued it. Send either this or `issuer`.
    #[serde(default)]
    pub issuing_body_id: Option<Id>,
    /// The body that issued it, by its name, where it is none of our steering bodies: at most 200 characters.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub issuer: Option<String>,
    /// The day of issue: not after today.
    pub issued_on: Day,
    /// The first day on which it is in force, not before the day of issue; left out: the day of issue.
    #[serde(default)]
    pub effective_on: Option<Day>,
    /// The last day on which it is in force, where it names one.
    #[serde(default)]
    pub effective_until: Option<Day>,
    /// Its abstract (trích yếu): at most 500 characters.
    #[serde(rename = "abstract")]
    #[schema(max_length = 500)]
    pub abstract_text: String,
    /// The period that it governs: that of a plan, a programme, a resolution.
    #[serde(default)]
    pub governs: Option<GovernedPeriod>,
    /// The office of who signed it, never the name: at most 200 characters.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub signer_office: Option<String>,
    /// The area for which it is kept: who may read and write there reads and corrects it. It is not corrected later.
    pub area: AreaId,
    /// Whether those read it too whose areas lie in that area; left out: no.
    #[serde(default)]
    pub is_open_below: bool,
    /// `internal`; left out: none. `mat`, `toi_mat` and `tuyet_mat` are refused.
    /// `internal` is read only with `task.read`.
    #[serde(default)]
    pub label: Option<PaperLabel>,
    /// The earlier documents to which it relates: at most 20.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub relations: Vec<NewRelation>,
    /// The answers to warnings, each by its code with a reason of at most 300 characters: `document_number_repeated` where the
    /// issuer has a document of this type and number with another day of the same year, `rests_on_later_document` where it rests on, or
    /// implements, one that was issued later. They are kept with the act.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub answers: Answers,
}

impl NamesIds for RegisterDocument {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// How a document relates to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRelation {
    /// How. To say that it `replaces` or `repeals` the other one, the caller must be allowed to change that one too.
    pub relation: RelationKind,
    /// The earlier document, recorded here.
    pub document_id: Id,
}

impl NewRelation {
    /// The relation as it is kept.
    pub(super) fn kept(&self) -> RelatedDocument {
        RelatedDocument { relation: self.relation, document: self.document_id }
    }
}

/// The period that a document governs, both days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GovernedPeriod {
    /// Its first day.
    pub from_on: Day,
    /// Its last day.
    pub to_on: Day,
}

/// A registration, as it is kept: the fields that a correction may replace, and the area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    pub system: DocumentSystem,
    pub document_type: DocumentType,
    pub number: String,
    pub issuing_body_id: Option<Id>,
    pub issuer: Option<String>,
    /// Nothing: the day of issue.
    pub effective_on: Option<Day>,
    pub effective_until: Option<Day>,
    pub abstract_text: String,
    pub governs: Option<GovernedPeriod>,
    pub signer_office: Option<String>,
    pub area: AreaId,
    pub is_open_below: bool,
    pub label: Option<DocumentLabel>,
    /// Each once, in their order.
    pub relations: Vec<RelatedDocument>,
}

/// A document as its acts make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    pub id: Id,
    /// `Withdrawn` before it is registered.
    pub status: DocumentStatus,
    pub issued_on: NaiveDate,
    pub registration: Registration,
}

impl Folded {
    /// The first day on which it is in force.
    pub(super) fn effective_on(&self) -> NaiveDate {
        self.registration.effective_on.map_or(self.issued_on, Day::get)
    }
}

impl Acts for Registration {
    type State = Folded;

    fn rank(&self) -> Rank {
        Rank::Begins
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        if before.status != DocumentStatus::Withdrawn {
            return Err(Error::internal("a document is registered twice"));
        }
        let registration = self.clone();
        Ok(Folded { id: before.id, status: DocumentStatus::Recorded, issued_on: on, registration })
    }
}

impl Registration {
    /// Checks what needs no other record, and returns the registration as it is kept. The label was read by [`kept_label`].
    pub(super) fn checked(
        &self,
        faults: &mut Faults,
        (on, today): (NaiveDate, NaiveDate),
        asks_relations: bool,
    ) -> Option<Self> {
        let number = faults.take("/number", line(&self.number, 60));
        faults.take("/issued_on", past_day(on, today));
        if self.issuing_body_id.is_some() == self.issuer.is_some() {
            faults.add("/issuer", Wrong::new(Code::OneOfRequired).with("names", "issuing_body_id, issuer"));
        }
        let issuer = faults.take("/issuer", self.issuer.as_deref().map(|name| line(name, 200)).transpose());
        let abstract_text = faults.take("/abstract", line(&self.abstract_text, ABSTRACT_LENGTH_MAX));
        let office = self.signer_office.as_deref().map(|office| line(office, 200)).transpose();
        let signer_office = faults.take("/signer_office", office);
        self.check_days(faults, on);
        if asks_relations && self.relations.len() > RELATIONS_MAX {
            faults.add("/relations", Wrong::new(Code::TooMany).with("max", RELATIONS_MAX));
            return None;
        }
        for (place, relation) in self.relations.iter().enumerate() {
            if self.relations.iter().take(place).any(|before| before == relation) {
                faults.add(&format!("/relations/{place}/document_id"), Wrong::new(Code::RepeatedValue));
            }
        }
        let (number, issuer, abstract_text) = (number?, issuer?, abstract_text?);
        Some(Self { number, issuer, abstract_text, signer_office: signer_office?, ..self.clone() })
    }

    fn check_days(&self, faults: &mut Faults, on: NaiveDate) {
        let from_on = self.effective_on.map_or(on, Day::get);
        if from_on < on {
            faults.add("/effective_on", Wrong::new(Code::BeforeDecision).with("decided_on", on));
        }
        if self.effective_until.is_some_and(|until| until.get() < from_on) {
            faults.add("/effective_until", Wrong::new(Code::EndBeforeBeginning).with("from_on", from_on));
        }
        if let Some(governs) = self.governs.filter(|governs| governs.to_on < governs.from_on) {
            let wrong = Wrong::new(Code::EndBeforeBeginning).with("from_on", governs.from_on);
            faults.add("/governs/to_on", wrong);
        }
    }
}

/// The label as it is kept; one of a level of secrecy is a fault.
pub(super) fn kept_label(faults: &mut Faults, asked: Option<PaperLabel>) -> Option<DocumentLabel> {
    let label = asked?;
    if label.kept().is_none() {
        faults.add("/label", Wrong::new(Code::SecretPaperRefused));
    }
    label.kept()
}
