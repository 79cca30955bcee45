//! membership: organisations of every branch, people, their memberships, and the rule book.
//!
//! - [`organisations`]: superior bodies and organisations; established, upgraded, dissolved; members without names.
//! - [`people`]: persons, sealed at rest, masked in lists, revealed for a purpose.
//! - `access_records`: who looked at whom, listed and exported.
//! - [`memberships`]: admissions, opening registrations, recognitions, transfers, departures, readmissions.
//! - [`corrections`]: an entry restated or withdrawn.
//! - [`erasures`]: a person taken out of every database, with the counts left whole.
//! - [`findings`]: pairs of records that may speak of one person, for a person to settle.
//! - [`rule_book`]: kinds and thresholds as data, with legal sources.
//! - [`recording_starts`]: with which day recording begins under a superior body.
//! - [`ledger`]: what was decided, with its paper and its journal entry; used by the slices above.
//! - [`follows`]: areas and economic units, from enterprise-registry.
//!
//! It publishes `organisation.*`, `party_member.*`, `union_member.*`, `finding.*`, `person.corrected`, `person.erased`, `entry.redacted`,
//! `entry.set_aside`.

mod access_records;
pub mod corrections;
pub mod erasures;
pub mod findings;
pub mod follows;
mod intakes;
mod journal;
pub mod ledger;
pub mod memberships;
pub mod organisations;
pub mod people;
pub mod program;
pub mod recording_starts;
pub mod rule_book;
mod schema;
mod state;

pub use state::{NAME, Setting, State, start};

use shared::http::{DocumentInfo, PublishedKind};
use shared::published::{entry, finding, organisation, party_member, person, union_member};
use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of the service.
pub fn configure(config: &mut ServiceConfig<'_>) {
    organisations::configure(config);
    intakes::configure(config);
    recording_starts::configure(config);
    people::configure(config);
    access_records::configure(config);
    memberships::configure(config);
    organisations::configure_headcounts(config);
    corrections::configure(config);
    findings::configure(config);
    ledger::configure(config);
    rule_book::configure(config);
    config.service(journal::http::list_membership_journal).service(journal::http::find_membership_entry);
}

/// What its OpenAPI document says of itself.
#[must_use]
pub fn document_info() -> DocumentInfo {
    DocumentInfo {
        title: "membership".to_owned(),
        description: "Organisations of the Party and the mass organisations, people and their memberships, and the \
                      rules that bind both."
            .to_owned(),
        published: published(),
    }
}

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
