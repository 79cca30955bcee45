//! Looking for units that may be one.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use rand::RngExt;
use shared::Result;
use shared::clock::vietnam_day;
use shared::journal::{Entries, Entry};
use shared::published::economic_unit::EconomicUnitDuplicateSuspected;
use shared::storage::{Act, Tx};
use shared::territory::Territory;

use super::store;
use crate::State;
use crate::economic_units::{HouseholdPair, household_pairs};

/// How many pairs one write tells of.
const PAIRS_A_WRITE: usize = 500;

/// Looks for them now and then. The pause differs each time, so that the moment of a suspicion says nothing of the
/// moment of a registration.
pub async fn sweep_for_ever(state: State) {
    loop {
        let pause = rand::rng().random_range(30..90);
        tokio::time::sleep(Duration::from_secs(pause)).await;
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
    let found = state.db.read(|conn| {
        let told = store::list_pairs(conn)?;
        let pairs = household_pairs(conn)?;
        Ok(pairs.into_iter().filter(|((one, _), (other, _))| !told.contains(&(*one, *other))).collect::<Vec<_>>())
    });
    for some in found.await?.chunks(PAIRS_A_WRITE) {
        let (some, territory) = (some.to_vec(), Arc::clone(&territory));
        let told = move |tx: &mut Tx<'_>| Ok(((), Entries::found(suspect(tx, some, &territory, today)?)));
        state.db.write(act.clone(), told).await?;
    }
    Ok(())
}

fn suspect(tx: &mut Tx<'_>, pairs: Vec<HouseholdPair>, territory: &Territory, today: NaiveDate) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for ((one, one_area), (other, other_area)) in pairs {
        let Some(area) = territory.smallest_of_both(&one_area, &other_area, today) else { continue };
        if store::insert_pair(tx, one, other)? {
            let payload = EconomicUnitDuplicateSuspected { one, other, areas: [one_area, other_area] };
            entries.push(Entry::of(&payload, format!("/v1/economic-units/{one}"), today)?.in_area(&area));
        }
    }
    Ok(entries)
}
