//! A client that proves itself by signing: `private_key_jwt` (RFC 7523; OpenID Connect Core, 9).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use shared::storage::Act;
use shared::{Id, Result};

use crate::clients::{ClientIdentity, find_key, find_proved_by_key};
use crate::proofs::{names_critical, take_once};
use crate::state::State;

/// The type of proof that is named beside it.
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long a proof is valid at most, in seconds.
const LASTS: i64 = 300;
/// How far clocks may differ, in seconds.
const LEEWAY: i64 = 60;

/// One server, also where it is written as a list of one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Listed([String; 1]),
}

impl Audience {
    fn is(&self, issuer: &str) -> bool {
        match self {
            Self::One(one) | Self::Listed([one]) => one == issuer,
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: Option<i64>,
    nbf: Option<i64>,
    jti: String,
}

/// The claims of a token that nobody has verified.
fn unverified(token: &str) -> Option<Claims> {
    let body = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}

impl Claims {
    /// Says whether they are of a client, for this server alone, and valid now.
    fn hold(&self, issuer: &str, at: DateTime<Utc>) -> bool {
        let now = at.timestamp();
        let lasts_at_most = now.saturating_add(LASTS + LEEWAY);
        let has_begun = |since: Option<i64>| since.is_none_or(|since| since <= now + LEEWAY);
        self.iss == self.sub
            // One audience, and it is the issuer: a proof for another server opens nothing here.
            && self.aud.is(issuer)
            && self.exp > now - LEEWAY
            && self.exp <= lasts_at_most
            && has_begun(self.iat)
            && has_begun(self.nbf)
            && (1..=200).contains(&self.jti.len())
    }
}

/// Returns the client that signed a proof; nothing where it does not hold, or was taken before.
pub(super) async fn client_of(state: &State, token: &str, named: Option<&str>) -> Result<Option<ClientIdentity>> {
    let at = state.clock.now();
    let Some(claims) = unverified(token).filter(|claims| claims.hold(&state.issuer, at)) else { return Ok(None) };
    let Ok(id) = claims.sub.parse::<Id>() else { return Ok(None) };
    if named.is_some_and(|named| !named.eq_ignore_ascii_case(&claims.sub)) {
        return Ok(None);
    }
    if names_critical(token) {
        return Ok(None);
    }
    let Ok(header) = jsonwebtoken::decode_header(token) else { return Ok(None) };
    let is_known = matches!(header.alg, Algorithm::ES256 | Algorithm::RS256 | Algorithm::PS256);
    let Some(kid) = header.kid.filter(|_| is_known) else { return Ok(None) };
    let named = kid.clone();
    let Some(key) = state.db.read(move |conn| find_key(conn, id, &named)).await? else { return Ok(None) };
    let is_of_key = key.common.key_algorithm.is_none_or(|named| named.to_string() == format!("{:?}", header.alg));
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[&state.issuer]);
    validation.set_required_spec_claims(&["iss", "sub", "aud"]);
    // Time is an argument here.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let is_signed = DecodingKey::from_jwk(&key)
        .and_then(|key| jsonwebtoken::decode::<serde_json::Value>(token, &key, &validation))
        .is_ok();
    if !is_of_key || !is_signed {
        return Ok(None);
    }
    let valid_until = DateTime::from_timestamp(claims.exp + LEEWAY, 0).unwrap_or(at);
    let act = Act { actor: format!("client:{id}"), at, batch: None };
    let proof = format!("client {id} {}", claims.jti);
    state
        .db
        .note(act, move |tx| {
            if !take_once(tx, &proof, valid_until)? {
                return Ok(None);
            }
            find_proved_by_key(tx.conn(), id, &kid, &key)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_the_clients_own_for_this_server_and_for_a_short_time() {
        let at = DateTime::from_timestamp(1_000_000, 0).expect("an instant");
        let good = || Claims {
            iss: "c".to_owned(),
            sub: "c".to_owned(),
            aud: Audience::One("https://dang.vn".to_owned()),
            exp: 1_000_100,
            iat: Some(1_000_000),
            nbf: None,
            jti: "1".to_owned(),
        };
        assert!(good().hold("https://dang.vn", at));
        for (what, claims) in [
            ("of another", Claims { iss: "d".to_owned(), ..good() }),
            ("for another", Claims { aud: Audience::One("https://other.vn".to_owned()), ..good() }),
            ("for the endpoint", Claims { aud: Audience::One("https://dang.vn/v1/oauth/token".to_owned()), ..good() }),
            ("over", Claims { exp: 999_940, ..good() }),
            ("for too long", Claims { exp: 1_000_361, ..good() }),
            ("for ever", Claims { exp: i64::MAX, ..good() }),
            ("of the future", Claims { iat: Some(1_000_061), ..good() }),
            ("not yet", Claims { nbf: Some(1_000_061), ..good() }),
            ("without a name", Claims { jti: String::new(), ..good() }),
        ] {
            assert!(!claims.hold("https://dang.vn", at), "{what}");
        }
    }
}
