//! Coverage over HTTP.

use actix_web::{get, post, web};
use serde::Deserialize;
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Found, ListAll, Page, Query, Reply};
use shared::journal::Entries;
use shared::made_ids::{NamesIds, as_it_stands};
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, past_day};
use shared::{Code, Day, Error, Id};

use super::store::{self, Coverage};
use crate::state::State;

/// States from which day an area has data.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"measure": "*", "area": "33@2025-07-01", "from_on": "2025-07-01"}))]
pub(crate) struct StateCoverage {
    /// The id of the statement, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    id: Option<Id>,
    /// The measure, as the indicators name them, or `*` for all.
    #[schema(max_length = 60)]
    measure: String,
    /// The area with its parts.
    area: AreaId,
    /// The first day with data: not after today.
    from_on: Day,
}

impl NamesIds for StateCoverage {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// Lists from which day which areas have data.
///
/// Needs `figure.read`.
#[utoipa::path(tag = "figures", params(ListAll), responses((status = 200, body = Page<Coverage>)))]
#[get("/v1/coverages")]
pub(crate) async fn list_coverages(
    may: May<needs::ReadFigure>,
    query: Query<ListAll>,
    state: web::Data<State>,
) -> Answer<Page<Coverage>> {
    let scope = may.scope.clone();
    let all = state.db.read(|conn| store::list_coverages_at(conn, i64::MAX)).await?;
    Ok(query.page("coverages", all.into_iter().filter(|one| scope.may_read(&one.area)).collect())?)
}

/// Returns one statement.
///
/// Needs `figure.read`.
#[utoipa::path(tag = "figures", params(("id" = Id, Path, description = "The statement")),
    responses((status = 200, body = Coverage)))]
#[get("/v1/coverages/{id}")]
pub(crate) async fn find_coverage(
    may: May<needs::ReadFigure>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<Coverage>> {
    let (scope, id) = (may.scope.clone(), *id);
    let found = state.db.read(move |conn| store::find_coverage(conn, &scope, id)).await?;
    Ok(Found::new(1, found.ok_or_else(|| Error::new(Code::NotFound))?))
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
    let named = body.named_ids()?;
    let StateCoverage { id: new_id, measure, area, from_on } = body.value;
    let mut faults = Faults::new();
    let today = may.today();
    let from_on = faults.take("/from_on", past_day(from_on, today));
    if measure != "*" && !state.catalogue.all().iter().any(|indicator| indicator.measure == measure) {
        faults.add("/measure", Wrong::new(Code::UnknownIndicator));
    }
    if state.territory.get().find(&area).is_none() || !may.scope.may_write(&area) {
        faults.add("/area", Wrong::new(Code::UnknownArea));
    }
    let id = new_id.unwrap_or_default();
    let coverage = faults.finish_with(from_on).map(|from_on| Coverage { id, measure, area, from_on });
    let scope = may.scope.clone();
    let reply = command
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| {
            let (coverage, entries) = match known {
                None => {
                    let coverage = coverage?;
                    let entry = store::state_coverage(tx, &coverage, today)?;
                    (coverage, Entries::from(entry))
                }
                Some(id) => as_it_stands(store::find_coverage(tx.conn(), &scope, id)?, |one| Some(one.area.clone()))?,
            };
            Ok((Reply::created(format!("/v1/coverages/{}", coverage.id), 1, coverage), entries))
        })
        .await?;
    Ok(reply)
}
