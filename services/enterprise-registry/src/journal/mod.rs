//! The journal of this service: the kinds of its entries, and reading it over HTTP.

pub(crate) mod http;

use shared::http::PublishedKind;
use shared::published::{area, economic_unit};

/// The kinds of journal entries that it writes.
#[must_use]
pub fn published() -> Vec<PublishedKind> {
    let mut kinds = area::published();
    kinds.extend(economic_unit::published());
    kinds
}
