//! A probationary Party member is recognised as official.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::party_member::PartyMemberRecognised;
use shared::storage::Tx;
use shared::validate::{self, Faults, past_day};
use shared::{Code, Day, Error, Id, Result};

use super::super::change::{self, NewAct};
use super::{Act, Case, MemberAct, Telling, active, writable};
use crate::Setting;
use crate::ledger::Moved;
use crate::people::KeptMembership;

/// Recognises a probationary Party member as official.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecogniseMember {
    /// The membership.
    pub membership_id: Id,
    /// The day of official standing: the end of the probation, also when it is decided late.
    pub occurred_on: Day,
    /// The decision paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// A recognition: the member is official from its day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognition {}

impl Act for Recognition {
    fn rank(&self) -> Rank {
        Rank::Moves
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        // A member in flight goes on in the Party, and the probation may end on the way.
        if !before.lives() || before.standing != "probationary" {
            return Err(Error::new(Code::MembershipNotActive).with("day", on));
        }
        Ok(KeptMembership { standing: "official".to_owned(), official_on: Some(on), ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        // The paper may come after the day: official standing begins with the end of the probation.
        faults.take("/occurred_on", past_day(case.on, case.setting.today));
        case.decision.and_then(|paper| validate::decision(faults, "/decision", paper, case.setting.today))
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        case.require_paper(paper)?;
        // One that is recorded stays right when a transfer turns out to have begun before it.
        if case.is_new {
            active(case.before, case.on)?;
        }
        check_probation(case)
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&PartyMemberRecognised { member: telling.member() })
    }
}

/// Official standing begins with the exact end of the probation.
fn check_probation(case: &Case<'_>) -> Result<()> {
    let (before, on) = (case.before, case.on);
    let Some(rule) = case.setting.book.rule(Code::ProbationNotOver, "party", &case.organisation.kind, on) else {
        return Ok(());
    };
    let months = u32::try_from(rule.threshold).unwrap_or_default();
    let ends_on = before.joined_on.checked_add_months(Months::new(months)).unwrap_or(on);
    if before.standing == "probationary" && on < ends_on {
        let compared = [("months", rule.threshold.to_string()), ("ends_on", ends_on.to_string())];
        return Err(rule.refuse(Code::ProbationNotOver, &compared));
    }
    Ok(())
}

/// Recognises a probationary member as official.
///
/// # Errors
/// All faults of the request at once; `probation_not_over`, with its source.
pub fn recognise(tx: &mut Tx<'_>, setting: &Setting, request: &RecogniseMember) -> Result<(Moved, Entries)> {
    let membership = writable(tx, setting, request.membership_id)?;
    let act = MemberAct::Recognition(Recognition {});
    let on = request.occurred_on.get();
    let new = NewAct {
        act,
        on,
        decision: request.decision.clone(),
        authorising_paper: None,
        note: None,
        answers: Answers::default(),
    };
    let (changed, entries) = change::add(tx, setting, membership, Faults::new(), new)?;
    Ok((changed.moved(), entries))
}
