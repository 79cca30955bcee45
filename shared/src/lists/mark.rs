//! The mark of a copy: how far the copy goes, sealed, so that it tells nothing of changes that its reader may not see.

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::List;
use crate::personal::{KeyKind, MasterKey, random_sealed_key};
use crate::storage::{Act, Db, Tx};
use crate::{Code, Error, Id, Result, ResultExt};

/// How long a mark may be, in characters.
pub(crate) const MARK_LENGTH_MAX: usize = 200;

/// Whose marks: a fingerprint of the caller's areas and of the administrative units.
pub(super) type Fingerprint = [u8; 16];

/// How far a copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reached {
    /// All changes up to this number are in the copy; of those with this number, the records up to `id`.
    pub seq: i64,
    /// See `seq`.
    pub id: Id,
    /// Records that were listed at this number may be in the copy.
    pub held: i64,
    /// For whose areas it was made.
    pub fingerprint: Fingerprint,
    /// The hash of the journal entry with the number `seq`; empty for 0. A database that was put back has another one.
    pub hash: Vec<u8>,
}

/// Seals the marks of a service's lists, in all replicas with the same key.
#[derive(Clone)]
pub struct Marks(Zeroizing<Vec<u8>>);

impl Marks {
    /// Opens the key of a database.
    ///
    /// # Errors
    /// Fails when the database does, or was sealed with another master key.
    pub async fn open(db: &Db, master: &MasterKey, act: Act) -> Result<Self> {
        let master = master.clone();
        let key = db.note(act, move |tx: &mut Tx<'_>| {
            // Two replicas may start at once.
            tx.serialise("list-mark")?;
            random_sealed_key(tx, &master, &KeyKind::ListMark.only())
        });
        Ok(Self(key.await?))
    }

    /// Writes a mark for one reader. The same mark is the same text each time, since the entity tag of a page covers it;
    /// AES-GCM-SIV tells no more than that two texts are equal.
    pub(super) fn seal(&self, list: List, reader: &str, reached: &Reached) -> Result<String> {
        let Reached { seq, id, held, fingerprint, hash } = reached;
        let text = [&seq.to_be_bytes(), id.as_bytes().as_slice(), &held.to_be_bytes(), fingerprint, hash].concat();
        let whose = whose(list, reader);
        let sealed = self.cipher()?.encrypt(&Nonce::default(), Payload { msg: &text, aad: whose.as_bytes() });
        Ok(URL_SAFE_NO_PAD.encode(sealed.map_err(|_| Error::internal("sealing a mark failed"))?))
    }

    /// Reads a mark that was written for this reader.
    pub(super) fn open_mark(&self, list: List, reader: &str, mark: &str) -> Result<Reached> {
        let bad = || Error::new(Code::BadMark);
        if mark.len() > MARK_LENGTH_MAX {
            return Err(bad());
        }
        let sealed = URL_SAFE_NO_PAD.decode(mark).map_err(|_| bad())?;
        let whose = whose(list, reader);
        let opened = self.cipher()?.decrypt(&Nonce::default(), Payload { msg: &sealed, aad: whose.as_bytes() });
        let text = opened.map_err(|_| bad())?;
        let (seq, rest) = text.split_first_chunk::<8>().ok_or_else(bad)?;
        let (id, rest) = rest.split_first_chunk::<16>().ok_or_else(bad)?;
        let (held, rest) = rest.split_first_chunk::<8>().ok_or_else(bad)?;
        let (fingerprint, hash) = rest.split_first_chunk::<16>().ok_or_else(bad)?;
        Ok(Reached {
            seq: i64::from_be_bytes(*seq),
            id: Id::from_bytes(*id),
            held: i64::from_be_bytes(*held),
            fingerprint: *fingerprint,
            hash: hash.to_vec(),
        })
    }

    fn cipher(&self) -> Result<Aes256GcmSiv> {
        Aes256GcmSiv::new_from_slice(&self.0).doing("keying a mark")
    }
}

/// For which list and which reader a mark was written.
fn whose(list: List, reader: &str) -> String {
    format!("{}\n{reader}", list.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_by_whom_it_was_written_for_and_of_the_list_it_belongs_to() {
        let marks = Marks(Zeroizing::new(vec![7; 32]));
        let reached = Reached { seq: 7, id: Id::new(), held: 9, fingerprint: [1; 16], hash: vec![2; 32] };
        let mark = marks.seal(List::People, "client:a", &reached).expect("sealed");
        assert!(mark.len() <= MARK_LENGTH_MAX, "{mark}");
        assert_eq!(mark, marks.seal(List::People, "client:a", &reached).expect("sealed"), "the same text");
        assert_eq!(marks.open_mark(List::People, "client:a", &mark).expect("opened"), reached);
        let long = "A".repeat(MARK_LENGTH_MAX + 1);
        for (list, reader, mark) in [
            (List::People, "client:b", mark.as_str()),
            (List::Organisations, "client:a", &mark),
            (List::People, "client:a", ""),
            (List::People, "client:a", "AAAA"),
            (List::People, "client:a", &long),
        ] {
            assert_eq!(marks.open_mark(list, reader, mark).expect_err("refused").code(), Code::BadMark, "{mark}");
        }
    }
}
