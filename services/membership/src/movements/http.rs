//! Movements over HTTP. Answers name people by their ids only.

use actix_web::{post, web};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};

use super::act::{self, Moved};
use super::rules::{CompleteTransfer, DepartMember, RecogniseMember, TransferIn, TransferMember};
use crate::State;
use crate::ledger::record_once;

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
