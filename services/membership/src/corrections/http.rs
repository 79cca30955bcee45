//! Corrections over HTTP.

use actix_web::{post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::Id;
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};
use shared::published::Decision;

use super::act;
use crate::State;
use crate::ledger::{OfAct, record_once};

/// Replaces a journal entry: `withdraw`, or at least one of the other fields.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"entry_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "occurred_on": "2022-06-28"}))]
pub struct CorrectEntry {
    /// The entry that was wrong, in its latest correction.
    pub entry_id: Id,
    /// Whether it should never have been recorded.
    #[serde(default)]
    pub withdraw: bool,
    /// The right day.
    #[serde(default)]
    pub occurred_on: Option<NaiveDate>,
    /// The right number, of a collective act.
    #[serde(default)]
    pub count: Option<i64>,
    /// The right paper.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// What a correction brought about.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Corrected {
    /// The act that was corrected: `/v1/acts/{id}`.
    pub act_id: Id,
    /// The new journal entry.
    pub entry_id: Id,
    /// The entry that it replaces.
    pub corrects: Id,
    /// `restated` or `withdrawn`.
    pub outcome: String,
}

impl OfAct for Corrected {
    fn act(&self) -> Id {
        self.act_id
    }
}

/// Corrects a journal entry.
///
/// Needs `member.write` over the area of the act. Correctable are foundings, admissions and departures.
#[utoipa::path(tag = "corrections", request_body = CorrectEntry, responses((status = 201, body = Corrected)))]
#[post("/v1/corrections")]
pub(crate) async fn correct_entry(
    may: May<needs::WriteMember>,
    body: Body<CorrectEntry>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Corrected>> {
    record_once(&may, body, command, &state, act::correct).await
}
