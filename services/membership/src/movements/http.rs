//! Movements over HTTP. Answers name people by their ids only.

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
use crate::people::PersonDetails;

/// What a movement brought about, by ids.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Moved {
    /// The act, with its paper: `/v1/acts/{id}`. A transfer is completed under this id.
    pub act_id: Id,
    /// The journal entry that tells it: what a correction names.
    pub entry_id: Id,
    /// The membership; null for a number of union members.
    pub membership_id: Option<Id>,
    /// The membership's status afterwards.
    pub status: String,
    /// The day it happened.
    pub occurred_on: NaiveDate,
}

impl OfAct for Moved {
    fn act(&self) -> Id {
        self.act_id
    }
}

/// Recognises a probationary Party member as official.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecogniseMember {
    /// The membership.
    pub membership_id: Id,
    /// The day of official standing: the end of the probation, also when it is decided late.
    pub occurred_on: NaiveDate,
    /// The decision paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// Begins a transfer.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferMember {
    /// The membership.
    pub membership_id: Id,
    /// The day it begins.
    pub occurred_on: NaiveDate,
    /// Whether the receiver is outside these books: then the member leaves them at once.
    #[serde(default)]
    pub is_outward: bool,
    /// The paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// Receives a member in flight.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteTransfer {
    /// The membership in flight.
    pub membership_id: Id,
    /// The organisation that receives the member.
    pub organisation_id: Id,
    /// The day it receives the member.
    pub occurred_on: NaiveDate,
}

/// Receives a member from outside these books.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferIn {
    /// The organisation that receives the member.
    pub organisation_id: Id,
    /// Who comes.
    pub person: PersonDetails,
    /// The day it receives the member.
    pub occurred_on: NaiveDate,
    /// The day the person joined the Party.
    pub joined_on: NaiveDate,
    /// The day of official standing; left out: the member is probationary.
    #[serde(default)]
    pub official_on: Option<NaiveDate>,
    /// The paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// Whether the person owns the business.
    #[serde(default)]
    pub is_owner: bool,
    /// Whether the person is a worker.
    #[serde(default)]
    pub is_worker: bool,
}

/// Ends a membership, or the memberships of a number of union members.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartMember {
    /// The membership; else `organisation_id` and `count`.
    #[serde(default)]
    pub membership_id: Option<Id>,
    /// The union whose members depart without names.
    #[serde(default)]
    pub organisation_id: Option<Id>,
    /// How many depart without names: 1-100,000.
    #[serde(default)]
    pub count: Option<i64>,
    /// `removed`, `expelled`, `withdrew` or `deceased`.
    pub reason: String,
    /// The day it ends.
    pub occurred_on: NaiveDate,
    /// The paper; the rule book demands it, but not of a death.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// Recognises a probationary member as official.
///
/// Needs `member.write` over the member's area. Refusals cite the rule book.
#[utoipa::path(tag = "movements", request_body = RecogniseMember, responses((status = 201, body = Moved)))]
#[post("/v1/recognitions")]
pub(crate) async fn recognise_member(
    may: May<needs::WriteMember>,
    body: Body<RecogniseMember>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Moved>> {
    record_once(&may, body, command, &state, act::recognise).await
}

/// Begins a transfer; the member is in flight until the other end records the receipt.
///
/// Needs `member.write` over the member's area.
#[utoipa::path(tag = "movements", request_body = TransferMember, responses((status = 201, body = Moved)))]
#[post("/v1/transfers")]
pub(crate) async fn transfer_member(
    may: May<needs::WriteMember>,
    body: Body<TransferMember>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Moved>> {
    record_once(&may, body, command, &state, act::start_transfer).await
}

/// Receives a member in flight: from this day the member counts here.
///
/// Needs `member.write` over the receiving organisation's area.
#[utoipa::path(tag = "movements", request_body = CompleteTransfer, responses((status = 201, body = Moved)))]
#[post("/v1/transfer-receipts")]
pub(crate) async fn complete_transfer(
    may: May<needs::WriteMember>,
    body: Body<CompleteTransfer>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Moved>> {
    record_once(&may, body, command, &state, act::complete_transfer).await
}

/// Receives a Party member from outside these books: no admission.
///
/// Needs `member.write` over the receiving organisation's area.
#[utoipa::path(tag = "movements", request_body = TransferIn, responses((status = 201, body = Moved)))]
#[post("/v1/transfers-in")]
pub(crate) async fn receive_member(
    may: May<needs::WriteMember>,
    body: Body<TransferIn>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Moved>> {
    record_once(&may, body, command, &state, act::receive_from_outside).await
}

/// Ends a membership, or those of a number of union members without names.
///
/// Needs `member.write` over the member's area.
#[utoipa::path(tag = "movements", request_body = DepartMember, responses((status = 201, body = Moved)))]
#[post("/v1/departures")]
pub(crate) async fn depart_member(
    may: May<needs::WriteMember>,
    body: Body<DepartMember>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Moved>> {
    record_once(&may, body, command, &state, act::depart).await
}
