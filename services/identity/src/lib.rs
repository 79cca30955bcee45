//! identity: API clients, roles, grants over areas; issues access tokens and publishes the keys that
//! verify them.
//!
//! - [`clients`]: programs that call; [`grants`]: which of them has which role over which area.
//! - [`users`]: people, and which of them has which role over which area, on which days.
//! - `access_records`: who saw whose login and name.
//! - `administrators`: the last administrator of a province stays.
//! - [`apps`]: programs that act for people; `authorisation`: how a person lets them; `sessions`: how long.
//! - [`provider`]: somebody else with whom people sign in, where one is configured.
//! - `sign_in`: the pages on which people sign in; `credentials`: what they prove themselves with.
//! - [`tokens`]: the token endpoint, the published keys, who am I; [`signer`]: the keys that sign.
//! - [`provision`]: clients made on the machine: the first administrator, the services' own.
//!
//! It follows the areas of enterprise-registry: a grant names an area that exists.

mod access_records;
mod administrators;
pub mod apps;
mod authorisation;
pub mod clients;
mod composition;
pub mod credentials;
pub mod grants;
mod journal;
mod oldest_first;
pub mod program;
mod proofs;
pub mod provider;
pub mod provision;
mod schema;
mod scopes;
mod secrets;
mod sessions;
mod sign_in;
pub mod signer;
mod state;
pub mod tokens;
pub mod users;

pub use composition::{configure, document_info, start};
pub use journal::published;
pub use state::{NAME, State};
