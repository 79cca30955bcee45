//! The demonstration: invented units, organisations and people, as readable files in `demo/`, with the traps
//! for careless counts listed in its README. They go in through the same commands as a user's, rules
//! included, by a loader that sets the clock.

mod clients;
mod load;
mod rows;

pub use clients::{DemoClient, DemoFile, FILE, create_clients};
pub use load::{areas_at, is_demonstration, is_loaded, load};
