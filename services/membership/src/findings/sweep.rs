//! Looking for findings.

use std::time::Duration;

use chrono::NaiveDate;
use shared::clock::vietnam_day;
use shared::journal::{Entries, Entry};
use shared::published::finding::FindingRaised;
use shared::storage::{Act, Tx};
use shared::territory::{AreaId, Resolution, Territory};
use shared::{Id, Result};

use super::store::{self, NewFinding};
use crate::State;
use crate::people::duplicate_pairs;

/// Looks for findings now and then.
pub async fn sweep_for_ever(state: State) {
    const PAUSE: Duration = Duration::from_secs(60);
    loop {
        tokio::time::sleep(PAUSE).await;
        if let Err(error) = sweep(&state).await {
            log::warn!("findings were not looked for: {error:?}");
        }
    }
}

/// Looks for findings and raises those that are new.
///
/// # Errors
/// Fails when the database does.
pub async fn sweep(state: &State) -> Result<()> {
    let at = state.clock.now();
    let act = Act { actor: "service:membership".to_owned(), at, batch: None };
    let (territory, today) = (state.territory.get(), vietnam_day(at));
    state
        .db
        .write(act, move |tx| {
            let entries = raise(tx, &territory, today)?;
            match entries.is_empty() {
                true => Ok(((), Entries::unjournalled("nothing new was found"))),
                false => Ok(((), entries.into())),
            }
        })
        .await
}

fn raise(tx: &mut Tx<'_>, territory: &Territory, today: NaiveDate) -> Result<Vec<Entry>> {
    tx.serialise("findings")?;
    let mut entries = Vec::new();
    for pair in duplicate_pairs(tx.conn())? {
        let ((one, one_area), (other, other_area)) = &pair;
        let id = Id::derived(&format!("possible_duplicate {one} {other}"));
        let Some(area) = unit_of_both(territory, one_area, other_area, today) else { continue };
        if store::insert_finding(tx, &NewFinding { id, kind: "possible_duplicate", area: &area, pair: &pair })? {
            let areas = [one_area.clone(), other_area.clone()];
            let payload = FindingRaised { id, kind: "possible_duplicate".to_owned(), areas };
            entries.push(Entry::of(&payload, format!("/v1/findings/{id}"), today)?.in_area(&area));
        }
    }
    Ok(entries)
}

/// The smallest unit of today that holds both; for a unit that was split, the nearest level above that was not.
fn unit_of_both(territory: &Territory, one: &AreaId, other: &AreaId, today: NaiveDate) -> Option<AreaId> {
    let today_of = |area: &AreaId| {
        territory.path(area).into_iter().rev().find_map(|unit| match territory.resolve(&unit.id, today) {
            Resolution::In(id) => Some(id),
            Resolution::Undecided | Resolution::Unknown => None,
        })
    };
    let (one, other) = (today_of(one)?, today_of(other)?);
    territory.common_ancestor(&one, &other).map(|area| area.id.clone())
}
