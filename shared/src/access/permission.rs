//! Permissions: a verb on a thing.

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator as _;

use super::Role;
use super::may::Allowed;
use crate::{Code, Error};

/// What may be done.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumIter,
    strum::IntoStaticStr,
    utoipa::ToSchema,
)]
#[expect(missing_docs, reason = "each is named by what it permits, and listed with its roles at /v1/roles")]
pub enum Permission {
    #[serde(rename = "client.read")]
    #[strum(serialize = "client.read")]
    ReadClient,
    #[serde(rename = "client.write")]
    #[strum(serialize = "client.write")]
    WriteClient,
    #[serde(rename = "grant.write")]
    #[strum(serialize = "grant.write")]
    WriteGrant,
    #[serde(rename = "user.read")]
    #[strum(serialize = "user.read")]
    ReadUser,
    #[serde(rename = "user.write")]
    #[strum(serialize = "user.write")]
    WriteUser,
    #[serde(rename = "own.read")]
    #[strum(serialize = "own.read")]
    ReadOwn,
    #[serde(rename = "area.read")]
    #[strum(serialize = "area.read")]
    ReadArea,
    #[serde(rename = "economic_unit.read")]
    #[strum(serialize = "economic_unit.read")]
    ReadEconomicUnit,
    #[serde(rename = "economic_unit.write")]
    #[strum(serialize = "economic_unit.write")]
    WriteEconomicUnit,
    #[serde(rename = "economic_unit.reveal")]
    #[strum(serialize = "economic_unit.reveal")]
    RevealEconomicUnit,
    #[serde(rename = "organisation.read")]
    #[strum(serialize = "organisation.read")]
    ReadOrganisation,
    #[serde(rename = "organisation.write")]
    #[strum(serialize = "organisation.write")]
    WriteOrganisation,
    #[serde(rename = "member.read")]
    #[strum(serialize = "member.read")]
    ReadMember,
    #[serde(rename = "member.write")]
    #[strum(serialize = "member.write")]
    WriteMember,
    #[serde(rename = "member.reveal")]
    #[strum(serialize = "member.reveal")]
    RevealMember,
    #[serde(rename = "finding.read")]
    #[strum(serialize = "finding.read")]
    ReadFinding,
    #[serde(rename = "finding.settle")]
    #[strum(serialize = "finding.settle")]
    SettleFinding,
    #[serde(rename = "access_record.read")]
    #[strum(serialize = "access_record.read")]
    ReadAccessRecord,
    #[serde(rename = "journal.read")]
    #[strum(serialize = "journal.read")]
    ReadJournal,
    #[serde(rename = "figure.read")]
    #[strum(serialize = "figure.read")]
    ReadFigure,
    #[serde(rename = "projection.rebuild")]
    #[strum(serialize = "projection.rebuild")]
    RebuildProjection,
    #[serde(rename = "recording_start.write")]
    #[strum(serialize = "recording_start.write")]
    WriteRecordingStart,
    #[serde(rename = "coverage.write")]
    #[strum(serialize = "coverage.write")]
    WriteCoverage,
    #[serde(rename = "steering.read")]
    #[strum(serialize = "steering.read")]
    ReadSteering,
    #[serde(rename = "steering.write")]
    #[strum(serialize = "steering.write")]
    WriteSteering,
    #[serde(rename = "steering.reveal")]
    #[strum(serialize = "steering.reveal")]
    RevealSteering,
    #[serde(rename = "task.read")]
    #[strum(serialize = "task.read")]
    ReadTask,
    #[serde(rename = "task.write")]
    #[strum(serialize = "task.write")]
    WriteTask,
}

impl Permission {
    /// The permission as it is written: `economic_unit.write`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Refuses a caller without it, and names the roles that have it.
    #[must_use]
    pub fn missing(self) -> Error {
        let roles: Vec<&str> = Role::iter().filter(|role| role.permits(self)).map(Role::as_str).collect();
        Error::new(Code::InsufficientScope).with("permission", self.as_str()).with("roles", roles.join(", "))
    }

    /// Says whether the permission changes things, so that the grant's own unit must be in force.
    #[must_use]
    pub fn is_write(self) -> bool {
        matches!(
            self,
            Self::WriteClient
                | Self::WriteGrant
                | Self::WriteUser
                | Self::WriteEconomicUnit
                | Self::WriteOrganisation
                | Self::WriteMember
                | Self::SettleFinding
                | Self::WriteCoverage
                | Self::WriteRecordingStart
                | Self::RebuildProjection
                | Self::WriteSteering
                | Self::WriteTask
        )
    }
}

impl Permission {
    /// Says whether a person must have signed in within the last fifteen minutes: where somebody's data are shown in full,
    /// and where roles and accounts are given.
    #[must_use]
    pub fn needs_recent_sign_in(self) -> bool {
        matches!(
            self,
            Self::RevealMember
                | Self::RevealEconomicUnit
                | Self::RevealSteering
                | Self::WriteGrant
                | Self::WriteUser
                | Self::WriteClient
        )
    }
}

/// Makes the types that name a permission and its service in a handler's signature. What services may ask of one
/// another says so in its line; all else is closed to them.
macro_rules! needs {
    ($($name:ident: $service:literal, $permission:ident $(, $open:ident)?;)*) => {
        /// What a handler needs: `May<needs::WriteMember>`.
        #[expect(missing_docs, reason = "each is the permission of the same name, asked by one service")]
        pub mod needs {
            use super::{Allowed, Permission};
            $(
                #[derive(Debug, Clone, Copy)]
                pub struct $name;
                impl Allowed for $name {
                    const SERVICE: &'static str = $service;
                    const PERMISSION: Permission = Permission::$permission;
                    $(const $open: bool = true;)?
                }
            )*
        }
    };
}

needs! {
    ReadClient: "identity", ReadClient;
    WriteClient: "identity", WriteClient;
    WriteGrant: "identity", WriteGrant;
    ReadUser: "identity", ReadUser;
    WriteUser: "identity", WriteUser;
    ReadOwn: "identity", ReadOwn;
    ReadIdentityJournal: "identity", ReadClient;
    ReadArea: "enterprise-registry", ReadArea;
    ReadIdentityAccessRecord: "identity", ReadAccessRecord;
    ReadEconomicUnit: "enterprise-registry", ReadEconomicUnit;
    WriteEconomicUnit: "enterprise-registry", WriteEconomicUnit;
    RevealEconomicUnit: "enterprise-registry", RevealEconomicUnit;
    ReadRegistryAccessRecord: "enterprise-registry", ReadAccessRecord;
    ReadRegistryJournal: "enterprise-registry", ReadJournal, OPEN_TO_SERVICES;
    ReadOrganisation: "membership", ReadOrganisation;
    WriteOrganisation: "membership", WriteOrganisation;
    WriteRecordingStart: "membership", WriteRecordingStart;
    ReadMember: "membership", ReadMember;
    WriteMember: "membership", WriteMember;
    RevealMember: "membership", RevealMember;
    ReadFinding: "membership", ReadFinding;
    SettleFinding: "membership", SettleFinding;
    ReadAccessRecord: "membership", ReadAccessRecord;
    ReadMembershipJournal: "membership", ReadJournal, OPEN_TO_SERVICES;
    ReadFigure: "reporting", ReadFigure;
    WriteCoverage: "reporting", WriteCoverage;
    RebuildProjection: "reporting", RebuildProjection;
    ReadReportingJournal: "reporting", ReadJournal;
    ReadSteering: "steering", ReadSteering;
    WriteSteering: "steering", WriteSteering;
    RevealSteering: "steering", RevealSteering;
    ReadTask: "steering", ReadTask;
    WriteTask: "steering", WriteTask;
    ReadSteeringAccessRecord: "steering", ReadAccessRecord;
    ReadSteeringJournal: "steering", ReadJournal;
}
