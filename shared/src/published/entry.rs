//! Entries about entries. One says that the content of an entry was lawfully erased and what is still counted of it.
//! Two say that a service that follows a journal set an entry aside, or applied it after all.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::access::Permission;
use crate::journal::Published;

/// The content of an entry was erased. Whoever keeps a copy of it keeps no more than `kept` from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EntryRedacted {
    /// The entry that was emptied.
    pub entry: Id,
    /// Its kind.
    pub kind: String,
    /// The version of its payload.
    pub v: i32,
    /// What is left of its payload: what figures count, without the decisions that lead to the person.
    #[schema(value_type = Object)]
    pub kept: serde_json::Value,
}

impl Published for EntryRedacted {
    const KIND: &'static str = "entry.redacted";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadMember;
}

/// A service that follows a journal set one of its entries aside: it counts nowhere here, until a program that can
/// apply it computes everything again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EntrySetAside {
    /// The service whose journal holds the entry.
    pub source: String,
    /// The entry.
    pub entry: Id,
    /// Its kind.
    pub kind: String,
    /// Why it was set aside, in an operator's words. They name nobody.
    pub reason: String,
    /// The entry that was set aside before and that this one needs; null where an operator named this one.
    pub because_of: Option<Id>,
}

impl Published for EntrySetAside {
    const KIND: &'static str = "entry.set_aside";
    const V: i32 = 1;
    // Figures tell as much: how many of an area's entries count nowhere.
    const READ: Permission = Permission::ReadArea;
}

/// An entry that was set aside is applied after all: a program that can apply it computed everything again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EntryTakenUp {
    /// The service whose journal holds the entry.
    pub source: String,
    /// The entry.
    pub entry: Id,
    /// Its kind.
    pub kind: String,
}

impl Published for EntryTakenUp {
    const KIND: &'static str = "entry.taken_up";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadArea;
}
