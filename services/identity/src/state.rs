//! What the handlers of this service share.

use std::sync::Arc;

use shared::access_records::AccessRecorder;
use shared::clock::Clock;
use shared::http::Costly;
use shared::journal::JournalReader;
use shared::made_ids::MadeIds;
use shared::personal::Vault;
use shared::storage::Db;
use shared::territory::TerritoryHandle;

use crate::credentials::Passwords;
use crate::provider::ProviderHandle;
use crate::signer::Signer;

/// The service's name.
pub const NAME: &str = "identity";

/// What the handlers of this service share.
#[derive(Clone)]
pub struct State {
    /// The service's database.
    pub db: Db,
    /// Reads its journal for callers.
    pub journal: JournalReader,
    /// Signs tokens.
    pub signer: Arc<Signer>,
    /// Seals what names people.
    pub vault: Vault,
    /// The ids that callers made.
    pub made_ids: MadeIds,
    /// Records looks at users.
    pub(crate) access: AccessRecorder,
    /// Gives turns for exports.
    pub(crate) costly: Costly,
    /// Hashes and verifies passwords.
    pub(crate) passwords: Passwords,
    /// Tells the time.
    pub clock: Clock,
    /// Tells which areas there are.
    pub territory: TerritoryHandle,
    pub(crate) issuer: String,
    /// Somebody else with whom people sign in, where there is one.
    pub provider: ProviderHandle,
}
