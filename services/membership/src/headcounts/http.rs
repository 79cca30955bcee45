//! Collective admissions over HTTP. What is opened or departs by number comes in by the doors of memberships.

use actix_web::{post, web};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};

use super::acts::{self, AdmitCollectively};
use crate::State;
use crate::ledger::{Admitted, record_once};

/// Admits a number of workers to a union, names not sent.
///
/// Needs `member.write` over the organisation's area.
#[utoipa::path(tag = "admissions", request_body = AdmitCollectively, responses((status = 201, body = Admitted)))]
#[post("/v1/collective-admissions")]
pub(crate) async fn admit_collectively(
    may: May<needs::WriteMember>,
    body: Body<AdmitCollectively>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Admitted>> {
    record_once(&may, body, command, &state, acts::admit_collectively).await
}
