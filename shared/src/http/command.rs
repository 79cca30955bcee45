//! Commands: a change, its journal entries and its idempotency record commit in one transaction.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use futures_util::future::{Ready, ready};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::answer::Tag;
use super::{Failure, Reply};
use crate::access::{May, Scope};
use crate::clock::Clock;
use crate::error::{At, Fault, Params};
use crate::journal::Entries;
use crate::made_ids::{MadeIds, NamedIds};
use crate::personal::Vault;
use crate::storage::{Act, AnyConnection, Db, Tx};
use crate::territory::AreaId;
use crate::{Code, Error, Expected, Id, Result};

diesel::table! {
    use diesel::sql_types::*;
    use crate::id::SqlId;

    idempotency_records (caller, key) {
        caller -> Text,
        key -> Text,
        fingerprint -> Binary,
        body -> Binary,
        created_at -> Timestamp,
        area -> Nullable<Text>,
        sealed_by -> Nullable<SqlId>,
    }
}

const TABLE: &str = "idempotency_records";
const BODY: &str = "body";

/// An answer as it is kept: the request's hash, the body, the area of what was changed, the data key that seals it.
type SavedRow = (Vec<u8>, Vec<u8>, Option<String>, Option<Id>);

/// What a changing request says besides its body: `Idempotency-Key` and `If-Match`.
pub struct Command {
    key: Option<String>,
    precondition: Precondition,
    line: String,
    path: String,
    vault: Option<Vault>,
}

/// The version that the caller believes to change.
#[derive(Debug, Clone)]
pub struct Precondition(Option<String>);

impl Precondition {
    /// Checks the version that stands now of a record that the caller may read.
    ///
    /// # Errors
    /// `missing_if_match` when the caller named none, `stale_version` with the present one when another one stands.
    pub fn check(&self, current: impl Into<Tag>) -> Result<()> {
        let Some(named) = &self.0 else { return Err(Error::new(Code::MissingIfMatch)) };
        let stands = current.into().quoted();
        // A proxy that compressed an answer may have made its tag weak; the opaque part still tells.
        let is_current =
            named.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == stands);
        if is_current { Ok(()) } else { Err(Error::new(Code::StaleVersion).at_version(stands)) }
    }
}

impl FromRequest for Command {
    type Error = Failure;
    type Future = Ready<std::result::Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request).map_err(Failure))
    }
}

/// How long `If-Match` may be.
pub(super) const IF_MATCH_BYTES_MAX: usize = 1024;

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
    if if_match.as_ref().is_some_and(|named| named.len() > IF_MATCH_BYTES_MAX) {
        return Err(Error::faults(vec![Fault {
            at: At::Header("If-Match".to_owned()),
            code: Code::TooLong,
            params: Params::from([("max", IF_MATCH_BYTES_MAX.to_string())]),
        }]));
    }
    let line = format!("{} {} {}", request.method(), request.uri(), if_match.as_deref().unwrap_or_default());
    Ok(Command {
        key: key.transpose()?,
        precondition: Precondition(if_match),
        line,
        path: request.path().to_owned(),
        vault: None,
    })
}

/// A request with a key.
#[derive(Clone)]
struct Keyed {
    caller: String,
    key: String,
    /// What the caller reaches today.
    scope: Scope,
    /// Opens answers that are kept sealed.
    vault: Option<Vault>,
    /// The hash of what was asked: another request under the same key has another one.
    fingerprint: Vec<u8>,
}

/// What became of a request with a key.
enum Outcome<T> {
    Fresh(Reply<T>),
    Repeated(Saved),
}

/// The answer that was given to a key.
struct Saved {
    /// Absent where the key that sealed it was deleted by an erasure.
    body: Option<Vec<u8>>,
}

impl Command {
    /// The version that the caller believes to change, to be checked inside the change.
    #[must_use]
    pub fn precondition(&self) -> Precondition {
        self.precondition.clone()
    }

    /// Says what opens and seals answers with personal data: see [`Reply::sealed_by`].
    #[must_use]
    pub fn sealing(self, vault: &Vault) -> Self {
        Self { vault: Some(vault.clone()), ..self }
    }

    /// Keeps no answer, since it shows a secret: a key has no effect.
    #[must_use]
    pub fn keeping_no_answer(self) -> Self {
        Self { key: None, ..self }
    }

    /// Carries out a create once, as [`Command::run`], also where the caller made the ids of what it creates. `work` is told
    /// which record the same request created before: then it shows that record as it stands
    /// ([`as_it_stands`](crate::made_ids::as_it_stands)) and changes nothing.
    ///
    /// # Errors
    /// Those of [`Command::run`]; `id_taken`; faults of the ids.
    pub async fn create<P, T, F>(
        self,
        db: &Db,
        made_ids: &MadeIds,
        may: &May<P>,
        named: NamedIds,
        work: F,
    ) -> Result<Reply<T>>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: FnOnce(&mut Tx<'_>, Option<Id>) -> Result<(Reply<T>, Entries)> + Send + 'static,
    {
        let (made_ids, path, body_hash) = (made_ids.clone(), self.path.clone(), named.body_hash);
        self.run(db, may, &body_hash, move |tx| made_ids.create_once(tx, &path, &named, work)).await
    }

    /// Carries out a change once: with a key, a repeated request gets the first one's answer, as long as the caller
    /// reaches what was changed. Answers are kept: those with personal data say which data key seals them.
    ///
    /// # Errors
    /// What the change refuses; `idempotency_key_reused` for another request under the same key; `outcome_unknown`
    /// when the connection was lost during the commit and no key was sent that could tell.
    pub async fn run<P, T, F>(self, db: &Db, may: &May<P>, body_hash: &[u8; 32], work: F) -> Result<Reply<T>>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<(Reply<T>, Entries)> + Send + 'static,
    {
        let Some(key) = self.key else { return db.write(may.act(), work).await };
        let fingerprint = Sha256::new().chain_update(&self.line).chain_update(body_hash).finalize().to_vec();
        let (caller, scope, vault) = (may.caller.subject.clone(), may.scope.clone(), self.vault);
        let keyed = Keyed { caller, key, scope, vault, fingerprint };
        let asked = keyed.clone();
        if let Some(saved) = db.look_up(move |conn| asked.find_saved(conn)).await? {
            return saved.repeated();
        }
        let first = keyed.clone();
        let outcome = db.write(may.act(), move |tx| {
            // A twin may have held the lock before.
            if let Some(saved) = first.find_saved(tx.conn())? {
                let repeated = Outcome::Repeated(saved);
                return Ok((repeated, Entries::unjournalled("an answer given before is repeated")));
            }
            let (reply, entries) = work(tx)?;
            first.save(tx, &reply, &entries)?;
            Ok((Outcome::Fresh(reply), entries))
        });
        match outcome.await {
            Ok(Outcome::Fresh(reply)) => Ok(reply),
            Ok(Outcome::Repeated(saved)) => saved.repeated(),
            Err(error) if error.code() == Code::OutcomeUnknown => keyed.find_outcome(db, may.act(), error).await,
            Err(error) => Err(error),
        }
    }
}

/// Between the areas of what was changed, in one column. No area's id has it.
const AREA_SEPARATOR: &str = ",";

impl Keyed {
    /// Looks for the answer after a commit whose outcome is not known. The journal's lock is waited for, so that the
    /// lost transaction has ended by then.
    async fn find_outcome<T: DeserializeOwned>(self, db: &Db, act: Act, lost: Error) -> Result<Reply<T>> {
        let asked = self.clone();
        let saved = db.write(act, move |tx| {
            Ok((asked.find_saved(tx.conn())?, Entries::unjournalled("the answer to a key is looked up")))
        });
        match saved.await {
            Ok(Some(saved)) => saved.reply(),
            Ok(None) => Err(Error::new(Code::Unavailable).because(lost)),
            Err(refused) if [Code::IdempotencyKeyReused, Code::NotFound].contains(&refused.code()) => Err(refused),
            Err(_) => Err(lost),
        }
    }

    /// Finds the answer that was given to the key, and opens it for who may have it.
    ///
    /// # Errors
    /// `idempotency_key_reused` for another request; `not_found` where the caller does not reach today what was changed.
    fn find_saved(&self, conn: &mut AnyConnection) -> Result<Option<Saved>> {
        let saved: Option<SavedRow> = idempotency_records::table
            .find((&self.caller, &self.key))
            .select((
                idempotency_records::fingerprint,
                idempotency_records::body,
                idempotency_records::area,
                idempotency_records::sealed_by,
            ))
            .get_result(conn)
            .optional()?;
        let Some((fingerprint, kept, area, sealed_by)) = saved else { return Ok(None) };
        if fingerprint != self.fingerprint {
            return Err(Error::new(Code::IdempotencyKeyReused));
        }
        // A grant may have ended since: what the caller cannot read today is not repeated either.
        let areas = area.iter().flat_map(|areas| areas.split(AREA_SEPARATOR));
        if !areas.map(AreaId::stored).all(|area| self.scope.may_read(&area)) {
            return Err(Error::new(Code::NotFound));
        }
        let body = match sealed_by {
            Some(id) => {
                let key = self.vault()?.find_data_keys(conn, &[id])?.pop();
                key.map(|key| key.open(TABLE, BODY, &kept)).transpose()?.map(String::into_bytes)
            }
            None => Some(kept),
        };
        Ok(Some(Saved { body }))
    }

    fn vault(&self) -> Result<&Vault> {
        self.vault.as_ref().ok_or_else(|| Error::internal("an answer is sealed, and nothing opens it"))
    }

    fn save<T: Serialize>(&self, tx: &mut Tx<'_>, reply: &Reply<T>, entries: &Entries) -> Result<()> {
        let at = tx.at().naive_utc();
        // The answer shows what the caller reads. A change may write entries in areas that the caller does not read.
        let readable = entries.areas().into_iter().filter(|area| self.scope.may_read(area));
        let areas: Vec<&str> = readable.map(AreaId::as_str).collect();
        let areas = (!areas.is_empty()).then(|| areas.join(AREA_SEPARATOR));
        let text = serde_json::to_string(reply)?;
        let body = match reply.sealed_by {
            Some(id) => {
                let key = self.vault()?.find_data_keys(tx.conn(), &[id])?.pop();
                key.ok_or_else(|| Error::internal("an answer without its data key"))?.seal(TABLE, BODY, &text)?
            }
            None => text.into_bytes(),
        };
        diesel::insert_into(idempotency_records::table)
            .values((
                idempotency_records::caller.eq(&self.caller),
                idempotency_records::key.eq(&self.key),
                idempotency_records::fingerprint.eq(&self.fingerprint),
                idempotency_records::body.eq(body),
                idempotency_records::created_at.eq(at),
                idempotency_records::area.eq(areas),
                idempotency_records::sealed_by.eq(reply.sealed_by),
            ))
            .execute(tx.conn())?;
        Ok(())
    }
}

impl Saved {
    fn repeated<T: DeserializeOwned>(&self) -> Result<Reply<T>> {
        Ok(Reply { is_replayed: true, ..self.reply()? })
    }

    fn reply<T: DeserializeOwned>(&self) -> Result<Reply<T>> {
        let body = self.body.as_deref().ok_or_else(|| Error::new(Code::RecordErased))?;
        Ok(serde_json::from_slice(body)?)
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
    const AT_ONCE: i64 = 500;
    loop {
        let act = Act { actor: "service:answers".to_owned(), at, batch: None };
        let deleted = db.note(act, move |tx| {
            let old: Vec<(String, String)> = idempotency_records::table
                .filter(idempotency_records::created_at.lt((at - ANSWERS_KEPT).naive_utc()))
                .select((idempotency_records::caller, idempotency_records::key))
                .limit(AT_ONCE)
                .load(tx.conn())?;
            for (caller, key) in &old {
                diesel::delete(idempotency_records::table.find((caller, key))).execute(tx.conn())?;
            }
            Ok(old.len())
        });
        if deleted.await? == 0 {
            return Ok(());
        }
    }
}
