//! Steering bodies over HTTP.

use actix_web::{get, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Found, Listed, Page, Paging, Query, Reply, Sort, Tag, chosen_area, chosen_words};
use shared::journal::ShownEntry;
use shared::personal::mask_name;
use shared::territory::{AreaAsked, AreaId};
use shared::{Code, Day, Error, Id, Moment};
use strum::VariantNames as _;

use super::acts::Folded;
use super::change::{Changed, load_as_of, load_whole};
use super::seats::{Holding, Seat};
use super::store::{self, BodyFilter, KeptBody, ListedBodies};
use super::words::{BodyKind, BodyLevel, BodyStatus, SeatRole};
use crate::state::State;

/// A steering committee or a support team, in a list.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ListedSteeringBody {
    /// Its id.
    id: Id,
    /// What it is. More may come.
    kind: BodyKind,
    /// Its level. More may come.
    level: BodyLevel,
    /// Its area, as it was recorded.
    area: AreaId,
    /// Of a support team: the committee that it works for.
    committee_id: Option<Id>,
    /// Its name.
    name: String,
    /// Its short name.
    short_name: Option<String>,
    /// Its status. More may come.
    status: BodyStatus,
    /// The day from which it works.
    established_on: NaiveDate,
    /// The last day of its term; null where no decision names one.
    term_ends_on: Option<NaiveDate>,
    /// The first day on which it works no more; null while it works.
    ended_on: Option<NaiveDate>,
    /// How many seats it has.
    seat_count: i64,
    /// How many of them nobody holds.
    empty_seat_count: i64,
    /// Whether somebody heads it.
    has_head: bool,
    /// When it was first recorded.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
    /// The entity tag of this version.
    etag: String,
}

/// A steering committee or a support team, with its seats on a day.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SteeringBody {
    /// Its id.
    id: Id,
    /// What it is. More may come.
    kind: BodyKind,
    /// Its level. More may come.
    level: BodyLevel,
    /// Its area, as it was recorded.
    area: AreaId,
    /// Of a support team: the committee that it works for.
    committee_id: Option<Id>,
    /// Its name.
    name: String,
    /// Its short name.
    short_name: Option<String>,
    /// Its status on the day: `withdrawn` before it was established. More may come.
    status: BodyStatus,
    /// The day from which it works.
    established_on: NaiveDate,
    /// The last day of its term; null where no decision names one.
    term_ends_on: Option<NaiveDate>,
    /// The first day on which it works no more; null while it works.
    ended_on: Option<NaiveDate>,
    /// The seats that it has on the day.
    seats: Vec<SteeringSeat>,
    /// When it was first recorded.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
    /// The entity tag of this version: the same for every day.
    etag: String,
}

/// A seat of a body.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SteeringSeat {
    /// The seat.
    id: Id,
    /// What its holder is in the body. More may come.
    role: SeatRole,
    /// The day from which there is this seat.
    opened_on: NaiveDate,
    /// Who holds it on the day; null: nobody.
    holder: Option<SteeringHolder>,
}

/// Somebody who holds a seat in public office.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SteeringHolder {
    /// The person's name; in a support team masked but for the first letters.
    name: String,
    /// The public office.
    office: String,
    /// The agency in which that is, where the office does not say it.
    agency: Option<String>,
    /// The day from which the person holds the seat.
    from_on: NaiveDate,
}

/// Which bodies.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListSteeringBodies {
    /// In this area, its parts, and the former units that went into it.
    #[param(inline)]
    area: Option<AreaAsked>,
    /// Of these kinds, separated by commas: `steering_committee`, `support_team`.
    kind: Option<String>,
    /// Of these levels, separated by commas: `province`, `district`, `equivalent`, `commune`.
    level: Option<String>,
    /// Of these statuses, separated by commas: `active`, `ended`, `withdrawn`.
    status: Option<String>,
    /// The support teams of this committee.
    committee: Option<Id>,
    /// In this order: `name`, which is the default, or `-updated_at`.
    sort: Option<String>,
}

/// On which day.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindSteeringBody {
    /// The body as it was at the end of this day; left out: as it is.
    #[param(inline)]
    on: Option<Day>,
}

/// The entries about one body.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SteeringBodyHistory {
    /// The entries, in order.
    items: Vec<ShownEntry>,
}

pub(super) fn subject(id: Id) -> String {
    format!("/v1/steering-bodies/{id}")
}

/// Lists steering committees and their support teams, without the names of those who hold their seats.
///
/// Needs `steering.read`.
#[utoipa::path(tag = "steering bodies", params(ListSteeringBodies, Paging),
    responses((status = 200, body = Page<ListedSteeringBody>)))]
#[get("/v1/steering-bodies")]
pub(crate) async fn list_steering_bodies(
    may: May<needs::ReadSteering>,
    query: Listed<ListSteeringBodies>,
    state: web::Data<State>,
) -> Answer<Page<ListedSteeringBody>> {
    let (asked, mut faults) = query.parts();
    let sort = Sort::parse(&mut faults, asked.sort.as_deref());
    let filter = BodyFilter {
        within: chosen_area(&mut faults, &state.territory.get(), may.today(), asked.area.as_ref()),
        kinds: chosen_words(&mut faults, "kind", asked.kind.as_deref(), BodyKind::VARIANTS),
        levels: chosen_words(&mut faults, "level", asked.level.as_deref(), BodyLevel::VARIANTS),
        statuses: chosen_words(&mut faults, "status", asked.status.as_deref(), BodyStatus::VARIANTS),
        committee: asked.committee,
        sort,
    };
    faults.finish()?;
    let listing = query.listing(&sort.list("steering-bodies"))?;
    let page = listing.read(&state.db, ListedBodies { scope: may.scope.clone(), filter }).await?;
    Ok(page.map(listed))
}

/// Returns one body with its seats, as it is or as it was at the end of a day.
///
/// Needs `steering.read`.
#[utoipa::path(tag = "steering bodies", params(("id" = Id, Path, description = "The body"), FindSteeringBody),
    responses((status = 200, body = SteeringBody)))]
#[get("/v1/steering-bodies/{id}")]
pub(crate) async fn find_steering_body(
    may: May<needs::ReadSteering>,
    id: web::Path<Id>,
    query: Query<FindSteeringBody>,
    state: web::Data<State>,
) -> Answer<Found<SteeringBody>> {
    let (asked, faults) = query.parts();
    faults.finish()?;
    let (scope, vault, id, on) = (may.scope.clone(), state.vault.clone(), *id, asked.on.map(Day::get));
    let found = state
        .db
        .read(move |conn| {
            let kept = store::find_body(conn, &scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            let body = match on {
                Some(on) => load_as_of(conn, &vault, kept.clone(), on)?,
                None => load_whole(conn, &vault, kept.clone())?,
            };
            Ok((kept, body))
        })
        .await?;
    let (kept, body) = found;
    let shown = shown(&kept, &body);
    Ok(match kept.kind {
        BodyKind::SupportTeam => Found::personal(kept.version, shown),
        BodyKind::SteeringCommittee => Found::new(kept.version, shown),
    })
}

/// Returns what happened to a body, from the journal.
///
/// Needs `steering.read`.
#[utoipa::path(tag = "steering bodies", params(("id" = Id, Path, description = "The body")),
    responses((status = 200, body = SteeringBodyHistory)))]
#[get("/v1/steering-bodies/{id}/history")]
pub(crate) async fn list_steering_body_history(
    may: May<needs::ReadSteering>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<SteeringBodyHistory>> {
    let (scope, audience, id) = (may.scope.clone(), state.journal.audience(&may, &state.territory.get()), *id);
    let items = state
        .db
        .read(move |conn| {
            store::find_body(conn, &scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            shared::journal::list_history(conn, &audience, &subject(id))
        })
        .await?;
    Ok(web::Json(SteeringBodyHistory { items }))
}

fn listed(kept: KeptBody) -> ListedSteeringBody {
    ListedSteeringBody {
        id: kept.id,
        kind: kept.kind,
        level: kept.level,
        area: kept.area(),
        committee_id: kept.committee_id,
        status: kept.status,
        established_on: kept.established_on,
        term_ends_on: kept.term_ends_on,
        ended_on: kept.ended_on,
        seat_count: kept.seats,
        empty_seat_count: kept.empty_seats,
        has_head: kept.has_head,
        created_at: kept.created_at.into(),
        updated_at: kept.updated_at.into(),
        etag: Tag::from(kept.version).quoted(),
        name: kept.name,
        short_name: kept.short_name,
    }
}

/// A body as single answers show it: the names of a support team are masked.
pub(super) fn shown(kept: &KeptBody, body: &Folded) -> SteeringBody {
    SteeringBody {
        id: body.id,
        kind: body.kind,
        level: body.level,
        area: body.area.clone(),
        committee_id: body.committee,
        name: body.name.clone(),
        short_name: body.short_name.clone(),
        status: body.status,
        established_on: body.established_on,
        term_ends_on: body.term_ends_on,
        ended_on: body.ended_on,
        seats: body.seats.iter().filter(|seat| seat.is_open()).map(|seat| shown_seat(body.kind, seat)).collect(),
        created_at: kept.created_at.into(),
        updated_at: kept.updated_at.into(),
        etag: Tag::from(kept.version).quoted(),
    }
}

fn shown_seat(kind: BodyKind, seat: &Seat) -> SteeringSeat {
    let name = |held: &Holding| match kind {
        BodyKind::SteeringCommittee => held.holder.name.clone(),
        BodyKind::SupportTeam => mask_name(&held.holder.name),
    };
    let holder = seat.held().map(|held| SteeringHolder {
        name: name(held),
        office: held.holder.office.clone(),
        agency: held.holder.agency.clone(),
        from_on: held.from_on,
    });
    SteeringSeat { id: seat.id, role: seat.role, opened_on: seat.opened_on, holder }
}

impl Changed {
    /// The answer to who began it. The names in it are kept encrypted.
    pub(super) fn created(&self) -> Reply<SteeringBody> {
        created_before(&self.kept, &self.body)
    }

    /// The answer to who changed it.
    pub(super) fn changed(&self) -> Reply<SteeringBody> {
        Reply::changed(self.kept.version, shown(&self.kept, &self.body)).sealed_by(self.kept.id)
    }
}

/// The answer to who sends again what began a body: the body as it is.
pub(super) fn created_before(kept: &KeptBody, body: &Folded) -> Reply<SteeringBody> {
    Reply::created(subject(kept.id), kept.version, shown(kept, body)).sealed_by(kept.id)
}
