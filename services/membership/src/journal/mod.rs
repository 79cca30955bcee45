//! The journal of this service: the kinds of its entries, and reading it over HTTP.

pub(crate) mod http;

use shared::http::PublishedKind;
use shared::published::{entry, finding, organisation, party_member, person, union_member};

/// The kinds of journal entries that it writes.
#[must_use]
pub fn published() -> Vec<PublishedKind> {
    let mut kinds = vec![PublishedKind::of::<entry::EntryRedacted>(), PublishedKind::of::<entry::EntrySetAside>()];
    kinds.extend(person::published());
    kinds.extend(finding::published());
    kinds.extend(organisation::published());
    kinds.extend(party_member::published());
    kinds.extend(union_member::published());
    kinds
}
