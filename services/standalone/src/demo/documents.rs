//! Loading the demonstration's documents.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use shared::answers::Answers;
use shared::journal::Entries;
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::{Day, Error, Id, Result};
use steering::Setting;
use steering::documents::{
    self, DocumentSystem, DocumentType, GovernedPeriod, NewRelation, RegisterDocument, RelationKind,
};

use super::rows::{Recorded, read};

const DOCUMENTS: &str = include_str!("../../demo/documents.csv");

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
