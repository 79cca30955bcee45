//! The cursor of a journal's reader. It is encrypted with a random nonce, so that it reveals nothing of entries that
//! the reader may not see. It contains the journal's id and the hash of an entry, so that a diverged journal is
//! noticed.

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use zeroize::Zeroizing;

use crate::personal::{KeyKind, MasterKey, random_sealed_key};
use crate::storage::Tx;
use crate::{Code, Error, Id, Result, ResultExt};

const NONCE_BYTES: usize = 12;
const ID_BYTES: usize = 16;
const SEQ_BYTES: usize = 8;
/// How long a cursor may be, in characters.
pub(super) const CURSOR_LENGTH_MAX: usize = 200;

/// A place in a journal: everything up to this entry was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub journal: Id,
    pub seq: i64,
    /// The entry's hash; empty before the first one.
    pub hash: Vec<u8>,
}

/// The key that seals the cursors of one journal, the same for all replicas.
#[derive(Clone)]
pub(super) struct CursorKey(Zeroizing<Vec<u8>>);

impl CursorKey {
    pub(super) fn open(tx: &mut Tx<'_>, master: &MasterKey) -> Result<Self> {
        Ok(Self(random_sealed_key(tx, master, &KeyKind::JournalCursor.only())?))
    }

    /// Writes a place for one reader.
    pub(super) fn seal(&self, place: &Place, reader: &str) -> Result<String> {
        let mut nonce = [0u8; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let text = [place.journal.as_bytes().as_slice(), &place.seq.to_be_bytes(), &place.hash].concat();
        let sealed = self
            .cipher()?
            .encrypt(&Nonce::from(nonce), Payload { msg: &text, aad: reader.as_bytes() })
            .map_err(|_| Error::internal("sealing a cursor failed"))?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Reads a place that was written for this reader.
    pub(super) fn open_cursor(&self, cursor: &str, reader: &str) -> Result<Place> {
        let bad = || Error::new(Code::BadCursor);
        if cursor.len() > CURSOR_LENGTH_MAX {
            return Err(bad());
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad())?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or_else(bad)?;
        let opened = self.cipher()?.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: reader.as_bytes() });
        let text = opened.map_err(|_| bad())?;
        let (journal, rest) = text.split_first_chunk::<ID_BYTES>().ok_or_else(bad)?;
        let (seq, hash) = rest.split_first_chunk::<SEQ_BYTES>().ok_or_else(bad)?;
        Ok(Place { journal: Id::from_bytes(*journal), seq: i64::from_be_bytes(*seq), hash: hash.to_vec() })
    }

    fn cipher(&self) -> Result<Aes256GcmSiv> {
        Aes256GcmSiv::new_from_slice(&self.0).doing("keying a cursor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_whom_it_was_written_for_and_never_looks_the_same_twice() {
        let key = CursorKey(Zeroizing::new(vec![7; 32]));
        let place = Place { journal: Id::new(), seq: 1234, hash: vec![1, 2, 3] };
        let (one, two) = (key.seal(&place, "client:a").expect("sealed"), key.seal(&place, "client:a").expect("sealed"));
        assert_ne!(one, two);
        assert_eq!(key.open_cursor(&one, "client:a").expect("opened"), place);
        let refused = [(one.as_str(), "client:b"), ("", "client:a"), ("AAAA", "client:a"), ("\u{0}", "client:a")];
        for (cursor, reader) in refused {
            assert_eq!(key.open_cursor(cursor, reader).expect_err("refused").code(), Code::BadCursor, "{cursor}");
        }
    }
}
