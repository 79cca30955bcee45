//! Apps over HTTP.

use actix_web::{HttpRequest, get, post, web};
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::clock::vietnam_day;
use shared::http::{Answer, Body, Command, Found, Page, PageQuery, Query, Reply, SecurityEvent, Tag};
use shared::journal::{Entries, Entry};
use shared::made_ids::{NamesIds, as_it_stands};
use shared::published::user::{AppCreated, AppDisabled};
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Error, Id, Moment};

use super::rules::RedirectUri;
use super::store;
use crate::sessions::end_sessions_of_app;
use crate::state::State;

/// A program that runs with a person, and acts as whoever signs in.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct App {
    /// Its id: the `client_id` of the authorisation endpoint and the token endpoint.
    id: Id,
    /// What it is called, for the people who sign in to it.
    label: String,
    /// The area that it belongs to.
    area: AreaId,
    /// The addresses to which it is sent back.
    redirect_uris: Vec<String>,
    /// Whether nobody signs in to it any more.
    is_disabled: bool,
    /// When it was registered.
    created_at: Moment,
    /// The entity tag of this version.
    etag: String,
}

impl From<store::App> for App {
    fn from(kept: store::App) -> Self {
        Self {
            id: kept.id,
            label: kept.label,
            area: kept.area,
            redirect_uris: kept.redirect_uris.iter().map(|uri| uri.as_str().to_owned()).collect(),
            is_disabled: kept.is_disabled,
            created_at: kept.created_at.into(),
            etag: Tag::from(kept.version).quoted(),
        }
    }
}

/// Registers an app.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"label": "Ứng dụng cán bộ xã", "area": "33@2025-07-01",
    "redirect_uris": ["http://127.0.0.1/done"]}))]
pub(crate) struct CreateApp {
    /// The id of the app, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    id: Option<Id>,
    /// What it is called, for the people who sign in to it: at most 200 characters.
    #[schema(max_length = 200, example = "Ứng dụng cán bộ xã")]
    label: String,
    /// The area that it belongs to.
    area: AreaId,
    /// The addresses to which it is sent back, 1 to 10: `https://...`, `http://127.0.0.1/...` (any port when it is used), or a
    /// private scheme with a dot (`vn.example.app:/...`). They are compared exactly.
    #[schema(min_items = 1, max_items = 10, example = json!(["http://127.0.0.1/done"]), value_type = Vec<RedirectAddress>)]
    redirect_uris: Vec<String>,
}

impl NamesIds for CreateApp {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// An address to which an app is sent back.
#[derive(utoipa::ToSchema)]
#[schema(max_length = 400)]
#[expect(dead_code, reason = "it describes the texts of a list")]
struct RedirectAddress(String);

/// How many addresses an app may have.
const REDIRECT_URIS_MAX: usize = 10;

/// Which apps.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListApps {
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
}

fn subject(id: Id) -> String {
    format!("/v1/apps/{id}")
}

/// Lists the apps of the caller's area, oldest first.
///
/// Needs `client.read`.
#[utoipa::path(tag = "apps", params(ListApps), responses((status = 200, body = Page<App>)))]
#[get("/v1/apps")]
pub(crate) async fn list_apps(
    may: May<needs::ReadClient>,
    query: Query<ListApps>,
    state: web::Data<State>,
) -> Answer<Page<App>> {
    let (asked, mut faults) = query.parts();
    let page = PageQuery::<(i64, Id)>::parse(&mut faults, "apps", asked.limit, asked.cursor.as_deref())?;
    faults.finish()?;
    let (scope, asked) = (may.scope.clone(), page.clone());
    let kept = state.db.read(move |conn| store::list_apps(conn, &scope, &asked)).await?;
    Ok(page.page("apps", kept, |kept| (kept.ordinal, kept.id))?.map(App::from))
}

/// Returns one app.
///
/// Needs `client.read`.
#[utoipa::path(tag = "apps", params(("id" = Id, Path, description = "The app")), responses((status = 200, body = App)))]
#[get("/v1/apps/{id}")]
pub(crate) async fn find_app(
    may: May<needs::ReadClient>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<App>> {
    let (scope, id) = (may.scope.clone(), *id);
    let kept = state.db.look_up(move |conn| store::find_app(conn, &scope, id)).await?;
    let kept = kept.ok_or_else(|| Error::new(Code::NotFound))?;
    Ok(Found::new(kept.version, kept.into()))
}

/// Registers an app. It has no secret and no roles: it acts as whoever signs in.
///
/// Needs `client.write` over the area.
#[utoipa::path(tag = "apps", request_body = CreateApp, responses((status = 201, body = App)))]
#[post("/v1/apps")]
pub(crate) async fn create_app(
    may: May<needs::WriteClient>,
    body: Body<CreateApp>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<App>> {
    let named = body.named_ids()?;
    let CreateApp { id: new_id, label, area, redirect_uris } = body.value;
    let mut faults = Faults::new();
    let label = faults.take("/label", line(&label, 200));
    let is_known = state.territory.get().find(&area).is_some_and(|area| area.is_in_force(may.today()));
    if !is_known || !may.scope.may_write(&area) {
        faults.add("/area", Wrong::new(Code::UnknownArea));
    }
    match redirect_uris.len() {
        0 => faults.add("/redirect_uris", Wrong::new(Code::Required)),
        count if count > REDIRECT_URIS_MAX => {
            faults.add("/redirect_uris", Wrong::new(Code::TooMany).with("max", REDIRECT_URIS_MAX));
        }
        _ => {}
    }
    for (number, uri) in redirect_uris.iter().enumerate().take(REDIRECT_URIS_MAX) {
        faults.take(&format!("/redirect_uris/{number}"), RedirectUri::parse(uri));
    }
    let label = faults.finish_with(label);
    let (scope, at) = (may.scope.clone(), may.at);
    let reply = command
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| {
            let id = known.or(new_id).unwrap_or_default();
            let mut entry = None;
            if known.is_none() {
                store::insert_app(tx, id, &label?, &area, &redirect_uris)?;
                entry = Some(Entry::of(&AppCreated { id }, subject(id), vietnam_day(at))?.in_area(&area));
            }
            let made = store::find_app(tx.conn(), &scope, id)?;
            let (made, unchanged) = as_it_stands(made, |app| Some(app.area.clone()))?;
            let reply = Reply::created(subject(id), made.version, App::from(made));
            Ok((reply, entry.map_or(unchanged, Entries::from)))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::AppCreated);
    Ok(reply)
}

/// Disables an app: nobody signs in to it any more, its sessions end, and every service refuses its tokens within seconds.
///
/// Needs `client.write` over its area, and `If-Match`.
#[utoipa::path(tag = "apps", params(("id" = Id, Path, description = "The app")), responses((status = 200, body = App)))]
#[post("/v1/apps/{id}/disablements")]
pub(crate) async fn disable_app(
    may: May<needs::WriteClient>,
    id: web::Path<Id>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<App>> {
    let (id, at, scope, precondition) = (*id, may.at, may.scope.clone(), command.precondition());
    let reply = command
        .run(&state.db, &may, &[0; 32], move |tx| {
            let kept = store::find_app(tx.conn(), &scope, id)?.filter(|app| scope.may_write(&app.area));
            let kept = kept.ok_or_else(|| Error::new(Code::NotFound))?;
            precondition.check(kept.version)?;
            if kept.is_disabled {
                return Err(Error::new(Code::AppDisabled));
            }
            store::disable(tx, id, kept.version)?;
            end_sessions_of_app(tx, id)?;
            let entry = Entry::of(&AppDisabled { id }, subject(id), vietnam_day(at))?.in_area(&kept.area);
            let kept = store::find_app(tx.conn(), &scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            Ok((Reply::changed(kept.version, App::from(kept)), entry.into()))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::AppDisabled);
    Ok(reply)
}
