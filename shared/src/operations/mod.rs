//! Operations: work that takes longer than a request. A request starts one, and its address says how far it is and how it
//! ended.
//!
//! - Each service that has operations has the table `operations`; one of a kind runs at a time.
//! - Whoever runs one notes how far it is every second. One that was not noted for a minute was cut off with its process: it
//!   is shown as `interrupted`, and the next one of its kind takes its place.
//! - A service says what is done (`OperationKind`, and the work that [`Operations::run`] carries out) and who may start and
//!   see it. The rest is here.

mod answer;
mod run;
mod store;

pub use answer::{Operation, accepted, found};
pub use run::{Done, Operations};
pub use store::{OperationKind, OperationRow, OperationState, begin, find_operation};
