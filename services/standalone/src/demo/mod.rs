//! The demonstration: invented units, organisations, people, steering committees and documents, as readable files in `demo/`, with the miscount tests
//! listed in its README. A loader that sets the clock records them through the same commands as a user's, rules
//! included.

mod clients;
mod documents;
mod load;
mod rows;
mod steering;
mod tasks;

pub use clients::{DemoClient, DemoFile, DemoUser, FILE, create_clients};
pub use load::{areas_at, is_demonstration, is_loaded, load};
