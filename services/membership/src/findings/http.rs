//! Findings over HTTP.

use actix_web::{get, post, web};
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Found, Listed, Page, Paging, Reply, Tag, chosen_area, chosen_words};
use shared::lists::{Copying, List};
use shared::territory::{AreaAsked, AreaId};
use shared::text::Short;
use shared::{Code, Error, Id, Moment};
use strum::VariantNames as _;

use super::finding::{FindingKind, FindingOutcome, FindingStatus};
use super::store::{self, FindingFilter, FindingRow, ListedFindings};
use crate::state::State;

/// Something doubtful for a person to settle: a pair of records, or an act.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Finding {
    /// Its id.
    id: Id,
    /// `possible_duplicate`, `possible_duplicate_unit`, `organisation_on_terminated_unit`, `condition_no_longer_met` or
    /// `membership_after_death`. More may come.
    kind: FindingKind,
    /// The smallest area that holds both records, or the act.
    area: AreaId,
    /// One membership of a possible duplicate. Of `membership_after_death` the membership that ended by death.
    one_membership_id: Option<Id>,
    /// The other membership.
    other_membership_id: Option<Id>,
    /// The organisation, of one on a unit that has ended.
    organisation_id: Option<Id>,
    /// The economic unit that has ended, or one of two that may be one.
    economic_unit_id: Option<Id>,
    /// The other unit, of two that may be one.
    other_economic_unit_id: Option<Id>,
    /// The act whose condition is not met any more: `/v1/acts/{id}`. Of `membership_after_death` the departure by death.
    act_id: Option<Id>,
    /// That condition, by the code of its refusal, for instance `probation_not_over`. More may come.
    condition: Option<String>,
    /// `open` or `settled`. More may come.
    status: FindingStatus,
    /// How it was settled, once it is: as `SettleFinding` says, or `cause_gone` where the system closed it because its
    /// cause is gone. More may come.
    outcome: Option<FindingOutcome>,
    /// When it was raised.
    raised_at: Moment,
    /// When it was settled.
    settled_at: Option<Moment>,
    /// Who settled it.
    settled_by: Option<String>,
    /// The entity tag of this version.
    etag: String,
}

/// Which findings.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListFindings {
    /// That belong to this area, its parts, and the former units that went into it.
    #[param(inline)]
    area: Option<AreaAsked>,
    /// Of these kinds, separated by commas: `possible_duplicate`, `possible_duplicate_unit`,
    /// `organisation_on_terminated_unit`, `condition_no_longer_met`, `membership_after_death`.
    kind: Option<String>,
    /// Of these statuses, separated by commas: `open`, `settled`.
    status: Option<String>,
    /// What changed since a walk through the whole list: the `mark` of its last page. Only with `limit` and `cursor`.
    #[param(inline)]
    updated_after: Option<Short<200>>,
}

/// Settles a finding.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "different_persons"}))]
pub(crate) struct SettleFinding {
    /// Of a possible duplicate `same_person` (then one of the records is to be withdrawn or corrected) or
    /// `different_persons`; of units that may be one `same_unit` (then one of them is to be ended) or
    /// `different_units`; of an organisation on a unit that has ended `organisation_goes_on` or
    /// `organisation_ends` (then it is to be dissolved); of an act whose condition is not met any more `act_stands`
    /// (for instance by a decision of the level above) or `act_is_wrong` (then it is to be corrected or withdrawn);
    /// of a membership after a death `membership_is_wrong` (then it is to be ended or withdrawn) or `death_is_wrong` (then
    /// that departure is to be corrected).
    #[schema(max_length = 60)]
    outcome: String,
}

/// Lists findings over the caller's area. New ones are looked for every minute or so.
///
/// Needs `finding.read`.
#[utoipa::path(tag = "findings", params(ListFindings, Paging), responses((status = 200, body = Page<Finding>)))]
#[get("/v1/findings")]
pub(crate) async fn list_findings(
    may: May<needs::ReadFinding>,
    query: Listed<ListFindings>,
    state: web::Data<State>,
) -> Answer<Page<Finding>> {
    let (asked, mut faults) = query.parts();
    let territory = state.territory.get();
    let filter = FindingFilter {
        within: chosen_area(&mut faults, &territory, may.today(), asked.area.as_ref()),
        kinds: chosen_words(&mut faults, "kind", asked.kind.as_deref(), FindingKind::VARIANTS),
        statuses: chosen_words(&mut faults, "status", asked.status.as_deref(), FindingStatus::VARIANTS),
    };
    faults.finish()?;
    let findings = ListedFindings { scope: may.scope.clone(), filter };
    let copying = Copying::of(&state.marks, List::Findings, &may, may.scope.readable_ids(), &territory);
    let listing = query.copied("findings", copying, asked.updated_after.as_ref().map(Short::as_str))?;
    Ok(listing.read(&state.db, findings).await?.map(Finding::from))
}

/// Returns one finding.
///
/// Needs `finding.read`.
#[utoipa::path(tag = "findings", params(("id" = Id, Path, description = "The finding")),
    responses((status = 200, body = Finding)))]
#[get("/v1/findings/{id}")]
pub(crate) async fn find_finding(
    may: May<needs::ReadFinding>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<Finding>> {
    let (scope, id) = (may.scope.clone(), *id);
    let row = state.db.look_up(move |conn| store::find_finding(conn, &scope, id)).await?;
    let row = row.ok_or_else(|| Error::new(Code::NotFound))?;
    Ok(Found::personal(row.version, row.into()))
}

/// Settles a finding.
///
/// Needs `finding.settle` over its area, and `If-Match`.
#[utoipa::path(tag = "findings", params(("id" = Id, Path, description = "The finding")),
    request_body = SettleFinding, responses((status = 200, body = Finding)))]
#[post("/v1/findings/{id}/settlements")]
pub(crate) async fn settle_finding(
    may: May<needs::SettleFinding>,
    id: web::Path<Id>,
    body: Body<SettleFinding>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Finding>> {
    let outcome = body.value.outcome;
    let (scope, id, today, precondition) = (may.scope.clone(), *id, may.today(), command.precondition());
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let row = store::find_finding(tx.conn(), &scope, id)?
                .filter(|row| scope.may_write(&AreaId::stored(row.area_id.as_str())))
                .ok_or_else(|| Error::new(Code::NotFound))?;
            precondition.check(row.version)?;
            if row.status == FindingStatus::Settled {
                return Err(Error::new(Code::FindingSettled));
            }
            let outcome = row.kind.parse_outcome(&outcome)?;
            let entry = store::settle(tx, &row, outcome, today)?;
            let row = store::find_finding(tx.conn(), &scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            Ok((Reply::changed(row.version, row.into()), entry.into()))
        })
        .await?;
    Ok(reply)
}

impl From<FindingRow> for Finding {
    fn from(row: FindingRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            area: AreaId::stored(row.area_id),
            one_membership_id: row.one_membership_id,
            other_membership_id: row.other_membership_id,
            organisation_id: row.organisation_id,
            economic_unit_id: row.economic_unit_id,
            other_economic_unit_id: row.other_economic_unit_id,
            act_id: row.act_id,
            condition: row.condition,
            status: row.status,
            outcome: row.outcome,
            raised_at: row.raised_at.into(),
            settled_at: row.settled_at.map(Moment::from),
            settled_by: row.settled_by,
            etag: Tag::from(row.version).quoted(),
        }
    }
}
