//! What is true of findings.

use shared::Error;
use shared::validate::Wrong;

/// How the system itself closes a finding when what it was about is no longer so. Should it be so again, the finding
/// is opened again.
pub(super) const CAUSE_GONE: &str = "cause_gone";

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum FindingKind {
    /// Two memberships of one branch may be one person's.
    PossibleDuplicate,
    /// Two economic units may be one: households of one tax code.
    PossibleDuplicateUnit,
    /// An active organisation covers a unit that has ended.
    OrganisationOnTerminatedUnit,
    /// The condition of a recorded act is not met any more since another one was corrected.
    ConditionNoLongerMet,
    /// A person who is recorded as deceased in one membership has another one that goes on, or began after that day.
    MembershipAfterDeath,
}

impl FindingKind {
    /// How a person may settle it.
    pub(super) fn outcomes(self) -> &'static [&'static str] {
        match self {
            Self::PossibleDuplicate => &["same_person", "different_persons"],
            Self::PossibleDuplicateUnit => &["same_unit", "different_units"],
            Self::OrganisationOnTerminatedUnit => &["organisation_goes_on", "organisation_ends"],
            Self::ConditionNoLongerMet => &["act_stands", "act_is_wrong"],
            Self::MembershipAfterDeath => &["membership_is_wrong", "death_is_wrong"],
        }
    }

    /// Checks how a person settles it.
    ///
    /// # Errors
    /// `unknown_value` at `/outcome`, with the outcomes there are.
    pub(super) fn check_outcome(self, outcome: &str) -> Result<(), Error> {
        if self.outcomes().contains(&outcome) {
            return Ok(());
        }
        let mut faults = shared::validate::Faults::new();
        faults.add("/outcome", Wrong::not_among(self.outcomes()));
        faults.finish()
    }
}
