//! Followers: how a service learns of another's changes.
//!
//! A follower keeps its cursor in its own database and moves it in the transaction that applies the entries. The
//! cursor row is locked and must still have the expected `seq`; if another replica was faster, this one applies
//! nothing. So each entry takes effect once. Entries of kinds that it does not handle only move the cursor. If
//! nothing of them is stored, the cursor moves in memory only (`Applies::keeps_all`): after a restart some thousand
//! of them are read again.
//!
//! An unknown version of a kind that it handles stops the follower visibly before that entry. So does an entry that
//! cannot be applied, and a source whose journal has diverged.
//!
//! An operator may set aside the entry at which a follower stopped (`aside.rs`, `command.rs`). The follower then
//! skips it, and also sets aside its corrections, entries that depend on it, and entries of the same record that
//! cannot be applied.

mod apply;
mod areas;
mod aside;
mod command;
mod cursor;
mod run;
mod source;

pub use areas::{
    Areas, apply_area, insert_area, insert_succession, load_territory, load_territory_at, renew_territory,
};
pub use aside::{is_set_aside, set_aside_areas, untold_set_aside};
pub use command::{SetAsideArgs, set_aside};
pub use cursor::{CursorRow, find_cursor};
pub use run::{Applies, Follower, FollowerHandle};
pub use source::Source;
