//! Documents as answers show them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::storage::AnyConnection;
use shared::territory::AreaId;
use shared::{Id, Moment, Result};

use super::registration::GovernedPeriod;
use super::sight::Sees;
use super::store::{KeptDocument, list_ends, list_relations, list_relations_to, list_seen};
use super::words::{DocumentLabel, DocumentStatus, DocumentSystem, DocumentType, RelationKind};
use crate::bodies::list_names;

/// How many later documents are shown with one.
const LATER_MAX: usize = 100;

/// A document, in a list.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(super) struct ListedDocument {
    /// Its id.
    pub id: Id,
    /// The system to which it belongs. More may come.
    pub system: DocumentSystem,
    /// What kind of paper it is. More may come.
    #[serde(rename = "type")]
    pub document_type: DocumentType,
    /// Its number with its symbol.
    pub number: String,
    /// The steering committee or support team that issued it; null where another body did.
    pub issuing_body_id: Option<Id>,
    /// The name of the body that issued it.
    pub issuer: String,
    /// The day of issue.
    pub issued_on: NaiveDate,
    /// The first day on which it is in force.
    pub effective_on: NaiveDate,
    /// The last day on which it is in force, where it names one.
    pub effective_until: Option<NaiveDate>,
    /// The first day on which it is in force no more because a later document replaces or repeals it; null where none does.
    pub ended_on: Option<NaiveDate>,
    /// Whether it is in force today, or on the day that was asked for.
    pub is_in_force: bool,
    /// Its abstract.
    #[serde(rename = "abstract")]
    pub abstract_text: String,
    /// The period that it governs.
    pub governs: Option<GovernedPeriod>,
    /// The office of who signed it.
    pub signer_office: Option<String>,
    /// The area for which it is kept.
    pub area: AreaId,
    /// Whether those read it too whose areas lie in that area.
    pub is_open_below: bool,
    /// Its label; null: none. More may come.
    pub label: Option<DocumentLabel>,
    /// Its status. More may come.
    pub status: DocumentStatus,
    /// When it was first recorded.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
}

/// A document with those to which it relates, and those that relate to it, as far as the caller may read them.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(super) struct Document {
    /// Its id.
    pub id: Id,
    /// The system to which it belongs. More may come.
    pub system: DocumentSystem,
    /// What kind of paper it is. More may come.
    #[serde(rename = "type")]
    pub document_type: DocumentType,
    /// Its number with its symbol.
    pub number: String,
    /// The steering committee or support team that issued it; null where another body did.
    pub issuing_body_id: Option<Id>,
    /// The name of the body that issued it.
    pub issuer: String,
    /// The day of issue.
    pub issued_on: NaiveDate,
    /// The first day on which it is in force.
    pub effective_on: NaiveDate,
    /// The last day on which it is in force, where it names one.
    pub effective_until: Option<NaiveDate>,
    /// The first day on which it is in force no more because a later document replaces or repeals it; null where none does.
    pub ended_on: Option<NaiveDate>,
    /// Whether it is in force today, or on the day that was asked for.
    pub is_in_force: bool,
    /// Its abstract.
    #[serde(rename = "abstract")]
    pub abstract_text: String,
    /// The period that it governs.
    pub governs: Option<GovernedPeriod>,
    /// The office of who signed it.
    pub signer_office: Option<String>,
    /// The area for which it is kept.
    pub area: AreaId,
    /// Whether those read it too whose areas lie in that area.
    pub is_open_below: bool,
    /// Its label; null: none. More may come.
    pub label: Option<DocumentLabel>,
    /// Its status. More may come.
    pub status: DocumentStatus,
    /// The earlier documents to which it relates.
    pub relations: Vec<ShownRelation>,
    /// The later documents that relate to it: at most 100.
    pub related_by: Vec<ShownRelation>,
    /// Whether more documents relate to it than are shown.
    pub has_more_related: bool,
    /// When it was first recorded.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
}

/// A document that is related to another one.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(super) struct ShownRelation {
    /// How the later one of the two relates to the earlier one. More may come.
    pub relation: RelationKind,
    /// The document.
    pub document_id: Id,
    /// The system to which it belongs. More may come.
    pub system: DocumentSystem,
    /// What kind of paper it is. More may come.
    #[serde(rename = "type")]
    pub document_type: DocumentType,
    /// Its number with its symbol.
    pub number: String,
    /// The name of the body that issued it.
    pub issuer: String,
    /// The day of issue.
    pub issued_on: NaiveDate,
    /// Its abstract.
    #[serde(rename = "abstract")]
    pub abstract_text: String,
}

/// The names of the bodies that issued some documents, by the body.
pub(super) type Issuers = BTreeMap<Id, String>;

/// Loads the names of the bodies that issued some documents.
pub(super) fn issuers_of<'a>(
    conn: &mut AnyConnection,
    documents: impl IntoIterator<Item = &'a KeptDocument>,
) -> Result<Issuers> {
    let bodies: BTreeSet<Id> = documents.into_iter().filter_map(|document| document.issuing_body_id).collect();
    if bodies.is_empty() { Ok(Issuers::new()) } else { list_names(conn, &Vec::from_iter(bodies)) }
}

pub(super) fn issuer_of(kept: &KeptDocument, issuers: &Issuers) -> String {
    let body = kept.issuing_body_id.and_then(|body| issuers.get(&body));
    body.or(kept.issuer.as_ref()).cloned().unwrap_or_default()
}

/// Documents as a list shows them on a day.
pub(super) fn listed(conn: &mut AnyConnection, kept: Vec<KeptDocument>, on: NaiveDate) -> Result<Vec<ListedDocument>> {
    let ids: Vec<Id> = kept.iter().map(|document| document.id).collect();
    let (ends, issuers) = (list_ends(conn, &ids)?, issuers_of(conn, &kept)?);
    Ok(kept.into_iter().map(|kept| one_listed(kept, &ends, &issuers, on)).collect())
}

fn one_listed(kept: KeptDocument, ends: &BTreeMap<Id, NaiveDate>, issuers: &Issuers, on: NaiveDate) -> ListedDocument {
    let ended_on = ends.get(&kept.id).copied();
    ListedDocument {
        id: kept.id,
        system: kept.system,
        document_type: kept.document_type,
        issuing_body_id: kept.issuing_body_id,
        issuer: issuer_of(&kept, issuers),
        issued_on: kept.issued_on,
        effective_on: kept.effective_on,
        effective_until: kept.effective_until,
        ended_on,
        is_in_force: is_in_force(&kept, ended_on, on),
        governs: kept.governs(),
        area: kept.area(),
        is_open_below: kept.is_open_below,
        label: kept.label,
        status: kept.status,
        created_at: kept.created_at.into(),
        updated_at: kept.updated_at.into(),
        number: kept.number,
        abstract_text: kept.abstract_text,
        signer_office: kept.signer_office,
    }
}

/// Says whether a document is in force on a day; `ended_on` is the first day after another one replaced or repealed it.
fn is_in_force(kept: &KeptDocument, ended_on: Option<NaiveDate>, on: NaiveDate) -> bool {
    kept.status == DocumentStatus::Recorded
        && kept.effective_on <= on
        && kept.effective_until.is_none_or(|until| on <= until)
        && ended_on.is_none_or(|ended_on| on < ended_on)
}

/// A document as single answers show it on a day.
pub(super) fn shown(conn: &mut AnyConnection, sees: &impl Sees, kept: KeptDocument, on: NaiveDate) -> Result<Document> {
    let earlier = list_relations(conn, &[kept.id])?;
    let later = list_relations_to(conn, &[kept.id], None)?;
    let others: Vec<Id> =
        earlier.iter().map(|(_, _, other)| *other).chain(later.iter().map(|(other, ..)| *other)).collect();
    let seen = list_seen(conn, sees, &others)?;
    let issuers = issuers_of(conn, seen.values())?;
    let related = |(relation, other): (RelationKind, Id)| {
        seen.get(&other).map(|other| ShownRelation {
            relation,
            document_id: other.id,
            system: other.system,
            document_type: other.document_type,
            number: other.number.clone(),
            issuer: issuer_of(other, &issuers),
            issued_on: other.issued_on,
            abstract_text: other.abstract_text.clone(),
        })
    };
    let in_order = |mut shown: Vec<ShownRelation>| {
        shown.sort_by_key(|one| (one.issued_on, one.document_id, one.relation));
        shown
    };
    let relations = in_order(earlier.iter().filter_map(|(_, kind, other)| related((*kind, *other))).collect());
    let mut related_by = in_order(later.iter().filter_map(|(other, kind, _)| related((*kind, *other))).collect());
    let has_more_related = related_by.len() > LATER_MAX;
    related_by.truncate(LATER_MAX);
    let listed = listed(conn, vec![kept], on)?.pop();
    let one = listed.ok_or_else(|| shared::Error::internal("a document is shown as none"))?;
    Ok(Document {
        id: one.id,
        system: one.system,
        document_type: one.document_type,
        number: one.number,
        issuing_body_id: one.issuing_body_id,
        issuer: one.issuer,
        issued_on: one.issued_on,
        effective_on: one.effective_on,
        effective_until: one.effective_until,
        ended_on: one.ended_on,
        is_in_force: one.is_in_force,
        abstract_text: one.abstract_text,
        governs: one.governs,
        signer_office: one.signer_office,
        area: one.area,
        is_open_below: one.is_open_below,
        label: one.label,
        status: one.status,
        relations,
        related_by,
        has_more_related,
        created_at: one.created_at,
        updated_at: one.updated_at,
    })
}
