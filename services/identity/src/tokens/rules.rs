//! How long tokens are valid.

/// How long a token is valid, in seconds.
pub(super) const TOKEN_SECONDS: i64 = 600;
