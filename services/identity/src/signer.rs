//! The signing keys: created at the first start, stored encrypted with the master key, changed on command and on
//! schedule.
//!
//! A new key is published ten minutes before it signs, so that clients which cache the published keys know it in
//! time. An old one stays published until the last token that it signed has expired.

use std::sync::{Arc, RwLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use shared::access::Claims;
use shared::clock::Clock;
use shared::personal::{KeyKind, KeyName, MasterKey, delete_sealed_key, list_sealed_keys, seal_key};
use shared::storage::{Act, AnyConnection, Db, Tx};
use shared::{Error, Result, ResultExt};

const PUBLISHED_BEFORE_USE: Duration = Duration::minutes(10);
/// The life of a token, and how far clocks may differ.
const PUBLISHED_AFTER_USE: Duration = Duration::minutes(15);
const CHANGED_EVERY: Duration = Duration::days(90);

/// Signs access tokens and knows the public keys that verify them.
pub struct Signer {
    master: MasterKey,
    /// Oldest first; never empty.
    keys: RwLock<Arc<Vec<SigningKey>>>,
}

struct SigningKey {
    made_at: DateTime<Utc>,
    key: EncodingKey,
    jwk: Jwk,
    kid: String,
}

impl SigningKey {
    fn open(made_at: &str, document: &[u8]) -> Result<Self> {
        let micros = made_at.parse().doing("reading a signing key's name")?;
        let made_at = DateTime::from_timestamp_micros(micros).ok_or_else(|| Error::internal("a key without a time"))?;
        let key = EncodingKey::from_ec_der(document);
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).doing("deriving the public key")?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).doing("naming the public key")?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { made_at, key, jwk, kid })
    }

    fn signs_from(&self) -> DateTime<Utc> {
        self.made_at + PUBLISHED_BEFORE_USE
    }
}

fn load(conn: &mut AnyConnection, master: &MasterKey) -> Result<Vec<SigningKey>> {
    let mut keys = list_sealed_keys(conn, master, KeyKind::Signing)?
        .into_iter()
        .map(|(made_at, document)| SigningKey::open(&made_at, &document))
        .collect::<Result<Vec<_>>>()?;
    keys.sort_by_key(|key| key.made_at);
    Ok(keys)
}

/// Makes a key if the newest one is ninety days old; another replica may have been faster.
fn rotate_when_due(tx: &mut Tx<'_>, master: &MasterKey) -> Result<()> {
    tx.serialise("signing keys")?;
    let at = tx.at();
    match load(tx.conn(), master)?.last() {
        Some(newest) if is_due(newest, at) => rotate(tx, master),
        _ => Ok(()),
    }
}

fn is_due(newest: &SigningKey, at: DateTime<Utc>) -> bool {
    newest.made_at + CHANGED_EVERY < at
}

/// Creates a key, which signs after ten minutes, and deletes those that no valid token needs.
///
/// # Errors
/// Fails when the database does.
pub fn rotate(tx: &mut Tx<'_>, master: &MasterKey) -> Result<()> {
    tx.serialise("signing keys")?;
    let at = tx.at();
    let keys = load(tx.conn(), master)?;
    for (key, next) in keys.iter().zip(keys.iter().skip(1)) {
        if next.signs_from() + PUBLISHED_AFTER_USE < at {
            delete_sealed_key(tx, &name_of(key.made_at))?;
        }
    }
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
        .map_err(|_| Error::internal("making a signing key failed"))?;
    seal_key(tx, master, &name_of(at), document.as_ref())
}

fn name_of(made_at: DateTime<Utc>) -> KeyName {
    KeyKind::Signing.of(&format!("{:020}", made_at.timestamp_micros()))
}

impl Signer {
    /// Opens the signing keys of the database; makes the first one when there is none.
    ///
    /// # Errors
    /// Fails when the keys were sealed with another master key.
    pub fn open(tx: &mut Tx<'_>, master: &MasterKey) -> Result<Self> {
        tx.serialise("signing keys")?;
        if load(tx.conn(), master)?.is_empty() {
            rotate(tx, master)?;
        }
        let keys = load(tx.conn(), master)?;
        Ok(Self { master: master.clone(), keys: RwLock::new(Arc::new(keys)) })
    }

    fn all(&self) -> Arc<Vec<SigningKey>> {
        match self.keys.read() {
            Ok(keys) => Arc::clone(&keys),
            Err(poisoned) => Arc::clone(&poisoned.into_inner()),
        }
    }

    /// Looks at the database again: another process may have made a key.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn reload(&self, db: &Db) -> Result<()> {
        let master = self.master.clone();
        let keys = Arc::new(db.read(move |conn| load(conn, &master)).await?);
        if !keys.is_empty() {
            match self.keys.write() {
                Ok(mut slot) => *slot = keys,
                Err(poisoned) => *poisoned.into_inner() = keys,
            }
        }
        Ok(())
    }

    /// Makes a new key.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn rotate(&self, db: &Db, at: DateTime<Utc>) -> Result<()> {
        self.change(db, at, rotate).await
    }

    /// Makes a new key if it is time, and no other replica has made it.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn rotate_when_due(&self, db: &Db, at: DateTime<Utc>) -> Result<()> {
        self.change(db, at, rotate_when_due).await
    }

    async fn change(
        &self,
        db: &Db,
        at: DateTime<Utc>,
        change: fn(&mut Tx<'_>, &MasterKey) -> Result<()>,
    ) -> Result<()> {
        let master = self.master.clone();
        let act = Act { actor: "service:identity".to_owned(), at, batch: None };
        db.note(act, move |tx| change(tx, &master)).await?;
        self.reload(db).await
    }

    /// Keeps the keys fresh: sees those that other processes made, and makes one every ninety days.
    pub async fn tend_for_ever(self: Arc<Self>, db: Db, clock: Clock) {
        const PAUSE: std::time::Duration = std::time::Duration::from_secs(30);
        loop {
            let is_due = self.all().last().is_some_and(|newest| is_due(newest, clock.now()));
            let tended = if is_due { self.rotate_when_due(&db, clock.now()).await } else { self.reload(&db).await };
            if let Err(error) = tended {
                log::warn!("the signing keys were not looked after: {error:?}");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Signs an access token with the key that is in use when it is issued.
    ///
    /// # Errors
    /// Never in practice.
    pub fn sign(&self, claims: &Claims) -> Result<String> {
        self.sign_as("at+jwt", claims.iat, claims)
    }

    /// Signs a token of a type with the key that is in use when it is issued, in seconds since 1970.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) fn sign_as(&self, kind: &str, issued_at: i64, claims: &impl Serialize) -> Result<String> {
        let (keys, issued_at) = (self.all(), DateTime::from_timestamp(issued_at, 0).unwrap_or_default());
        // The first key of all has nobody to wait for.
        let in_use = keys.iter().rfind(|key| key.signs_from() <= issued_at).or(keys.first());
        let in_use = in_use.ok_or_else(|| Error::internal("there is no signing key"))?;
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(kind.to_owned());
        header.kid = Some(in_use.kid.clone());
        jsonwebtoken::encode(&header, claims, &in_use.key).doing("signing a token")
    }

    /// The published keys: the one in use, the one to come, and the one before while its tokens live.
    #[must_use]
    pub fn keys(&self, at: DateTime<Utc>) -> JwkSet {
        let keys = self.all();
        let is_over =
            |number: usize| keys.get(number + 1).is_some_and(|next| next.signs_from() + PUBLISHED_AFTER_USE < at);
        let published = keys.iter().enumerate().filter(|(number, _)| !is_over(*number));
        JwkSet { keys: published.map(|(_, key)| key.jwk.clone()).collect() }
    }
}
