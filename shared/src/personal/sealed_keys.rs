//! The database's own keys, such as that of the blind index and the signing keys.

use diesel::prelude::*;
use rand::Rng;
use zeroize::Zeroizing;

use super::tables::sealed_keys;
use super::{KeyKind, KeyName, MasterKey};
use crate::storage::{AnyConnection, DatabaseUrl, Db, Tx};
use crate::{Code, Result, ResultExt};

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

/// Returns a key of 256 bits by its name; a random one is made when there is none.
///
/// # Errors
/// As [`sealed_key`].
pub fn random_sealed_key(tx: &mut Tx<'_>, master: &MasterKey, name: &KeyName) -> Result<Zeroizing<Vec<u8>>> {
    sealed_key(tx, master, name, || {
        let mut bytes = vec![0u8; 32];
        rand::rng().fill_bytes(&mut bytes);
        Ok(bytes)
    })
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

/// Says whether a service's database, as it is before the service starts, keeps keys that were sealed with a master key.
///
/// # Errors
/// Fails when the database cannot be reached.
pub async fn has_sealed_keys(url: &DatabaseUrl, service: &str) -> Result<bool> {
    let count = match Db::open_beside(url, service) {
        Ok(db) => db.ask(|conn| Ok(sealed_keys::table.count().get_result::<i64>(conn)?)).await,
        Err(error) => Err(error),
    };
    match count {
        Err(error) if error.code() == Code::Unavailable => Err(error.doing(format!("connecting to the {url:?}"))),
        // A database that was never opened, or has no such table yet, keeps none.
        count => Ok(count.is_ok_and(|count| count > 0)),
    }
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
