//! Who is who at the provider: by keyed hashes.

use diesel::prelude::*;
use shared::personal::Vault;
use shared::storage::{AnyConnection, Tx};
use shared::{Id, Result};

use crate::schema::provider_accounts;
use crate::sessions::{end_sessions_of, end_sessions_of_provider_session};

/// The keyed hash of a person at a provider: issuer and subject, never one of them alone.
pub(crate) fn subject_index(vault: &Vault, issuer: &str, subject: &str) -> Result<Vec<u8>> {
    vault.blind_index("provider subject", &person_of(issuer, subject))
}

/// A person as issuer and subject. No address holds a line break, so that no two persons are written alike.
fn person_of(issuer: &str, subject: &str) -> String {
    format!("{issuer}\n{subject}")
}

/// The keyed hash of a session at a provider.
pub(crate) fn sid_index(vault: &Vault, issuer: &str, sid: &str) -> Result<Vec<u8>> {
    vault.blind_index("provider session", &format!("{issuer}\n{sid}"))
}

/// Returns the user who is somebody at the provider.
pub(crate) fn find_bound(conn: &mut AnyConnection, subject: &[u8]) -> Result<Option<Id>> {
    let of_subject = provider_accounts::table.find(subject).select(provider_accounts::user_id);
    Ok(of_subject.get_result(conn).optional()?)
}

/// Whether a user could be connected with an account of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// The user is connected with it.
    Here,
    /// The account belongs to another user.
    Taken,
    /// The user is connected with another account, which stands for a factor: two administrators remove it first.
    Elsewhere,
}

/// Says whether a user is connected with an account of the provider.
pub(crate) fn is_bound(conn: &mut AnyConnection, user: Id) -> Result<bool> {
    let of_user = provider_accounts::table.filter(provider_accounts::user_id.eq(user));
    Ok(diesel::select(diesel::dsl::exists(of_user)).get_result(conn)?)
}

/// Connects a user with an account of the provider. A link alone replaces no account: whoever holds it would sign in as the user.
pub(crate) fn bind(tx: &mut Tx<'_>, user: Id, subject: &[u8]) -> Result<Bound> {
    let at = tx.at().naive_utc();
    // Two people may bind the same somebody at one moment.
    tx.serialise("provider accounts")?;
    match find_bound(tx.conn(), subject)? {
        Some(bound) if bound == user => return Ok(Bound::Here),
        Some(_) => return Ok(Bound::Taken),
        None if is_bound(tx.conn(), user)? => return Ok(Bound::Elsewhere),
        None => {}
    }
    diesel::insert_into(provider_accounts::table)
        .values((
            provider_accounts::subject_index.eq(subject),
            provider_accounts::user_id.eq(user),
            provider_accounts::made_at.eq(at),
        ))
        .execute(tx.conn())?;
    Ok(Bound::Here)
}

/// Disconnects a user from the account of the provider: the user leaves, or lost it.
pub(crate) fn unbind(tx: &mut Tx<'_>, user: Id) -> Result<()> {
    diesel::delete(provider_accounts::table.filter(provider_accounts::user_id.eq(user))).execute(tx.conn())?;
    Ok(())
}

/// Ends the sessions that began with a session of the provider, or all of the person where no session is named. Says how many.
pub(crate) fn end_sessions_of_provider(tx: &mut Tx<'_>, subject: Option<&[u8]>, sid: Option<&[u8]>) -> Result<usize> {
    let user = subject.map(|subject| find_bound(tx.conn(), subject)).transpose()?.flatten();
    match (sid, user) {
        // Somebody whom nobody here knows has no sessions here.
        (_, None) if subject.is_some() => Ok(0),
        (Some(sid), user) => end_sessions_of_provider_session(tx, sid, user),
        (None, Some(user)) => end_sessions_of(tx, user).map(|()| 1),
        (None, None) => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ASVS 6.8.1: a person is an issuer and a subject.
    #[test]
    fn the_same_subject_at_another_issuer_is_another_person() {
        assert_eq!(person_of("https://a.vn", "1"), person_of("https://a.vn", "1"));
        assert_ne!(person_of("https://a.vn", "1"), person_of("https://b.vn", "1"));
        assert_ne!(person_of("https://a.vn/1", "2"), person_of("https://a.vn/", "12"));
        assert_ne!(person_of("https://a.vn", "1\n2"), person_of("https://a.vn/1", "2"));
    }
}
