//! The closed lists of a finding: its kind, its status, how it was settled.

shared::closed_list! {
    /// What a finding is about. More may come.
    pub(crate) enum FindingKind {
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
}

shared::closed_list! {
    /// Whether somebody has settled a finding. More may come.
    pub(crate) enum FindingStatus {
        /// Nobody has.
        Open,
        /// A person has, or the system when the cause was gone.
        Settled,
    }
}

shared::closed_list! {
    /// How a finding was settled. More may come.
    pub(crate) enum FindingOutcome {
        /// Both memberships are one person's.
        SamePerson,
        /// They are of two persons.
        DifferentPersons,
        /// Both units are one.
        SameUnit,
        /// They are two.
        DifferentUnits,
        /// The organisation goes on.
        OrganisationGoesOn,
        /// It is to be dissolved.
        OrganisationEnds,
        /// The act stands all the same.
        ActStands,
        /// It is to be corrected or withdrawn.
        ActIsWrong,
        /// The membership is to be ended or withdrawn.
        MembershipIsWrong,
        /// The departure by death is to be corrected.
        DeathIsWrong,
        /// The system closed it, since what it was about is no longer so. Should it be so again, the finding is opened again.
        CauseGone,
    }
}
