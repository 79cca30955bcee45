//! The master key, which encrypts all other keys.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, RwLock};

use aes_gcm_siv::Aes256GcmSiv;
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use rand::Rng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::NONCE_BYTES;
use super::tables::sealed_keys;
use crate::storage::{AnyConnection, write_private};
use crate::{Error, Result, Trouble};

/// Names of rows in which the next master key is wrapped by the one before it.
pub(super) const NEXT: &str = "next-master-key/";
/// Names of rows in which the previous master key is wrapped by the next one.
pub(super) const LAST: &str = "last-master-key/";

/// The key that wraps all others. Its id is a part of its hash, so that a wrong key is detected at once.
#[derive(Clone)]
pub struct MasterKey {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
    /// Others that were met: a change hands each key over under the other.
    met: Arc<RwLock<HashMap<String, MasterKey>>>,
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
        let wrong = || {
            Error::trouble(
                "khóa chủ không đúng dạng: phải là 32 byte viết ở dạng base64",
                "the master key must be 32 bytes in base64",
            )
        };
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| wrong())?);
        Self::of(bytes.as_slice()).ok_or_else(wrong)
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

    fn of(bytes: &[u8]) -> Option<Self> {
        let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(bytes.try_into().ok()?);
        let id = hex::encode(Sha256::digest(*bytes)).chars().take(12).collect();
        Some(Self { id, bytes, met: Arc::default() })
    }

    /// The first twelve hexadecimal digits of its hash: they name it and open nothing.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// Reads a key from a file; makes it, for its owner only, where there is none.
    ///
    /// # Errors
    /// Fails when the file holds no key or cannot be written.
    pub fn read_or_create(path: &Path) -> Result<Self> {
        let doing = format!("reading {}", path.display());
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(|_| {
                Error::trouble(
                    format!("tệp {} không chứa khóa chủ: phải là 32 byte viết ở dạng base64", path.display()),
                    format!("{doing}: the master key must be 32 bytes in base64"),
                )
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let (key, text) = Self::generate()?;
                write_private(path, text.as_bytes())?;
                Ok(key)
            }
            Err(error) => Err(Error::internal(Trouble::unreadable(path, &error))),
        }
    }

    /// The key to wrap with: this one, or the next one once a change has begun. Each database has keys of its
    /// own that were wrapped by one of the two; where there are none yet, this key is its first.
    ///
    /// # Errors
    /// Fails when this key was replaced: what it wrapped now nobody could open.
    pub(super) fn current(&self, conn: &mut AnyConnection) -> Result<Self> {
        if let Some(next) = find_handed(conn, self, NEXT)? {
            return Ok(next);
        }
        let own: Vec<(String, String)> =
            sealed_keys::table.select((sealed_keys::name, sealed_keys::master_key)).load(conn)?;
        let mut own = own.iter().filter(|(name, _)| !is_handed(name)).map(|(_, id)| id).peekable();
        match own.peek().map(|id| (*id).clone()) {
            Some(other) if !own.any(|id| *id == self.id) => Err(self.is_not(&other)),
            _ => Ok(self.clone()),
        }
    }

    fn is_not(&self, id: &str) -> Error {
        Error::trouble(
            format!(
                "dữ liệu được mã hóa bằng khóa chủ {id}, còn khóa đang dùng là {}: khởi động lại với đúng khóa chủ",
                self.id
            ),
            format!("the data was sealed with master key {id}, and this is {}: start with the right key", self.id),
        )
    }

    /// The key that encrypted something: this one, or the other key of a change in progress.
    fn named(&self, conn: &mut AnyConnection, id: &str) -> Result<Self> {
        if id == self.id {
            return Ok(self.clone());
        }
        let known = self.met.read().ok().and_then(|met| met.get(id).cloned());
        if let Some(key) = known {
            return Ok(key);
        }
        for way in [NEXT, LAST] {
            if let Some(key) = find_handed(conn, self, way)?.filter(|key| key.id == id) {
                if let Ok(mut met) = self.met.write() {
                    met.insert(key.id.clone(), key.clone());
                }
                return Ok(key);
            }
        }
        Err(self.is_not(id))
    }

    /// Decrypts with this key, or with the other key of a change in progress.
    pub(super) fn open(
        &self,
        conn: &mut AnyConnection,
        name: &str,
        master_key: &str,
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        self.named(conn, master_key)?.unwrap(name, wrapped)
    }

    pub(super) fn wrap(&self, name: &str, key: &[u8]) -> Result<Vec<u8>> {
        let cipher = Aes256GcmSiv::new(&(*self.bytes).into());
        let mut nonce = [0u8; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let sealed = cipher
            .encrypt(&nonce.into(), Payload { msg: key, aad: name.as_bytes() })
            .map_err(|_| Error::internal("wrapping a key failed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub(super) fn unwrap(&self, name: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = split_nonce(wrapped)?;
        let cipher = Aes256GcmSiv::new(&(*self.bytes).into());
        let key = cipher
            .decrypt(&nonce.into(), Payload { msg: sealed, aad: name.as_bytes() })
            .map_err(|_| Error::internal("a wrapped key does not open"))?;
        Ok(Zeroizing::new(key))
    }
}

/// Says whether a row contains the other master key of a change in progress.
pub(super) fn is_handed(name: &str) -> bool {
    name.starts_with(NEXT) || name.starts_with(LAST)
}

/// Finds the other key of a change in progress, encrypted with this one.
pub(super) fn find_handed(conn: &mut AnyConnection, under: &MasterKey, way: &str) -> Result<Option<MasterKey>> {
    let row: Option<(String, Vec<u8>)> = sealed_keys::table
        .filter(sealed_keys::name.like(format!("{way}%")))
        .filter(sealed_keys::master_key.eq(&under.id))
        .select((sealed_keys::name, sealed_keys::wrapped))
        .limit(1)
        .get_result(conn)
        .optional()?;
    let Some((name, wrapped)) = row else { return Ok(None) };
    let key = MasterKey::of(&under.unwrap(&name, &wrapped)?);
    Ok(Some(key.ok_or_else(|| Error::internal("a handed-over master key is not one"))?))
}

pub(super) fn split_nonce(bytes: &[u8]) -> Result<([u8; NONCE_BYTES], &[u8])> {
    let (nonce, rest) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(|| Error::internal("sealed data is cut off"))?;
    Ok((nonce.try_into().map_err(Error::internal)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_key_opens_only_with_its_own_master_key() {
        let (one, _) = MasterKey::generate().expect("a key");
        let (other, _) = MasterKey::generate().expect("a key");
        let wrapped = one.wrap("name", b"secret").expect("wrapped");
        assert_eq!(one.unwrap("name", &wrapped).expect("unwrapped").as_slice(), b"secret");
        assert!(one.unwrap("other name", &wrapped).is_err());
        assert!(other.unwrap("name", &wrapped).is_err());
    }
}
