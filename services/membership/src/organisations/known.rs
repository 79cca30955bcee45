//! A cache of the organisations that one change has read.

use std::cell::RefCell;
use std::collections::BTreeMap;

use shared::storage::AnyConnection;
use shared::{Id, Result};

use super::store::{KeptOrganisation, find_kept};

/// Organisations as they are kept while one change of something else is carried out: each is read once.
#[derive(Debug, Default)]
pub struct Known(RefCell<BTreeMap<Id, KeptOrganisation>>);

impl Known {
    /// One that was read already.
    #[must_use]
    pub fn of(organisation: &KeptOrganisation) -> Self {
        Self(RefCell::new(BTreeMap::from([(organisation.id, organisation.clone())])))
    }

    /// Returns an organisation that something kept refers to, wherever it lies.
    ///
    /// # Errors
    /// Fails when the database does.
    pub fn find(&self, conn: &mut AnyConnection, id: Id) -> Result<KeptOrganisation> {
        let known = self.0.borrow().get(&id).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let found = find_kept(conn, id)?;
        self.0.borrow_mut().insert(id, found.clone());
        Ok(found)
    }
}
