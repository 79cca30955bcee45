//! Gaps over HTTP.

use actix_web::{get, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Query, chosen_words};
use shared::storage::AnyConnection;
use shared::territory::{Area, AreaId};
use shared::{Day, Id, Result};
use strum::VariantNames as _;

use super::rules::{BodyOnDay, Expectations, Expected, GapKind, Missing, find_gaps};
use crate::bodies::{BodyLevel, KeptBody, SeatRole, counted, list_working_on, load_unopened_as_of};
use crate::state::State;

/// Which gaps.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListSteeringGaps {
    /// At the end of this day; left out: today in Viet Nam.
    #[param(inline)]
    on: Option<Day>,
    /// At these levels, separated by commas: `province`, `district`, `equivalent`, `commune`.
    level: Option<String>,
}

/// What is missing of steering bodies on a day.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SteeringGaps {
    /// The day.
    on: NaiveDate,
    /// What is missing, by level and area: all of it, without pages.
    items: Vec<SteeringGap>,
    /// The rules in force on the day that say which bodies there ought to be.
    rules: Vec<SteeringRule>,
}

/// Something that is missing.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SteeringGap {
    /// What. More may come.
    kind: GapKind,
    /// At which level. More may come.
    level: BodyLevel,
    /// In which area.
    area: AreaId,
    /// Of which body; null where there is none.
    steering_body_id: Option<Id>,
    /// How many seats nobody holds, of `empty_seats`.
    seat_count: Option<i64>,
    /// The last day of the term, of `term_over`; the first day without the area, of `area_ended`.
    ended_on: Option<NaiveDate>,
    /// The rule that asks for the body, of `no_committee` and `no_support_team`.
    rule: Option<String>,
}

/// A rule that says which bodies there ought to be.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SteeringRule {
    /// Its stable code.
    code: String,
    /// The level of the committees. More may come.
    level: BodyLevel,
    /// Whether each of them ought to have a support team.
    support_team: bool,
    /// The first day.
    from_on: NaiveDate,
    /// The first day after the last one; null: in force.
    until_on: Option<NaiveDate>,
    /// The area to which the rule applies, with its parts and what came after it as a whole.
    area: AreaId,
    /// Whether the text of the source was read. Where it was not, ask the body that issues such documents.
    is_confirmed: bool,
    /// The source, in Vietnamese.
    source: String,
    /// The source, in English.
    source_en: String,
}

/// Lists what is missing of steering bodies on a day: committees and support teams that there ought to be, heads, holders of seats,
/// and terms that are over.
///
/// Needs `steering.read`; it covers the areas that the caller may read.
#[utoipa::path(tag = "steering bodies", params(ListSteeringGaps), responses((status = 200, body = SteeringGaps)))]
#[get("/v1/steering-gaps")]
pub(crate) async fn list_steering_gaps(
    may: May<needs::ReadSteering>,
    query: Query<ListSteeringGaps>,
    state: web::Data<State>,
    expectations: web::Data<Expectations>,
) -> Answer<web::Json<SteeringGaps>> {
    let (asked, mut faults) = query.parts();
    let levels = chosen_words(&mut faults, "level", asked.level.as_deref(), BodyLevel::VARIANTS);
    faults.finish()?;
    let on = asked.on.map_or(may.today(), Day::get);
    let scope = may.scope.clone();
    let _turn = state.costly.turn(&may.caller.subject).await?;
    let bodies = state
        .db
        .read(move |conn| {
            let working = list_working_on(conn, &scope, on)?;
            working.into_iter().map(|kept| on_day(conn, kept, on)).collect::<Result<Vec<BodyOnDay>>>()
        })
        .await?;
    let territory = state.territory.get();
    let is_asked_for = |level: BodyLevel| {
        let word: &'static str = level.into();
        levels.as_ref().is_none_or(|levels| levels.iter().any(|one| one == word))
    };
    let areas: Vec<&Area> =
        territory.areas().filter(|area| area.is_in_force(on) && may.scope.may_read(&area.id)).collect();
    let rules = expectations.on(on);
    let mut found = find_gaps(&rules, &territory, &areas, &bodies, on);
    found.retain(|gap| is_asked_for(gap.level));
    let rules = rules.into_iter().filter(|rule| is_asked_for(rule.level)).map(shown_rule).collect();
    Ok(web::Json(SteeringGaps { on, items: found.into_iter().map(shown).collect(), rules }))
}

fn on_day(conn: &mut AnyConnection, kept: KeptBody, on: NaiveDate) -> Result<BodyOnDay> {
    let body = load_unopened_as_of(conn, kept, on)?;
    let (_, empty_seats, has_head) = counted(&body.seats);
    let is_empty_head =
        body.seats.iter().any(|seat| seat.is_open() && seat.role == SeatRole::Head && seat.held().is_none());
    Ok(BodyOnDay {
        id: body.id,
        kind: body.kind,
        level: body.level,
        area: body.area,
        committee: body.committee,
        term_ends_on: body.term_ends_on,
        empty_seats: empty_seats - i64::from(is_empty_head),
        has_head,
    })
}

fn shown(gap: Missing) -> SteeringGap {
    SteeringGap {
        kind: gap.kind,
        level: gap.level,
        area: gap.area,
        steering_body_id: gap.body,
        seat_count: gap.seats,
        ended_on: gap.ended_on,
        rule: gap.rule,
    }
}

fn shown_rule(rule: &Expected) -> SteeringRule {
    SteeringRule {
        code: rule.code.clone(),
        level: rule.level,
        support_team: rule.support_team,
        from_on: rule.from_on,
        until_on: rule.until_on,
        area: rule.within.clone(),
        is_confirmed: rule.is_confirmed,
        source: rule.source.clone(),
        source_en: rule.source_en.clone(),
    }
}
