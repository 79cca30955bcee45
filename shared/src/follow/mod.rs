//! Followers: how a service learns of another's changes.
//!
//! A follower keeps its cursor in its own database and applies entries in the transaction in which it
//! moves the cursor, so each takes effect exactly once, also with two replicas: moving the cursor locks
//! its row and demands the place it was at. Kinds it does not handle only move the cursor, in memory alone where
//! nothing of them is kept (`Applies::keeps_all`): a start reads at most some thousand of them again. An unknown
//! version of a kind it handles, or an entry that cannot be applied, stops it visibly before that entry, as
//! does a source whose history is another one.
//!
//! An operator may set the entry aside that a follower stands at (`aside.rs`, `command.rs`): the follower goes on past
//! it, and sets aside with it what corrects it, what builds on it, and what cannot be applied of the same record.

mod apply;
mod areas;
mod aside;
mod command;
mod cursor;
mod run;
mod source;

pub use areas::{
    AREA_KINDS, apply_area, insert_area, insert_succession, load_territory, load_territory_at, renew_territory,
};
pub use aside::{is_set_aside, set_aside_areas, untold_set_aside};
pub use command::{SetAsideArgs, set_aside};
pub use cursor::{CursorRow, find_cursor};
pub use run::{Applies, Follower, FollowerHandle};
pub use source::Source;
