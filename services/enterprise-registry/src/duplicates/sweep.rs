//! Looking for units that may be one.

use std::time::Duration;

use chrono::NaiveDate;
use shared::Result;
use shared::clock::vietnam_day;
use shared::journal::{Entries, Entry};
use shared::published::economic_unit::EconomicUnitDuplicateSuspected;
use shared::storage::{Act, Tx};
use shared::territory::Territory;

use super::store;
use crate::State;
use crate::economic_units::household_pairs;

/// Looks for them now and then.
pub async fn sweep_for_ever(state: State) {
    const PAUSE: Duration = Duration::from_secs(60);
    loop {
        tokio::time::sleep(PAUSE).await;
        if let Err(error) = sweep(&state).await {
            log::warn!("units that may be one were not looked for: {error:?}");
        }
    }
}

/// Looks for them and tells of those that are new.
///
/// # Errors
/// Fails when the database does.
pub async fn sweep(state: &State) -> Result<()> {
    let at = state.clock.now();
    let act = Act { actor: format!("service:{}", crate::NAME), at, batch: None };
    let (territory, today) = (state.territory.get(), vietnam_day(at));
    state.db.write(act, move |tx| Ok(((), Entries::found(suspect(tx, &territory, today)?)))).await
}

fn suspect(tx: &mut Tx<'_>, territory: &Territory, today: NaiveDate) -> Result<Vec<Entry>> {
    tx.serialise("duplicates")?;
    let mut entries = Vec::new();
    for ((one, one_area), (other, other_area)) in household_pairs(tx.conn())? {
        let Some(area) = territory.smallest_of_both(&one_area, &other_area, today) else { continue };
        if store::insert_pair(tx, one, other)? {
            let payload = EconomicUnitDuplicateSuspected { one, other, areas: [one_area, other_area] };
            entries.push(Entry::of(&payload, format!("/v1/economic-units/{one}"), today)?.in_area(&area));
        }
    }
    Ok(entries)
}
