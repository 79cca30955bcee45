//! Duties over HTTP.

use actix_web::{get, web};
use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::acts::ActStatus;
use shared::http::{Answer, Listed, Page, Paging, Query, Shown, chosen_area, chosen_words};
use shared::journal::ShownEntry;
use shared::storage::AnyConnection;
use shared::territory::{AreaAsked, AreaId, Territory};
use shared::validate::{Faults, within};
use shared::{Code, Day, Error, Id, Moment, Result};
use strum::VariantNames as _;

use super::registration::subject;
use super::rules::{IssuingState, Turn, state_of};
use super::store::{self, DutyFilter, KeptDuty, ListedDuties};
use crate::bodies::{BodyKind, BodyLevel, KeptBody, list_working_on};
use crate::documents::{DocumentType, GovernedPeriod, Sight, list_first_issued};
use crate::state::State;

/// A duty of steering committees to issue a document, in a list.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ListedIssuingDuty {
    /// Its id.
    id: Id,
    /// What is to be issued, in words.
    title: String,
    /// The level of the committees that have it. More may come.
    level: BodyLevel,
    /// The area in which these committees are.
    area: AreaId,
    /// What kind of paper is to be issued. More may come.
    #[serde(rename = "type")]
    document_type: DocumentType,
    /// The period that the document must govern; of a duty that comes again each year, the first one.
    governs: GovernedPeriod,
    /// The last day on which it is issued in time; of a duty that comes again each year, the first one.
    due_on: NaiveDate,
    /// Whether it comes again each year.
    is_yearly: bool,
    /// Its status. More may come.
    status: ActStatus,
    /// When it was first recorded.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
}

/// A duty in one year, with one row for each committee that has it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct IssuingDuty {
    /// Its id.
    id: Id,
    /// What is to be issued, in words.
    title: String,
    /// The level of the committees that have it. More may come.
    level: BodyLevel,
    /// The area in which these committees are.
    area: AreaId,
    /// What kind of paper is to be issued. More may come.
    #[serde(rename = "type")]
    document_type: DocumentType,
    /// Whether it comes again each year.
    is_yearly: bool,
    /// Its status. More may come.
    status: ActStatus,
    /// The year in which the period shown begins.
    year: i32,
    /// The period that the document must govern in that year.
    governs: GovernedPeriod,
    /// The last day on which it is issued in time in that year.
    due_on: NaiveDate,
    /// Whether that day is over.
    is_over: bool,
    /// How many committees issued it in time.
    in_time_count: usize,
    /// How many committees issued it late.
    late_count: usize,
    /// How many committees have not issued it.
    not_issued_count: usize,
    /// The committees that worked on the last day in time, or work today where that day is to come. Only those that the caller may
    /// read.
    committees: Vec<IssuingCommittee>,
    /// When it was first recorded.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
}

/// How a committee stands to a duty.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct IssuingCommittee {
    /// The committee.
    steering_body_id: Id,
    /// Its name.
    name: String,
    /// Its area, as it was recorded.
    area: AreaId,
    /// Whether it issued the document. More may come.
    state: IssuingState,
    /// Its first document of this type that governs the whole period; null where it has issued none that the caller may read.
    document_id: Option<Id>,
    /// The number of that document.
    number: Option<String>,
    /// The day of issue of that document.
    issued_on: Option<NaiveDate>,
}

/// Which duties.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListIssuingDuties {
    /// In this area, its parts, and the former units that went into it.
    #[param(inline)]
    area: Option<AreaAsked>,
    /// Of committees of these levels, separated by commas: `province`, `district`, `equivalent`, `commune`.
    level: Option<String>,
    /// For these kinds of paper, separated by commas.
    #[serde(rename = "type")]
    document_type: Option<String>,
    /// Of these statuses, separated by commas: `recorded`, `withdrawn`.
    status: Option<String>,
}

/// In which year.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindIssuingDuty {
    /// The year in which the period begins, of a duty that comes again each year; left out: the latest whose period or last day in time
    /// has come.
    #[param(minimum = 1900, maximum = 2100)]
    year: Option<i32>,
}

/// The entries about one duty.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct IssuingDutyHistory {
    /// The entries, in order.
    items: Vec<ShownEntry>,
}

/// Lists duties of steering committees to issue documents: those in the caller's areas, and those in areas above. The one with the
/// latest last day in time comes first.
///
/// Needs `steering.read`.
#[utoipa::path(tag = "documents", params(ListIssuingDuties, Paging),
    responses((status = 200, body = Page<ListedIssuingDuty>)))]
#[get("/v1/issuing-duties")]
pub(crate) async fn list_issuing_duties(
    may: May<needs::ReadSteering>,
    query: Listed<ListIssuingDuties>,
    state: web::Data<State>,
) -> Answer<Page<ListedIssuingDuty>> {
    let (asked, mut faults) = query.parts();
    let filter = DutyFilter {
        within: chosen_area(&mut faults, &state.territory.get(), may.today(), asked.area.as_ref()),
        levels: chosen_words(&mut faults, "level", asked.level.as_deref(), BodyLevel::VARIANTS),
        types: chosen_words(&mut faults, "type", asked.document_type.as_deref(), DocumentType::VARIANTS),
        statuses: chosen_words(&mut faults, "status", asked.status.as_deref(), ActStatus::VARIANTS),
    };
    faults.finish()?;
    let listing = query.listing("issuing-duties")?;
    let page = listing.read(&state.db, ListedDuties { scope: may.scope.clone(), filter }).await?;
    Ok(page.map(listed))
}

/// Returns a duty in one year: which committees issued the document in time, which late, which not. Computed from the documents that
/// the caller may read.
///
/// Needs `steering.read`.
#[utoipa::path(tag = "documents", params(("id" = Id, Path, description = "The duty"), FindIssuingDuty),
    responses((status = 200, body = IssuingDuty)))]
#[get("/v1/issuing-duties/{id}")]
pub(crate) async fn find_issuing_duty(
    may: May<needs::ReadSteering>,
    id: web::Path<Id>,
    query: Query<FindIssuingDuty>,
    state: web::Data<State>,
) -> Answer<Shown<IssuingDuty>> {
    let (asked, faults) = query.parts();
    let (scope, territory, today, id) = (may.scope.clone(), state.territory.get(), may.today(), *id);
    let (year, sight) = (asked.year, Sight::of(&may, &territory));
    let found = state
        .db
        .read(move |conn| {
            let kept = store::find_duty(conn, &scope, id)?;
            let Some(kept) = kept else {
                faults.finish()?;
                return Err(Error::new(Code::NotFound));
            };
            let turn = chosen_turn(faults, &kept, year, today)?;
            let mut bodies = list_working_on(conn, &scope, turn.due_on.min(today))?;
            bodies.retain(|body| has_duty(&territory, &kept, body));
            shown(conn, &sight, kept, turn, (bodies, today))
        })
        .await?;
    Ok(Shown(found))
}

/// Returns what happened to a duty, from the journal. Who reads a duty from below its area sees no entries.
///
/// Needs `steering.read`.
#[utoipa::path(tag = "documents", params(("id" = Id, Path, description = "The duty")),
    responses((status = 200, body = IssuingDutyHistory)))]
#[get("/v1/issuing-duties/{id}/history")]
pub(crate) async fn list_issuing_duty_history(
    may: May<needs::ReadSteering>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<IssuingDutyHistory>> {
    let (scope, audience, id) = (may.scope.clone(), state.journal.audience(&may, &state.territory.get()), *id);
    let items = state
        .db
        .read(move |conn| {
            store::find_duty(conn, &scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            shared::journal::list_history(conn, &audience, &subject(id))
        })
        .await?;
    Ok(web::Json(IssuingDutyHistory { items }))
}

/// The turn of a duty that is asked for.
fn chosen_turn(mut faults: Faults, kept: &KeptDuty, year: Option<i32>, today: NaiveDate) -> Result<Turn> {
    let first = Turn { from_on: kept.governs_from, to_on: kept.governs_to, due_on: kept.due_on };
    let begins = first.from_on.year();
    let last = if kept.is_yearly { *shared::day::YEARS.end() } else { begins };
    let asked = year.map(|year| within(year.into(), begins.into(), last.into())).transpose();
    faults.take_parameter("year", asked);
    faults.finish()?;
    let later = match year {
        Some(year) => u32::try_from(year - begins).unwrap_or(0),
        None if kept.is_yearly => first.years_until(today),
        None => 0,
    };
    first.years_later(later).ok_or_else(|| Error::internal("a duty lies after the last year"))
}

/// Says whether a body is a committee that has a duty: of its level, and in its area or in what became of that.
fn has_duty(territory: &Territory, duty: &KeptDuty, body: &KeptBody) -> bool {
    let (area, of_body) = (duty.area(), body.area());
    let is_in =
        || territory.reach(&area).readable.contains(&of_body) || territory.reach(&of_body).within.contains(&area);
    body.kind == BodyKind::SteeringCommittee && body.level == duty.level && is_in()
}

fn shown(
    conn: &mut AnyConnection,
    sight: &Sight,
    kept: KeptDuty,
    turn: Turn,
    (bodies, today): (Vec<KeptBody>, NaiveDate),
) -> Result<IssuingDuty> {
    let ids: Vec<Id> = bodies.iter().map(|body| body.id).collect();
    let mut issued = list_first_issued(conn, sight, &ids, kept.document_type, (turn.from_on, turn.to_on))?;
    let row = |body: KeptBody| {
        let document = issued.remove(&body.id);
        let issued_on = document.as_ref().map(|document| document.issued_on);
        IssuingCommittee {
            steering_body_id: body.id,
            area: body.area(),
            name: body.name,
            state: state_of(turn, issued_on),
            document_id: document.as_ref().map(|document| document.id),
            number: document.map(|document| document.number),
            issued_on,
        }
    };
    let mut committees: Vec<IssuingCommittee> = bodies.into_iter().map(row).collect();
    committees.sort_by(|one, other| (&one.area, one.steering_body_id).cmp(&(&other.area, other.steering_body_id)));
    let count = |state: IssuingState| committees.iter().filter(|row| row.state == state).count();
    let (in_time_count, late_count) = (count(IssuingState::InTime), count(IssuingState::Late));
    let not_issued_count = count(IssuingState::NotIssued);
    Ok(IssuingDuty {
        id: kept.id,
        level: kept.level,
        area: kept.area(),
        document_type: kept.document_type,
        is_yearly: kept.is_yearly,
        status: kept.status,
        year: turn.from_on.year(),
        governs: GovernedPeriod { from_on: Day::stored(turn.from_on), to_on: Day::stored(turn.to_on) },
        due_on: turn.due_on,
        is_over: turn.due_on < today,
        in_time_count,
        late_count,
        not_issued_count,
        committees,
        created_at: kept.created_at.into(),
        updated_at: kept.updated_at.into(),
        title: kept.title,
    })
}

pub(super) fn listed(kept: KeptDuty) -> ListedIssuingDuty {
    ListedIssuingDuty {
        id: kept.id,
        level: kept.level,
        area: kept.area(),
        document_type: kept.document_type,
        governs: kept.registration().governs,
        due_on: kept.due_on,
        is_yearly: kept.is_yearly,
        status: kept.status,
        created_at: kept.created_at.into(),
        updated_at: kept.updated_at.into(),
        title: kept.title,
    }
}
