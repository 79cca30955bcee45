//! The background scan for units that may be one.

use chrono::NaiveDate;
use shared::Result;
use shared::clock::vietnam_day;
use shared::journal::Entry;
use shared::published::economic_unit::EconomicUnitDuplicateSuspected;
use shared::scans::{Scan, write_found};
use shared::storage::{Act, Tx};
use shared::territory::Territory;

use super::store;
use crate::economic_units::{HouseholdPair, household_pairs};
use crate::state::{NAME, State};

/// Looks for pairs and reports the new ones.
pub struct Scanner(State);

impl Scanner {
    /// Begins.
    #[must_use]
    pub const fn new(state: State) -> Self {
        Self(state)
    }
}

impl Scan for Scanner {
    async fn look(&mut self) -> Result<()> {
        let Self(state) = self;
        let at = state.clock.now();
        let act = Act { actor: format!("service:{NAME}"), at, batch: None };
        let (territory, today) = (state.territory.get(), vietnam_day(at));
        let found = state.db.read(|conn| {
            let told = store::list_pairs(conn)?;
            let pairs = household_pairs(conn)?;
            Ok(pairs.into_iter().filter(|((one, _), (other, _))| !told.contains(&(*one, *other))).collect::<Vec<_>>())
        });
        write_found(&state.db, &act, found.await?, move |tx, some| suspect(tx, some, &territory, today)).await
    }
}

fn suspect(tx: &mut Tx<'_>, pairs: &[HouseholdPair], territory: &Territory, today: NaiveDate) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for ((one, one_area), (other, other_area)) in pairs {
        let (one, other) = (*one, *other);
        let Some(area) = territory.smallest_of_both(one_area, other_area, today) else { continue };
        if store::insert_pair(tx, one, other)? {
            let payload = EconomicUnitDuplicateSuspected { one, other, areas: [one_area.clone(), other_area.clone()] };
            entries.push(Entry::of(&payload, format!("/v1/economic-units/{one}"), today)?.in_area(&area));
        }
    }
    Ok(entries)
}
