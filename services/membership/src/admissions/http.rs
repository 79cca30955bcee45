//! Admissions over HTTP. Answers name people by their ids only, so that they can be kept for a repeated
//! request.

use actix_web::{post, web};
use chrono::NaiveDate;
use serde::Deserialize;
use shared::Id;
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};
use shared::published::Decision;

use super::people::{self, Admitted};
use crate::State;
use crate::ledger::record_once;
use crate::people::PersonDetails;

/// Takes a person into the Party or the union.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organisation_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f",
    "person": {"full_name": "Nguyễn Thị Giả Định", "birth_date": "1995-02-03", "personal_id": "033195000001"},
    "occurred_on": "2022-05-19",
    "decision": {"number": "310-QĐ/HU", "decided_on": "2022-05-05", "issuing_body": "Huyện ủy Văn Lâm"}}))]
pub struct AdmitPerson {
    /// The organisation that the person joins: its branch says what the person becomes a member of.
    pub organisation_id: Id,
    /// Who is admitted, if not known here yet; else `person_id`.
    #[serde(default)]
    pub person: Option<PersonDetails>,
    /// Who is admitted, if known here, for instance as a union member.
    #[serde(default)]
    pub person_id: Option<Id>,
    /// The day of the ceremony (Party) or of the decision's effect (union): not after today.
    pub occurred_on: NaiveDate,
    /// The day on which the cell considered it: the age is judged on it; `occurred_on` if left out.
    #[serde(default)]
    pub considered_on: Option<NaiveDate>,
    /// The decision paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The deciding paper of the province-level standing committee, for a person over 60.
    #[serde(default)]
    pub authorising_paper: Option<String>,
    /// Whether the person owns the business (HD 08-HD/BTCTW, 27 September 2021).
    #[serde(default)]
    pub is_owner: bool,
    /// Whether the person is a worker.
    #[serde(default)]
    pub is_worker: bool,
}

/// Takes a number of workers into a union.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdmitCollectively {
    /// The union.
    pub organisation_id: Id,
    /// How many: 1-100,000.
    #[schema(minimum = 1, maximum = 100_000)]
    pub count: i64,
    /// How many of them are women, where known.
    #[serde(default)]
    pub female_count: Option<i64>,
    /// The day of the decision's effect: not after today.
    pub occurred_on: NaiveDate,
    /// The decision paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// Registers who was a member before the books began.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenMembers {
    /// The organisation they belong to.
    pub organisation_id: Id,
    /// The person, for a registration by name.
    #[serde(default)]
    pub person: Option<PersonDetails>,
    /// The person, if known here already.
    #[serde(default)]
    pub person_id: Option<Id>,
    /// How many, for a union's members without names: 1-100,000.
    #[serde(default)]
    pub count: Option<i64>,
    /// The day from which they count here: the beginning of the books.
    pub occurred_on: NaiveDate,
    /// The day the person joined; for a registration by name.
    #[serde(default)]
    pub joined_on: Option<NaiveDate>,
    /// The day of official standing; left out: the member is probationary. Party only.
    #[serde(default)]
    pub official_on: Option<NaiveDate>,
    /// Whether the person owns the business.
    #[serde(default)]
    pub is_owner: bool,
    /// Whether the person is a worker.
    #[serde(default)]
    pub is_worker: bool,
}

/// Takes back a person who had left the Party.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadmitPerson {
    /// The membership that had ended.
    pub membership_id: Id,
    /// The organisation that the person joins.
    pub organisation_id: Id,
    /// The day of the ceremony: not after today.
    pub occurred_on: NaiveDate,
    /// The decision paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The written consent of the provincial standing committee.
    #[serde(default)]
    pub authorising_paper: Option<String>,
}

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
