//! Entries of steering about steering committees and their support teams.

use serde::{Deserialize, Serialize};

use super::Decision;
use crate::access::Permission;
use crate::journal::Published;
use crate::territory::AreaId;
use crate::{Day, Id};

kinds!(SteeringBodyEstablished, SteeringBodyReconstituted, SteeringBodyEnded, SteeringBodyWithdrawn);

crate::closed_list! {
    /// What a steering body is. More may come.
    pub enum BodyKind {
        /// Ban chỉ đạo.
        SteeringCommittee,
        /// Tổ giúp việc of a steering committee.
        SupportTeam,
    }
}

crate::closed_list! {
    /// The level at which a body works. More may come.
    pub enum BodyLevel {
        /// Cấp tỉnh.
        Province,
        /// Cấp huyện: until 30 June 2025.
        District,
        /// Tương đương cấp huyện: beside a Party committee directly under the province that is no district's, for instance that of
        /// enterprises. Its area is the province.
        Equivalent,
        /// Cấp xã.
        Commune,
    }
}

/// The state of a steering body after an act. Who holds its seats is not in it: steering answers that, within the caller's scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SteeringBodyState {
    /// The body.
    pub body: Id,
    /// Its kind. More may come.
    pub kind: BodyKind,
    /// Its level. More may come.
    pub level: BodyLevel,
    /// The area for which it was established, as it was recorded.
    pub area: AreaId,
    /// Of a support team: the committee that it works for; null for a committee.
    pub committee: Option<Id>,
    /// The last day of its term; null where the decision names none.
    pub term_ends_on: Option<Day>,
    /// How many seats it has.
    pub seats: i64,
    /// How many of them nobody holds.
    pub empty_seats: i64,
    /// Whether somebody heads it.
    pub has_head: bool,
    /// The decision.
    pub decision: Option<Decision>,
}

/// Makes the payload types of acts that tell a body's state and no more.
macro_rules! body_acts {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub SteeringBodyState);

        impl Published for $name {
            const KIND: &'static str = $kind;
            const V: i32 = 1;
            const READ: Permission = Permission::ReadSteering;
        }
    )*};
}

body_acts! {
    /// A steering committee or a support team was established.
    SteeringBodyEstablished = "steering_body.established";
    /// A body was reconstituted (kiện toàn): seats and their holders changed by one decision.
    SteeringBodyReconstituted = "steering_body.reconstituted";
    /// A body ended.
    SteeringBodyEnded = "steering_body.ended";
    /// An act on a body that should never have been recorded was withdrawn.
    SteeringBodyWithdrawn = "steering_body.withdrawn";
}
