//! Which documents a caller may read.

use shared::Result;
use shared::access::{Allowed, May, Permission, Scope};
use shared::lists::Condition;
use shared::storage::AnyConnection;
use shared::territory::Territory;

use super::store::KeptDocument;

/// Where a caller reads documents, and where also those for internal use.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    /// Where it reads documents.
    pub scope: Scope,
    /// Where it reads those for internal use too.
    internal: Scope,
}

impl Sight {
    /// What a caller reads. Documents for internal use need `task.read`, which portals and viewers do not have.
    pub fn of<P: Allowed>(may: &May<P>, territory: &Territory) -> Self {
        Self { scope: may.scope.clone(), internal: may.scope_for(Permission::ReadTask, territory) }
    }

    /// The condition of documents that are not for internal use, or that the caller reads all the same; nothing where it reads all.
    pub fn condition(&self, conn: &AnyConnection) -> Result<Option<Condition>> {
        let Some((readable, open)) = self.internal.readable_ids().zip(self.internal.open_ids()) else {
            return Ok(None);
        };
        let is_open = Condition::new("t.is_open_below", Vec::new()).and(Condition::among(conn, "area_id", &open)?);
        let is_internal = Condition::among(conn, "area_id", &readable)?.or(is_open);
        Ok(Some(Condition::new("t.label IS NULL", Vec::new()).or(is_internal)))
    }
}

/// Says which documents may be read.
pub(crate) trait Sees {
    /// Whether a document may be read: where the area may be read, or lies above the caller's and the document is open below.
    fn sees(&self, document: &KeptDocument) -> bool;
}

/// A scope of those who record: they read documents for internal use too.
impl Sees for Scope {
    fn sees(&self, document: &KeptDocument) -> bool {
        self.may_read_kept(&document.area(), document.is_open_below)
    }
}

impl Sees for Sight {
    fn sees(&self, document: &KeptDocument) -> bool {
        let scope = if document.label.is_none() { &self.scope } else { &self.internal };
        scope.sees(document)
    }
}
