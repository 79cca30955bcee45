//! The act that recognises a probationary Party member as official.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::made_ids::NamesIds;
use shared::published::party_member::PartyMemberRecognised;
use shared::published::{Branch, Decision};
use shared::storage::Tx;
use shared::validate::{self, Faults, past_day};
use shared::{Code, Day, Error, Id, Result};

use super::super::change::{self, NewAct};
use super::{Act, Case, MemberAct, Telling, active, writable};
use crate::ledger::Moved;
use crate::people::{KeptMembership, MemberStanding};
use crate::state::Setting;

/// Recognises a probationary Party member as official.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"membership_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60", "occurred_on": "2026-05-19",
    "decision": {"number": "14-QĐ/ĐU", "decided_on": "2026-05-18", "issuing_body": "Đảng ủy xã Giả Định"}}))]
pub struct RecogniseMember {
    /// The id of the act, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// The membership.
    pub membership_id: Id,
    /// The day of official standing: the end of the probation, also when it is decided late.
    pub occurred_on: Day,
    /// The decision; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
}

impl NamesIds for RecogniseMember {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// A recognition: the member is official from its day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognition {}

impl Act for Recognition {
    fn rank(&self) -> Rank {
        Rank::Moves
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        // A member with a pending transfer remains in the Party, and probation may end during the transfer.
        if !before.lives() || before.standing != MemberStanding::Probationary {
            return Err(Error::new(Code::MembershipNotActive).with("day", on));
        }
        Ok(KeptMembership { standing: MemberStanding::Official, official_on: Some(on), ..before.clone() })
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
        telling.entry(&PartyMemberRecognised { member: telling.member()? })
    }
}

/// Official standing begins with the exact end of the probation.
fn check_probation(case: &Case<'_>) -> Result<()> {
    let (before, on) = (case.before, case.on);
    let Some(rule) = case.setting.book.rule(Code::ProbationNotOver, Branch::Party, &case.organisation.kind, on) else {
        return Ok(());
    };
    let months = u32::try_from(rule.threshold).unwrap_or_default();
    let ends_on = before.joined_on.checked_add_months(Months::new(months)).unwrap_or(on);
    if before.standing == MemberStanding::Probationary && on < ends_on {
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
        id: request.id.unwrap_or_default(),
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
