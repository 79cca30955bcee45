//! Looking for findings: by reads, beside the writes. What is found goes by writes of a bounded number each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use rand::RngExt;
use shared::clock::vietnam_day;
use shared::journal::{Entries, Entry};
use shared::published::finding::FindingRaised;
use shared::storage::{Act, AnyConnection, Tx};
use shared::territory::Territory;
use shared::{Id, Result};

use super::causes::{self, Cause, Place};
use super::rules::CAUSE_GONE;
use super::store::{self, FindingRow, NewFinding};
use crate::State;
use crate::people::DuplicatesAfter;

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

/// Looks for findings, raises those that are new and closes those whose cause is gone: some at a time, so that neither a read
/// nor a write is long, however many there are.
///
/// # Errors
/// Fails when the database does.
pub async fn sweep(state: &State) -> Result<()> {
    let at = state.clock.now();
    let act = Act { actor: "service:membership".to_owned(), at, batch: None };
    let (territory, today) = (state.territory.get(), vietnam_day(at));
    let mut place = Some(Place::Duplicates(DuplicatesAfter::default()));
    while let Some(here) = place {
        let territory = Arc::clone(&territory);
        let (new, next) = state.db.read(move |conn| look_for_new(conn, here, &territory, today)).await?;
        for some in new.chunks(FINDINGS_A_WRITE) {
            let some = some.to_vec();
            state.db.write(act.clone(), move |tx| Ok(((), Entries::found(raise(tx, &some, today)?)))).await?;
        }
        place = next;
    }
    let mut after = None;
    loop {
        let (gone, last) = state.db.read(move |conn| look_for_gone(conn, after)).await?;
        if !gone.is_empty() {
            state.db.write(act.clone(), move |tx| Ok(((), Entries::found(close(tx, &gone, today)?)))).await?;
        }
        after = last;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Causes that no finding is known of, or whose finding was closed when its cause was gone.
fn look_for_new(
    conn: &mut AnyConnection,
    place: Place,
    territory: &Territory,
    today: NaiveDate,
) -> Result<(Vec<NewFinding>, Option<Place>)> {
    let (causes, next) = causes::look(conn, place)?;
    let mut found: BTreeMap<Id, Cause> = causes.into_iter().map(|cause| (cause.id(), cause)).collect();
    let ids: Vec<Id> = found.keys().copied().collect();
    for some in ids.chunks(FINDINGS_A_WRITE) {
        for standing in store::list_standing(conn, some)? {
            found.remove(&standing);
        }
    }
    let new = found.into_iter().filter_map(|(id, Cause { kind, about, areas })| {
        let [one, other] = &areas;
        let area = territory.smallest_of_both(one, other, today)?;
        Some(NewFinding { id, kind, area, about, areas })
    });
    Ok((new.collect(), next))
}

/// Open findings whose cause is gone, among some after one; and the last of those that were looked at.
fn look_for_gone(conn: &mut AnyConnection, after: Option<Id>) -> Result<(Vec<FindingRow>, Option<Id>)> {
    let open = store::list_open(conn, after, causes::RECORDS_A_READ)?;
    let last = open.last().map(|row| row.id);
    Ok((causes::list_gone(conn, open)?, last))
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
