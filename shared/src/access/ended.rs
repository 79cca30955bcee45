//! Tokens that ended before their time: of a client that was disabled, or that lost a grant. identity lists them
//! for as long as such a token could live; whoever verifies tokens keeps the list in memory.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Claims;

/// For how long an ending is listed: no token lives longer, a difference of clocks included.
pub const LISTED_MINUTES: i64 = 15;

/// Whose tokens ended early in the last fifteen minutes.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EndedTokensList {
    /// The clients.
    pub items: Vec<EndedTokens>,
}

/// Which tokens of a client ended early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EndedTokens {
    /// SHA-256 of the client's id, hexadecimal: only who knows the client recognises it.
    pub client_hash: String,
    /// Tokens whose `client_version` is below this one are refused.
    pub from_version: i64,
}

impl EndedTokens {
    /// Names the tokens of a client that were issued before a version of it.
    #[must_use]
    pub fn of(client_id: &str, from_version: i64) -> Self {
        Self { client_hash: hash_of(client_id), from_version }
    }
}

fn hash_of(client_id: &str) -> String {
    hex::encode(Sha256::digest(client_id.as_bytes()))
}

/// The list as it is asked: by client.
#[derive(Debug, Default)]
pub(super) struct Ended(HashMap<String, i64>);

impl From<EndedTokensList> for Ended {
    fn from(list: EndedTokensList) -> Self {
        Self(list.items.into_iter().map(|one| (one.client_hash, one.from_version)).collect())
    }
}

impl Ended {
    /// Says whether a token has ended early.
    pub(super) fn has(&self, claims: &Claims) -> bool {
        // Mostly nothing is listed, and nothing needs to be hashed.
        !self.0.is_empty() && self.0.get(&hash_of(&claims.client_id)).is_some_and(|from| claims.client_version < *from)
    }
}
