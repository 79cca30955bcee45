//! Looking for findings.

use std::time::Duration;

use chrono::NaiveDate;
use shared::clock::vietnam_day;
use shared::journal::{Entries, Entry};
use shared::published::finding::FindingRaised;
use shared::storage::{Act, Tx};
use shared::territory::Territory;
use shared::{Id, Result};

use super::rules::FindingKind;
use super::store::{self, NewFinding, Pair};
use crate::State;
use crate::organisations::organisations_on_terminated_units;
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
    state.db.write(act, move |tx| Ok(((), Entries::found(raise(tx, &territory, today)?)))).await
}

fn raise(tx: &mut Tx<'_>, territory: &Territory, today: NaiveDate) -> Result<Vec<Entry>> {
    tx.serialise("findings")?;
    let duplicates = duplicate_pairs(tx.conn())?.into_iter().map(|((one, one_area), (other, other_area))| {
        let name = format!("possible_duplicate {one} {other}");
        (FindingKind::PossibleDuplicate, name, Pair::Memberships(one, other), [one_area, other_area])
    });
    let ended = organisations_on_terminated_units(tx.conn())?.into_iter().map(|(one, other)| {
        let ((organisation, area), (unit, unit_area)) = (one, other);
        let name = format!("organisation_on_terminated_unit {organisation} {unit}");
        let pair = Pair::OrganisationOnUnit(organisation, unit);
        (FindingKind::OrganisationOnTerminatedUnit, name, pair, [area, unit_area])
    });
    let units = store::list_duplicate_units(tx.conn())?.into_iter().map(|((one, one_area), (other, other_area))| {
        let name = format!("possible_duplicate_unit {one} {other}");
        (FindingKind::PossibleDuplicateUnit, name, Pair::Units(one, other), [one_area, other_area])
    });
    let mut entries = Vec::new();
    for (kind, name, pair, areas) in duplicates.chain(ended).chain(units).collect::<Vec<_>>() {
        let id = Id::derived(&name);
        let [one, other] = &areas;
        let Some(area) = territory.smallest_of_both(one, other, today) else { continue };
        let new = NewFinding { id, kind, area, pair, areas };
        if store::insert_finding(tx, &new)? {
            let kind: &'static str = kind.into();
            let payload = FindingRaised { id, kind: kind.to_owned(), areas: new.areas };
            entries.push(Entry::of(&payload, format!("/v1/findings/{id}"), today)?.in_area(&new.area));
        }
    }
    Ok(entries)
}
