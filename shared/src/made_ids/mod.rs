//! Ids that callers make for what they create.
//!
//! A phone that is offline can then queue commands that name one another, and a command that is sent again creates nothing
//! twice, also without an `Idempotency-Key`.
//!
//! - Every create takes such an id for the record that `Location` names, and one for each other record that it creates.
//! - An id is a UUID of version 7. Its time is at most 60 days before and 5 minutes after the server's clock.
//! - The same ids with the same request: the answer is the record as it stands today, and nothing changes. A keyed hash of
//!   the request is kept for that; an erasure removes the hash.
//! - Another request, another kind of record, or a record that the caller may not read: `id_taken`, the same for each, so
//!   that the answer tells nothing about that record.
//! - An id says nothing about order: its time is the caller's word.

mod named;
mod store;

pub use named::{NamedIds, NamesIds};
pub use store::{MadeIds, as_it_stands, forget_content};
