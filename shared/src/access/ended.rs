//! Tokens that ended before their time: of a client that was disabled or lost a grant, of a person who left or lost a grant, of a
//! session that ended. identity lists them for as long as such a token could live; whoever verifies tokens keeps the list in memory.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Claims;
use crate::Id;

/// For how long an ending is listed: no token lives longer, a difference of clocks included.
pub const LISTED_MINUTES: i64 = 15;

/// Whose tokens ended early in the last fifteen minutes.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EndedTokensList {
    /// The clients, people and sessions.
    pub items: Vec<EndedTokens>,
}

/// Which tokens of a client, a person or a session ended early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EndedTokens {
    /// SHA-256 of the client's id, of `user:` with the person's id, of `session:` with the session's id, or of `everybody`,
    /// hexadecimal: only who knows the id recognises it.
    pub hash: String,
    /// Tokens whose `client_version` or `user_version` is below this one are refused; for `everybody` all tokens of people whose `iat`
    /// is below it; null: all tokens of the session.
    pub from_version: Option<i64>,
}

impl EndedTokens {
    /// Names the tokens of a client that were issued before a version of it.
    #[must_use]
    pub fn of_client(id: &str, from_version: i64) -> Self {
        Self { hash: hash_of(id), from_version: Some(from_version) }
    }

    /// Names the tokens of a person that were issued before a version of the person's record.
    #[must_use]
    pub fn of_user(id: Id, from_version: i64) -> Self {
        Self { hash: hash_of(&format!("user:{id}")), from_version: Some(from_version) }
    }

    /// Names the tokens of all people that were issued before an instant, in seconds since 1970.
    #[must_use]
    pub fn of_everybody(before: i64) -> Self {
        Self { hash: hash_of(EVERYBODY), from_version: Some(before) }
    }

    /// Names all tokens of a session.
    #[must_use]
    pub fn of_session(id: Id) -> Self {
        Self { hash: hash_of(&session_name(id)), from_version: None }
    }
}

const EVERYBODY: &str = "everybody";

fn session_name(id: Id) -> String {
    format!("session:{id}")
}

fn hash_of(name: &str) -> String {
    hex::encode(Sha256::digest(name.as_bytes()))
}

/// The list as it is asked: by hash.
#[derive(Debug, Default)]
pub(super) struct Ended(HashMap<String, Option<i64>>);

impl From<EndedTokensList> for Ended {
    fn from(list: EndedTokensList) -> Self {
        Self(list.items.into_iter().map(|one| (one.hash, one.from_version)).collect())
    }
}

impl Ended {
    /// Says whether a token has ended early.
    pub(super) fn has(&self, claims: &Claims) -> bool {
        // Mostly nothing is listed, and nothing needs to be hashed.
        if self.0.is_empty() {
            return false;
        }
        let is_older = |name: &str, version: i64| {
            self.0.get(&hash_of(name)).is_some_and(|from| from.is_none_or(|from| version < from))
        };
        is_older(&claims.client_id, claims.client_version)
            || claims.user_version.is_some_and(|version| is_older(&claims.sub, version))
            || claims.sid.is_some_and(|session| is_older(&session_name(session), 0) || is_older(EVERYBODY, claims.iat))
    }
}
