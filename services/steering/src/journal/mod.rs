//! The journal of this service: the kinds of its entries, and reading it over HTTP.

pub(crate) mod http;

use shared::http::PublishedKind;
use shared::published::{conference, document, entry, issuing_duty, steering_body, task};

/// The kinds of journal entries that it writes.
#[must_use]
pub fn published() -> Vec<PublishedKind> {
    let mut kinds = vec![PublishedKind::of::<entry::EntryRedacted>(), PublishedKind::of::<entry::EntrySetAside>()];
    kinds.extend(steering_body::published());
    kinds.extend(conference::published());
    kinds.extend(task::published());
    kinds.extend(document::published());
    kinds.extend(issuing_duty::published());
    kinds
}
