//! Coverage over HTTP.

use actix_web::{get, post, web};
use chrono::NaiveDate;
use serde::Deserialize;
use shared::Code;
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, past_day};

use super::store::{self, Coverage};
use crate::State;

/// States from which day an area has data.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateCoverage {
    /// The measure, as the indicators name them, or `*` for all.
    measure: String,
    /// The area with its parts.
    area: AreaId,
    /// The first day with data: not after today.
    from_on: NaiveDate,
}

/// Lists from which day which areas have data.
///
/// Needs `figure.read`.
#[utoipa::path(tag = "figures", responses((status = 200, body = Vec<Coverage>)))]
#[get("/v1/coverages")]
pub(crate) async fn list_coverages(
    may: May<needs::ReadFigure>,
    state: web::Data<State>,
) -> Answer<web::Json<Vec<Coverage>>> {
    let scope = may.scope.clone();
    let all = state.db.read(|conn| store::list_coverages_at(conn, i64::MAX)).await?;
    Ok(web::Json(all.into_iter().filter(|one| scope.may_read(&one.area)).collect()))
}

/// States from which day an area has data.
///
/// Needs `coverage.write` over the area.
#[utoipa::path(tag = "figures", request_body = StateCoverage, responses((status = 201, body = Coverage)))]
#[post("/v1/coverages")]
pub(crate) async fn create_coverage(
    may: May<needs::WriteCoverage>,
    body: Body<StateCoverage>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Coverage>> {
    let StateCoverage { measure, area, from_on } = body.value;
    let mut faults = Faults::new();
    let today = may.today();
    faults.take("/from_on", past_day(from_on, today));
    if measure != "*" && !state.catalogue.all().iter().any(|indicator| indicator.measure == measure) {
        faults.add("/measure", Wrong::new(Code::UnknownIndicator));
    }
    if state.territory.get().find(&area).is_none() || !may.scope.may_write(&area) {
        faults.add("/area", Wrong::new(Code::UnknownArea));
    }
    faults.finish()?;
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let (coverage, entry) = store::state_coverage(tx, &measure, &area, from_on, today)?;
            Ok((Reply::created(format!("/v1/coverages/{}", coverage.id), 1, coverage), entry.into()))
        })
        .await?;
    Ok(reply)
}
