//! The signing key: made at the first start, kept sealed by the master key.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use shared::access::Claims;
use shared::personal::{MasterKey, sealed_key};
use shared::storage::Tx;
use shared::{Error, Result, ResultExt};

/// Signs access tokens and knows the public key that verifies them.
pub struct Signer {
    key: EncodingKey,
    jwk: Jwk,
    kid: String,
}

impl Signer {
    /// Opens the signing key of the database; makes it when there is none.
    ///
    /// # Errors
    /// Fails when the key was sealed with another master key.
    pub fn open(tx: &mut Tx<'_>, master: &MasterKey) -> Result<Self> {
        let document = sealed_key(tx, master, "signing-key", || {
            let random = SystemRandom::new();
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
                .map(|document| document.as_ref().to_vec())
                .map_err(|_| Error::internal("making a signing key failed"))
        })?;
        let key = EncodingKey::from_ec_der(&document);
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).doing("deriving the public key")?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).doing("naming the public key")?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { key, jwk, kid })
    }

    /// Signs a token.
    ///
    /// # Errors
    /// Never in practice.
    pub fn sign(&self, claims: &Claims) -> Result<String> {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.key).doing("signing a token")
    }

    /// The published keys.
    #[must_use]
    pub fn keys(&self) -> JwkSet {
        JwkSet { keys: vec![self.jwk.clone()] }
    }
}
