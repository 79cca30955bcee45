//! The journal of this service: the kinds of its entries, and reading it over HTTP.

pub(crate) mod http;

use shared::http::PublishedKind;
use shared::published::{client, entry, user};

/// The kinds of journal entries that it writes.
#[must_use]
pub fn published() -> Vec<PublishedKind> {
    let mut kinds = user::published();
    kinds.extend([
        PublishedKind::of::<client::ClientCreated>(),
        PublishedKind::of::<client::ClientDisabled>(),
        PublishedKind::of::<client::ClientSecretRenewed>(),
        PublishedKind::of::<client::ClientKeysSet>(),
        PublishedKind::of::<client::GrantCreated>(),
        PublishedKind::of::<client::GrantRevoked>(),
        PublishedKind::of::<entry::EntrySetAside>(),
    ]);
    kinds
}
