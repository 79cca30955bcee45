//! The act that ends a body.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::steering_body::SteeringBodyEnded;
use shared::storage::Tx;
use shared::validate::Faults;
use shared::{Code, Day, Error, Result};

use super::super::change::{self, Changed, NewAct};
use super::super::seats::close_all;
use super::super::store::KeptBody;
use super::super::words::BodyStatus;
use super::{Act, BodyAct, Case, Folded, Telling};
use crate::state::Setting;

/// Ends a body, and all of its seats with it.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"occurred_on": "2026-06-30", "decision": {"number": "44-QĐ/ĐU", "decided_on": "2026-06-28",
    "issuing_body": "Đảng ủy xã Giả Định"}}))]
pub struct EndSteeringBody {
    /// The first day on which it works no more: not a day on which it was established or reconstituted.
    pub occurred_on: Day,
    /// The decision, or the legal document by which it ends.
    pub decision: Decision,
}

/// An ending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {}

impl Act for Ending {
    fn rank(&self) -> Rank {
        Rank::Ends
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.active(on)?;
        if before.changed_on == on {
            return Err(Error::new(Code::ChangedThatDay).with("day", on));
        }
        let mut after = Folded { status: BodyStatus::Ended, ended_on: Some(on), ..before.clone() };
        close_all(&mut after.seats, on);
        Ok(after)
    }

    fn checked(&self, _: &mut Faults, _: &Case<'_>) -> Option<BodyAct> {
        Some(BodyAct::Ending(self.clone()))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&SteeringBodyEnded(telling.body()))
    }
}

/// Ends a body.
///
/// # Errors
/// All faults of the request at once; `steering_body_not_active`, `changed_that_day`, `teams_remain`, `acts_in_the_way`.
pub fn end(
    tx: &mut Tx<'_>,
    setting: &Setting,
    kept: KeptBody,
    request: &EndSteeringBody,
) -> Result<(Changed, Entries)> {
    let new = NewAct {
        act: BodyAct::Ending(Ending {}),
        on: request.occurred_on.get(),
        decision: request.decision.clone(),
        note: None,
        answers: Answers::default(),
        is_placed: true,
    };
    change::add(tx, setting, kept, new)
}
