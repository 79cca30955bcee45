//! Guessing is slowed down over all processes, and nobody is locked out for ever.
//!
//! - After five wrong passwords in a quarter of an hour an account waits 2, 4, 8 ... and at most 60 seconds between two tries.
//! - A browser in which the person has signed in before is counted by itself, so that the owner gets in while somebody guesses.
//! - A network address has 50 wrong tries in a quarter of an hour. A browser that is known is not refused for them.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use diesel::prelude::*;
use shared::storage::{AnyConnection, Tx};
use shared::{Id, Result};

use crate::schema::sign_in_failures;

const MINUTES: i64 = 15;
const FREE_OF_ACCOUNT: i64 = 5;
const OF_ADDRESS_MAX: i64 = 50;
const WAIT_SECONDS_MAX: i64 = 60;

/// A try to sign in, by whom and from where; both as keyed hashes.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// The account, or the account in a browser that is known.
    pub account: Vec<u8>,
    /// The network address.
    pub address: Vec<u8>,
    /// Whether the account's person signed in with this browser before: what others of the same network guess does not keep it out.
    pub is_known: bool,
}

/// A try that has begun: it counts as failed unless it succeeds.
#[derive(Debug)]
pub(crate) struct Tried {
    account: Vec<u8>,
    of_address: Id,
}

impl Attempt {
    /// Begins a try, and counts it as failed at once, so that many tries at one moment are not free. `Err` has the seconds to
    /// wait, where this one may not be tried now.
    ///
    /// # Errors
    /// Fails when the database does.
    pub(crate) fn begin(&self, tx: &mut Tx<'_>) -> Result<std::result::Result<Tried, i64>> {
        tx.serialise(&format!("sign-in {}", hex::encode(&self.account)))?;
        let at = tx.at();
        let (of_account, last) = failures(tx.conn(), &self.account, at)?;
        let (of_address, _) = failures(tx.conn(), &self.address, at)?;
        if of_address >= OF_ADDRESS_MAX && !self.is_known {
            return Ok(Err(MINUTES * 60));
        }
        if let Some(seconds) = last.and_then(|last| wait_after(of_account, last.and_utc(), at)) {
            return Ok(Err(seconds));
        }
        insert(tx, &self.account)?;
        let of_address = insert(tx, &self.address)?;
        Ok(Ok(Tried { account: self.account.clone(), of_address }))
    }
}

impl Tried {
    /// Notes that it succeeded: the failures of the account before it are forgotten.
    ///
    /// # Errors
    /// Fails when the database does.
    pub(crate) fn succeed(&self, tx: &mut Tx<'_>) -> Result<()> {
        let of_account = sign_in_failures::table.filter(sign_in_failures::subject.eq(&self.account));
        diesel::delete(of_account).execute(tx.conn())?;
        diesel::delete(sign_in_failures::table.find(self.of_address)).execute(tx.conn())?;
        Ok(())
    }
}

fn insert(tx: &mut Tx<'_>, subject: &[u8]) -> Result<Id> {
    let (id, at) = (Id::new(), tx.at().naive_utc());
    diesel::insert_into(sign_in_failures::table)
        .values((
            sign_in_failures::id.eq(id),
            sign_in_failures::subject.eq(subject),
            sign_in_failures::failed_at.eq(at),
        ))
        .execute(tx.conn())?;
    Ok(id)
}

fn failures(conn: &mut AnyConnection, subject: &[u8], at: DateTime<Utc>) -> Result<(i64, Option<NaiveDateTime>)> {
    let since = (at - Duration::minutes(MINUTES)).naive_utc();
    let recent = sign_in_failures::table
        .filter(sign_in_failures::subject.eq(subject))
        .filter(sign_in_failures::failed_at.gt(since));
    let counted = recent.select((diesel::dsl::count_star(), diesel::dsl::max(sign_in_failures::failed_at)));
    Ok(counted.get_result(conn)?)
}

/// The seconds to wait after some failures, of which the last was at an instant.
fn wait_after(failures: i64, last: DateTime<Utc>, at: DateTime<Utc>) -> Option<i64> {
    let beyond = u32::try_from(failures - FREE_OF_ACCOUNT).ok()?;
    let pause = 2_i64.checked_pow(beyond + 1).unwrap_or(WAIT_SECONDS_MAX).min(WAIT_SECONDS_MAX);
    let left = pause - (at - last).num_seconds();
    (left > 0).then_some(left)
}

/// Forgets failures that count no more; some at a time. Says how many.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn forget_failures(tx: &mut Tx<'_>) -> Result<usize> {
    const AT_ONCE: i64 = 500;
    let before = (tx.at() - Duration::minutes(MINUTES)).naive_utc();
    let old = sign_in_failures::table.filter(sign_in_failures::failed_at.lt(before));
    let old: Vec<Id> = old.select(sign_in_failures::id).limit(AT_ONCE).load(tx.conn())?;
    diesel::delete(sign_in_failures::table.filter(shared::storage::one_of(sign_in_failures::id, &old)))
        .execute(tx.conn())?;
    Ok(old.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_and_ends_at_a_minute() {
        let at = DateTime::from_timestamp(1_000_000, 0).expect("an instant");
        let before = |seconds: i64| at - Duration::seconds(seconds);
        for (failures, seconds_ago, wait) in [
            (4, 0, None),
            (5, 0, Some(2)),
            (5, 2, None),
            (6, 1, Some(3)),
            (9, 0, Some(32)),
            (10, 0, Some(60)),
            (500, 10, Some(50)),
            (500, 60, None),
        ] {
            assert_eq!(wait_after(failures, before(seconds_ago), at), wait, "{failures} {seconds_ago}");
        }
    }
}
