//! SQL for documents.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use shared::access::Scope;
use shared::http::Records;
use shared::lists::words::{condition_of, text_of};
use shared::lists::{Condition, Order, Seek};
use shared::published::document::RelatedDocument;
use shared::storage::{AnyConnection, Bound, Tx, once, one_of};
use shared::territory::AreaId;
use shared::text::SearchWords;
use shared::{Day, Id, Result};

use super::registration::{Folded, GovernedPeriod, Registration};
use super::sight::{Sees, Sight};
use super::words::{
    DocumentLabel, DocumentStatus, DocumentSystem, DocumentType, ENDS, RelationKind, issuer_key, number_key,
};
use crate::schema::{document_relations, documents};

/// A document as it is kept, without its relations.
#[derive(Debug, Clone, Queryable)]
#[expect(missing_docs, reason = "the fields are those of the answer ListedDocument")]
pub struct KeptDocument {
    pub id: Id,
    pub system: DocumentSystem,
    pub document_type: DocumentType,
    pub number: String,
    pub number_key: String,
    pub issuing_body_id: Option<Id>,
    pub issuer: Option<String>,
    pub issuer_key: String,
    pub issued_on: NaiveDate,
    pub effective_on: NaiveDate,
    pub effective_until: Option<NaiveDate>,
    pub abstract_text: String,
    pub governs_from: Option<NaiveDate>,
    pub governs_to: Option<NaiveDate>,
    pub signer_office: Option<String>,
    pub area_id: String,
    pub is_open_below: bool,
    pub label: Option<DocumentLabel>,
    pub status: DocumentStatus,
    pub search_text: String,
    pub version: i64,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

impl KeptDocument {
    /// The area for which it is kept.
    #[must_use]
    pub fn area(&self) -> AreaId {
        AreaId::stored(self.area_id.as_str())
    }

    /// The period that it governs.
    #[must_use]
    pub fn governs(&self) -> Option<GovernedPeriod> {
        let (from_on, to_on) = self.governs_from.zip(self.governs_to)?;
        Some(GovernedPeriod { from_on: Day::stored(from_on), to_on: Day::stored(to_on) })
    }

    /// What is kept of it, as a registration without relations.
    pub(super) fn registration(&self) -> Registration {
        Registration {
            system: self.system,
            document_type: self.document_type,
            number: self.number.clone(),
            issuing_body_id: self.issuing_body_id,
            issuer: self.issuer.clone(),
            effective_on: Some(Day::stored(self.effective_on)),
            effective_until: self.effective_until.map(Day::stored),
            abstract_text: self.abstract_text.clone(),
            governs: self.governs(),
            signer_office: self.signer_office.clone(),
            area: self.area(),
            is_open_below: self.is_open_below,
            label: self.label,
            relations: Vec::new(),
        }
    }
}

/// What changes of a document that is kept.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = documents, treat_none_as_null = true)]
struct Columns {
    system: DocumentSystem,
    document_type: DocumentType,
    number: String,
    number_key: String,
    issuing_body_id: Option<Id>,
    issuer: Option<String>,
    issuer_key: String,
    issued_on: NaiveDate,
    effective_on: NaiveDate,
    effective_until: Option<NaiveDate>,
    abstract_text: String,
    governs_from: Option<NaiveDate>,
    governs_to: Option<NaiveDate>,
    signer_office: Option<String>,
    area_id: String,
    is_open_below: bool,
    label: Option<DocumentLabel>,
    status: DocumentStatus,
    search_text: String,
    updated_at: NaiveDateTime,
}

impl Columns {
    fn of(document: &Folded, at: NaiveDateTime) -> Self {
        let told = &document.registration;
        Self {
            system: told.system,
            document_type: told.document_type,
            number: told.number.clone(),
            number_key: number_key(&told.number),
            issuing_body_id: told.issuing_body_id,
            issuer: told.issuer.clone(),
            issuer_key: issuer_key(told.issuing_body_id, told.issuer.as_deref()),
            issued_on: document.issued_on,
            effective_on: document.effective_on(),
            effective_until: told.effective_until.map(Day::get),
            abstract_text: told.abstract_text.clone(),
            governs_from: told.governs.map(|governs| governs.from_on.get()),
            governs_to: told.governs.map(|governs| governs.to_on.get()),
            signer_office: told.signer_office.clone(),
            area_id: told.area.to_string(),
            is_open_below: told.is_open_below,
            label: told.label,
            status: document.status,
            search_text: text_of([told.number.as_str(), told.abstract_text.as_str()]),
            updated_at: at,
        }
    }
}

/// Keeps what the acts on a document make of it, and its relations.
pub(super) fn keep_document(tx: &mut Tx<'_>, kept: Option<&KeptDocument>, document: &Folded) -> Result<KeptDocument> {
    let at = tx.at().naive_utc();
    let columns = Columns::of(document, at);
    match kept {
        None => {
            let row = (documents::id.eq(document.id), documents::version.eq(1), documents::created_at.eq(at), columns);
            diesel::insert_into(documents::table).values(row).execute(tx.conn())?;
        }
        Some(kept) => {
            let version = documents::version;
            let row = documents::table.find(kept.id).filter(version.eq(kept.version));
            once(diesel::update(row).set((columns, version.eq(kept.version + 1))).execute(tx.conn()))?;
            let own = document_relations::table.filter(document_relations::document_id.eq(kept.id));
            diesel::delete(own).execute(tx.conn())?;
        }
    }
    if document.status == DocumentStatus::Recorded {
        for RelatedDocument { relation, document: other } in &document.registration.relations {
            let row = (
                document_relations::document_id.eq(document.id),
                document_relations::relation.eq(relation),
                document_relations::other_id.eq(other),
            );
            diesel::insert_into(document_relations::table).values(row).execute(tx.conn())?;
        }
    }
    Ok(documents::table.find(document.id).get_result(tx.conn())?)
}

/// Returns a document that the caller may read.
///
/// # Errors
/// Fails when the database does.
pub(super) fn find_document(conn: &mut AnyConnection, sees: &impl Sees, id: Id) -> Result<Option<KeptDocument>> {
    let found: Option<KeptDocument> = documents::table.find(id).get_result(conn).optional()?;
    Ok(found.filter(|document| sees.sees(document)))
}

/// Returns which of some documents count and may be read by the caller.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn seen(conn: &mut AnyConnection, scope: &Scope, ids: &[Id]) -> Result<BTreeSet<Id>> {
    Ok(list_seen(conn, scope, ids)?.into_keys().collect())
}

/// Returns which of some documents the caller may read and count.
pub(super) fn list_seen(conn: &mut AnyConnection, sees: &impl Sees, ids: &[Id]) -> Result<BTreeMap<Id, KeptDocument>> {
    let counted = documents::table.filter(one_of(documents::id, ids));
    let found: Vec<KeptDocument> = counted.filter(documents::status.eq(DocumentStatus::Recorded)).load(conn)?;
    let seen = found.into_iter().filter(|document| sees.sees(document));
    Ok(seen.map(|document| (document.id, document)).collect())
}

/// Returns the documents that count with the system, the type, the number and the issuer of one, of the same year, in the order of
/// their days.
pub(super) fn list_alike(conn: &mut AnyConnection, told: &Registration, on: NaiveDate) -> Result<Vec<KeptDocument>> {
    let (first, last) = (NaiveDate::from_ymd_opt(on.year(), 1, 1), NaiveDate::from_ymd_opt(on.year(), 12, 31));
    let alike = documents::table
        .filter(documents::issuer_key.eq(issuer_key(told.issuing_body_id, told.issuer.as_deref())))
        .filter(documents::number_key.eq(number_key(&told.number)))
        .filter(documents::issued_on.ge(first.unwrap_or(on)))
        .filter(documents::issued_on.le(last.unwrap_or(on)))
        .filter(documents::document_type.eq(told.document_type))
        .filter(documents::system.eq(told.system))
        .filter(documents::status.eq(DocumentStatus::Recorded));
    Ok(alike.order((documents::issued_on, documents::id)).load(conn)?)
}

/// A relation: the later document, how it relates, and the earlier one.
pub(super) type RelationRow = (Id, RelationKind, Id);

/// Returns the relations of some documents to earlier ones.
pub(super) fn list_relations(conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<RelationRow>> {
    let own = document_relations::table.filter(one_of(document_relations::document_id, ids));
    Ok(own
        .order((document_relations::document_id, document_relations::relation, document_relations::other_id))
        .load(conn)?)
}

/// Returns the relations of later documents to some, of some kinds; nothing: of all.
pub(super) fn list_relations_to(
    conn: &mut AnyConnection,
    ids: &[Id],
    kinds: Option<&[RelationKind]>,
) -> Result<Vec<RelationRow>> {
    let mut to = document_relations::table.filter(one_of(document_relations::other_id, ids)).into_boxed();
    if let Some(kinds) = kinds {
        to = to.filter(document_relations::relation.eq_any(kinds.to_vec()));
    }
    Ok(to
        .order((document_relations::other_id, document_relations::relation, document_relations::document_id))
        .load(conn)?)
}

/// Returns the first day on which some documents are in force no more because another one replaces or repeals them. It is a fact of
/// the document, also for whom the other one is closed.
pub(super) fn list_ends(conn: &mut AnyConnection, ids: &[Id]) -> Result<BTreeMap<Id, NaiveDate>> {
    let ends: Vec<(Id, NaiveDate)> = document_relations::table
        .inner_join(documents::table.on(documents::id.eq(document_relations::document_id)))
        .filter(one_of(document_relations::other_id, ids))
        .filter(document_relations::relation.eq_any(ENDS))
        .select((document_relations::other_id, documents::effective_on))
        .load(conn)?;
    let mut first = BTreeMap::new();
    for (id, on) in ends {
        first.entry(id).and_modify(|day: &mut NaiveDate| *day = (*day).min(on)).or_insert(on);
    }
    Ok(first)
}

/// Returns the first document of a type that each of some bodies issued, that governs a whole period, and that the caller may read.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn list_first_issued(
    conn: &mut AnyConnection,
    sees: &impl Sees,
    bodies: &[Id],
    document_type: DocumentType,
    (from_on, to_on): (NaiveDate, NaiveDate),
) -> Result<BTreeMap<Id, KeptDocument>> {
    let issued: Vec<KeptDocument> = documents::table
        .filter(one_of(documents::issuing_body_id.assume_not_null(), bodies))
        .filter(documents::document_type.eq(document_type))
        .filter(documents::status.eq(DocumentStatus::Recorded))
        .filter(documents::governs_from.le(from_on))
        .filter(documents::governs_to.ge(to_on))
        .order((documents::issued_on, documents::id))
        .load(conn)?;
    let mut first = BTreeMap::new();
    for document in issued.into_iter().filter(|document| sees.sees(document)) {
        if let Some(body) = document.issuing_body_id {
            first.entry(body).or_insert(document);
        }
    }
    Ok(first)
}

/// Says whether relations lead from a document to another one.
pub(super) fn leads_to(conn: &mut AnyConnection, from: Id, to: Id) -> Result<bool> {
    let (mut known, mut open) = (BTreeSet::from([from]), vec![from]);
    while !open.is_empty() {
        if open.contains(&to) {
            return Ok(true);
        }
        let next = list_relations(conn, &open)?;
        open = next.into_iter().map(|(_, _, other)| other).filter(|other| known.insert(*other)).collect();
    }
    Ok(false)
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DocumentSort {
    /// The latest day of issue first.
    Issued,
    /// By number.
    Number,
    /// The latest change first.
    Changed,
}

impl DocumentSort {
    fn order(self) -> Order {
        match self {
            Self::Issued => Order::LatestDayFirst("issued_on"),
            Self::Number => Order::Text("number_key"),
            Self::Changed => Order::LatestFirst("updated_at"),
        }
    }
}

/// Which documents.
#[derive(Debug, Clone)]
pub(super) struct DocumentFilter {
    pub within: Option<Vec<String>>,
    pub systems: Option<Vec<String>>,
    pub types: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
    /// The key of the issuer.
    pub issuer: Option<String>,
    pub in_force_on: Option<NaiveDate>,
    pub issued_from: Option<NaiveDate>,
    pub issued_to: Option<NaiveDate>,
    pub words: Option<SearchWords>,
    pub sort: DocumentSort,
}

/// The documents that a list shows to a caller.
#[derive(Clone)]
pub(super) struct ListedDocuments {
    pub sight: Sight,
    pub filter: DocumentFilter,
}

impl Records for ListedDocuments {
    type Record = KeptDocument;

    fn sought(&self, conn: &mut AnyConnection, only: Option<&[Id]>) -> Result<Seek> {
        let Self { sight, filter } = self;
        let scope = &sight.scope;
        let mut seek = Seek::of("documents", filter.sort.order());
        if let Some(ids) = only {
            seek.only(conn, ids)?;
        }
        seek.narrow_to_kept(conn, scope, filter.within.as_ref())?;
        seek.conditions.extend(sight.condition(conn)?);
        // A province has some thousands of documents: rows that these drop cost little.
        for (column, words) in
            [("system", &filter.systems), ("document_type", &filter.types), ("status", &filter.statuses)]
        {
            if let Some(words) = words {
                seek.conditions.push(Condition::among(conn, column, words)?);
            }
        }
        if let Some(issuer) = &filter.issuer {
            seek.conditions.push(Condition::new("t.issuer_key = {}", vec![Bound::text(issuer)]));
        }
        for (sql, day) in [("t.issued_on >= {}", filter.issued_from), ("t.issued_on <= {}", filter.issued_to)] {
            seek.conditions.extend(day.map(|day| Condition::new(sql, vec![Bound::Day(day)])));
        }
        seek.conditions.extend(filter.in_force_on.map(in_force_on));
        seek.conditions.extend(filter.words.as_ref().map(condition_of));
        Ok(seek)
    }

    fn load(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, KeptDocument)>> {
        let rows: Vec<KeptDocument> = documents::table.filter(one_of(documents::id, ids)).load(conn)?;
        Ok(rows.into_iter().filter(|row| self.sight.sees(row)).map(|row| (row.id, row)).collect())
    }
}

/// That a document is in force on a day.
fn in_force_on(on: NaiveDate) -> Condition {
    let sql = "(t.status = 'recorded' AND t.effective_on <= {} AND (t.effective_until IS NULL OR t.effective_until >= {}) \
               AND NOT EXISTS (SELECT 1 FROM document_relations r JOIN documents o ON o.id = r.document_id \
               WHERE r.other_id = t.id AND r.relation IN ('replaces', 'repeals') AND o.effective_on <= {}))";
    Condition::new(sql, vec![Bound::Day(on), Bound::Day(on), Bound::Day(on)])
}
