//! The chain of a document: what it rests on, upwards, and what rests on it, downwards.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::storage::AnyConnection;
use shared::{Id, Result};

use super::shown::{issuer_of, issuers_of};
use super::sight::Sees;
use super::store::{KeptDocument, RelationRow, list_relations, list_relations_to, list_seen};
use super::words::{BASES, DocumentSystem, DocumentType, RelationKind};

/// How many steps a chain goes in either direction.
const DEPTH_MAX: usize = 10;
/// How many documents a chain shows in either direction.
const DOCUMENTS_MAX: usize = 200;

/// The chain of a document, as far as the caller may read it. A document that the caller may not read ends it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(super) struct DocumentChain {
    /// The document.
    document_id: Id,
    /// What it rests on or implements, and what these rest on: at most 10 steps and 200 documents, each once, the nearest first.
    above: Vec<ChainedDocument>,
    /// What rests on it or implements it, and what rests on these, in the same manner.
    below: Vec<ChainedDocument>,
    /// Whether there is more above or below than is shown.
    is_cut: bool,
}

/// A document in a chain.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(super) struct ChainedDocument {
    /// How many steps it is away.
    depth: usize,
    /// The document by which it was reached: the one that rests on it above, and on which it rests below.
    reached_by_id: Id,
    /// How the later one of the two relates to the earlier one. More may come.
    relation: RelationKind,
    /// The document.
    document_id: Id,
    /// The system to which it belongs. More may come.
    system: DocumentSystem,
    /// What kind of paper it is. More may come.
    #[serde(rename = "type")]
    document_type: DocumentType,
    /// Its number with its symbol.
    number: String,
    /// The name of the body that issued it.
    issuer: String,
    /// The day of issue.
    issued_on: NaiveDate,
    /// Its abstract.
    #[serde(rename = "abstract")]
    abstract_text: String,
}

/// Where a chain goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Above,
    Below,
}

/// Returns the chain of a document that the caller may read.
pub(super) fn chain_of(conn: &mut AnyConnection, sees: &impl Sees, id: Id) -> Result<DocumentChain> {
    let (above, above_is_cut) = walk(conn, sees, id, Direction::Above)?;
    let (below, below_is_cut) = walk(conn, sees, id, Direction::Below)?;
    Ok(DocumentChain { document_id: id, above, below, is_cut: above_is_cut || below_is_cut })
}

fn walk(
    conn: &mut AnyConnection,
    sees: &impl Sees,
    id: Id,
    direction: Direction,
) -> Result<(Vec<ChainedDocument>, bool)> {
    let (mut chained, mut known, mut open) = (Vec::new(), BTreeSet::from([id]), vec![id]);
    // One step more tells whether there is more.
    for depth in 1..=DEPTH_MAX + 1 {
        let found = next(conn, sees, &open, direction, &known)?;
        if found.is_empty() {
            return Ok((chained, false));
        }
        if depth > DEPTH_MAX {
            break;
        }
        let issuers = issuers_of(conn, found.iter().map(|(.., document)| document))?;
        open.clear();
        for (reached_by_id, relation, document) in found {
            if !known.insert(document.id) {
                continue;
            }
            if chained.len() == DOCUMENTS_MAX {
                return Ok((chained, true));
            }
            open.push(document.id);
            chained.push(ChainedDocument {
                depth,
                reached_by_id,
                relation,
                document_id: document.id,
                system: document.system,
                document_type: document.document_type,
                issuer: issuer_of(&document, &issuers),
                issued_on: document.issued_on,
                number: document.number,
                abstract_text: document.abstract_text,
            });
        }
    }
    Ok((chained, true))
}

/// The documents one step further that the caller may read, in the order of their days, each with the one by which it is reached.
fn next(
    conn: &mut AnyConnection,
    sees: &impl Sees,
    open: &[Id],
    direction: Direction,
    known: &BTreeSet<Id>,
) -> Result<Vec<(Id, RelationKind, KeptDocument)>> {
    let steps: Vec<(Id, RelationKind, Id)> = match direction {
        Direction::Above => {
            let of_bases = |(_, kind, _): &RelationRow| BASES.contains(kind);
            list_relations(conn, open)?.into_iter().filter(of_bases).collect()
        }
        Direction::Below => {
            let turned = |(later, kind, earlier): RelationRow| (earlier, kind, later);
            list_relations_to(conn, open, Some(&BASES))?.into_iter().map(turned).collect()
        }
    };
    let ids: Vec<Id> = steps.iter().map(|(.., to)| *to).filter(|to| !known.contains(to)).collect();
    let seen = list_seen(conn, sees, &ids)?;
    let step = |(from, kind, to): (Id, RelationKind, Id)| seen.get(&to).map(|document| (from, kind, document.clone()));
    let mut found: Vec<_> = steps.into_iter().filter_map(step).collect();
    found.sort_by_key(|(from, kind, document)| (document.issued_on, document.id, *kind, *from));
    Ok(found)
}
