//! The ledger over HTTP.

use std::sync::LazyLock;

use actix_web::{get, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::acts::{KeptAct, Unmet};
use shared::answers::Answers;
use shared::http::{Answer, Body, Command, Found, Page, PageQuery, Query, Reply, chosen_words};
use shared::journal::Entries;
use shared::published::Decision;
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::Faults;
use shared::{Id, Result};

use super::store::{self, ActFilter};
use crate::{Setting, State};

/// What was decided about an organisation or a member.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Act {
    /// Its id.
    pub id: Id,
    /// What it was, as its journal entry calls it. More may come.
    pub kind: String,
    /// The organisation it is about.
    pub organisation_id: Id,
    /// The membership it is about; null for an organisation's and for collective acts.
    pub membership_id: Option<Id>,
    /// The commune it happened in, as it was on the day.
    pub area: AreaId,
    /// The day it happened.
    pub occurred_on: NaiveDate,
    /// How many it counts.
    pub count: i64,
    /// The paper; null only for opening registrations.
    pub decision: Option<Decision>,
    /// The paper that a rule asked for beside it.
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
    /// The journal entry that tells it, in its latest correction: what a correction names.
    pub entry_id: Id,
    /// `recorded` or `withdrawn`. More may come.
    pub status: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
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
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
    /// Whether to count them, to 10,000: `true`.
    count: Option<bool>,
}

/// The kinds of entries: making them describes every payload, which a request need not.
static KINDS: LazyLock<Vec<&str>> =
    LazyLock::new(|| crate::published().iter().map(|published| published.kind).collect());

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

/// Lists acts, in the order in which they were recorded.
///
/// Needs `member.read`.
#[utoipa::path(tag = "acts", params(ListActs), responses((status = 200, body = Page<Act>)))]
#[get("/v1/acts")]
pub(crate) async fn list_acts(
    may: May<needs::ReadMember>,
    query: Query<ListActs>,
    state: web::Data<State>,
) -> Answer<Page<Act>> {
    let asked = query.0;
    let page = PageQuery::<Id>::parse("acts", asked.limit, asked.cursor.as_deref())?;
    let mut faults = Faults::new();
    let filter = ActFilter {
        organisation: asked.organisation,
        membership: asked.membership,
        kinds: chosen_words(&mut faults, "kind", asked.kind.as_deref(), &KINDS),
    };
    faults.finish()?;
    let (scope, wanted, is_counted) = (may.scope.clone(), page.clone(), asked.count == Some(true));
    let (kept, total) = state
        .db
        .read(move |conn| {
            let total = is_counted.then(|| store::count_acts(conn, &scope, &filter)).transpose()?;
            Ok((store::list_acts(conn, &scope, &filter, &wanted)?, total))
        })
        .await?;
    let answer = page.page("acts", kept.into_iter().map(Act::from).collect(), |act: &Act| act.id)?;
    Ok(answer.counted(total))
}

/// Returns one act with its paper.
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
        Self {
            decision: kept.decision(),
            id: kept.id,
            kind: kept.kind,
            // All that is recorded here happens in an organisation.
            organisation_id: kept.organisation_id.unwrap_or(kept.record_id),
            membership_id: kept.organisation_id.filter(|id| *id != kept.record_id).map(|_| kept.record_id),
            area: AreaId::stored(kept.area_id),
            occurred_on: kept.occurred_on,
            count: kept.count,
            authorising_paper: kept.authorising_paper,
            note: kept.note.filter(|_| kept.organisation_id == Some(kept.record_id)),
            answers: kept.answers.and_then(|answers| serde_json::from_str(&answers).ok()),
            unmet_conditions,
            entry_id: kept.entry_id,
            status: kept.status,
            recorded_at: kept.recorded_at.and_utc(),
            etag: format!("\"v{}\"", kept.version),
        }
    }
}
