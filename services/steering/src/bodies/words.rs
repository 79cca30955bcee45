//! The closed lists of words about steering bodies.

use serde::{Deserialize, Serialize};
use shared::territory::AreaLevel;
use shared::validate::Wrong;

/// What a steering body is. More may come.
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
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
    diesel::AsExpression,
    diesel::FromSqlRow,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum BodyKind {
    /// Ban chỉ đạo.
    SteeringCommittee,
    /// Tổ giúp việc of a steering committee.
    SupportTeam,
}

/// The level at which a body works. More may come.
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
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
    diesel::AsExpression,
    diesel::FromSqlRow,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[diesel(sql_type = diesel::sql_types::Text)]
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

/// The status of a body. More may come.
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
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
    diesel::AsExpression,
    diesel::FromSqlRow,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum BodyStatus {
    /// It works. Its term may be over: a term that is over ends no body by itself.
    Active,
    /// It ended.
    Ended,
    /// No act of it counts any more.
    Withdrawn,
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

shared::stored_as_words!(BodyKind, BodyLevel, BodyStatus);

impl BodyKind {
    /// What there may be in it.
    pub fn roles(self) -> &'static [SeatRole] {
        use SeatRole as R;
        match self {
            Self::SteeringCommittee => &[R::Head, R::StandingDeputy, R::Deputy, R::StandingMember, R::Member],
            Self::SupportTeam => &[R::Head, R::StandingDeputy, R::Deputy, R::Member],
        }
    }

    /// What is said of a role that there is not in it.
    pub fn no_such_role(self) -> Wrong {
        let known: Vec<&'static str> = self.roles().iter().map(|role| (*role).into()).collect();
        Wrong::not_among(&known)
    }
}

impl BodyLevel {
    /// The level of the areas that such bodies have.
    pub fn area_level(self) -> AreaLevel {
        match self {
            Self::Province | Self::Equivalent => AreaLevel::Province,
            Self::District => AreaLevel::District,
            Self::Commune => AreaLevel::Commune,
        }
    }
}
