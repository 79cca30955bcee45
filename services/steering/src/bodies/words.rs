//! The closed lists of words about steering bodies.

use serde::{Deserialize, Serialize};
pub use shared::published::steering_body::{BodyKind, BodyLevel};
use shared::territory::AreaLevel;
use shared::validate::Wrong;

/// What somebody is in a body. More may come.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::VariantNames,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SeatRole {
    /// Trưởng ban; of a support team: tổ trưởng.
    Head,
    /// Phó trưởng ban thường trực; of a support team: tổ phó thường trực.
    StandingDeputy,
    /// Phó trưởng ban; of a support team: tổ phó.
    Deputy,
    /// Ủy viên thường trực, of a committee only.
    StandingMember,
    /// Ủy viên; of a support team: thành viên.
    Member,
}

shared::closed_list! {
    /// The status of a body. More may come.
    pub enum BodyStatus {
        /// It works. Its term may be over: a term that is over ends no body by itself.
        Active,
        /// It ended.
        Ended,
        /// No act of it counts any more.
        Withdrawn,
    }
}

/// Why somebody leaves a seat. More may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeavingReason {
    /// Chuyển công tác.
    OfficeChanged,
    /// Nghỉ hưu.
    Retired,
    /// Tổ chức lại cơ quan, đơn vị.
    AgencyReorganised,
    /// Đổi chức danh trong ban, tổ.
    OtherSeat,
    /// Từ trần.
    Deceased,
    /// Lý do khác.
    Other,
}

/// What there may be in a body of some kind.
pub fn roles_of(kind: BodyKind) -> &'static [SeatRole] {
    use SeatRole as R;
    match kind {
        BodyKind::SteeringCommittee => &[R::Head, R::StandingDeputy, R::Deputy, R::StandingMember, R::Member],
        BodyKind::SupportTeam => &[R::Head, R::StandingDeputy, R::Deputy, R::Member],
    }
}

/// What is said of a role that there is not in a body of some kind.
pub fn no_such_role(kind: BodyKind) -> Wrong {
    let known: Vec<&'static str> = roles_of(kind).iter().map(|role| (*role).into()).collect();
    Wrong::not_among(&known)
}

/// The level of the areas that bodies of some level have.
pub fn area_level_of(level: BodyLevel) -> AreaLevel {
    match level {
        BodyLevel::Province | BodyLevel::Equivalent => AreaLevel::Province,
        BodyLevel::District => AreaLevel::District,
        BodyLevel::Commune => AreaLevel::Commune,
    }
}
