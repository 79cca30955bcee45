//! Roles are sets of permissions; a grant binds a role to an area's subtree.

use serde::{Deserialize, Serialize};

use super::Permission;
use crate::territory::AreaId;

crate::closed_list! {
    /// A role.
    #[derive(strum::EnumIter, Hash)]
    pub enum Role {
        /// Reads units, organisations, steering bodies and figures; no member.
        Viewer,
        /// Records in the field.
        Officer,
        /// Settles findings and states from which day data is complete.
        Leader,
        /// Asks where a number comes from, and who saw whom.
        Inspector,
        /// Manages users, clients and grants, sets with which day recording begins, and looks after the system; sees no person.
        Administrator,
        /// A government portal: units and figures.
        Portal,
    }
}

impl Role {
    /// The role as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What the role permits.
    #[must_use]
    pub fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Viewer => {
                &[P::ReadOwn, P::ReadArea, P::ReadEconomicUnit, P::ReadOrganisation, P::ReadFigure, P::ReadSteering]
            }
            Self::Officer => &[
                P::ReadOwn,
                P::ReadArea,
                P::ReadEconomicUnit,
                P::WriteEconomicUnit,
                P::RevealEconomicUnit,
                P::ReadOrganisation,
                P::WriteOrganisation,
                P::ReadMember,
                P::WriteMember,
                P::RevealMember,
                P::ReadFinding,
                P::ReadJournal,
                P::ReadFigure,
                P::ReadSteering,
                P::WriteSteering,
                P::RevealSteering,
                P::ReadTask,
                P::WriteTask,
            ],
            Self::Leader => &[
                P::ReadOwn,
                P::ReadArea,
                P::ReadEconomicUnit,
                P::RevealEconomicUnit,
                P::ReadOrganisation,
                P::ReadMember,
                P::RevealMember,
                P::ReadFinding,
                P::SettleFinding,
                P::ReadJournal,
                P::ReadFigure,
                P::WriteCoverage,
                P::ReadSteering,
                P::RevealSteering,
                P::ReadTask,
                P::WriteTask,
            ],
            Self::Inspector => &[
                P::ReadOwn,
                P::ReadArea,
                P::ReadEconomicUnit,
                P::RevealEconomicUnit,
                P::ReadOrganisation,
                P::ReadMember,
                P::RevealMember,
                P::ReadFinding,
                P::ReadAccessRecord,
                P::ReadJournal,
                P::ReadFigure,
                P::ReadSteering,
                P::RevealSteering,
                P::ReadTask,
            ],
            Self::Administrator => &[
                P::ReadOwn,
                P::ReadArea,
                P::ReadClient,
                P::WriteClient,
                P::WriteGrant,
                P::ReadUser,
                P::WriteUser,
                P::ReadOrganisation,
                P::WriteRecordingStart,
                P::RebuildProjection,
            ],
            Self::Portal => &[
                P::ReadOwn,
                P::ReadArea,
                P::ReadEconomicUnit,
                P::ReadOrganisation,
                P::ReadJournal,
                P::ReadFigure,
                P::ReadSteering,
            ],
        }
    }

    /// Says whether who has the role needs a second factor to sign in: all roles that read people, record, settle or grant.
    #[must_use]
    pub fn needs_second_factor(self) -> bool {
        !matches!(self, Self::Viewer | Self::Portal)
    }

    /// Says whether a second administrator must confirm that a person gets the role: it reads people, or gives roles.
    #[must_use]
    pub fn needs_confirmation(self) -> bool {
        self.permits(Permission::ReadMember) || self.permits(Permission::WriteGrant)
    }

    /// Says whether the role permits something.
    #[must_use]
    pub fn permits(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

/// A role over an area's subtree, as a token contains it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// What may be done.
    pub role: Role,
    /// Where: the area, its parts, and the former units that went into it.
    pub area: AreaId,
}
