//! steering: what a steering committee decides and follows up.
//!
//! - [`bodies`]: steering committees and their support teams, their seats and who holds them. Publishes
//!   `steering_body.established`, `.reconstituted`, `.ended`, `.withdrawn`.
//! - [`documents`]: directives, resolutions, plans, how they rest on one another, and which of them is in force on a day. Publishes
//!   `document.registered`, `.withdrawn`.
//! - [`issuing_duties`]: which committees issue which document by which day, and who did. Publishes `issuing_duty.registered`,
//!   `.withdrawn`.
//! - `due`: what is due by a day, computed from tasks and terms.
//! - `gaps`: which committees, support teams, heads and holders are missing on a day.
//! - [`conferences`]: what a body concluded, and the tasks that follow. Publishes `conference.held`, `.withdrawn`.
//! - [`tasks`]: what a body gives others to do, and how far they are. Publishes `task.given`, `.acknowledged`, `.started`, `.reported`,
//!   `.returned`, `.accepted`, `.extended`, `.cancelled`, `.withdrawn`.
//! - `reveals`: shows who is in a support team, for a purpose. `access_records`: who saw it.
//!
//! It follows enterprise-registry (areas).

mod access_records;
pub mod bodies;
mod composition;
pub mod conferences;
pub mod documents;
mod due;
mod gaps;
pub mod issuing_duties;
mod journal;
pub mod program;
mod reveals;
mod schema;
mod state;
pub mod tasks;

pub use composition::{configure, document_info, start};
pub use journal::published;
pub use state::{NAME, Setting, State};
