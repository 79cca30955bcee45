//! From which day recording begins under superior bodies.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use shared::published::organisation::OrganisationRecordingStartSet;
use shared::storage::{AnyConnection, Tx};
use shared::{Day, Id, Result};

use crate::schema::recording_starts;

/// Keeps with which day recording begins under a body, from an entry's place in the journal on.
///
/// # Errors
/// Fails when the database does.
pub fn apply_recording_start(tx: &mut Tx<'_>, seq: i64, set: &OrganisationRecordingStartSet) -> Result<()> {
    let before = recording_starts::table.filter(recording_starts::organisation_id.eq(set.organisation));
    diesel::update(before.filter(recording_starts::to_seq.is_null()))
        .set(recording_starts::to_seq.eq(Some(seq)))
        .execute(tx.conn())?;
    if let Some(begins_on) = set.begins_on.map(Day::get) {
        diesel::insert_into(recording_starts::table)
            .values((
                recording_starts::organisation_id.eq(set.organisation),
                recording_starts::from_seq.eq(seq),
                recording_starts::begins_on.eq(begins_on),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// The days with which recording begins, each with the body for which it was set.
#[derive(Debug, Default)]
pub struct RecordingStarts(BTreeMap<Id, NaiveDate>);

impl RecordingStarts {
    /// Returns the days that were set at a place in membership's journal.
    ///
    /// # Errors
    /// Fails when the database does.
    pub fn at(conn: &mut AnyConnection, seq: i64) -> Result<Self> {
        let set: Vec<(Id, NaiveDate)> = recording_starts::table
            .filter(recording_starts::from_seq.le(seq))
            .filter(recording_starts::to_seq.is_null().or(recording_starts::to_seq.gt(seq)))
            .select((recording_starts::organisation_id, recording_starts::begins_on))
            .load(conn)?;
        Ok(Self(set.into_iter().collect()))
    }

    /// Says whether a body is still opening on a day: neither it nor a body above has a start until then. `above` names
    /// the body above another one.
    #[must_use]
    pub fn is_opening(&self, body: Id, above: &BTreeMap<Id, Id>, on: NaiveDate) -> bool {
        let mut next = Some(body);
        for _ in 0..=above.len() {
            let Some(body) = next else { break };
            if let Some(begins_on) = self.0.get(&body) {
                return *begins_on > on;
            }
            next = above.get(&body).copied();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_opening_until_the_start_of_the_nearest_body_that_has_one() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let [province, district, commune, elsewhere] = [Id::new(), Id::new(), Id::new(), Id::new()];
        let above = BTreeMap::from([(district, province), (commune, district)]);
        let starts = RecordingStarts([(province, day("2022-01-01")), (district, day("2022-04-01"))].into());
        for (body, on, is_opening) in [
            (province, "2021-12-31", true),
            (province, "2022-01-01", false),
            (commune, "2022-03-31", true),
            (commune, "2022-04-01", false),
            (elsewhere, "2022-04-01", true),
        ] {
            assert_eq!(starts.is_opening(body, &above, day(on)), is_opening, "{body} {on}");
        }
    }
}
