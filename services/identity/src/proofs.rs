//! Signed texts that are taken once: what a client signs to prove itself, and a provider's word that somebody signed out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use shared::Result;
use shared::storage::Tx;

use crate::schema::taken_proofs;
use crate::secrets::hash_of;

/// Says whether a header names parts that must be understood (RFC 7515, 4.1.11): none is.
pub(crate) fn names_critical(token: &str) -> bool {
    let header = token.split('.').next().and_then(|header| URL_SAFE_NO_PAD.decode(header).ok());
    let header: Option<serde_json::Value> = header.and_then(|header| serde_json::from_slice(&header).ok());
    header.is_none_or(|header| header.get("crit").is_some())
}

/// Takes a text by who signed it and its id, once while it is valid. False where it was taken before.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn take_once(tx: &mut Tx<'_>, proof: &str, valid_until: DateTime<Utc>) -> Result<bool> {
    let hash = hash_of(proof);
    tx.serialise(&format!("proof {}", hex::encode(&hash)))?;
    let taken: Option<Vec<u8>> =
        taken_proofs::table.find(&hash).select(taken_proofs::hash).get_result(tx.conn()).optional()?;
    if taken.is_some() {
        return Ok(false);
    }
    diesel::insert_into(taken_proofs::table)
        .values((taken_proofs::hash.eq(&hash), taken_proofs::valid_until.eq(valid_until.naive_utc())))
        .execute(tx.conn())?;
    Ok(true)
}

/// Forgets texts that are valid no more; some at a time. Says how many.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn forget_proofs(tx: &mut Tx<'_>) -> Result<usize> {
    const AT_ONCE: i64 = 500;
    let before = tx.at().naive_utc();
    let over = taken_proofs::table.filter(taken_proofs::valid_until.lt(before));
    let over: Vec<Vec<u8>> = over.select(taken_proofs::hash).limit(AT_ONCE).load(tx.conn())?;
    for hash in &over {
        diesel::delete(taken_proofs::table.find(hash)).execute(tx.conn())?;
    }
    Ok(over.len())
}
