//! The journal of this service: the kinds of its entries, and reading it over HTTP.

pub(crate) mod http;

use shared::http::PublishedKind;
use shared::published::coverage::CoverageStated;
use shared::published::entry::{EntrySetAside, EntryTakenUp};

/// The kinds of journal entries that it writes.
#[must_use]
pub fn published() -> Vec<PublishedKind> {
    vec![
        PublishedKind::of::<CoverageStated>(),
        PublishedKind::of::<EntrySetAside>(),
        PublishedKind::of::<EntryTakenUp>(),
    ]
}
