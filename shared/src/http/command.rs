//! Commands: a change, its journal entries and its idempotency record commit in one transaction.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Text, Timestamp};
use futures_util::future::{Ready, ready};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::answer::etag;
use super::{Failure, Reply};
use crate::access::May;
use crate::clock::Clock;
use crate::error::{At, Fault, Params};
use crate::journal::Entries;
use crate::storage::{Act, Db, Tx};
use crate::{Code, Error, Expected, Result};

diesel::table! {
    idempotency_records (caller, key) {
        caller -> Text,
        key -> Text,
        fingerprint -> Binary,
        status -> Nullable<Integer>,
        headers -> Nullable<Text>,
        body -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

/// What a changing request says besides its body: `Idempotency-Key` and `If-Match`.
#[derive(Debug)]
pub struct Command {
    key: Option<String>,
    precondition: Precondition,
    line: String,
}

/// The version that the caller believes to change.
#[derive(Debug, Clone)]
pub struct Precondition(Option<String>);

impl Precondition {
    /// Checks the version that stands now.
    ///
    /// # Errors
    /// `missing_if_match` when the caller named none, `stale_version` when another one stands.
    pub fn check(&self, version: i64) -> Result<()> {
        let Some(named) = &self.0 else { return Err(Error::new(Code::MissingIfMatch)) };
        let stands = etag(version).to_string();
        // A proxy that compressed an answer may have made its tag weak; the opaque part still tells.
        let is_current =
            named.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == stands);
        if is_current { Ok(()) } else { Err(Error::new(Code::StaleVersion)) }
    }
}

impl FromRequest for Command {
    type Error = Failure;
    type Future = Ready<std::result::Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request).map_err(Failure))
    }
}

fn parse(request: &HttpRequest) -> Result<Command> {
    const KEY_CHARACTERS_MAX: usize = 64;
    let text = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let key = request.headers().get("Idempotency-Key").map(|value| {
        let key = value.to_str().unwrap_or_default();
        let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
        let is_good = (1..=KEY_CHARACTERS_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        if is_good {
            return Ok(key.to_owned());
        }
        Err(Error::faults(vec![Fault {
            at: At::Header("Idempotency-Key".to_owned()),
            code: Code::BadFormat,
            params: Params::from([("expected", Expected::VisibleCharacters.to_string())]),
        }]))
    });
    let if_match = text(header::IF_MATCH).map(str::to_owned);
    let line = format!("{} {} {}", request.method(), request.uri(), if_match.as_deref().unwrap_or_default());
    Ok(Command { key: key.transpose()?, precondition: Precondition(if_match), line })
}

/// What became of a request with a key.
enum Outcome<T> {
    Fresh(Reply<T>),
    Repeated { fingerprint: Vec<u8>, saved: String },
}

impl Command {
    /// The version that the caller believes to change, to be checked inside the change.
    #[must_use]
    pub fn precondition(&self) -> Precondition {
        self.precondition.clone()
    }

    /// Carries out a change once: with a key, a repeated request gets the first one's answer. Answers must
    /// not hold personal data, since they are kept.
    ///
    /// # Errors
    /// What the change refuses; `idempotency_key_reused` for another request under the same key;
    /// `idempotency_key_busy` when the first one is still running.
    pub async fn run<P, T, F>(self, db: &Db, may: &May<P>, body_hash: &[u8; 32], work: F) -> Result<Reply<T>>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<(Reply<T>, Entries)> + Send + 'static,
    {
        let Some(key) = self.key else { return db.write(may.act(), work).await };
        let caller = may.caller.subject.clone();
        let fingerprint = Sha256::new().chain_update(&self.line).chain_update(body_hash).finalize().to_vec();
        let expected = fingerprint.clone();
        let outcome = db
            .write(may.act(), move |tx| {
                if !reserve(tx, &caller, &key, &fingerprint)? {
                    let repeated = find_saved(tx, &caller, &key)?;
                    return Ok((repeated, Entries::unjournalled("an answer given before is repeated")));
                }
                let (reply, entries) = work(tx)?;
                save(tx, &caller, &key, &reply)?;
                Ok((Outcome::Fresh(reply), entries))
            })
            .await?;
        match outcome {
            Outcome::Fresh(reply) => Ok(reply),
            Outcome::Repeated { fingerprint, .. } if fingerprint != expected => {
                Err(Error::new(Code::IdempotencyKeyReused))
            }
            Outcome::Repeated { saved, .. } => {
                let mut reply: Reply<T> = serde_json::from_str(&saved)?;
                reply.is_replayed = true;
                Ok(reply)
            }
        }
    }
}

/// How long an answer is kept for a repeated request: phones are long offline.
const ANSWERS_KEPT: chrono::Duration = chrono::Duration::days(30);

/// Forgets answers older than thirty days, now and every hour.
pub async fn forget_answers_for_ever(db: Db, clock: Clock) {
    const PAUSE: std::time::Duration = std::time::Duration::from_secs(3600);
    loop {
        if let Err(error) = forget_answers(&db, clock.now()).await {
            log::warn!("old answers were not forgotten: {error:?}");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn forget_answers(db: &Db, at: DateTime<Utc>) -> Result<()> {
    let act = Act { actor: "service:answers".to_owned(), at, batch: None };
    db.write(act, move |tx| {
        let old = idempotency_records::created_at.lt((at - ANSWERS_KEPT).naive_utc());
        diesel::delete(idempotency_records::table.filter(old)).execute(tx.conn())?;
        Ok(((), Entries::unjournalled("answers are kept for repeated requests only")))
    })
    .await
}

/// Takes the key; a twin in flight is waited for, on the unique index.
fn reserve(tx: &mut Tx<'_>, caller: &str, key: &str, fingerprint: &[u8]) -> Result<bool> {
    let at: NaiveDateTime = tx.at().naive_utc();
    let result = diesel::sql_query(
        "INSERT INTO idempotency_records (caller, key, fingerprint, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (caller, key) DO NOTHING",
    )
    .bind::<Text, _>(caller)
    .bind::<Text, _>(key)
    .bind::<Binary, _>(fingerprint)
    .bind::<Timestamp, _>(at)
    .execute(tx.conn());
    match result {
        Ok(rows) => Ok(rows == 1),
        Err(diesel::result::Error::DatabaseError(_, information)) if information.message().contains("lock timeout") => {
            Err(Error::new(Code::IdempotencyKeyBusy))
        }
        Err(error) => Err(error.into()),
    }
}

fn find_saved<T>(tx: &mut Tx<'_>, caller: &str, key: &str) -> Result<Outcome<T>> {
    let (fingerprint, saved) = idempotency_records::table
        .find((caller, key))
        .select((idempotency_records::fingerprint, idempotency_records::body))
        .get_result::<(Vec<u8>, Option<String>)>(tx.conn())?;
    let saved = saved.ok_or_else(|| Error::new(Code::IdempotencyKeyBusy))?;
    Ok(Outcome::Repeated { fingerprint, saved })
}

fn save<T: Serialize>(tx: &mut Tx<'_>, caller: &str, key: &str, reply: &Reply<T>) -> Result<()> {
    diesel::update(idempotency_records::table.find((caller, key)))
        .set((
            idempotency_records::status.eq(Some(i32::from(reply.status))),
            idempotency_records::body.eq(Some(serde_json::to_string(reply)?)),
        ))
        .execute(tx.conn())?;
    Ok(())
}
