//! Personal data at rest: each person has a data key that seals the person's fields (AES-256-GCM, bound to
//! table, row, column and key so that fields cannot be swapped); a master key wraps the data keys
//! (AES-256-GCM-SIV, which a repeated nonce does not break). A keyed hash allows exact look-up.

use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use aes_gcm_siv::Aes256GcmSiv;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use hmac::{Hmac, Mac};
use rand::Rng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::storage::{AnyConnection, Tx};
use crate::{Error, Id, Result, ResultExt};

use tables::{data_keys, sealed_keys};

#[allow(missing_docs, reason = "the macro's items; the columns are explained in the migration")]
mod tables {
    use crate::id::SqlId;

    diesel::table! {
        use diesel::sql_types::*;
        use super::SqlId;

        data_keys (id) {
            id -> SqlId,
            master_key -> Text,
            wrapped -> Binary,
        }
    }

    diesel::table! {
        sealed_keys (name) {
            name -> Text,
            master_key -> Text,
            wrapped -> Binary,
        }
    }
}

const NONCE_BYTES: usize = 12;

/// The key that wraps all others. Its id is a part of its hash, so that a wrong key is told at once.
#[derive(Clone)]
pub struct MasterKey {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

impl MasterKey {
    /// Reads a key: 32 bytes in base64.
    ///
    /// # Errors
    /// Fails when it is not 32 bytes in base64.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::internal("the master key must be 32 bytes in base64");
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| wrong())?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| wrong())?;
        let id = hex::encode(Sha256::digest(bytes)).chars().take(12).collect();
        Ok(Self { id, bytes: Zeroizing::new(bytes) })
    }

    /// Makes a new random key, and its text to be kept.
    ///
    /// # Errors
    /// Never in practice: what was made is read back.
    pub fn generate() -> Result<(Self, Zeroizing<String>)> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        rand::rng().fill_bytes(bytes.as_mut_slice());
        let text = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
        Ok((Self::parse(&text)?, text))
    }

    fn wrap(&self, name: &str, key: &[u8]) -> Result<Vec<u8>> {
        let cipher = Aes256GcmSiv::new(&(*self.bytes).into());
        let mut nonce = [0u8; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let sealed = cipher
            .encrypt(&nonce.into(), Payload { msg: key, aad: name.as_bytes() })
            .map_err(|_| Error::internal("wrapping a key failed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn unwrap(&self, name: &str, master_key: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        if master_key != self.id {
            return Err(Error::internal(format!(
                "the data was sealed with master key {master_key}, and this is {}: start with the right key",
                self.id
            )));
        }
        let (nonce, sealed) = split_nonce(wrapped)?;
        let cipher = Aes256GcmSiv::new(&(*self.bytes).into());
        let key = cipher
            .decrypt(&nonce.into(), Payload { msg: sealed, aad: name.as_bytes() })
            .map_err(|_| Error::internal("a wrapped key does not open"))?;
        Ok(Zeroizing::new(key))
    }
}

fn split_nonce(bytes: &[u8]) -> Result<([u8; NONCE_BYTES], &[u8])> {
    let (nonce, rest) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(|| Error::internal("sealed data is cut off"))?;
    Ok((nonce.try_into().map_err(Error::internal)?, rest))
}

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
        let index_key = sealed_key(tx, master, "blind-index", || {
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
        let wrapped = self.master.wrap(&id.to_string(), &bytes)?;
        diesel::insert_into(data_keys::table)
            .values((data_keys::id.eq(id), data_keys::master_key.eq(&self.master.id), data_keys::wrapped.eq(wrapped)))
            .execute(tx.conn())?;
        Ok(DataKey { id, bytes })
    }

    /// Opens the data keys of some persons. A person whose key is gone was erased, and is left out.
    ///
    /// # Errors
    /// Fails when a key does not open.
    pub fn find_data_keys(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<DataKey>> {
        data_keys::table
            .filter(data_keys::id.eq_any(ids.to_vec()))
            .load::<(Id, String, Vec<u8>)>(conn)?
            .into_iter()
            .map(|(id, master_key, wrapped)| {
                let bytes = self.master.unwrap(&id.to_string(), &master_key, &wrapped)?;
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

/// Returns a key of the database by its name, made when there is none.
///
/// # Errors
/// Fails when it was sealed with another master key.
pub fn sealed_key(
    tx: &mut Tx<'_>,
    master: &MasterKey,
    name: &str,
    make: impl FnOnce() -> Result<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>> {
    let known: Option<(String, Vec<u8>)> = sealed_keys::table
        .find(name)
        .select((sealed_keys::master_key, sealed_keys::wrapped))
        .first(tx.conn())
        .optional()?;
    if let Some((master_key, wrapped)) = known {
        return master.unwrap(name, &master_key, &wrapped).doing("opening this database's keys");
    }
    let bytes = Zeroizing::new(make()?);
    seal_key(tx, master, name, &bytes)?;
    Ok(bytes)
}

/// Keeps a key of the database under a name that is not taken.
///
/// # Errors
/// Fails when the name is taken or the database fails.
pub fn seal_key(tx: &mut Tx<'_>, master: &MasterKey, name: &str, bytes: &[u8]) -> Result<()> {
    diesel::insert_into(sealed_keys::table)
        .values((
            sealed_keys::name.eq(name),
            sealed_keys::master_key.eq(&master.id),
            sealed_keys::wrapped.eq(master.wrap(name, bytes)?),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// A key of the database by its name.
pub type NamedKey = (String, Zeroizing<Vec<u8>>);

/// Returns the keys of the database whose names begin with `prefix`.
///
/// # Errors
/// Fails when one was sealed with another master key.
pub fn list_sealed_keys(conn: &mut AnyConnection, master: &MasterKey, prefix: &str) -> Result<Vec<NamedKey>> {
    let rows: Vec<(String, String, Vec<u8>)> = sealed_keys::table.order(sealed_keys::name).load(conn)?;
    let named = rows.into_iter().filter(|(name, ..)| name.starts_with(prefix));
    named
        .map(|(name, master_key, wrapped)| {
            let bytes = master.unwrap(&name, &master_key, &wrapped).doing("opening this database's keys")?;
            Ok((name, bytes))
        })
        .collect()
}

/// Forgets a key of the database.
///
/// # Errors
/// Fails when the database does.
pub fn delete_sealed_key(tx: &mut Tx<'_>, name: &str) -> Result<()> {
    diesel::delete(sealed_keys::table.find(name)).execute(tx.conn())?;
    Ok(())
}

/// Masks a name: the family name's and the other words' first letters, so that a list can be recognised
/// by who knows the person and by nobody else.
#[must_use]
pub fn mask_name(name: &str) -> String {
    name.split_whitespace()
        .map(|word| word.chars().take(1).chain("***".chars()).collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Masks a number but for its last three characters.
#[must_use]
pub fn mask_number(number: &str) -> String {
    let count = number.chars().count();
    number.chars().enumerate().map(|(place, digit)| if place + 3 < count { '*' } else { digit }).collect()
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

    #[test]
    fn a_wrapped_key_opens_only_with_its_own_master_key() {
        let (one, _) = MasterKey::generate().expect("a key");
        let (other, _) = MasterKey::generate().expect("a key");
        let wrapped = one.wrap("name", b"secret").expect("wrapped");
        assert_eq!(one.unwrap("name", &one.id, &wrapped).expect("unwrapped").as_slice(), b"secret");
        assert!(one.unwrap("other name", &one.id, &wrapped).is_err());
        assert!(other.unwrap("name", &one.id, &wrapped).is_err());
    }

    #[test]
    fn masks_show_initials_and_three_last_digits() {
        assert_eq!(mask_name("Nguyễn Văn Ánh"), "N*** V*** Á***");
        assert_eq!(mask_number("033099001234"), "*********234");
    }
}
