//! Rules for findings: how a person may settle which kind.

use shared::Result;
use shared::validate::{Faults, Wrong};

use super::finding::{FindingKind, FindingOutcome};

impl FindingKind {
    /// How a person may settle it.
    const fn outcomes(self) -> [FindingOutcome; 2] {
        match self {
            Self::PossibleDuplicate => [FindingOutcome::SamePerson, FindingOutcome::DifferentPersons],
            Self::PossibleDuplicateUnit => [FindingOutcome::SameUnit, FindingOutcome::DifferentUnits],
            Self::OrganisationOnTerminatedUnit => {
                [FindingOutcome::OrganisationGoesOn, FindingOutcome::OrganisationEnds]
            }
            Self::ConditionNoLongerMet => [FindingOutcome::ActStands, FindingOutcome::ActIsWrong],
            Self::MembershipAfterDeath => [FindingOutcome::MembershipIsWrong, FindingOutcome::DeathIsWrong],
        }
    }

    /// Reads how a person settles it.
    ///
    /// # Errors
    /// `unknown_value` at `/outcome`, with the outcomes there are.
    pub(super) fn parse_outcome(self, outcome: &str) -> Result<FindingOutcome> {
        let outcomes = self.outcomes();
        let mut faults = Faults::new();
        let parsed = outcome.parse().ok().filter(|outcome| outcomes.contains(outcome));
        let parsed = parsed.ok_or_else(|| Wrong::not_among(&outcomes.map(<&str>::from)));
        let parsed = faults.take("/outcome", parsed);
        faults.finish_with(parsed)
    }
}
