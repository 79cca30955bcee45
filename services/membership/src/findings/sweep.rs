//! Looking for findings: by reads, beside the writes. What is found goes by writes of a bounded number each.

use std::collections::HashSet;
use std::time::Duration;

use chrono::NaiveDate;
use rand::RngExt;
use shared::acts::list_acts_with_unmet_condition;
use shared::clock::vietnam_day;
use shared::journal::{Entries, Entry};
use shared::published::finding::FindingRaised;
use shared::storage::{Act, AnyConnection, Tx};
use shared::territory::Territory;
use shared::{Id, Result};

use super::rules::{CAUSE_GONE, FindingKind};
use super::store::{self, About, FindingRow, NewFinding};
use crate::State;
use crate::organisations::organisations_on_terminated_units;
use crate::people::duplicate_pairs;

/// How many findings one write raises or closes.
const FINDINGS_A_WRITE: usize = 500;

/// Looks for findings now and then. The pause differs each time, so that the moment of a finding says nothing of the
/// moment of a record.
pub async fn sweep_for_ever(state: State) {
    loop {
        let pause = rand::rng().random_range(30..90);
        tokio::time::sleep(Duration::from_secs(pause)).await;
        if let Err(error) = sweep(&state).await {
            log::warn!("findings were not looked for: {error:?}");
        }
    }
}

/// Looks for findings, raises those that are new and closes those whose cause is gone.
///
/// # Errors
/// Fails when the database does.
pub async fn sweep(state: &State) -> Result<()> {
    let at = state.clock.now();
    let act = Act { actor: "service:membership".to_owned(), at, batch: None };
    let (territory, today) = (state.territory.get(), vietnam_day(at));
    let found = state.db.read(move |conn| look(conn, &territory, today)).await?;
    for some in found.new.chunks(FINDINGS_A_WRITE) {
        let some = some.to_vec();
        state.db.write(act.clone(), move |tx| Ok(((), Entries::found(raise(tx, &some, today)?)))).await?;
    }
    for some in found.gone.chunks(FINDINGS_A_WRITE) {
        let some = some.to_vec();
        state.db.write(act.clone(), move |tx| Ok(((), Entries::found(close(tx, &some, today)?)))).await?;
    }
    Ok(())
}

struct Found {
    /// Those that are not known, or were closed when their cause was gone.
    new: Vec<NewFinding>,
    /// Open ones whose cause is gone.
    gone: Vec<FindingRow>,
}

fn look(conn: &mut AnyConnection, territory: &Territory, today: NaiveDate) -> Result<Found> {
    let duplicates = duplicate_pairs(conn)?.into_iter().map(|((one, one_area), (other, other_area))| {
        let name = format!("possible_duplicate {one} {other}");
        (FindingKind::PossibleDuplicate, name, About::Memberships(one, other), [one_area, other_area])
    });
    let ended = organisations_on_terminated_units(conn)?.into_iter().map(|(one, other)| {
        let ((organisation, area), (unit, unit_area)) = (one, other);
        let name = format!("organisation_on_terminated_unit {organisation} {unit}");
        let about = About::OrganisationOnUnit(organisation, unit);
        (FindingKind::OrganisationOnTerminatedUnit, name, about, [area, unit_area])
    });
    let units = store::list_duplicate_units(conn)?.into_iter().map(|((one, one_area), (other, other_area))| {
        let name = format!("possible_duplicate_unit {one} {other}");
        (FindingKind::PossibleDuplicateUnit, name, About::Units(one, other), [one_area, other_area])
    });
    let unmet = list_acts_with_unmet_condition(conn)?.into_iter().filter_map(|act| {
        let (area, condition) = (act.area(), act.unmet_condition?);
        let name = format!("condition_no_longer_met {} {condition} {area}", act.id);
        Some((FindingKind::ConditionNoLongerMet, name, About::Act(act.id, condition), [area.clone(), area]))
    });
    let standing = store::list_standing(conn)?;
    let (mut causes, mut new) = (HashSet::new(), Vec::new());
    for (kind, name, about, areas) in duplicates.chain(ended).chain(units).chain(unmet) {
        let id = Id::derived(&name);
        causes.insert(id);
        let [one, other] = &areas;
        let area = territory.smallest_of_both(one, other, today);
        if let Some(area) = area.filter(|_| !standing.contains(&id)) {
            new.push(NewFinding { id, kind, area, about, areas });
        }
    }
    let open = store::list_open(conn)?;
    Ok(Found { new, gone: open.into_iter().filter(|row| !causes.contains(&row.id)).collect() })
}

fn raise(tx: &mut Tx<'_>, found: &[NewFinding], today: NaiveDate) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for new in found {
        if store::raise(tx, new)? {
            let kind: &'static str = new.kind.into();
            let payload = FindingRaised { id: new.id, kind: kind.to_owned(), areas: new.areas.clone() };
            entries.push(Entry::of(&payload, format!("/v1/findings/{}", new.id), today)?.in_area(&new.area));
        }
    }
    Ok(entries)
}

fn close(tx: &mut Tx<'_>, gone: &[FindingRow], today: NaiveDate) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for row in gone {
        // Somebody may have settled it meanwhile.
        if store::is_open_at(tx.conn(), row)? {
            entries.push(store::settle(tx, row, CAUSE_GONE, today)?);
        }
    }
    Ok(entries)
}
