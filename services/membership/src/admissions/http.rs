//! Admissions over HTTP. Answers name people by their ids only, so that they can be kept for a repeated
//! request.

use actix_web::{post, web};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};

use super::people::{self, Admitted};
use super::rules::{AdmitCollectively, AdmitPerson, OpenMembers, ReadmitPerson};
use crate::State;
use crate::ledger::record_once;

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
    record_once(&may, body, command, &state, people::admit).await
}

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
    record_once(&may, body, command, &state, people::admit_collectively).await
}

/// Registers who was a member before the books began, by name or as a union's number.
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
    record_once(&may, body, command, &state, people::open_members).await
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
    record_once(&may, body, command, &state, people::readmit).await
}
