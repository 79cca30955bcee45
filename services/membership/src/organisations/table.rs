//! Organisations as a table for spreadsheets.

use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use shared::access::{May, needs};
use shared::http::{Answer, Listing, Query, TablePart, streamed_table};
use shared::territory::AreaAsked;
use shared::text::SearchWords;
use shared::{Id, Result};

use super::http::{ListOrganisations, Organisation, filter_of, shown};
use super::store::ListedOrganisations;
use crate::state::State;

const HEAD: [&str; 12] = [
    "id",
    "branch",
    "kind",
    "is_superior_body",
    "name",
    "superior_id",
    "area",
    "economic_unit_ids",
    "status",
    "established_on",
    "ended_on",
    "updated_at",
];

/// Which organisations the table shows.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportOrganisations {
    /// In this area, its parts, and the former units that went into it.
    #[param(inline)]
    area: Option<AreaAsked>,
    /// Of these branches, separated by commas.
    branch: Option<String>,
    /// Of these kinds, separated by commas.
    kind: Option<String>,
    /// Of these statuses, separated by commas: `active`, `dissolved`, `withdrawn`.
    status: Option<String>,
    /// That answer to this organisation.
    superior: Option<Id>,
    /// That cover this economic unit.
    economic_unit: Option<Id>,
    /// With words in the name, as in the list.
    #[param(inline)]
    q: Option<SearchWords>,
}

/// Exports organisations as a table for a spreadsheet, by name: the whole list. Superior bodies are seen by everybody.
///
/// Needs `organisation.read`. UTF-8 with a byte order mark, separated by commas; a cell that a spreadsheet would take for a
/// formula begins with an apostrophe. Several units of one organisation are in one cell, separated by blanks. The table is
/// read in parts of 200 organisations: what is changed while it is sent may be shown as it was or as it is, and an
/// organisation that is renamed meanwhile may be missing or be there twice. It leaves no access record, as the list does
/// not.
#[utoipa::path(tag = "organisations", params(ExportOrganisations),
    responses((status = 200, body = String, content_type = "text/csv", description = "One organisation a line")))]
#[get("/v1/organisations.csv")]
pub(crate) async fn export_organisations(
    may: May<needs::ReadOrganisation>,
    query: Query<ExportOrganisations>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let (asked, faults) = query.parts();
    let ExportOrganisations { area, branch, kind, status, superior, economic_unit, q } = asked;
    let asked =
        ListOrganisations { area, branch, kind, status, superior, economic_unit, q, ..ListOrganisations::default() };
    let organisations =
        ListedOrganisations { scope: may.scope.clone(), filter: filter_of(&may, &asked, &state, faults)? };
    let export = Export { organisations, caller: may.caller.subject.clone(), state };
    let first = export.part(None).await?;
    Ok(streamed_table("organisations", &HEAD, first, async move |cursor| export.part(Some(cursor)).await)?)
}

/// What is exported, and for whom.
struct Export {
    organisations: ListedOrganisations,
    caller: String,
    state: web::Data<State>,
}

impl Export {
    /// Each part waits for a turn of its own: who reads slowly holds none meanwhile.
    async fn part(&self, cursor: Option<String>) -> Result<TablePart<String>> {
        let _turn = self.state.costly.turn(&self.caller).await?;
        let page = Listing::part("organisations.csv", cursor).read(&self.state.db, self.organisations.clone()).await?;
        let lines = page.items.into_iter().map(|(kept, units)| cells(shown(&kept, units)));
        Ok((lines.collect(), page.next))
    }
}

fn cells(organisation: Organisation) -> Vec<String> {
    let units: Vec<String> = organisation.economic_unit_ids.iter().map(Id::to_string).collect();
    vec![
        organisation.id.to_string(),
        <&str>::from(organisation.branch).to_owned(),
        organisation.kind,
        organisation.is_superior_body.to_string(),
        organisation.name,
        organisation.superior_id.map(|id| id.to_string()).unwrap_or_default(),
        organisation.area.to_string(),
        units.join(" "),
        <&str>::from(organisation.status).to_owned(),
        organisation.established_on.to_string(),
        organisation.ended_on.map(|day| day.to_string()).unwrap_or_default(),
        organisation.updated_at.to_string(),
    ]
}
