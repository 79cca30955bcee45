//! People over HTTP.

use actix_web::{HttpRequest, get, post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::access_records::{NewAccessRecord, described, looked_over};
use shared::http::{
    Answer, Body, Found, Listed, Page, Paging, SecurityEvent, Tag, chosen_area, chosen_words, note_security,
    remote_address,
};
use shared::lists::{Copying, List};
use shared::personal::{mask_name, mask_number};
use shared::published::Branch;
use shared::territory::{AreaAsked, AreaId};
use shared::text::Short;
use shared::validate::{Faults, reason};
use shared::{Code, Error, Id};
use strum::VariantNames as _;

use super::membership::{EndReason, MemberStanding, MembershipStatus};
use super::notes::list_notes;
use super::rules::NewPerson;
use super::store::{self, FormerDetails, KeptMembership, ListedPeople, OpenedPerson, PersonFilter};
use crate::state::State;

/// A person, masked.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Person {
    /// The person's id.
    id: Id,
    /// The name's first letters.
    masked_name: String,
    /// The year of birth.
    birth_year: i32,
    /// The last three digits of the personal id.
    masked_personal_id: Option<String>,
    /// The memberships in the caller's scope, in the order in which they were recorded.
    memberships: Vec<Membership>,
    /// The entity tag of this version.
    etag: String,
}

/// A person in clear, for a purpose that was stated.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct RevealedPerson {
    /// The person's id.
    id: Id,
    /// The whole name.
    full_name: String,
    /// The day of birth.
    birth_date: NaiveDate,
    /// `female` or `male`.
    sex: Option<String>,
    /// A phone number.
    phone: Option<String>,
    /// The personal id.
    personal_id: Option<String>,
    /// The member card's number.
    card_number: Option<String>,
    /// What was recorded before, each with the correction that replaced it.
    former: Vec<FormerPerson>,
    /// Why acts on the person's memberships were put right or taken out.
    notes: Vec<CorrectionNote>,
    /// The access record that this look left.
    access_record_id: Id,
}

/// Why an act was put right or taken out.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct CorrectionNote {
    /// The journal entry of the correction.
    entry_id: Id,
    /// Why.
    note: String,
}

/// What was recorded of a person before it was put right.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct FormerPerson {
    /// The whole name.
    full_name: String,
    /// The day of birth.
    birth_date: NaiveDate,
    /// `female` or `male`.
    sex: Option<String>,
    /// A phone number.
    phone: Option<String>,
    /// The personal id.
    personal_id: Option<String>,
    /// The member card's number.
    card_number: Option<String>,
    /// The journal entry of the correction; its actor made the correction.
    replaced_by: Id,
    /// Why it was put right, where somebody said so.
    note: Option<String>,
}

impl From<FormerDetails> for FormerPerson {
    fn from(former: FormerDetails) -> Self {
        let NewPerson { full_name, birth_date, sex, phone, personal_id, card_number } = former.details;
        let (replaced_by, note) = (former.entry, former.note);
        Self { full_name, birth_date, sex, phone, personal_id, card_number, replaced_by, note }
    }
}

/// A person's membership of a branch.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Membership {
    /// The membership's id.
    id: Id,
    /// The person.
    person_id: Id,
    /// The branch: `party`, `union`. More may come.
    branch: Branch,
    /// The organisation it belongs to; while a transfer is pending, the one in which it began.
    organisation_id: Id,
    /// `active`, `in_flight`, `departed`, `transferred_out` or `withdrawn`. More may come.
    status: MembershipStatus,
    /// `probationary`, `official` or `member`. More may come.
    standing: MemberStanding,
    /// Whether the person owns the business.
    is_owner: bool,
    /// Whether the person is a worker.
    is_worker: bool,
    /// The day the membership began.
    joined_on: NaiveDate,
    /// The day of official standing.
    official_on: Option<NaiveDate>,
    /// The day it ended.
    ended_on: Option<NaiveDate>,
    /// Why it ended.
    end_reason: Option<EndReason>,
    /// The entity tag of this version.
    etag: String,
}

/// Which people.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListPeople {
    /// With a membership in this organisation.
    organisation: Option<Id>,
    /// With a membership of one of these branches, separated by commas.
    branch: Option<String>,
    /// With a membership of one of these statuses, separated by commas: `active`, `in_flight`, `departed`,
    /// `transferred_out`, `withdrawn`.
    status: Option<String>,
    /// With a membership in this area, its parts, and the former units that went into it.
    #[param(inline)]
    area: Option<AreaAsked>,
    /// What changed since a walk through the whole list: the `mark` of its last page. Only with `limit` and `cursor`.
    #[param(inline)]
    updated_after: Option<Short<200>>,
}

/// Asks to see a person in clear.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"purpose": "Đối chiếu hồ sơ với quyết định kết nạp"}))]
pub(crate) struct RevealPerson {
    /// What for: 10-300 characters, most of them letters; the access record contains it.
    #[schema(min_length = 10, max_length = 300, example = "Đối chiếu hồ sơ với quyết định kết nạp")]
    purpose: String,
}

/// Lists people, masked, by id. Leaves one access record with the filter and the count.
///
/// Needs `member.read`.
#[utoipa::path(tag = "people", params(ListPeople, Paging), responses((status = 200, body = Page<Person>)))]
#[get("/v1/people")]
pub(crate) async fn list_people(
    may: May<needs::ReadMember>,
    query: Listed<ListPeople>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<Page<Person>> {
    let (asked, mut faults) = query.parts();
    let territory = state.territory.get();
    let asked_area = asked.area.as_ref().and_then(|area| area.find(&territory, may.today()));
    let filter = Some(described([
        ("organisation", asked.organisation.map(|id| id.to_string())),
        ("branch", asked.branch.clone()),
        ("status", asked.status.clone()),
        ("area", asked_area.as_ref().map(AreaId::to_string)),
        ("ids", query.ids().map(|ids| ids.iter().map(Id::to_string).collect::<Vec<_>>().join(","))),
    ]));
    let area = looked_over(&may, &territory, asked_area.as_ref());
    let wanted = PersonFilter {
        organisation: asked.organisation,
        branches: chosen_words(&mut faults, "branch", asked.branch.as_deref(), Branch::VARIANTS),
        statuses: chosen_words(&mut faults, "status", asked.status.as_deref(), MembershipStatus::VARIANTS),
        within: chosen_area(&mut faults, &territory, may.today(), asked.area.as_ref()),
    };
    faults.finish()?;
    let copying = Copying::of(&state.marks, List::People, &may, may.scope.readable_ids(), &territory);
    let listing = query.copied("people", copying, asked.updated_after.as_ref().map(Short::as_str))?;
    let people = ListedPeople { scope: may.scope.clone(), filter: wanted, vault: state.vault.clone() };
    let page = listing.read(&state.db, people).await?;
    let (count, remote_address) = (i64::try_from(page.items.len()).unwrap_or(i64::MAX), remote_address(&request));
    let record = NewAccessRecord { filter, count, area, remote_address, ..NewAccessRecord::of("list") };
    state.access.record(may.act(), record).await?;
    Ok(page.map(|person| masked(&person)))
}

/// Returns one person, masked. Leaves an access record.
///
/// Needs `member.read`.
#[utoipa::path(tag = "people", params(("id" = Id, Path, description = "The person")),
    responses((status = 200, body = Person)))]
#[get("/v1/people/{id}")]
pub(crate) async fn find_person(
    may: May<needs::ReadMember>,
    id: web::Path<Id>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<Found<Person>> {
    let (person, _) = look(&may, &state, *id, "read", None, remote_address(&request)).await?;
    Ok(Found::personal(person.tag(), masked(&person)))
}

/// Shows a person in clear, for a stated purpose. Leaves an access record. The answer is never kept.
///
/// Needs `member.reveal`.
#[utoipa::path(tag = "people", params(("id" = Id, Path, description = "The person")),
    request_body = RevealPerson, responses((status = 200, body = RevealedPerson)))]
#[post("/v1/people/{id}/reveals")]
pub(crate) async fn reveal_person(
    may: May<needs::RevealMember>,
    id: web::Path<Id>,
    body: Body<RevealPerson>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<actix_web::HttpResponse> {
    let mut faults = Faults::new();
    let purpose = faults.take("/purpose", reason(&body.value.purpose));
    let purpose = faults.finish_with(purpose)?;
    let (person, access_record_id) = look(&may, &state, *id, "reveal", Some(purpose), remote_address(&request)).await?;
    note_security(&request, SecurityEvent::PersonRevealed);
    let (vault, id) = (state.vault.clone(), person.id);
    let kept = state
        .db
        .read(move |conn| Ok((store::list_former_details(conn, &vault, id)?, list_notes(conn, &vault, id)?)))
        .await?;
    let (former, notes) = kept;
    let notes = notes.into_iter().map(|(entry_id, note)| CorrectionNote { entry_id, note }).collect();
    let former = former.into_iter().map(FormerPerson::from).collect();
    let NewPerson { full_name, birth_date, sex, phone, personal_id, card_number } = person.details;
    let revealed = RevealedPerson {
        id,
        full_name,
        birth_date,
        sex,
        phone,
        personal_id,
        card_number,
        former,
        notes,
        access_record_id,
    };
    Ok(actix_web::HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(revealed))
}

/// The path of a person, as access records name it.
fn path_of(person: Id) -> String {
    format!("/v1/people/{person}")
}

/// Opens a person and leaves the record of it; where that cannot be written, the person is not shown.
async fn look<P>(
    may: &May<P>,
    state: &State,
    id: Id,
    action: &'static str,
    purpose: Option<String>,
    remote_address: Option<String>,
) -> shared::Result<(OpenedPerson, Id)> {
    let (scope, vault) = (may.scope.clone(), state.vault.clone());
    let person = state.db.read(move |conn| store::find_person(conn, &scope, &vault, id)).await?;
    let person = person.ok_or_else(|| Error::new(Code::NotFound))?;
    let record = NewAccessRecord {
        subject: Some(path_of(person.id)),
        area: person.memberships.first().map(|one| AreaId::stored(one.area_id.as_str())),
        fields: Some(if purpose.is_some() { "all" } else { "masked" }),
        purpose,
        remote_address,
        ..NewAccessRecord::of(action)
    };
    let record = state.access.record(may.act(), record).await?;
    Ok((person, record))
}

/// Returns one membership. Leaves an access record.
///
/// Needs `member.read`.
#[utoipa::path(tag = "people", params(("id" = Id, Path, description = "The membership")),
    responses((status = 200, body = Membership)))]
#[get("/v1/memberships/{id}")]
pub(crate) async fn find_membership_by_id(
    may: May<needs::ReadMember>,
    id: web::Path<Id>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<Found<Membership>> {
    let (scope, id) = (may.scope.clone(), *id);
    let kept = state.db.look_up(move |conn| store::find_membership(conn, &scope, id)).await?;
    let kept = kept.ok_or_else(|| Error::new(Code::NotFound))?;
    let record = NewAccessRecord {
        subject: Some(path_of(kept.person_id)),
        area: Some(AreaId::stored(kept.area_id.as_str())),
        fields: Some("membership"),
        remote_address: remote_address(&request),
        ..NewAccessRecord::of("read")
    };
    state.access.record(may.act(), record).await?;
    Ok(Found::personal(kept.version, shown(&kept)))
}

fn masked(person: &OpenedPerson) -> Person {
    Person {
        id: person.id,
        masked_name: mask_name(&person.details.full_name),
        birth_year: chrono::Datelike::year(&person.details.birth_date),
        masked_personal_id: person.details.personal_id.as_deref().map(mask_number),
        memberships: person.memberships.iter().map(shown).collect(),
        etag: person.tag().quoted(),
    }
}

fn shown(kept: &KeptMembership) -> Membership {
    let kept = kept.clone();
    Membership {
        id: kept.id,
        person_id: kept.person_id,
        branch: kept.branch,
        organisation_id: kept.organisation_id,
        status: kept.status,
        standing: kept.standing,
        is_owner: kept.is_owner,
        is_worker: kept.is_worker,
        joined_on: kept.joined_on,
        official_on: kept.official_on,
        ended_on: kept.ended_on,
        end_reason: kept.end_reason,
        etag: Tag::from(kept.version).quoted(),
    }
}
