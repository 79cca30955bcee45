//! The database's own keys: the blind index's, the signing keys and their like.

use diesel::prelude::*;
use zeroize::Zeroizing;

use super::tables::sealed_keys;
use super::{KeyKind, KeyName, MasterKey};
use crate::storage::{AnyConnection, Tx};
use crate::{Result, ResultExt};

/// Returns a key of the database by its name, made when there is none.
///
/// # Errors
/// Fails when it was sealed with another master key.
pub fn sealed_key(
    tx: &mut Tx<'_>,
    master: &MasterKey,
    name: &KeyName,
    make: impl FnOnce() -> Result<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>> {
    let known: Option<(String, Vec<u8>)> = sealed_keys::table
        .find(name.as_str())
        .select((sealed_keys::master_key, sealed_keys::wrapped))
        .get_result(tx.conn())
        .optional()?;
    if let Some((master_key, wrapped)) = known {
        return master.open(tx.conn(), name.as_str(), &master_key, &wrapped).doing("opening this database's keys");
    }
    let bytes = Zeroizing::new(make()?);
    seal_key(tx, master, name, &bytes)?;
    Ok(bytes)
}

/// Keeps a key of the database under a name that is not taken.
///
/// # Errors
/// Fails when the name is taken or the database fails.
pub fn seal_key(tx: &mut Tx<'_>, master: &MasterKey, name: &KeyName, bytes: &[u8]) -> Result<()> {
    let master = master.current(tx.conn())?;
    diesel::insert_into(sealed_keys::table)
        .values((
            sealed_keys::name.eq(name.as_str()),
            sealed_keys::master_key.eq(master.id()),
            sealed_keys::wrapped.eq(master.wrap(name.as_str(), bytes)?),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// A key of the database by what follows its kind in its name.
pub type NamedKey = (String, Zeroizing<Vec<u8>>);

/// Returns the keys of a kind that the database keeps.
///
/// # Errors
/// Fails when one was sealed with another master key.
pub fn list_sealed_keys(conn: &mut AnyConnection, master: &MasterKey, kind: KeyKind) -> Result<Vec<NamedKey>> {
    let rows: Vec<(String, String, Vec<u8>)> = sealed_keys::table.order(sealed_keys::name).load(conn)?;
    let beginning = format!("{}/", kind.label());
    let of_kind = rows.into_iter().filter_map(|row| Some((row.0.strip_prefix(&beginning)?.to_owned(), row)));
    of_kind
        .map(|(which, (name, master_key, wrapped))| {
            let bytes = master.open(conn, &name, &master_key, &wrapped).doing("opening this database's keys")?;
            Ok((which, bytes))
        })
        .collect()
}

/// Forgets a key of the database.
///
/// # Errors
/// Fails when the database does.
pub fn delete_sealed_key(tx: &mut Tx<'_>, name: &KeyName) -> Result<()> {
    diesel::delete(sealed_keys::table.find(name.as_str())).execute(tx.conn())?;
    Ok(())
}
