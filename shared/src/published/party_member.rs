//! Entries of membership about Party members. The subject is the membership, the person an opaque id; reading these
//! needs `member.read`.

use serde::{Deserialize, Serialize};

use super::Decision;
use crate::Id;
use crate::access::Permission;
use crate::journal::Published;

kinds!(
    PartyMemberAdmitted,
    PartyMemberOpeningRegistered,
    PartyMemberReadmitted,
    PartyMemberRecognised,
    PartyMemberTransferStarted,
    PartyMemberTransferred,
    PartyMemberDeparted,
    PartyMemberWithdrawn,
);

crate::closed_list! {
    /// The standing of a Party member.
    pub enum PartyStanding {
        /// Đảng viên dự bị.
        Probationary,
        /// Đảng viên chính thức.
        Official,
    }
}

/// Why a member leaves.
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
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DepartureReason {
    /// The name was removed from the list of members.
    Removed,
    /// The member was expelled.
    Expelled,
    /// The member asked to leave.
    Withdrew,
    /// The member died.
    Deceased,
}

/// What figures need to know of a member on the day of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MemberState {
    /// The membership.
    pub membership: Id,
    /// The person, opaque: one person may hold several memberships.
    pub person: Id,
    /// `probationary` or `official`.
    pub standing: PartyStanding,
    /// `female` or `male`, where recorded.
    pub sex: Option<String>,
    /// Whether the person owns the business, as HD 08-HD/BTCTW of 27 September 2021 defines it.
    pub is_owner: bool,
    /// Whether the person is a worker.
    pub is_worker: bool,
    /// The organisation to which the member belongs after the act; null if that is outside this system.
    pub organisation: Option<Id>,
    /// The decision.
    pub decision: Option<Decision>,
}

/// Makes the payload types of acts that tell a member's state and no more.
macro_rules! member_acts {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub MemberState);

        impl Published for $name {
            const KIND: &'static str = $kind;
            const V: i32 = 1;
            const READ: Permission = Permission::ReadMember;
        }
    )*};
}

member_acts! {
    /// A person was admitted to the Party, on the day of the ceremony, and begins probation.
    PartyMemberAdmitted = "party_member.admitted";
    /// A person who was a member before recording began was registered: no admission.
    PartyMemberOpeningRegistered = "party_member.opening_registered";
    /// A person who had left was admitted again: no first admission.
    PartyMemberReadmitted = "party_member.readmitted";
    /// A transfer began: it is pending, and the member still counts where it began.
    PartyMemberTransferStarted = "party_member.transfer_started";
    /// An admission that should never have been recorded was taken back.
    PartyMemberWithdrawn = "party_member.withdrawn";
}

/// A probationary member was recognised as official; the day is the end of the probation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PartyMemberRecognised {
    /// The state after.
    pub member: MemberState,
}

impl Published for PartyMemberRecognised {
    const KIND: &'static str = "party_member.recognised";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadMember;
}

/// A member arrived elsewhere: from one organisation to another, in from outside, or out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PartyMemberTransferred {
    /// The organisation to which the member belonged before; null if that was outside this system.
    pub from: Option<Id>,
    /// The state after.
    pub member: MemberState,
}

impl Published for PartyMemberTransferred {
    const KIND: &'static str = "party_member.transferred";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadMember;
}

/// A member left the Party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PartyMemberDeparted {
    /// `removed`, `expelled`, `withdrew` or `deceased`.
    pub reason: DepartureReason,
    /// The state before; its organisation is where the member counted.
    pub member: MemberState,
}

impl Published for PartyMemberDeparted {
    const KIND: &'static str = "party_member.departed";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadMember;
}
