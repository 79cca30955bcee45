//! Encrypts and decrypts the personal data of one database.

use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use diesel::prelude::*;
use hmac::{Hmac, Mac};
use rand::Rng;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::master_key::split_nonce;
use super::tables::data_keys;
use super::{KeyKind, MasterKey, NONCE_BYTES, sealed_key};
use crate::storage::{AnyConnection, Tx, one_of};
use crate::{Error, Id, Result, ResultExt};

/// Seals and opens the personal data of one database.
#[derive(Clone)]
pub struct Vault {
    master: MasterKey,
    index_key: Arc<Zeroizing<Vec<u8>>>,
}

/// The key of one person's fields.
pub struct DataKey {
    id: Id,
    bytes: Zeroizing<Vec<u8>>,
}

impl Vault {
    /// Opens the vault of a database; makes its blind index key when there is none.
    ///
    /// # Errors
    /// Fails when the database was sealed with another master key.
    pub fn open(tx: &mut Tx<'_>, master: &MasterKey) -> Result<Self> {
        let index_key = sealed_key(tx, master, &KeyKind::BlindIndex.only(), || {
            let mut bytes = vec![0u8; 32];
            rand::rng().fill_bytes(&mut bytes);
            Ok(bytes)
        })?;
        Ok(Self { master: master.clone(), index_key: Arc::new(index_key) })
    }

    /// Makes a person's data key and keeps it, wrapped.
    ///
    /// # Errors
    /// Fails when the database does.
    pub fn create_data_key(&self, tx: &mut Tx<'_>, id: Id) -> Result<DataKey> {
        let mut bytes = Zeroizing::new(vec![0u8; 32]);
        rand::rng().fill_bytes(bytes.as_mut_slice());
        let master = self.master.current(tx.conn())?;
        let wrapped = master.wrap(&id.to_string(), &bytes)?;
        diesel::insert_into(data_keys::table)
            .values((data_keys::id.eq(id), data_keys::master_key.eq(master.id()), data_keys::wrapped.eq(wrapped)))
            .execute(tx.conn())?;
        Ok(DataKey { id, bytes })
    }

    /// Opens the data keys of some persons. A person whose key is gone was erased, and is left out.
    ///
    /// # Errors
    /// Fails when a key does not open.
    pub fn find_data_keys(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<DataKey>> {
        let rows: Vec<(Id, String, Vec<u8>)> = data_keys::table.filter(one_of(data_keys::id, ids)).load(conn)?;
        rows.into_iter()
            .map(|(id, master_key, wrapped)| {
                let bytes = self.master.open(conn, &id.to_string(), &master_key, &wrapped)?;
                Ok(DataKey { id, bytes })
            })
            .collect()
    }

    /// The blind index of a value: the same value of the same kind has the same one, and only with the key
    /// can it be made.
    ///
    /// # Errors
    /// Never in practice: the key has the right length.
    pub fn blind_index(&self, kind: &str, value: &str) -> Result<Vec<u8>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.index_key).doing("keying the blind index")?;
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

/// Deletes a person's data key: nothing opens the fields that it sealed. Says whether there was one.
///
/// # Errors
/// Fails when the database does.
pub fn delete_data_key(tx: &mut Tx<'_>, id: Id) -> Result<bool> {
    Ok(diesel::delete(data_keys::table.find(id)).execute(tx.conn())? == 1)
}

/// Says whether somebody has a data key: who has none was erased.
///
/// # Errors
/// Fails when the database does.
pub fn has_data_key(conn: &mut AnyConnection, id: Id) -> Result<bool> {
    let keys: i64 = data_keys::table.filter(data_keys::id.eq(id)).count().get_result(conn)?;
    Ok(keys > 0)
}

impl DataKey {
    /// Whose key it is.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// Seals a field.
    ///
    /// # Errors
    /// Never in practice.
    pub fn seal(&self, table: &str, column: &str, value: &str) -> Result<Vec<u8>> {
        let cipher = Aes256Gcm::new_from_slice(&self.bytes).doing("keying a field")?;
        let mut nonce = [0u8; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let aad = self.bound_to(table, column);
        let sealed = cipher
            .encrypt(&Nonce::from(nonce), Payload { msg: value.as_bytes(), aad: &aad })
            .map_err(|_| Error::internal("sealing a field failed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a field.
    ///
    /// # Errors
    /// Fails when the field was changed or comes from elsewhere.
    pub fn open(&self, table: &str, column: &str, sealed: &[u8]) -> Result<String> {
        let (nonce, rest) = split_nonce(sealed)?;
        let cipher = Aes256Gcm::new_from_slice(&self.bytes).doing("keying a field")?;
        let aad = self.bound_to(table, column);
        let bytes = cipher
            .decrypt(&Nonce::from(nonce), Payload { msg: rest, aad: &aad })
            .map_err(|_| Error::internal(format!("a sealed field of {table} does not open")))?;
        String::from_utf8(bytes).doing("reading a sealed field")
    }

    /// Key and row have one id: a row's fields are sealed with its own key.
    fn bound_to(&self, table: &str, column: &str) -> Vec<u8> {
        format!("{table}\0{}\0{column}", self.id).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: Id) -> DataKey {
        DataKey { id, bytes: Zeroizing::new(vec![7; 32]) }
    }

    #[test]
    fn a_sealed_field_opens_only_in_its_own_place() {
        let one = key(Id::new());
        let sealed = one.seal("people", "full_name", "Người Thứ Nhất").expect("sealed");
        assert_eq!(one.open("people", "full_name", &sealed).expect("opened"), "Người Thứ Nhất");
        assert!(one.open("people", "phone", &sealed).is_err(), "another column");
        assert!(one.open("units", "full_name", &sealed).is_err(), "another table");
        assert!(key(Id::new()).open("people", "full_name", &sealed).is_err(), "another row");
        let mut changed = sealed.clone();
        let last = changed.len() - 1;
        changed[last] ^= 1;
        assert!(one.open("people", "full_name", &changed).is_err(), "a flipped bit");
    }
}
