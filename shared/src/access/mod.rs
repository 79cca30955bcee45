//! Who may do what, where: permissions, roles, grants over areas, token verification, and the
//! extractor [`May`] that stands in a handler's signature and yields the caller's scope.

mod gate;
mod grant;
mod may;
mod permission;
mod scope;
#[cfg(test)]
mod tests;
mod token;

pub use gate::{Gate, Gates};
pub use grant::{Grant, Role};
pub use may::{Allowed, Caller, May};
pub use permission::{Permission, needs};
pub use scope::Scope;
pub use token::{AUDIENCE, Claims, KeySource, ServiceTokens, Verifier};
