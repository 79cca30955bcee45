//! Who may do what, where: permissions, roles, grants over areas, token verification, and the extractor [`May`],
//! which is part of a handler's signature and yields the caller's scope.

mod ended;
mod gate;
mod grant;
mod issuer;
mod may;
mod permission;
mod scope;
mod service_tokens;
#[cfg(test)]
mod tests;
mod token;

pub use ended::{EndedTokens, EndedTokensList, LISTED_MINUTES};
pub use gate::{Gate, Gates};
pub use grant::{Grant, Role};
pub use issuer::KeySource;
pub use may::{Allowed, Caller, CallerSession, May, RECENT_MINUTES};
pub use permission::{Permission, needs};
pub use scope::Scope;
pub use service_tokens::ServiceTokens;
pub use token::{Claims, Verifier};
