//! The closed lists of a membership: its status, its standing, why it ended.

use shared::Result;
use shared::error::Error;
use shared::published::party_member::{DepartureReason, PartyStanding};

shared::closed_list! {
    /// What may become of a membership. More may come.
    pub enum MembershipStatus {
        /// The person is a member.
        Active,
        /// A transfer began and is not received yet: the person is a member where it began.
        InFlight,
        /// The person left.
        Departed,
        /// The person was transferred out of this system.
        TransferredOut,
        /// No act of it counts any more.
        Withdrawn,
    }
}

/// The statuses of a membership by which a person is a member.
pub(super) const LIVING: [MembershipStatus; 2] = [MembershipStatus::Active, MembershipStatus::InFlight];

impl MembershipStatus {
    /// Whether a person is a member by it.
    #[must_use]
    pub fn lives(self) -> bool {
        LIVING.contains(&self)
    }
}

shared::closed_list! {
    /// The standing of a member: in the Party probationary or official, elsewhere simply a member. More may come.
    pub enum MemberStanding {
        /// Đảng viên dự bị.
        Probationary,
        /// Đảng viên chính thức.
        Official,
        /// A member of another branch.
        Member,
    }
}

impl MemberStanding {
    /// The standing of a Party member.
    ///
    /// # Errors
    /// Fails for a member of another branch.
    pub fn in_party(self) -> Result<PartyStanding> {
        match self {
            Self::Probationary => Ok(PartyStanding::Probationary),
            Self::Official => Ok(PartyStanding::Official),
            Self::Member => Err(Error::internal("a member of another branch has no standing in the Party")),
        }
    }
}

shared::closed_list! {
    /// Why a membership ended. More may come.
    pub enum EndReason {
        /// The name was removed from the list of members.
        Removed,
        /// The member was expelled.
        Expelled,
        /// The member asked to leave.
        Withdrew,
        /// The member died.
        Deceased,
        /// The member was transferred out of this system.
        TransferredOut,
    }
}

impl From<DepartureReason> for EndReason {
    fn from(reason: DepartureReason) -> Self {
        match reason {
            DepartureReason::Removed => Self::Removed,
            DepartureReason::Expelled => Self::Expelled,
            DepartureReason::Withdrew => Self::Withdrew,
            DepartureReason::Deceased => Self::Deceased,
        }
    }
}
