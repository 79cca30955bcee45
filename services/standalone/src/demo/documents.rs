//! Loading the demonstration's documents, and the duties to issue them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use shared::answers::Answers;
use shared::journal::Entries;
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::{Day, Error, Id, Result};
use steering::Setting;
use steering::bodies::BodyLevel;
use steering::documents::{
    self, DocumentSystem, DocumentType, GovernedPeriod, NewRelation, RegisterDocument, RelationKind,
};
use steering::issuing_duties::{self, RegisterIssuingDuty};

use super::rows::{Recorded, read};

const DOCUMENTS: &str = include_str!("../../demo/documents.csv");
const DUTIES: &str = include_str!("../../demo/issuing_duties.csv");

/// A document.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct DocumentLine {
    recorded_at: DateTime<Utc>,
    pub key: String,
    system: DocumentSystem,
    #[serde(rename = "type")]
    document_type: DocumentType,
    number: String,
    issuer: Option<String>,
    issuing_body: Option<String>,
    issued_on: Day,
    #[serde(rename = "abstract")]
    abstract_text: String,
    governs_from: Option<Day>,
    governs_to: Option<Day>,
    signer_office: Option<String>,
    area: AreaId,
    is_open_below: bool,
    /// Each as `relation:key`, separated by semicolons.
    relations: Option<String>,
}

impl Recorded for DocumentLine {
    fn recorded_at(&self) -> DateTime<Utc> {
        self.recorded_at
    }
}

/// A duty to issue a document.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct DutyLine {
    recorded_at: DateTime<Utc>,
    pub title: String,
    level: BodyLevel,
    area: AreaId,
    #[serde(rename = "type")]
    document_type: DocumentType,
    governs_from: Day,
    governs_to: Day,
    due_on: Day,
    is_yearly: bool,
}

impl Recorded for DutyLine {
    fn recorded_at(&self) -> DateTime<Utc> {
        self.recorded_at
    }
}

/// The duties, in the order in which they were recorded.
pub(super) fn duties() -> Result<Vec<DutyLine>> {
    read("duties to issue documents", DUTIES)
}

/// Registers a duty.
pub(super) fn load_duty(tx: &mut Tx<'_>, setting: &Setting, line: &DutyLine) -> Result<Entries> {
    let request = RegisterIssuingDuty {
        id: None,
        title: line.title.clone(),
        level: line.level,
        area: line.area.clone(),
        document_type: line.document_type,
        governs: GovernedPeriod { from_on: line.governs_from, to_on: line.governs_to },
        due_on: line.due_on,
        is_yearly: line.is_yearly,
    };
    issuing_duties::register(tx, setting, &request).map(|(_, entries)| entries)
}

/// The lines, in the order in which they were recorded.
pub(super) fn lines() -> Result<Vec<DocumentLine>> {
    read("documents", DOCUMENTS)
}

/// Registers a document; `bodies` and `known` are the bodies and the documents by what the files call them.
pub(super) fn load_one(
    tx: &mut Tx<'_>,
    setting: &Setting,
    line: &DocumentLine,
    (bodies, known): (&HashMap<String, Id>, &mut HashMap<String, Id>),
) -> Result<Entries> {
    let missing = |what: &str| Error::internal(format!("{} names {what}, which is not there", line.key));
    let find = |keys: &HashMap<String, Id>, key: &str| keys.get(key).copied().ok_or_else(|| missing(key));
    let relation = |text: &str| {
        let (relation, key) = text.split_once(':').ok_or_else(|| missing(text))?;
        let relation: RelationKind = relation.parse().map_err(|_| missing(relation))?;
        Ok(NewRelation { relation, document_id: find(known, key)? })
    };
    let relations = line.relations.as_deref().unwrap_or_default().split(';').filter(|text| !text.is_empty());
    let governs = line.governs_from.zip(line.governs_to);
    let request = RegisterDocument {
        id: None,
        system: line.system,
        document_type: line.document_type,
        number: line.number.clone(),
        issuing_body_id: line.issuing_body.as_deref().map(|key| find(bodies, key)).transpose()?,
        issuer: line.issuer.clone(),
        issued_on: line.issued_on,
        effective_on: None,
        effective_until: None,
        abstract_text: line.abstract_text.clone(),
        governs: governs.map(|(from_on, to_on)| GovernedPeriod { from_on, to_on }),
        signer_office: line.signer_office.clone(),
        area: line.area.clone(),
        is_open_below: line.is_open_below,
        label: None,
        relations: relations.map(relation).collect::<Result<_>>()?,
        answers: Answers::default(),
    };
    let (changed, entries) = documents::register(tx, setting, &request)?;
    known.insert(line.key.clone(), changed.kept.id);
    Ok(entries)
}
