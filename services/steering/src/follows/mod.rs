//! What this service follows: areas, from enterprise-registry.

use futures_util::future::BoxFuture;
use shared::Result;
use shared::follow::{AREA_KINDS, Applies, apply_area, renew_territory};
use shared::journal::JournalEntry;
use shared::storage::{Db, Tx};
use shared::territory::TerritoryHandle;

/// Keeps the copy of areas.
pub struct Areas {
    /// This service's database.
    pub db: Db,
    /// The snapshot to renew.
    pub territory: TerritoryHandle,
}

impl Applies for Areas {
    fn handles(&self) -> &'static [(&'static str, i32)] {
        &AREA_KINDS
    }

    fn apply(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        apply_area(tx, entry)
    }

    fn renew<'a>(&'a self, kinds: Option<&'a [String]>) -> BoxFuture<'a, ()> {
        Box::pin(renew_territory(&self.db, &self.territory, kinds))
    }
}
