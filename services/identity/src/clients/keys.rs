//! Public keys of clients: who has one proves itself by signing (`private_key_jwt`, RFC 7523), and has no secret that could leak here.

use actix_web::{HttpRequest, put, web};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jsonwebtoken::jwk::Jwk;
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply, SecurityEvent};
use shared::published::client::ClientKeysSet;
use shared::storage::{AnyConnection, Tx, one_of};
use shared::validate::{Faults, Parsed, Wrong};
use shared::{Code, Error, Id, Moment, Result};

use super::http::{Client, entry_of, find_to_prove_anew};
use super::store;
use crate::schema::{client_keys, client_secrets};
use crate::state::State;

/// How many keys a client has at most: one in use, and others while keys change.
const KEYS_MAX: usize = 5;
/// How long the modulus of an RSA key is, in bytes.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;
/// How long a coordinate on the curve P-256 is, in bytes.
const P256_BYTES: usize = 32;

/// A public key, as a JSON Web Key (RFC 7517): EC on P-256, or RSA of at least 2,048 bits. Private parts are refused.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublicKey {
    /// `EC` or `RSA`.
    #[schema(max_length = 10, example = "EC")]
    kty: String,
    /// The key's name, which the header of each proof repeats: 1 to 100 letters, digits, `.`, `-` and `_`.
    #[schema(min_length = 1, max_length = 100, example = "2026-11")]
    kid: String,
    /// `ES256` for EC; `PS256` or `RS256` for RSA, both if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10, example = "ES256")]
    alg: Option<String>,
    /// `sig`.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10, example = "sig")]
    usage: Option<String>,
    /// `["verify"]`, as browsers export it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1, value_type = Option<Vec<KeyUse>>)]
    key_ops: Option<Vec<String>>,
    /// Whatever it is, as browsers export it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ext: Option<bool>,
    /// The curve of an EC key: `P-256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10, example = "P-256")]
    crv: Option<String>,
    /// A coordinate of an EC key, in base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 50)]
    x: Option<String>,
    /// The other coordinate of an EC key, in base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 50)]
    y: Option<String>,
    /// The modulus of an RSA key, in base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1400)]
    n: Option<String>,
    /// The exponent of an RSA key, in base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10)]
    e: Option<String>,
}

/// What a key is for, in the document.
#[derive(utoipa::ToSchema)]
#[schema(max_length = 10)]
struct KeyUse(#[expect(dead_code, reason = "it only describes")] String);

/// Sets the public keys of a client.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"keys": [{"kty": "EC", "kid": "2026-11", "crv": "P-256", "alg": "ES256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}))]
pub(crate) struct SetKeys {
    /// The keys, 1 to 5: those that are not among them are valid no more.
    #[schema(min_items = 1, max_items = 5)]
    keys: Vec<PublicKey>,
}

/// What is known of a client's key.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ClientKey)]
pub struct KeyShown {
    /// The key's name.
    pub kid: String,
    /// Since when it is valid.
    pub made_at: Moment,
}

impl PublicKey {
    /// The key as it is kept, where it is one that may be used.
    fn checked(&self) -> Parsed<(String, String)> {
        let refused = || Wrong::new(Code::PublicKeyRefused);
        let is_name = |kid: &str| {
            (1..=100).contains(&kid.len())
                && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        };
        let bytes = |part: &Option<String>| part.as_ref().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let verifies =
            self.key_ops.as_ref().is_none_or(|uses| uses.iter().all(|one| one == "verify") && uses.len() == 1);
        let is_signing = verifies && self.usage.as_deref().is_none_or(|usage| usage == "sig");
        let alg = self.alg.as_deref();
        let is_good = match self.kty.as_str() {
            "EC" => {
                self.crv.as_deref() == Some("P-256")
                    && alg.is_none_or(|alg| alg == "ES256")
                    && is_point(bytes(&self.x), bytes(&self.y))
                    && self.n.is_none()
                    && self.e.is_none()
            }
            "RSA" => {
                let modulus = bytes(&self.n).unwrap_or_default();
                // A leading zero would count as length; an even number is no modulus.
                let is_full = modulus.first().is_some_and(|first| *first >= 0x80);
                let is_odd = modulus.last().is_some_and(|last| last % 2 == 1);
                (RSA_BYTES.contains(&modulus.len()) && is_full && is_odd)
                    && alg.is_none_or(|alg| ["RS256", "PS256"].contains(&alg))
                    && bytes(&self.e).as_deref() == Some(&[1, 0, 1])
                    && [&self.crv, &self.x, &self.y].iter().all(|part| part.is_none())
            }
            _ => false,
        };
        let text = serde_json::to_string(self).map_err(|_| refused())?;
        let is_read = serde_json::from_str::<Jwk>(&text).is_ok();
        if is_good && is_signing && is_read && is_name(&self.kid) {
            Ok((self.kid.clone(), text))
        } else {
            Err(refused())
        }
    }
}

/// Says whether two coordinates are a point on the curve P-256.
fn is_point(x: Option<Vec<u8>>, y: Option<Vec<u8>>) -> bool {
    let (Some(x), Some(y)) = (x, y) else { return false };
    let uncompressed: Vec<u8> = [4].into_iter().chain(x.iter().chain(&y).copied()).collect();
    x.len() == P256_BYTES
        && y.len() == P256_BYTES
        && ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &uncompressed).is_ok()
}

fn checked(keys: &[PublicKey]) -> Result<Vec<(String, String)>> {
    let mut faults = Faults::new();
    if keys.is_empty() {
        faults.add("/keys", Wrong::new(Code::Required));
    }
    if keys.len() > KEYS_MAX {
        faults.add("/keys", Wrong::new(Code::TooMany).with("max", KEYS_MAX));
    }
    let mut found: Vec<(String, String)> = Vec::with_capacity(keys.len());
    for (number, key) in keys.iter().take(KEYS_MAX).enumerate() {
        match key.checked() {
            Ok((kid, _)) if found.iter().any(|(known, _)| *known == kid) => {
                faults.add(&format!("/keys/{number}/kid"), Wrong::new(Code::RepeatedValue));
            }
            Ok(key) => found.push(key),
            Err(wrong) => faults.add(&format!("/keys/{number}"), wrong),
        }
    }
    faults.finish()?;
    Ok(found)
}

/// Sets the public keys by which a client proves itself (`private_key_jwt`, RFC 7523). Its secrets end at once, and with them its tokens:
/// from then on it signs each request for a token with one of the keys. A new secret ends the keys.
///
/// Needs `client.write` over its area and over the areas of its roles, and `If-Match`. Not for the calling client.
#[utoipa::path(tag = "clients", params(("id" = Id, Path, description = "The client")), request_body = SetKeys,
    responses((status = 200, body = Client)))]
#[put("/v1/clients/{id}/keys")]
pub(crate) async fn set_client_keys(
    may: May<needs::WriteClient>,
    id: web::Path<Id>,
    body: Body<SetKeys>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<Client>> {
    let (scope, id, at, precondition) = (may.scope.clone(), *id, may.at, command.precondition());
    if may.caller.is_client(id) {
        return Err(Error::new(Code::OwnSecret).into());
    }
    let keys = checked(&body.value.keys)?;
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let client = find_to_prove_anew(tx, &scope, id, &precondition)?;
            if client.is_disabled {
                return Err(Error::new(Code::ClientDisabled));
            }
            put_keys(tx, id, &keys)?;
            store::note_holders(tx, id)?;
            let found = store::find_client(tx.conn(), &scope, id)?;
            let (client, version) = found.ok_or_else(|| Error::new(Code::NotFound))?;
            let entry = entry_of(&client, &ClientKeysSet { id }, at)?;
            Ok((Reply::changed(version, client), entry.into()))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::SecretRenewed);
    Ok(reply)
}

/// Replaces the keys of a client, and ends its secrets and its tokens.
fn put_keys(tx: &mut Tx<'_>, id: Id, keys: &[(String, String)]) -> Result<()> {
    let at = tx.at().naive_utc();
    let kept: Vec<(String, String, NaiveDateTime)> = client_keys::table
        .filter(client_keys::client_id.eq(id))
        .select((client_keys::kid, client_keys::jwk, client_keys::made_at))
        .load(tx.conn())?;
    diesel::delete(client_secrets::table.filter(client_secrets::client_id.eq(id))).execute(tx.conn())?;
    end_keys(tx, id)?;
    for (kid, jwk) in keys {
        // A key that was there before is as old as it was.
        let known = kept.iter().find(|(known, text, _)| known == kid && text == jwk);
        diesel::insert_into(client_keys::table)
            .values((
                client_keys::client_id.eq(id),
                client_keys::kid.eq(kid),
                client_keys::jwk.eq(jwk),
                client_keys::made_at.eq(known.map_or(at, |(_, _, made_at)| *made_at)),
            ))
            .execute(tx.conn())?;
    }
    crate::grants::end_tokens(tx, id)
}

/// Ends the keys of a client that gets a secret.
pub(super) fn end_keys(tx: &mut Tx<'_>, id: Id) -> Result<()> {
    diesel::delete(client_keys::table.filter(client_keys::client_id.eq(id))).execute(tx.conn())?;
    Ok(())
}

/// The keys of some clients, by their names.
pub(super) fn keys_of(conn: &mut AnyConnection, clients: &[Id]) -> Result<Vec<(Id, KeyShown)>> {
    let rows: Vec<(Id, String, NaiveDateTime)> = client_keys::table
        .filter(one_of(client_keys::client_id, clients))
        .order((client_keys::client_id, client_keys::kid))
        .select((client_keys::client_id, client_keys::kid, client_keys::made_at))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, kid, made_at)| (id, KeyShown { kid, made_at: made_at.into() })).collect())
}

/// Returns one key of a client by its name.
pub(crate) fn find_key(conn: &mut AnyConnection, client: Id, kid: &str) -> Result<Option<Jwk>> {
    let kept: Option<String> =
        client_keys::table.find((client, kid)).select(client_keys::jwk).get_result(conn).optional()?;
    Ok(kept.map(|text| serde_json::from_str(&text)).transpose()?)
}
