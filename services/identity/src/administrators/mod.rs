//! Administrators of provinces: each province in force keeps one, a program or a person, whatever is taken back.

mod rules;
mod store;

pub(crate) use store::{Loser, keep_an_administrator};
