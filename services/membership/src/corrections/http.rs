//! Corrections over HTTP.

use actix_web::{post, web};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};

use super::commands;
use super::rules::{CorrectEntry, Corrected};
use crate::ledger::record_once;
use crate::state::State;

/// Corrects a journal entry.
///
/// Needs `member.write` over the area of the act. Correctable is every act on a membership or an organisation, and what is
/// recorded of members without names.
#[utoipa::path(tag = "corrections", request_body = CorrectEntry, responses((status = 201, body = Corrected)))]
#[post("/v1/corrections")]
pub(crate) async fn correct_entry(
    may: May<needs::WriteMember>,
    body: Body<CorrectEntry>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Corrected>> {
    record_once(&may, body, command, &state, commands::correct).await
}
