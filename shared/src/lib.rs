//! Mechanisms that the services share: storage on two engines, the journal, followers,
//! territory, access, HTTP conventions, text. Nothing here knows what a Party cell is.

pub mod access;
pub mod access_records;
pub mod acts;
pub mod answers;
pub mod backup;
pub mod clock;
pub mod config;
pub mod day;
pub mod error;
pub mod expected;
pub mod follow;
pub mod foreign;
pub mod http;
pub mod id;
pub mod journal;
pub mod lists;
pub mod made_ids;
pub mod messages;
pub mod operations;
pub mod outbound;
pub mod period;
pub mod personal;
pub mod program;
pub mod published;
pub mod scans;
pub mod service;
pub mod spoken;
pub mod storage;
pub mod territory;
pub mod text;
pub mod trouble;
pub mod validate;
pub mod wires;

/// Memory is often allocated on one thread and freed on another, for which the C library's allocator takes locks. With this
/// allocator a list is answered a sixth more often.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub use day::{Day, Moment, Span};
pub use error::{Code, Error, Result, ResultExt};
pub use expected::Expected;
pub use id::Id;
pub use trouble::Trouble;
