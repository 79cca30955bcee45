//! Acts on memberships over HTTP. Answers name people by their ids only, so that they can be stored for a repeated
//! request.

use actix_web::{post, web};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};

use super::acts::{
    self, AdmitPerson, CompleteTransfer, DepartMember, OpenMembers, ReadmitPerson, RecogniseMember, TransferIn,
    TransferMember,
};
use super::standing::{admitted, moved};
use crate::ledger::{Admitted, Moved, create_act};
use crate::state::State;

/// Admits a person to the Party or the union.
///
/// Needs `member.write` over the organisation's area. Refusals cite the rule book.
#[utoipa::path(tag = "admissions", request_body = AdmitPerson, responses((status = 201, body = Admitted)))]
#[post("/v1/admissions")]
pub(crate) async fn admit_person(
    may: May<needs::WriteMember>,
    body: Body<AdmitPerson>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Admitted>> {
    create_act(&may, body, command, &state, acts::admit, admitted).await
}

/// Registers members who joined before recording began, by name or as a union's number.
///
/// Needs `member.write` over the organisation's area.
#[utoipa::path(tag = "admissions", request_body = OpenMembers, responses((status = 201, body = Admitted)))]
#[post("/v1/opening-registrations")]
pub(crate) async fn open_members(
    may: May<needs::WriteMember>,
    body: Body<OpenMembers>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Admitted>> {
    create_act(&may, body, command, &state, acts::open_members, admitted).await
}

/// Readmits a person who had left the Party.
///
/// Needs `member.write` over the organisation's area. Refusals cite the rule book.
#[utoipa::path(tag = "admissions", request_body = ReadmitPerson, responses((status = 201, body = Admitted)))]
#[post("/v1/readmissions")]
pub(crate) async fn readmit_person(
    may: May<needs::WriteMember>,
    body: Body<ReadmitPerson>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Admitted>> {
    create_act(&may, body, command, &state, acts::readmit, admitted).await
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
    create_act(&may, body, command, &state, acts::recognise, moved).await
}

/// Begins a transfer. It is pending until the receiving organisation records the receipt.
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
    create_act(&may, body, command, &state, acts::start_transfer, moved).await
}

/// Completes a pending transfer: from this day the member counts here.
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
    create_act(&may, body, command, &state, acts::complete_transfer, moved).await
}

/// Receives a Party member from outside this system. It does not count as an admission.
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
    create_act(&may, body, command, &state, acts::receive_from_outside, moved).await
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
    create_act(&may, body, command, &state, acts::depart, moved).await
}
