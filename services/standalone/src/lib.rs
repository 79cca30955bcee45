//! standalone: all services in one process on one port. It only calls what each service's `lib.rs` exposes, and the
//! services still use HTTP and tokens among themselves, on a loopback listener of their own.

pub mod demo;
mod document;
pub mod program;
mod screen;
mod system;

pub use document::{all_routes, document_info};
pub use system::{Options, System};
