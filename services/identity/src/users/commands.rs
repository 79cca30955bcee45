//! Changes of users, as handlers and the command line call them.

use chrono::{DateTime, Utc};
use shared::clock::vietnam_day;
use shared::journal::Entry;
use shared::personal::Vault;
use shared::published::user::{UserCreated, UserInvited};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::{Id, Result};

use super::rules::invitation_lasts;
use super::store;
use crate::secrets::new_secret;

/// A person who is to become a user.
#[derive(Clone)]
pub struct NewUser {
    /// The login, as `login` parses it.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// The area that the user belongs to.
    pub area: AreaId,
}

/// A one-time link, before it is forgotten here.
pub(crate) struct Invitation {
    /// What stands at the end of the link.
    pub token: String,
    /// Until when it is valid.
    pub valid_until: DateTime<Utc>,
}

/// Makes a user.
///
/// # Errors
/// `login_taken` where another user has the login.
pub fn create_user(tx: &mut Tx<'_>, vault: &Vault, id: Id, new: &NewUser) -> Result<Entry> {
    store::insert_user(tx, vault, id, new)?;
    Ok(Entry::of(&UserCreated { id }, subject(id), vietnam_day(tx.at()))?.in_area(&new.area))
}

/// Makes a new link for a user; the one before opens nothing any more.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn invite(tx: &mut Tx<'_>, id: Id, area: &AreaId) -> Result<(Invitation, Entry)> {
    let (token, token_hash) = new_secret();
    let valid_until = tx.at() + invitation_lasts();
    store::put_invitation(tx, id, &token_hash, valid_until)?;
    let entry = Entry::of(&UserInvited { id }, subject(id), vietnam_day(tx.at()))?.in_area(area);
    Ok((Invitation { token, valid_until }, entry))
}

pub(crate) fn subject(id: Id) -> String {
    format!("/v1/users/{id}")
}
