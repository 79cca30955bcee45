//! How sessions are kept. Nothing of them is in the journal, so they are written beside it.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use shared::access::EndedTokens;
use shared::storage::{AnyConnection, MultiBackend, SqlId, Tx};
use shared::{Id, Result};

use super::rules::{APP, APP_SESSIONS_MAX, BROWSER, BROWSER_SESSIONS_MAX, Lasting};
use crate::schema::{all_sessions_ended, authorization_codes, refresh_tokens, sessions, users};

/// A bound of what is read to be ended: what is left over ends the next time.
const MORE_THAN_ANYBODY_HAS: i64 = 1000;

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    id: Id,
    user_id: Id,
    app_id: Option<Id>,
    device: String,
    signed_in_at: Option<NaiveDateTime>,
    has_second_factor: bool,
    made_at: NaiveDateTime,
    used_at: NaiveDateTime,
    ends_at: NaiveDateTime,
    is_of_provider: bool,
    provider_sid: Option<Vec<u8>>,
}

/// A session that has not ended.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub id: Id,
    pub user: Id,
    /// The app; none for a browser.
    pub app: Option<Id>,
    /// What the browser or the app calls itself.
    pub device: String,
    /// When the person signed in; none between the password and the second factor.
    pub signed_in_at: Option<DateTime<Utc>>,
    pub has_second_factor: bool,
    /// When it began.
    pub made_at: DateTime<Utc>,
    pub used_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// Whether the person signed in with the provider, not with a password of ours.
    pub is_of_provider: bool,
    /// The provider's session, as a keyed hash.
    pub provider_sid: Option<Vec<u8>>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            user: row.user_id,
            app: row.app_id,
            device: row.device,
            signed_in_at: row.signed_in_at.map(|at| at.and_utc()),
            has_second_factor: row.has_second_factor,
            made_at: row.made_at.and_utc(),
            used_at: row.used_at.and_utc(),
            ends_at: row.ends_at.and_utc(),
            is_of_provider: row.is_of_provider,
            provider_sid: row.provider_sid,
        }
    }
}

/// The sessions of people who have not left that have not ended at an instant.
#[diesel::dsl::auto_type(no_type_alias)]
fn living(at: NaiveDateTime, idle_since: NaiveDateTime) -> _ {
    sessions::table
        .inner_join(users::table)
        .filter(sessions::ended_at.is_null())
        .filter(sessions::ends_at.gt(at))
        .filter(sessions::used_at.gt(idle_since))
        .filter(users::left_at.is_null())
}

fn living_of(at: DateTime<Utc>, lasting: Lasting) -> (NaiveDateTime, NaiveDateTime) {
    (at.naive_utc(), lasting.idle_since(at).naive_utc())
}

/// Returns the session of a browser by the hash of its cookie.
pub(crate) fn find_browser_session(
    conn: &mut AnyConnection,
    secret_hash: &[u8],
    at: DateTime<Utc>,
) -> Result<Option<Session>> {
    let (at, idle_since) = living_of(at, BROWSER);
    let row = living(at, idle_since)
        .filter(sessions::secret_hash.eq(Some(secret_hash)))
        .select(SessionRow::as_select())
        .get_result(conn)
        .optional()?;
    Ok(row.map(Session::from))
}

/// Returns the session of a browser in which somebody is signed in.
pub(crate) fn find_signed_in(conn: &mut AnyConnection, id: Id, at: DateTime<Utc>) -> Result<Option<Session>> {
    let (at, idle_since) = living_of(at, BROWSER);
    let row = living(at, idle_since)
        .filter(sessions::id.eq(id).and(sessions::app_id.is_null()))
        .filter(sessions::signed_in_at.is_not_null())
        .select(SessionRow::as_select())
        .get_result(conn)
        .optional()?;
    Ok(row.map(Session::from))
}

/// Returns the session of an app.
pub(crate) fn find_app_session(conn: &mut AnyConnection, id: Id, at: DateTime<Utc>) -> Result<Option<Session>> {
    let (at, idle_since) = living_of(at, APP);
    let row = living(at, idle_since)
        .filter(sessions::id.eq(id).and(sessions::app_id.is_not_null()))
        .select(SessionRow::as_select())
        .get_result(conn)
        .optional()?;
    Ok(row.map(Session::from))
}

/// Lists the sessions of a person, the one used last first.
pub(crate) fn list_sessions_of(conn: &mut AnyConnection, user: Id, at: DateTime<Utc>) -> Result<Vec<Session>> {
    let (now, idle_since) = living_of(at, APP);
    let rows: Vec<SessionRow> = living(now, idle_since)
        .filter(sessions::user_id.eq(user))
        .order((sessions::used_at.desc(), sessions::id))
        .limit(50)
        .select(SessionRow::as_select())
        .load(conn)?;
    let is_used = |session: &Session| session.app.is_some() || session.used_at > BROWSER.idle_since(at);
    Ok(rows.into_iter().map(Session::from).filter(is_used).collect())
}

/// How a person who begins a session has signed in.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignedIn {
    /// When; none while the second factor is still to come.
    pub at: Option<DateTime<Utc>>,
    pub has_second_factor: bool,
    /// Whether it was with the provider.
    pub is_of_provider: bool,
    /// When the person gave proof to the provider: our second factor makes that no newer.
    pub provided_at: Option<DateTime<Utc>>,
    /// The provider's session, as a keyed hash.
    pub provider_sid: Option<Vec<u8>>,
}

/// The ids of a person's sessions of a kind that have not ended: those in which the person is signed in first, the one used last first.
fn living_ids(user: Id, at: DateTime<Utc>, lasting: Lasting) -> sessions::BoxedQuery<'static, MultiBackend, SqlId> {
    let (now, idle_since) = living_of(at, lasting);
    sessions::table
        .filter(sessions::user_id.eq(user).and(sessions::ended_at.is_null()))
        .filter(sessions::ends_at.gt(now).and(sessions::used_at.gt(idle_since)))
        .order((sessions::signed_in_at.is_null(), sessions::used_at.desc(), sessions::id))
        .select(sessions::id)
        .limit(MORE_THAN_ANYBODY_HAS)
        .into_boxed()
}

/// Ends sessions, each by its id.
fn end_each(tx: &mut Tx<'_>, ids: &[Id]) -> Result<()> {
    for id in ids {
        end_session(tx, *id)?;
    }
    Ok(())
}

/// Begins the session of a browser. Of more than twenty the oldest ends; one that waits for a second factor ends before one in which the
/// person is signed in.
pub(crate) fn begin_browser_session(
    tx: &mut Tx<'_>,
    user: Id,
    secret_hash: &[u8],
    device: &str,
    signed_in: &SignedIn,
) -> Result<Id> {
    let (id, at) = (Id::new(), tx.at());
    let now = at.naive_utc();
    let in_browsers = living_ids(user, at, BROWSER).filter(sessions::app_id.is_null());
    let beyond: Vec<Id> = in_browsers.offset(BROWSER_SESSIONS_MAX - 1).load(tx.conn())?;
    end_each(tx, &beyond)?;
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id),
            sessions::user_id.eq(user),
            sessions::secret_hash.eq(Some(secret_hash)),
            sessions::device.eq(device),
            sessions::signed_in_at.eq(signed_in.at.map(|at| at.naive_utc())),
            sessions::has_second_factor.eq(signed_in.has_second_factor),
            sessions::is_of_provider.eq(signed_in.is_of_provider),
            sessions::provider_sid.eq(&signed_in.provider_sid),
            sessions::provided_at.eq(signed_in.provided_at.map(|at| at.naive_utc())),
            sessions::made_at.eq(now),
            sessions::used_at.eq(now),
            sessions::ends_at.eq(BROWSER.ends_at(at).naive_utc()),
        ))
        .execute(tx.conn())?;
    Ok(id)
}

/// Completes signing in by the second factor, and gives the browser another cookie. After the provider the sign-in stays as old as the
/// provider says.
pub(crate) fn complete_sign_in(tx: &mut Tx<'_>, id: Id, secret_hash: &[u8]) -> Result<()> {
    let at = tx.at().naive_utc();
    let provided_at: Option<NaiveDateTime> =
        sessions::table.find(id).select(sessions::provided_at).get_result(tx.conn())?;
    diesel::update(sessions::table.find(id))
        .set((
            sessions::signed_in_at.eq(Some(provided_at.unwrap_or(at))),
            sessions::has_second_factor.eq(true),
            sessions::secret_hash.eq(Some(secret_hash)),
            sessions::used_at.eq(at),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Begins the session of an app with what the person proved in the browser. Of more than ten the oldest ends.
pub(crate) fn begin_app_session(tx: &mut Tx<'_>, browser: &Session, app: Id) -> Result<Session> {
    let at = tx.at();
    let in_apps = living_ids(browser.user, at, APP).filter(sessions::app_id.is_not_null());
    let beyond: Vec<Id> = in_apps.offset(APP_SESSIONS_MAX - 1).load(tx.conn())?;
    end_each(tx, &beyond)?;
    let ends_at = APP.ends_at(at);
    let session = Session { id: Id::new(), app: Some(app), made_at: at, used_at: at, ends_at, ..browser.clone() };
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(session.id),
            sessions::user_id.eq(session.user),
            sessions::app_id.eq(session.app),
            sessions::device.eq(&session.device),
            sessions::signed_in_at.eq(session.signed_in_at.map(|at| at.naive_utc())),
            sessions::is_of_provider.eq(session.is_of_provider),
            sessions::provider_sid.eq(&session.provider_sid),
            sessions::has_second_factor.eq(session.has_second_factor),
            sessions::made_at.eq(at.naive_utc()),
            sessions::used_at.eq(at.naive_utc()),
            sessions::ends_at.eq(session.ends_at.naive_utc()),
        ))
        .execute(tx.conn())?;
    Ok(session)
}

/// Notes that a session is used.
pub(crate) fn note_use(tx: &mut Tx<'_>, id: Id) -> Result<()> {
    let at = tx.at().naive_utc();
    diesel::update(sessions::table.find(id)).set(sessions::used_at.eq(at)).execute(tx.conn())?;
    Ok(())
}

/// Ends a session. False where it had ended.
pub(crate) fn end_session(tx: &mut Tx<'_>, id: Id) -> Result<bool> {
    let at = tx.at().naive_utc();
    let living = sessions::table.filter(sessions::id.eq(id).and(sessions::ended_at.is_null()));
    Ok(diesel::update(living).set(sessions::ended_at.eq(Some(at))).execute(tx.conn())? == 1)
}

/// Lets one begin a session in an app, or end several, at a time: nobody begins one from a session that is being ended. What is judged is
/// read afterwards.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn begin_or_end_alone(tx: &mut Tx<'_>) -> Result<()> {
    tx.serialise("sessions")
}

/// Ends all sessions of a person.
pub(crate) fn end_sessions_of(tx: &mut Tx<'_>, user: Id) -> Result<()> {
    begin_or_end_alone(tx)?;
    let at = tx.at().naive_utc();
    let living = sessions::table.filter(sessions::user_id.eq(user).and(sessions::ended_at.is_null()));
    diesel::update(living).set(sessions::ended_at.eq(Some(at))).execute(tx.conn())?;
    Ok(())
}

/// Ends the session in which a browser was before it signed in again.
pub(crate) fn end_previous_session(tx: &mut Tx<'_>, secret_hash: Option<&[u8]>) -> Result<()> {
    let at = tx.at();
    let previous = secret_hash.map(|hash| find_browser_session(tx.conn(), hash, at)).transpose()?.flatten();
    if let Some(previous) = previous {
        end_session(tx, previous.id)?;
    }
    Ok(())
}

/// Ends all sessions of a person but one.
pub(crate) fn end_other_sessions_of(tx: &mut Tx<'_>, user: Id, this: Id) -> Result<()> {
    begin_or_end_alone(tx)?;
    let at = tx.at().naive_utc();
    let others = sessions::table
        .filter(sessions::user_id.eq(user).and(sessions::ended_at.is_null()))
        .filter(sessions::id.ne(this));
    diesel::update(others).set(sessions::ended_at.eq(Some(at))).execute(tx.conn())?;
    Ok(())
}

/// Ends all sessions of all people.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn end_all_sessions(tx: &mut Tx<'_>) -> Result<usize> {
    begin_or_end_alone(tx)?;
    let at = tx.at().naive_utc();
    // Of two at the same instant one is enough.
    diesel::delete(all_sessions_ended::table.find(at)).execute(tx.conn())?;
    diesel::insert_into(all_sessions_ended::table).values(all_sessions_ended::ended_at.eq(at)).execute(tx.conn())?;
    let living = sessions::table.filter(sessions::ended_at.is_null());
    Ok(diesel::update(living).set(sessions::ended_at.eq(Some(at))).execute(tx.conn())?)
}

/// Names the tokens of all people, where all sessions ended since an instant.
pub(crate) fn find_end_of_all_sessions(conn: &mut AnyConnection, since: NaiveDateTime) -> Result<Option<EndedTokens>> {
    let ended = all_sessions_ended::table.filter(all_sessions_ended::ended_at.gt(since));
    let last: Option<NaiveDateTime> = ended.select(diesel::dsl::max(all_sessions_ended::ended_at)).get_result(conn)?;
    // Tokens say the second of their beginning: those of the same second are refused too.
    Ok(last.map(|at| EndedTokens::of_everybody(at.and_utc().timestamp() + 1)))
}

/// Ends the sessions that began with one of the provider; of a person whom it names also those of which it did not say with which.
/// Says how many.
pub(crate) fn end_sessions_of_provider_session(tx: &mut Tx<'_>, sid: &[u8], user: Option<Id>) -> Result<usize> {
    begin_or_end_alone(tx)?;
    let at = tx.at().naive_utc();
    let living = sessions::table.filter(sessions::ended_at.is_null());
    let is_named = sessions::provider_sid.eq(Some(sid)).assume_not_null();
    let ended = sessions::ended_at.eq(Some(at));
    Ok(match user {
        Some(user) => {
            let is_unnamed = sessions::is_of_provider.eq(true).and(sessions::provider_sid.is_null());
            let of_user = living.filter(sessions::user_id.eq(user)).filter(is_named.or(is_unnamed));
            diesel::update(of_user).set(ended).execute(tx.conn())?
        }
        None => diesel::update(living.filter(is_named)).set(ended).execute(tx.conn())?,
    })
}

/// Ends all sessions in an app.
pub(crate) fn end_sessions_of_app(tx: &mut Tx<'_>, app: Id) -> Result<()> {
    begin_or_end_alone(tx)?;
    let at = tx.at().naive_utc();
    let living = sessions::table.filter(sessions::app_id.eq(Some(app)).and(sessions::ended_at.is_null()));
    diesel::update(living).set(sessions::ended_at.eq(Some(at))).execute(tx.conn())?;
    Ok(())
}

/// Lists the sessions in apps that ended since an instant. Of those that ended with all others, whose tokens are named together, it lists
/// those that may have got a token at that very moment.
pub(crate) fn list_ended_sessions(conn: &mut AnyConnection, since: NaiveDateTime) -> Result<Vec<EndedTokens>> {
    const MOMENT_SECONDS: i64 = 60;
    let together = all_sessions_ended::table.filter(all_sessions_ended::ended_at.gt(since));
    let together: Vec<NaiveDateTime> = together.select(all_sessions_ended::ended_at).load(conn)?;
    let ended = sessions::table.filter(sessions::ended_at.gt(since).and(sessions::app_id.is_not_null()));
    let mut query = ended.select(sessions::id).into_boxed();
    for at in together {
        let was_used = sessions::used_at.gt(at - chrono::Duration::seconds(MOMENT_SECONDS));
        query = query.filter(sessions::ended_at.ne(Some(at)).assume_not_null().or(was_used));
    }
    let ids: Vec<Id> = query.load(conn)?;
    Ok(ids.into_iter().map(EndedTokens::of_session).collect())
}

/// Forgets sessions that ended a day ago, with their codes and tokens; some at a time. Says how many.
pub(crate) fn forget_old(tx: &mut Tx<'_>) -> Result<usize> {
    const AT_ONCE: i64 = 200;
    let before = (tx.at() - chrono::Duration::days(1)).naive_utc();
    let is_over = sessions::ended_at.lt(before).or(sessions::ends_at.lt(before));
    let old: Vec<Id> = sessions::table.filter(is_over).select(sessions::id).limit(AT_ONCE).load(tx.conn())?;
    for id in &old {
        let codes = authorization_codes::table
            .filter(authorization_codes::session_id.eq(id).or(authorization_codes::app_session_id.eq(Some(*id))));
        diesel::delete(codes).execute(tx.conn())?;
        diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq(id))).execute(tx.conn())?;
        diesel::delete(sessions::table.find(id)).execute(tx.conn())?;
    }
    Ok(old.len())
}
