//! Reveals over HTTP.

use actix_web::{HttpRequest, HttpResponse, post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::access_records::NewAccessRecord;
use shared::http::{Answer, Body, SecurityEvent, note_security, remote_address};
use shared::storage::AnyConnection;
use shared::validate::{Faults, reason};
use shared::{Code, Error, Id};

use crate::bodies::{BodyKind, Holding, LeavingReason, Seat, SeatRole, find_body, load_whole};
use crate::state::State;

/// Asks to see who is in a support team.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"purpose": "Mời họp tổ giúp việc quý II"}))]
pub(crate) struct RevealSteeringBody {
    /// What for: 10-300 characters; the access record contains it.
    #[schema(min_length = 10, max_length = 300, example = "Mời họp tổ giúp việc quý II")]
    purpose: String,
}

/// A support team with all who hold or held its seats, in clear, for a purpose that was stated.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct RevealedSteeringBody {
    /// The body's id.
    id: Id,
    /// All seats that it has or had.
    seats: Vec<RevealedSeat>,
    /// The access record that this look left.
    access_record_id: Id,
}

/// A seat with all who hold or held it.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct RevealedSeat {
    /// The seat.
    id: Id,
    /// What its holder is in the body. More may come.
    role: SeatRole,
    /// The day from which there is this seat.
    opened_on: NaiveDate,
    /// The first day on which it is there no more.
    closed_on: Option<NaiveDate>,
    /// Who held it, in order.
    holders: Vec<RevealedHolder>,
}

/// Somebody who holds or held a seat.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct RevealedHolder {
    /// The person's name.
    name: String,
    /// The public office.
    office: String,
    /// The agency in which that is, where the office does not say it.
    agency: Option<String>,
    /// The day from which the person holds the seat.
    from_on: NaiveDate,
    /// The first day on which the person holds it no more.
    until_on: Option<NaiveDate>,
    /// Why the person left it, where that was recorded. More may come.
    reason: Option<LeavingReason>,
}

/// Shows who is and was in a support team, for a stated purpose. Leaves an access record. The answer is never kept.
///
/// Needs `steering.reveal`. Committees are shown in full already: `nothing_to_reveal`.
#[utoipa::path(tag = "steering bodies", params(("id" = Id, Path, description = "The body")),
    request_body = RevealSteeringBody, responses((status = 200, body = RevealedSteeringBody)))]
#[post("/v1/steering-bodies/{id}/reveals")]
pub(crate) async fn reveal_steering_body(
    may: May<needs::RevealSteering>,
    id: web::Path<Id>,
    body: Body<RevealSteeringBody>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let mut faults = Faults::new();
    let purpose = faults.take("/purpose", reason(&body.value.purpose));
    let purpose = faults.finish_with(purpose)?;
    let (scope, vault, id) = (may.scope.clone(), state.vault.clone(), *id);
    let look = move |conn: &mut AnyConnection| {
        let Some(kept) = find_body(conn, &scope, id)? else { return Ok(None) };
        let folded = load_whole(conn, &vault, kept.clone())?;
        Ok(Some((kept, folded)))
    };
    let (kept, folded) = state.db.read(look).await?.ok_or_else(|| Error::new(Code::NotFound))?;
    if kept.kind == BodyKind::SteeringCommittee {
        return Err(Error::new(Code::NothingToReveal).into());
    }
    let record = NewAccessRecord {
        subject: Some(format!("/v1/steering-bodies/{id}")),
        area: Some(kept.area()),
        fields: Some("all"),
        purpose: Some(purpose),
        remote_address: remote_address(&request),
        ..NewAccessRecord::of("reveal")
    };
    let access_record_id = state.access.record(may.act(), record).await?;
    note_security(&request, SecurityEvent::PersonRevealed);
    let seats = folded.seats.into_iter().map(revealed).collect();
    let revealed = RevealedSteeringBody { id, seats, access_record_id };
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(revealed))
}

fn revealed(seat: Seat) -> RevealedSeat {
    let holder = |held: Holding| RevealedHolder {
        name: held.holder.name,
        office: held.holder.office,
        agency: held.holder.agency,
        from_on: held.from_on,
        until_on: held.until_on,
        reason: held.reason,
    };
    RevealedSeat {
        id: seat.id,
        role: seat.role,
        opened_on: seat.opened_on,
        closed_on: seat.closed_on,
        holders: seat.holdings.into_iter().map(holder).collect(),
    }
}
