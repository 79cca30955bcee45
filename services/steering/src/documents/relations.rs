//! How a document may relate to earlier ones.

use chrono::NaiveDate;
use shared::published::document::RelatedDocument;
use shared::storage::AnyConnection;
use shared::validate::{Faults, Wrong};
use shared::{Code, Id, Result};

use super::registration::{RELATIONS_MAX, Registration};
use super::store::{leads_to, list_relations_to, list_seen};
use super::words::{BASES, ENDS};
use crate::state::Setting;

/// What is told of a document before a change.
type Told<'a> = Option<(&'a Registration, NaiveDate)>;

/// Checks the documents to which one relates, and returns the relations in their order. Those that are told already and that the
/// caller does not see are kept.
pub(super) fn check_relations(
    conn: &mut AnyConnection,
    setting: &Setting,
    faults: &mut Faults,
    id: Id,
    asked: &[RelatedDocument],
    told: Told<'_>,
) -> Result<Vec<RelatedDocument>> {
    let told: &[RelatedDocument] = told.map_or(&[], |(told, _)| &told.relations);
    // More are a fault already.
    if asked == told {
        return Ok(told.to_vec());
    }
    let asked = asked.get(..RELATIONS_MAX).unwrap_or(asked);
    let ids: Vec<Id> = asked.iter().chain(told).map(|one| one.document).collect();
    let seen = list_seen(conn, &setting.scope, &ids)?;
    let mut relations: Vec<RelatedDocument> =
        told.iter().filter(|one| !seen.contains_key(&one.document)).copied().collect();
    for (place, one) in asked.iter().enumerate().filter(|(_, one)| !relations.contains(one)) {
        let pointer = format!("/relations/{place}/document_id");
        let is_told = told.contains(one);
        match seen.get(&one.document) {
            _ if one.document == id => faults.add(&pointer, circle(id)),
            None => faults.add(&pointer, Wrong::new(Code::UnknownDocument)),
            Some(_) if is_told => {}
            Some(other) if ENDS.contains(&one.relation) && !setting.scope.may_write(&other.area()) => {
                faults.add(&pointer, Wrong::new(Code::DocumentOutOfReach));
            }
            Some(_) if leads_to(conn, one.document, id)? => faults.add(&pointer, circle(one.document)),
            Some(_) => {}
        }
    }
    relations.extend(asked);
    relations.sort_unstable();
    relations.dedup();
    if relations.len() > RELATIONS_MAX {
        faults.add("/relations", Wrong::new(Code::TooMany).with("max", RELATIONS_MAX));
    }
    Ok(relations)
}

fn circle(document: Id) -> Wrong {
    Wrong::new(Code::DocumentCircle).with("document", document)
}

/// Returns a document of which it is doubtful how it rests on another: one that this document rests on, or implements, and that was
/// issued later; or one that rests on this document, or implements it, and was issued earlier.
pub(super) fn later_bases(
    conn: &mut AnyConnection,
    setting: &Setting,
    id: Id,
    relations: &[RelatedDocument],
    on: NaiveDate,
    told: Told<'_>,
) -> Result<Option<Id>> {
    let is_moved = told.is_none_or(|(_, told_on)| told_on != on);
    let is_new = |one: &&RelatedDocument| is_moved || told.is_none_or(|(told, _)| !told.relations.contains(one));
    let bases: Vec<Id> = relations.iter().filter(is_new).map(|one| one.document).collect();
    let seen = list_seen(conn, &setting.scope, &bases)?;
    if let Some(later) = seen.values().find(|base| base.issued_on > on) {
        return Ok(Some(later.id));
    }
    if told.is_none() || !is_moved {
        return Ok(None);
    }
    let resting: Vec<Id> = list_relations_to(conn, &[id], Some(&BASES))?.into_iter().map(|(later, ..)| later).collect();
    let seen = list_seen(conn, &setting.scope, &resting)?;
    Ok(seen.values().find(|other| other.issued_on < on).map(|other| other.id))
}
