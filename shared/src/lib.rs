//! Mechanisms that the services share: storage on two engines, the journal, followers,
//! territory, access, HTTP conventions, text. Nothing here knows what a Party cell is.

pub mod access;
pub mod backup;
pub mod clock;
pub mod config;
pub mod error;
pub mod follow;
pub mod http;
pub mod id;
pub mod journal;
pub mod messages;
pub mod period;
pub mod personal;
pub mod program;
pub mod published;
pub mod service;
pub mod storage;
pub mod territory;
pub mod text;
pub mod validate;

pub use error::{Code, Error, Result, ResultExt};
pub use id::Id;
