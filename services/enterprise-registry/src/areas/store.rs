//! SQL for areas: loads the checked-in files into an empty database.

use chrono::NaiveDate;
use serde::Deserialize;
use shared::clock::vietnam_day;
use shared::follow::{insert_area, insert_succession, load_territory};
use shared::journal::{Entries, Entry};
use shared::published::area::{AreaCreated, AreaSucceeded};
use shared::storage::{Act, Db, Tx};
use shared::territory::{AreaId, AreaLevel, Share};
use shared::{Result, ResultExt};

const AREAS: &str = include_str!("../../data/areas.csv");
const SUCCESSIONS: &str = include_str!("../../data/area_successions.csv");

#[derive(Debug, Deserialize)]
struct AreaLine {
    id: AreaId,
    code: String,
    level: AreaLevel,
    unit_type: String,
    name: String,
    name_en: String,
    parent_id: Option<AreaId>,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
}

#[derive(Debug, Deserialize)]
struct SuccessionLine {
    from_id: AreaId,
    to_id: Option<AreaId>,
    effective_on: NaiveDate,
    share: Share,
    legal_basis: String,
    confidence: String,
}

/// Loads the administrative units into an empty database; one that has them stays as it is.
///
/// # Errors
/// Fails when the database does.
pub async fn load(db: &Db, act: Act) -> Result<()> {
    db.write(act, |tx| {
        if load_territory(tx.conn())?.areas().next().is_some() {
            return Ok(((), Entries::unjournalled("the areas are loaded already")));
        }
        let mut entries = insert_areas(tx)?;
        entries.extend(insert_successions(tx)?);
        Ok(((), entries.into()))
    })
    .await
}

/// Here the registry writes its own tables; followers write theirs at the entry's place.
const SEQ_OF_OWN_RECORDS: i64 = 0;

fn insert_areas(tx: &mut Tx<'_>) -> Result<Vec<Entry>> {
    let mut lines: Vec<AreaLine> = csv::Reader::from_reader(AREAS.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .doing("reading the areas")?;
    // A part comes after the whole that it names.
    lines.sort_by_key(|line| line.level);
    let today = vietnam_day(tx.at());
    let mut entries = Vec::with_capacity(lines.len());
    for line in lines {
        let subject = format!("/v1/areas/{}", line.id);
        let occurred_on = line.valid_from.unwrap_or(today);
        let area = AreaCreated {
            id: line.id,
            code: line.code,
            level: line.level,
            unit_type: line.unit_type,
            name: line.name,
            name_en: line.name_en,
            parent_id: line.parent_id,
            valid_from: line.valid_from,
            valid_to: line.valid_to,
        };
        insert_area(tx, &area, SEQ_OF_OWN_RECORDS)?;
        entries.push(Entry::of(&area, subject, occurred_on)?);
    }
    Ok(entries)
}

fn insert_successions(tx: &mut Tx<'_>) -> Result<Vec<Entry>> {
    let lines: Vec<SuccessionLine> = csv::Reader::from_reader(SUCCESSIONS.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .doing("reading the successions")?;
    let mut entries = Vec::with_capacity(lines.len());
    for (ordinal, line) in (1_i64..).zip(lines) {
        let subject = format!("/v1/areas/{}/successions", line.from_id);
        let succession = AreaSucceeded {
            from_id: line.from_id,
            to_id: line.to_id,
            effective_on: line.effective_on,
            share: line.share,
            legal_basis: line.legal_basis,
            confidence: line.confidence,
        };
        insert_succession(tx, &succession, SEQ_OF_OWN_RECORDS, ordinal)?;
        entries.push(Entry::of(&succession, subject, line.effective_on)?);
    }
    Ok(entries)
}
