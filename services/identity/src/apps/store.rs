//! How apps are kept.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use shared::access::{EndedTokens, Scope};
use shared::http::{PageQuery, reader_app};
use shared::storage::{AnyConnection, Tx, next_ordinal, once};
use shared::territory::AreaId;
use shared::{Error, Id, Result};

use super::rules::{RedirectUri, is_registered};
use crate::oldest_first::oldest_first;
use crate::schema::apps;

#[derive(Queryable, Selectable)]
#[diesel(table_name = apps)]
struct AppRow {
    id: Id,
    label: String,
    area_id: String,
    redirect_uris: String,
    is_disabled: bool,
    version: i64,
    created_at: NaiveDateTime,
    ordinal: i64,
}

/// An app as it is kept.
#[derive(Clone)]
pub(crate) struct App {
    pub id: Id,
    pub label: String,
    pub area: AreaId,
    pub redirect_uris: Vec<RedirectUri>,
    pub is_disabled: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    /// Its place in the order in which apps were registered.
    pub ordinal: i64,
}

impl App {
    /// Says whether a person may be sent to an address of the app. The reader of the API document comes back to this very system, also
    /// where that is on the loopback.
    pub(crate) fn leads_to(&self, redirect: &RedirectUri) -> bool {
        match self.id == reader_app() {
            true => self.redirect_uris.contains(redirect),
            false => is_registered(&self.redirect_uris, redirect),
        }
    }
}

fn kept(row: AppRow) -> Result<App> {
    let uris: Vec<String> = serde_json::from_str(&row.redirect_uris)?;
    let parsed = uris.iter().map(|uri| RedirectUri::parse(uri).map_err(|_| Error::internal("a kept redirect address")));
    Ok(App {
        id: row.id,
        label: row.label,
        area: AreaId::stored(row.area_id),
        redirect_uris: parsed.collect::<Result<_>>()?,
        is_disabled: row.is_disabled,
        version: row.version,
        created_at: row.created_at.and_utc(),
        ordinal: row.ordinal,
    })
}

pub(super) fn list_apps(conn: &mut AnyConnection, scope: &Scope, page: &PageQuery<(i64, Id)>) -> Result<Vec<App>> {
    let query = oldest_first!(apps::table.select(AppRow::as_select()), apps, scope, page);
    let rows: Vec<AppRow> = query.load(conn)?;
    rows.into_iter().map(kept).collect()
}

fn find(conn: &mut AnyConnection, id: Id) -> Result<Option<App>> {
    apps::table.find(id).select(AppRow::as_select()).get_result(conn).optional()?.map(kept).transpose()
}

pub(super) fn find_app(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<App>> {
    Ok(find(conn, id)?.filter(|app| scope.may_read(&app.area)))
}

/// Returns an app to which people may sign in, whoever asks.
pub(crate) fn find_app_in_use(conn: &mut AnyConnection, id: Id) -> Result<Option<App>> {
    Ok(find(conn, id)?.filter(|app| !app.is_disabled))
}

/// Registers an app.
///
/// # Errors
/// Fails when the database does.
pub fn insert_app(tx: &mut Tx<'_>, id: Id, label: &str, area: &AreaId, redirect_uris: &[String]) -> Result<()> {
    let (at, ordinal) = (tx.at().naive_utc(), next_ordinal(tx, "apps")?);
    diesel::insert_into(apps::table)
        .values((
            apps::id.eq(id),
            apps::label.eq(label),
            apps::area_id.eq(area.as_str()),
            apps::redirect_uris.eq(serde_json::to_string(redirect_uris)?),
            apps::is_disabled.eq(false),
            apps::version.eq(1),
            apps::created_at.eq(at),
            apps::ordinal.eq(ordinal),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Says whether there is an app with an id, in use or not.
pub(super) fn exists(conn: &mut AnyConnection, id: Id) -> Result<bool> {
    Ok(find(conn, id)?.is_some())
}

/// Sets the addresses of an app that have changed with the address of the system.
pub(super) fn set_redirect_uris(tx: &mut Tx<'_>, id: Id, redirect_uris: &[String]) -> Result<()> {
    let text = serde_json::to_string(redirect_uris)?;
    let others = apps::table.filter(apps::id.eq(id).and(apps::redirect_uris.ne(&text)));
    diesel::update(others).set(apps::redirect_uris.eq(&text)).execute(tx.conn())?;
    Ok(())
}

/// Disables an app at the version that was read; its tokens end.
///
/// # Errors
/// `stale_version` when it has another version by now.
pub(super) fn disable(tx: &mut Tx<'_>, id: Id, version: i64) -> Result<()> {
    let at = tx.at().naive_utc();
    let read = apps::table.filter(apps::id.eq(id).and(apps::version.eq(version)));
    let changed = diesel::update(read)
        .set((apps::is_disabled.eq(true), apps::version.eq(version + 1), apps::tokens_ended_at.eq(Some(at))))
        .execute(tx.conn());
    once(changed)
}

/// Lists the apps that were disabled since an instant.
pub(crate) fn list_ended_apps(conn: &mut AnyConnection, since: NaiveDateTime) -> Result<Vec<EndedTokens>> {
    let ended = apps::table.filter(apps::tokens_ended_at.gt(since));
    let rows: Vec<(Id, i64)> = ended.select((apps::id, apps::version)).load(conn)?;
    Ok(rows.into_iter().map(|(id, version)| EndedTokens::of_client(&id.to_string(), version)).collect())
}
