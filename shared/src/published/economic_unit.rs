//! Entries of the registry about economic units, without names and tax codes.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Id;
use crate::access::Permission;
use crate::journal::Published;
use crate::territory::AreaId;

kinds!(
    EconomicUnitRegistered,
    EconomicUnitChanged,
    EconomicUnitStatusChanged,
    EconomicUnitWithdrawn,
    EconomicUnitDuplicateSuspected,
    EconomicUnitErased,
);

/// What others need to know of an economic unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UnitState {
    /// The unit.
    pub id: Id,
    /// The commune in which it is.
    pub area: AreaId,
    /// Its legal form.
    pub legal_form: String,
    /// Its line of business: a letter of the national classification (VSIC).
    pub sector: Option<String>,
    /// Whether it has foreign capital.
    pub is_foreign_invested: bool,
    /// Its legal status; `withdrawn` where the registration was taken back.
    pub status: String,
    /// How many work there, where known.
    pub workers: Option<i64>,
    /// The day on which that many worked there.
    pub workers_as_of: Option<NaiveDate>,
}

impl UnitState {
    /// Where an entry of a kind stands among those about one unit on one day: what begins, what goes on, what ends.
    #[must_use]
    pub fn rank(&self, kind: &str) -> i32 {
        match kind {
            EconomicUnitRegistered::KIND => 0,
            EconomicUnitStatusChanged::KIND if self.status == "terminated" => 2,
            _ => 1,
        }
    }
}

/// An economic unit was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct EconomicUnitRegistered(pub UnitState);

impl Published for EconomicUnitRegistered {
    const KIND: &'static str = "economic_unit.registered";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadEconomicUnit;
}

/// What is kept of an economic unit was changed; the state after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct EconomicUnitChanged(pub UnitState);

impl Published for EconomicUnitChanged {
    const KIND: &'static str = "economic_unit.changed";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadEconomicUnit;
}

/// An economic unit's legal status changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EconomicUnitStatusChanged {
    /// The status before.
    pub from_status: String,
    /// The state after.
    pub unit: UnitState,
}

impl Published for EconomicUnitStatusChanged {
    const KIND: &'static str = "economic_unit.status_changed";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadEconomicUnit;
}

/// An act on an economic unit that should never have been recorded was taken back; the unit as it was after that act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct EconomicUnitWithdrawn(pub UnitState);

impl Published for EconomicUnitWithdrawn {
    const KIND: &'static str = "economic_unit.withdrawn";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadEconomicUnit;
}

/// A household was erased: nothing opens its name, address and number any more. What figures count stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EconomicUnitErased {
    /// The unit.
    pub unit: Id,
    /// Why: `consent_withdrawn`, `purpose_ended`, `unlawful_processing` or `authority_decision`. More may come.
    pub ground: String,
}

impl Published for EconomicUnitErased {
    const KIND: &'static str = "economic_unit.erased";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadEconomicUnit;
}

/// Two units may be one: households of one tax code. Only callers whose scope covers both can read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EconomicUnitDuplicateSuspected {
    /// The one.
    pub one: Id,
    /// The other.
    pub other: Id,
    /// The communes of the two, as they were recorded: one twice where both lie in one.
    pub areas: [AreaId; 2],
}

impl Published for EconomicUnitDuplicateSuspected {
    const KIND: &'static str = "economic_unit.duplicate_suspected";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadFinding;
}
