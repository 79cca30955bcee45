//! On which days an act may happen in an organisation.

use chrono::NaiveDate;
use shared::Code;
use shared::published::Decision;
use shared::validate::{self, Faults, Wrong, past_day};

use super::acts::Case;
use super::store::KeptOrganisation;

/// From which day on an organisation exists, and the day from which it exists no more; nothing before it was founded.
type Life = Option<(NaiveDate, Option<NaiveDate>)>;

fn life_of(organisation: &KeptOrganisation) -> Life {
    Some((organisation.established_on, organisation.ended_on))
}

/// Checks what every act in an organisation shares: its day is not in the future, not before the paper, and
/// the organisation exists on it. Faults are added; the paper comes back.
pub(super) fn act_within(
    faults: &mut Faults,
    life: Life,
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
    let Some((established_on, ended_on)) = life else { return paper };
    if occurred_on < established_on {
        faults.add(pointer, Wrong::new(Code::BeforeOrganisation).with("established_on", established_on));
    }
    if let Some(ended_on) = ended_on.filter(|ended_on| *ended_on <= occurred_on) {
        faults.add(pointer, Wrong::new(Code::AfterDissolution).with("dissolved_on", ended_on));
    }
    paper
}

/// Also on the day on which the organisation ends.
fn until_its_end((established_on, ended_on): (NaiveDate, Option<NaiveDate>), occurred_on: NaiveDate) -> Life {
    Some((established_on, ended_on.filter(|ended_on| *ended_on != occurred_on)))
}

/// On an earlier day too, nobody joins what has ended since.
fn refuse_ended(faults: &mut Faults, life: Life, occurred_on: NaiveDate) {
    let ended_on = life.and_then(|(_, ended_on)| ended_on).filter(|ended_on| *ended_on > occurred_on);
    if let Some(ended_on) = ended_on {
        faults.add("/organisation_id", Wrong::new(Code::AfterDissolution).with("dissolved_on", ended_on));
    }
}

/// Checks an act of a member in an organisation.
pub fn act_in(
    faults: &mut Faults,
    organisation: &KeptOrganisation,
    occurred_on: NaiveDate,
    decision: Option<&Decision>,
    today: NaiveDate,
) -> Option<Decision> {
    act_within(faults, life_of(organisation), occurred_on, decision, today)
}

/// Checks an act by which somebody leaves an organisation: also on the day on which it ends.
pub fn leaving(
    faults: &mut Faults,
    organisation: &KeptOrganisation,
    occurred_on: NaiveDate,
    decision: Option<&Decision>,
    today: NaiveDate,
) -> Option<Decision> {
    let life = life_of(organisation).and_then(|life| until_its_end(life, occurred_on));
    act_within(faults, life, occurred_on, decision, today)
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
    refuse_ended(faults, life_of(organisation), occurred_on);
    act_in(faults, organisation, occurred_on, decision, today)
}

/// Checks an act by which a number of members joins a union. One that is recorded is corrected as long as they have left
/// before the end.
pub(super) fn joining_within(faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
    if case.is_new {
        refuse_ended(faults, case.life, case.on);
    }
    act_within(faults, case.life, case.on, case.decision, case.today)
}

/// Checks an act by which a number of members leaves a union: also on the day on which it ends.
pub(super) fn leaving_within(faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
    let life = case.life.and_then(|life| until_its_end(life, case.on));
    act_within(faults, life, case.on, case.decision, case.today)
}
