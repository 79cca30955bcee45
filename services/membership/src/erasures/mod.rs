//! A person is taken out of every database, and the counts stay whole.
//!
//! - Only who has no living membership can be erased: until then the data has its purpose.
//! - The person's data key is deleted, and with it the fields; the look-up by personal id too.
//! - What looks at the person were for is emptied in the access records, whose chain holds.
//! - The papers of the person's acts are taken out of the acts, out of the journal (an emptied entry is told by
//!   `entry.redacted`, and the chain holds) and, as followers read that, out of their copies.
//! - What remains is an opaque id and what figures count.

mod act;
mod store;

pub use act::{EraseArgs, erase_person, personal_id_of};
