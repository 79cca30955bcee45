//! Reveals over HTTP.

use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::access_records::NewAccessRecord;
use shared::http::{Answer, Body, SecurityEvent, note_security, remote_address};
use shared::storage::AnyConnection;
use shared::validate::{Faults, reason};
use shared::{Code, Error, Id};

use crate::economic_units::{UnitVersion, find_unit, list_unit_versions};
use crate::state::State;

/// Asks to see a household in clear.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"purpose": "Đối chiếu hồ sơ đăng ký kinh doanh"}))]
pub(crate) struct RevealEconomicUnit {
    /// What for: 10-300 characters; the access record contains it.
    #[schema(min_length = 10, max_length = 300, example = "Đối chiếu giấy đăng ký hộ kinh doanh")]
    purpose: String,
}

/// A household in clear, for a purpose that was stated.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct RevealedEconomicUnit {
    /// The unit's id.
    id: Id,
    /// Its name.
    name: String,
    /// Its tax code.
    tax_code: Option<String>,
    /// Its address within the commune.
    address: Option<String>,
    /// What was recorded of it, and what it was before it was put right, in clear.
    versions: Vec<UnitVersion>,
    /// The access record that this look left.
    access_record_id: Id,
}

/// Shows a household in clear, for a stated purpose. Leaves an access record. The answer is never kept.
///
/// Needs `economic_unit.reveal`. Other units are shown in full already: `nothing_to_reveal`.
#[utoipa::path(tag = "economic units", params(("id" = Id, Path, description = "The unit")),
    request_body = RevealEconomicUnit, responses((status = 200, body = RevealedEconomicUnit)))]
#[post("/v1/economic-units/{id}/reveals")]
pub(crate) async fn reveal_economic_unit(
    may: May<needs::RevealEconomicUnit>,
    id: web::Path<Id>,
    body: Body<RevealEconomicUnit>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let mut faults = Faults::new();
    let purpose = faults.take("/purpose", reason(&body.value.purpose));
    let purpose = faults.finish_with(purpose)?;
    let (scope, vault, id) = (may.scope.clone(), state.vault.clone(), *id);
    let look = move |conn: &mut AnyConnection| {
        let Some(kept) = find_unit(conn, &scope, id, &vault)? else { return Ok(None) };
        let versions = list_unit_versions(conn, &vault, &kept, true)?;
        Ok(Some((kept, versions)))
    };
    let (kept, versions) = state.db.look_up(look).await?.ok_or_else(|| Error::new(Code::NotFound))?;
    if !kept.is_household() {
        return Err(Error::new(Code::NothingToReveal).into());
    }
    let name = kept.name.ok_or_else(|| Error::new(Code::RecordErased))?;
    let record = NewAccessRecord {
        subject: Some(format!("/v1/economic-units/{id}")),
        area: Some(kept.area),
        fields: Some("all"),
        purpose: Some(purpose),
        remote_address: remote_address(&request),
        ..NewAccessRecord::of("reveal")
    };
    let access_record_id = state.access.record(may.act(), record).await?;
    note_security(&request, SecurityEvent::PersonRevealed);
    let (tax_code, address) = (kept.tax_code, kept.address);
    let revealed = RevealedEconomicUnit { id, name, tax_code, address, versions, access_record_id };
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(revealed))
}
