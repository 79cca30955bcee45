//! Entries of membership about organisations.

use serde::{Deserialize, Serialize};

use super::{Branch, Decision};
use crate::access::Permission;
use crate::journal::Published;
use crate::territory::AreaId;
use crate::{Day, Id};

kinds!(
    OrganisationEstablished,
    OrganisationOpeningRegistered,
    OrganisationUpgraded,
    OrganisationDissolved,
    OrganisationWithdrawn,
    OrganisationIntakeSet,
    OrganisationRecordingStartSet,
);

/// The state of an organisation after an act. Only these entries contain it; entries about members name the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrganisationState {
    /// The organisation.
    pub organisation: Id,
    /// Its branch: `party`, `union`.
    pub branch: Branch,
    /// Its kind: `grassroots_cell`, `subordinate_cell`, `grassroots_union`...
    pub kind: String,
    /// The area in which it is, as it was recorded: a commune, or for a superior body any area.
    pub area: AreaId,
    /// The organisation it answers to; null for the highest.
    pub superior: Option<Id>,
    /// Whether it is a committee or federation that others answer to.
    pub is_superior_body: bool,
    /// The economic units that it covers: a joint cell has several.
    pub units: Vec<Id>,
    /// The name of a superior committee or federation; null for all others, which are named after units.
    pub superior_name: Option<String>,
    /// The decision.
    pub decision: Option<Decision>,
}

/// Makes the payload types of acts that tell an organisation's state and no more.
macro_rules! organisation_acts {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub OrganisationState);

        impl Published for $name {
            const KIND: &'static str = $kind;
            const V: i32 = 1;
            const READ: Permission = Permission::ReadOrganisation;
        }
    )*};
}

organisation_acts! {
    /// An organisation was founded.
    OrganisationEstablished = "organisation.established";
    /// An organisation that existed before recording began was registered: no founding.
    OrganisationOpeningRegistered = "organisation.opening_registered";
    /// An organisation ended.
    OrganisationDissolved = "organisation.dissolved";
    /// A founding that should never have been recorded was taken back.
    OrganisationWithdrawn = "organisation.withdrawn";
}

/// An organisation changed its kind and stayed the same organisation: no founding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrganisationUpgraded {
    /// The kind before.
    pub from_kind: String,
    /// The organisation it answered to before.
    pub from_superior: Option<Id>,
    /// The state after.
    pub organisation: OrganisationState,
}

impl Published for OrganisationUpgraded {
    const KIND: &'static str = "organisation.upgraded";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadOrganisation;
}

/// It was set from which areas a superior body takes organisations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrganisationIntakeSet {
    /// The superior body.
    pub organisation: Id,
    /// The areas; none: its own.
    pub areas: Vec<AreaId>,
}

impl Published for OrganisationIntakeSet {
    const KIND: &'static str = "organisation.intake_set";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadOrganisation;
}

/// It was set with which day recording begins under a superior body: opening registrations end with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrganisationRecordingStartSet {
    /// The superior body.
    pub organisation: Id,
    /// The day; null: it was taken back.
    pub begins_on: Option<Day>,
}

impl Published for OrganisationRecordingStartSet {
    const KIND: &'static str = "organisation.recording_start_set";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadOrganisation;
}
