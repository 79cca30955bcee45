//! The ledger over HTTP.

use std::sync::LazyLock;

use actix_web::{get, web};
use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::acts::{ActStatus, KeptAct, Unmet};
use shared::answers::Answers;
use shared::http::{Answer, Body, Command, Found, Listed, Page, Paging, Reply, Tag, chosen_words};
use shared::journal::Entries;
use shared::lists::{Copying, List};
use shared::made_ids::{NamesIds, as_it_stands};
use shared::published::Decision;
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::text::Short;
use shared::{Id, Moment, Result};

use super::store::{self, ActFilter, ListedActs};
use crate::state::{Setting, State};

/// What was decided about an organisation or a member.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Act {
    /// Its id.
    pub id: Id,
    /// What it was, as its journal entry calls it. More may come.
    pub kind: String,
    /// The organisation it is about.
    pub organisation_id: Id,
    /// The membership it is about; null for an organisation's and for collective acts. It does not open where the member has moved
    /// out of the caller's areas.
    pub membership_id: Option<Id>,
    /// The commune it happened in, as it was on the day.
    pub area: AreaId,
    /// The day it happened.
    pub occurred_on: NaiveDate,
    /// How many it counts.
    pub count: i64,
    /// The decision; null only for opening registrations.
    pub decision: Option<Decision>,
    /// The document that a rule asked for beside the decision.
    pub authorising_paper: Option<String>,
    /// Why an act of an organisation was put right or taken out, where somebody said so. Of a membership a reveal of the
    /// person shows it.
    pub note: Option<String>,
    /// The answers to the warnings that it met, by their codes; null where it met none.
    #[schema(value_type = Option<Object>)]
    pub answers: Option<Answers>,
    /// The conditions of the decision that are not met any more since another act, another organisation or the person was
    /// corrected: the codes of their refusals, for instance `probation_not_over`. More may come.
    #[schema(max_items = 20)]
    pub unmet_conditions: Vec<String>,
    /// The latest journal entry of the act, which a correction must name.
    pub entry_id: Id,
    /// `recorded` or `withdrawn`. More may come.
    pub status: ActStatus,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// The entity tag of this version.
    pub etag: String,
}

/// Which acts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListActs {
    /// About this organisation.
    organisation: Option<Id>,
    /// About this membership.
    membership: Option<Id>,
    /// Of these kinds, separated by commas, for instance `party_member.admitted`.
    kind: Option<String>,
    /// What changed since a walk through the whole list: the `mark` of its last page. Only with `limit` and `cursor`.
    #[param(inline)]
    updated_after: Option<Short<200>>,
}

/// The kinds of entries: making them describes every payload, which a request need not.
static KINDS: LazyLock<Vec<&str>> =
    LazyLock::new(|| crate::journal::published().iter().map(|published| published.kind).collect());

/// What an act brought about: it names the act.
pub trait OfAct: Serialize + DeserializeOwned + Send + 'static {
    /// The act.
    fn act(&self) -> Id;
}

/// A command that records one act: what handlers and loaders share.
pub type Recording<B, T> = fn(&mut Tx<'_>, &Setting, &B) -> Result<(T, Entries)>;

/// Carries out a command that records one act, and answers with the act's address.
///
/// # Errors
/// What the command refuses.
pub async fn record_once<B: Send + 'static, T: OfAct>(
    may: &May<needs::WriteMember>,
    body: Body<B>,
    command: Command,
    state: &State,
    recording: Recording<B, T>,
) -> Answer<Reply<T>> {
    let setting = state.setting(may);
    let reply = command
        .run(&state.db, may, &body.hash, move |tx| {
            let (told, entries) = recording(tx, &setting, &body.value)?;
            Ok((Reply::created(format!("/v1/acts/{}", told.act()), 1, told), entries))
        })
        .await?;
    Ok(reply)
}

/// What an act brought about, as it stands today.
pub type Standing<T> = fn(&mut Tx<'_>, &Setting, &KeptAct) -> Result<T>;

/// Carries out a command that records one act under ids that the caller may have made, and answers with the act's address.
/// The same request sent again is answered with what the act brought about as it stands.
///
/// # Errors
/// What the command refuses; `id_taken`.
pub async fn create_act<B: NamesIds + Send + 'static, T: OfAct>(
    may: &May<needs::WriteMember>,
    body: Body<B>,
    command: Command,
    state: &State,
    recording: Recording<B, T>,
    standing: Standing<T>,
) -> Answer<Reply<T>> {
    let (setting, named) = (state.setting(may), body.named_ids()?);
    let reply = command
        .create(&state.db, &state.made_ids, may, named, move |tx, known| {
            let (version, told, entries) = match known {
                None => {
                    let (told, entries) = recording(tx, &setting, &body.value)?;
                    (1, told, entries)
                }
                Some(id) => {
                    let act = store::find_readable(tx.conn(), &setting.scope, id)?;
                    let (act, entries) = as_it_stands(act, |act| Some(act.area()))?;
                    (act.version, standing(tx, &setting, &act)?, entries)
                }
            };
            Ok((Reply::created(format!("/v1/acts/{}", told.act()), version, told), entries))
        })
        .await?;
    Ok(reply)
}

/// Lists acts, in the order in which they were recorded.
///
/// Needs `member.read`.
#[utoipa::path(tag = "acts", params(ListActs, Paging), responses((status = 200, body = Page<Act>)))]
#[get("/v1/acts")]
pub(crate) async fn list_acts(
    may: May<needs::ReadMember>,
    query: Listed<ListActs>,
    state: web::Data<State>,
) -> Answer<Page<Act>> {
    let (asked, mut faults) = query.parts();
    let filter = ActFilter {
        organisation: asked.organisation,
        membership: asked.membership,
        kinds: chosen_words(&mut faults, "kind", asked.kind.as_deref(), &KINDS),
    };
    faults.finish()?;
    let acts = ListedActs { scope: may.scope.clone(), filter };
    let copying = Copying::of(&state.marks, List::Acts, &may, may.scope.readable_ids(), &state.territory.get());
    let listing = query.copied("acts", copying, asked.updated_after.as_ref().map(Short::as_str))?;
    Ok(listing.read(&state.db, acts).await?.map(Act::from))
}

/// Returns one act with its decision.
///
/// Needs `member.read`.
#[utoipa::path(tag = "acts", params(("id" = Id, Path, description = "The act")), responses((status = 200, body = Act)))]
#[get("/v1/acts/{id}")]
pub(crate) async fn find_act(
    may: May<needs::ReadMember>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<Act>> {
    let (scope, id) = (may.scope.clone(), *id);
    let kept = state.db.look_up(move |conn| store::find_act(conn, &scope, id)).await?;
    Ok(Found::personal(kept.version, Act::from(kept)))
}

impl From<KeptAct> for Act {
    fn from(kept: KeptAct) -> Self {
        let unmet = Unmet::of(&kept).unwrap_or_default();
        let unmet_conditions = unmet.conditions().map(|(condition, _)| condition.to_owned()).collect();
        let note = kept.note.clone().filter(|_| kept.is_on_its_organisation());
        Self {
            decision: kept.decision(),
            membership_id: (!kept.is_on_its_organisation()).then_some(kept.record_id),
            id: kept.id,
            kind: kept.kind,
            // All that is recorded here happens in an organisation.
            organisation_id: kept.organisation_id.unwrap_or(kept.record_id),
            area: AreaId::stored(kept.area_id),
            occurred_on: kept.occurred_on,
            count: kept.count,
            authorising_paper: kept.authorising_paper,
            note,
            answers: kept.answers.and_then(|answers| serde_json::from_str(&answers).ok()),
            unmet_conditions,
            entry_id: kept.entry_id,
            status: kept.status,
            recorded_at: kept.recorded_at.into(),
            etag: Tag::from(kept.version).quoted(),
        }
    }
}
