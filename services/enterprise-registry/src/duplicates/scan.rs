//! The background scan for units that may be one.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use shared::clock::vietnam_day;
use shared::journal::{Entry, Subject, head_seq};
use shared::published::economic_unit::EconomicUnitDuplicateSuspected;
use shared::scans::{EVERYTHING_EVERY, Scan, told_between, write_found};
use shared::storage::{Act, Tx};
use shared::territory::Territory;
use shared::{Id, Result};

use super::store;
use crate::economic_units::{HouseholdPair, HouseholdPlace, list_households_after, list_pairs_of};
use crate::state::{NAME, State};

/// How many households one read looks at.
const HOUSEHOLDS_A_READ: i64 = 500;

/// How far the scan has looked.
struct Looked {
    /// To which entry of the own journal.
    seq: i64,
    /// When all households were looked at.
    everything_at: DateTime<Utc>,
}

/// Looks for pairs and reports the new ones: among all households first and once a day, in between only among those that
/// changed since the last scan.
pub struct Scanner {
    state: State,
    looked: Option<Looked>,
}

impl Scanner {
    /// Begins: the first look is at everything.
    #[must_use]
    pub const fn new(state: State) -> Self {
        Self { state, looked: None }
    }

    /// Reports the pairs that some units are in and that were not reported.
    async fn report(&self, units: Vec<Id>) -> Result<()> {
        let at = self.state.clock.now();
        let act = Act { actor: format!("service:{NAME}"), at, batch: None };
        let (territory, today) = (self.state.territory.get(), vietnam_day(at));
        let found = self.state.db.read(move |conn| {
            let pairs = list_pairs_of(conn, &units)?;
            store::leave_out_reported(conn, pairs)
        });
        let found = found.await?;
        write_found(&self.state.db, &act, found, move |tx, some| suspect(tx, some, &territory, today)).await
    }

    async fn look_at_everything(&self) -> Result<()> {
        let mut place = Some(HouseholdPlace::default());
        while let Some(after) = place {
            let listed = self.state.db.read(move |conn| list_households_after(conn, &after, HOUSEHOLDS_A_READ));
            let (units, last) = listed.await?;
            self.report(units).await?;
            place = last;
        }
        Ok(())
    }
}

impl Scan for Scanner {
    async fn look(&mut self) -> Result<()> {
        let now = self.state.clock.now();
        // What is recorded from here on is for the next scan.
        let head = self.state.db.read(head_seq).await?;
        let known = self.looked.as_ref().filter(|looked| now - looked.everything_at < EVERYTHING_EVERY);
        let mut told = BTreeSet::new();
        let everything_at = match known {
            Some(looked) => {
                let tell = |subject: &Subject| {
                    let unit = subject.path.strip_prefix("/v1/economic-units/").and_then(|id| id.parse::<Id>().ok());
                    told.extend(unit);
                    // A new area may be the first one that holds both communes of a pair.
                    !subject.path.starts_with("/v1/areas/")
                };
                told_between(&self.state.db, looked.seq, head, tell).await?.then_some(looked.everything_at)
            }
            None => None,
        };
        match everything_at {
            Some(_) => {
                let told: Vec<Id> = told.into_iter().collect();
                for some in told.chunks(usize::try_from(HOUSEHOLDS_A_READ).unwrap_or(usize::MAX)) {
                    self.report(some.to_vec()).await?;
                }
            }
            None => self.look_at_everything().await?,
        }
        self.looked = Some(Looked { seq: head, everything_at: everything_at.unwrap_or(now) });
        Ok(())
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
