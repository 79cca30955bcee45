//! What this service learns from others: areas.

use shared::Result;
use shared::follow::{AREA_KINDS, Applies, apply_area, load_territory};
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

    fn committed(&self, kinds: &[String]) {
        if kinds.iter().any(|kind| kind.starts_with("area.")) {
            let (db, territory) = (self.db.clone(), self.territory.clone());
            tokio::spawn(async move {
                match db.read(load_territory).await {
                    Ok(snapshot) => territory.set(snapshot),
                    Err(error) => log::error!("the areas could not be loaded anew: {error:?}"),
                }
            });
        }
    }
}
