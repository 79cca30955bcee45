//! The copy of areas that every service keeps: the registry writes it, the others follow its journal.

use chrono::NaiveDate;
use diesel::prelude::*;
use futures_util::future::BoxFuture;

use super::Applies;
use crate::journal::JournalEntry;
use crate::published::area::{AreaCreated, AreaSucceeded};
use crate::storage::{AnyConnection, Db, Tx};
use crate::territory::{Area, AreaId, Succession, Territory, TerritoryHandle};
use crate::{Error, Result};

diesel::table! {
    areas (id) {
        id -> Text,
        code -> Text,
        level -> Text,
        unit_type -> Text,
        name -> Text,
        name_en -> Text,
        parent_id -> Nullable<Text>,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
        seq -> BigInt,
    }
}

diesel::table! {
    area_successions (ordinal) {
        from_id -> Text,
        to_id -> Nullable<Text>,
        effective_on -> Date,
        share -> Text,
        legal_basis -> Text,
        confidence -> Text,
        seq -> BigInt,
        ordinal -> BigInt,
    }
}

/// The kinds that [`apply_area`] handles.
const AREA_KINDS: [(&str, i32); 2] = [("area.created", 1), ("area.succeeded", 1)];

type AreaRow =
    (String, String, String, String, String, String, Option<String>, Option<NaiveDate>, Option<NaiveDate>, i64);

/// Keeps the copy of areas, for a service that follows nothing else of the registry.
pub struct Areas {
    /// The service's database.
    pub db: Db,
    /// The snapshot to renew.
    pub territory: TerritoryHandle,
}

impl Applies for Areas {
    fn handles(&self) -> &'static [(&'static str, i32)] {
        &AREA_KINDS
    }

    fn apply(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        apply_area(tx, entry)
    }

    fn renew<'a>(&'a self, kinds: Option<&'a [String]>) -> BoxFuture<'a, ()> {
        Box::pin(renew_territory(&self.db, &self.territory, kinds))
    }
}

/// Writes an area's entry into the copy.
///
/// # Errors
/// Fails when the entry cannot be read or the database fails.
pub fn apply_area(tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
    match entry.kind.as_str() {
        "area.created" => insert_area(tx, &entry.payload()?, entry.seq),
        "area.succeeded" => insert_succession(tx, &entry.payload()?, entry.seq, entry.seq),
        _ => Ok(()),
    }
}

/// Writes an area as it stands from a place in the registry's journal on.
///
/// # Errors
/// Fails when the database does.
pub fn insert_area(tx: &mut Tx<'_>, area: &AreaCreated, seq: i64) -> Result<()> {
    let level: &'static str = area.level.into();
    diesel::insert_into(areas::table)
        .values((
            areas::id.eq(area.id.as_str()),
            areas::code.eq(&area.code),
            areas::level.eq(level),
            areas::unit_type.eq(&area.unit_type),
            areas::name.eq(&area.name),
            areas::name_en.eq(&area.name_en),
            areas::parent_id.eq(area.parent_id.as_ref().map(AreaId::as_str)),
            areas::valid_from.eq(area.valid_from),
            areas::valid_to.eq(area.valid_to),
            areas::seq.eq(seq),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Writes what became of an area; `ordinal` orders the successions.
///
/// # Errors
/// Fails when the database does.
pub fn insert_succession(tx: &mut Tx<'_>, succession: &AreaSucceeded, seq: i64, ordinal: i64) -> Result<()> {
    let share: &'static str = succession.share.into();
    diesel::insert_into(area_successions::table)
        .values((
            area_successions::from_id.eq(succession.from_id.as_str()),
            area_successions::to_id.eq(succession.to_id.as_ref().map(AreaId::as_str)),
            area_successions::effective_on.eq(succession.effective_on),
            area_successions::share.eq(share),
            area_successions::legal_basis.eq(&succession.legal_basis),
            area_successions::confidence.eq(&succession.confidence),
            area_successions::seq.eq(seq),
            area_successions::ordinal.eq(ordinal),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Loads the present snapshot.
///
/// # Errors
/// Fails when the database does, or holds what cannot be.
pub fn load_territory(conn: &mut AnyConnection) -> Result<Territory> {
    load_territory_at(conn, i64::MAX)
}

/// Loads the snapshot as it was at a place in the registry's journal.
///
/// # Errors
/// Fails when the database does, or holds what cannot be.
pub fn load_territory_at(conn: &mut AnyConnection, seq: i64) -> Result<Territory> {
    let rows: Vec<AreaRow> = areas::table.filter(areas::seq.le(seq)).load(conn)?;
    let areas = rows.into_iter().map(area_of).collect::<Result<Vec<_>>>()?;
    let successions = area_successions::table
        .filter(area_successions::seq.le(seq))
        .order(area_successions::ordinal)
        .load::<(String, Option<String>, NaiveDate, String, String, String, i64, i64)>(conn)?
        .into_iter()
        .map(|(from_id, to_id, effective_on, share, legal_basis, confidence, _, _)| {
            let share = share.parse().map_err(Error::internal)?;
            let (from_id, to_id) = (AreaId::stored(from_id), to_id.map(AreaId::stored));
            Ok(Succession { from_id, to_id, effective_on, share, legal_basis, confidence })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Territory::new(areas, successions))
}

/// Exchanges a service's snapshot after entries of some kinds were applied; `None`: of kinds not known.
pub async fn renew_territory(db: &Db, territory: &TerritoryHandle, kinds: Option<&[String]>) {
    if kinds.is_some_and(|kinds| !kinds.iter().any(|kind| kind.starts_with("area."))) {
        return;
    }
    match db.read(load_territory).await {
        Ok(snapshot) => territory.set(snapshot),
        Err(error) => log::error!("the areas could not be loaded anew: {error:?}"),
    }
}

fn area_of(row: AreaRow) -> Result<Area> {
    let (id, code, level, unit_type, name, name_en, parent_id, valid_from, valid_to, _) = row;
    Ok(Area {
        id: AreaId::stored(id),
        code,
        level: level.parse().map_err(Error::internal)?,
        unit_type,
        name,
        name_en,
        parent_id: parent_id.map(AreaId::stored),
        valid_from,
        valid_to,
    })
}
