//! Economic units as a table for spreadsheets.

use actix_web::{HttpResponse, get, web};
use chrono::NaiveDate;
use serde::Deserialize;
use shared::Result;
use shared::access::{May, needs};
use shared::http::{Answer, Listing, Query, TablePart, streamed_table};
use shared::territory::AreaAsked;
use shared::text::SearchWords;

use super::http::{EconomicUnit, ListEconomicUnits, filter_of};
use super::store::ListedUnits;
use crate::state::State;

const HEAD: [&str; 15] = [
    "id",
    "tax_code",
    "name",
    "legal_form",
    "sector",
    "is_foreign_invested",
    "area",
    "current_area",
    "address",
    "workers",
    "workers_as_of",
    "status",
    "status_on",
    "registered_on",
    "updated_at",
];

/// Which units the table shows.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportEconomicUnits {
    /// In this area, its parts, and the former units that went into it.
    #[param(inline)]
    area: Option<AreaAsked>,
    /// Of these statuses, separated by commas.
    status: Option<String>,
    /// Of these legal forms, separated by commas.
    legal_form: Option<String>,
    /// With words in the name, the address or the tax code, as in the list.
    #[param(inline)]
    q: Option<SearchWords>,
}

/// Exports units as a table for a spreadsheet, by name: the whole list, masked as the list is.
///
/// Needs `economic_unit.read`. UTF-8 with a byte order mark, separated by commas; a cell that a spreadsheet would take for a
/// formula begins with an apostrophe. The table is read in parts of 200 units: what is changed while it is sent may be shown
/// as it was or as it is, and a unit that is renamed meanwhile may be missing or stand there twice. It leaves no access record,
/// as the list does not.
#[utoipa::path(tag = "economic units", params(ExportEconomicUnits),
    responses((status = 200, body = String, content_type = "text/csv", description = "One unit a line")))]
#[get("/v1/economic-units.csv")]
pub(crate) async fn export_economic_units(
    may: May<needs::ReadEconomicUnit>,
    query: Query<ExportEconomicUnits>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let (asked, faults) = query.parts();
    let ExportEconomicUnits { area, status, legal_form, q } = asked;
    let asked = ListEconomicUnits { area, status, legal_form, q, ..ListEconomicUnits::default() };
    let filter = filter_of(&may, &asked, &state, faults)?;
    let units = ListedUnits { scope: may.scope.clone(), filter, vault: state.vault.clone() };
    let export = Export { units, caller: may.caller.subject.clone(), today: may.today(), state };
    let first = export.part(None).await?;
    Ok(streamed_table("economic-units", &HEAD, first, async move |cursor| export.part(Some(cursor)).await)?)
}

/// What is exported, and for whom.
struct Export {
    units: ListedUnits,
    caller: String,
    today: NaiveDate,
    state: web::Data<State>,
}

impl Export {
    /// Each part waits for a turn of its own: who reads slowly holds none meanwhile.
    async fn part(&self, cursor: Option<String>) -> Result<TablePart<String>> {
        let _turn = self.state.costly.turn(&self.caller).await?;
        let page = Listing::part("economic-units.csv", cursor).read(&self.state.db, self.units.clone()).await?;
        let territory = self.state.territory.get();
        let lines = page.items.into_iter().map(|unit| cells(unit.shown(&territory, self.today)));
        Ok((lines.collect(), page.next))
    }
}

fn cells(unit: EconomicUnit) -> Vec<String> {
    let legal_form: &str = unit.legal_form.into();
    let status: &str = unit.status.into();
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    vec![
        unit.id.to_string(),
        unit.tax_code.unwrap_or_default(),
        unit.name.unwrap_or_default(),
        legal_form.to_owned(),
        unit.sector.unwrap_or_default(),
        unit.is_foreign_invested.to_string(),
        unit.area.to_string(),
        unit.current_area.map(|area| area.to_string()).unwrap_or_default(),
        unit.address.unwrap_or_default(),
        unit.workers.map(|workers| workers.to_string()).unwrap_or_default(),
        day(unit.workers_as_of),
        status.to_owned(),
        unit.status_on.to_string(),
        unit.registered_on.to_string(),
        unit.updated_at.to_string(),
    ]
}
