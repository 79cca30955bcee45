//! Entries of membership about union members, by name or as a number: a union of thousands does not send names.

use serde::{Deserialize, Serialize};

use super::Decision;
use crate::Id;
use crate::access::Permission;
use crate::journal::Published;

kinds!(UnionMemberAdmitted, UnionMemberOpeningRegistered, UnionMemberDeparted, UnionMemberWithdrawn,);

/// Union members of one organisation, on the day of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UnionMembers {
    /// The membership; null for a collective act.
    pub membership: Option<Id>,
    /// The person, opaque; null for a collective act.
    pub person: Option<Id>,
    /// How many: 1, or the number of a collective act.
    pub count: i64,
    /// How many of them are women, where recorded.
    pub female_count: Option<i64>,
    /// The union.
    pub organisation: Id,
    /// The decision.
    pub decision: Option<Decision>,
}

/// Makes the payload types of acts that tell a number of union members and no more.
macro_rules! union_acts {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub UnionMembers);

        impl Published for $name {
            const KIND: &'static str = $kind;
            const V: i32 = 1;
            const READ: Permission = Permission::ReadMember;
        }
    )*};
}

union_acts! {
    /// Workers were admitted to the union: gross, whatever the increase.
    UnionMemberAdmitted = "union_member.admitted";
    /// Workers who were members before recording began were registered: no admission.
    UnionMemberOpeningRegistered = "union_member.opening_registered";
    /// Members left the union.
    UnionMemberDeparted = "union_member.departed";
    /// An admission that should never have been recorded was taken back.
    UnionMemberWithdrawn = "union_member.withdrawn";
}
