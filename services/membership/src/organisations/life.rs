//! The life of an organisation: on which days something may happen in it.

use chrono::NaiveDate;
use shared::Code;
use shared::published::Decision;
use shared::validate::{self, Faults, Wrong, past_day};

use super::store::KeptOrganisation;

/// Checks what every act in an organisation shares: its day is not in the future, not before the paper, and
/// the organisation exists on it. Faults are added; the paper comes back.
pub fn act_in(
    faults: &mut Faults,
    organisation: &KeptOrganisation,
    occurred_on: NaiveDate,
    decision: Option<&Decision>,
    today: NaiveDate,
) -> Option<Decision> {
    let paper = decision.and_then(|paper| validate::decision(faults, "/decision", paper, today));
    let pointer = "/occurred_on";
    faults.take(pointer, past_day(occurred_on, today));
    if let Some(paper) = &paper
        && occurred_on < paper.decided_on.get()
    {
        faults.add(pointer, Wrong::new(Code::BeforeDecision).with("decided_on", paper.decided_on));
    }
    if occurred_on < organisation.established_on {
        faults.add(pointer, Wrong::new(Code::BeforeOrganisation).with("established_on", organisation.established_on));
    }
    if let Some(ended_on) = organisation.ended_on.filter(|ended_on| *ended_on <= occurred_on) {
        faults.add(pointer, Wrong::new(Code::AfterDissolution).with("dissolved_on", ended_on));
    }
    paper
}

/// Checks an act by which somebody leaves an organisation: also on the day on which it ends.
pub fn leaving(
    faults: &mut Faults,
    organisation: &KeptOrganisation,
    occurred_on: NaiveDate,
    decision: Option<&Decision>,
    today: NaiveDate,
) -> Option<Decision> {
    let until = organisation.ended_on.filter(|ended_on| *ended_on != occurred_on);
    act_in(faults, &KeptOrganisation { ended_on: until, ..organisation.clone() }, occurred_on, decision, today)
}

/// Checks an act by which somebody belongs to an organisation from now on: on an earlier day too, nobody joins what has
/// ended since.
pub fn joining(
    faults: &mut Faults,
    organisation: &KeptOrganisation,
    occurred_on: NaiveDate,
    decision: Option<&Decision>,
    today: NaiveDate,
) -> Option<Decision> {
    let ended_on = organisation.ended_on.filter(|ended_on| *ended_on > occurred_on);
    if let Some(ended_on) = ended_on {
        faults.add("/organisation_id", Wrong::new(Code::AfterDissolution).with("dissolved_on", ended_on));
    }
    act_in(faults, organisation, occurred_on, decision, today)
}
