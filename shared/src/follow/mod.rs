//! Followers: how a service learns of another's changes.
//!
//! A follower keeps its cursor in its own database and applies entries in the transaction in which it
//! moves the cursor, so each takes effect exactly once, also with two replicas: moving the cursor locks
//! its row and demands the place it was at. Kinds it does not handle only move the cursor; an unknown
//! version of a kind it handles, or an entry that cannot be applied, stops it visibly, as does a source
//! whose history is another one.

mod areas;
mod cursor;
mod run;

pub use areas::{
    AREA_KINDS, apply_area, insert_area, insert_succession, load_territory, load_territory_at, renew_territory,
};
pub use cursor::{CursorRow, find_cursor};
pub use run::{Applies, Follower, FollowerHandle, Source};
