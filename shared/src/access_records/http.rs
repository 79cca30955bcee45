//! Listing and exporting access records: what the handlers of the services share.

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::store::{self, ACTIONS, AccessFilter};
use super::{AccessRecord, AccessRecorder, NewAccessRecord, described, looked_over};
use crate::access::{Allowed, May, Scope};
use crate::http::{Costly, Page, PageQuery, Query, TablePart, chosen_words, streamed_table};
use crate::lists::Total;
use crate::personal::Vault;
use crate::storage::{AnyConnection, Db};
use crate::territory::Territory;
use crate::text::Short;
use crate::validate::{Faults, Wrong};
use crate::{Code, Expected, Id, Moment, Result};

/// Which access records.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAccessRecords {
    /// Of looks at this person, household or user, by its path: `/v1/people/{id}`, `/v1/economic-units/{id}` or `/v1/users/{id}`. Another
    /// id of a person, which a caller made, means that person.
    #[param(inline)]
    subject: Option<Short<100>>,
    /// Of this caller: `user:<id>`, `client:<id>` or `service:<name>`.
    #[param(inline)]
    actor: Option<Short<100>>,
    /// Of these actions, separated by commas: `list`, `read`, `reveal`, `export`.
    action: Option<String>,
    /// From this instant on.
    #[param(inline)]
    since: Option<Moment>,
    /// Before this instant.
    #[param(inline)]
    until: Option<Moment>,
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
    /// Whether to count them all: `true`.
    count: Option<bool>,
}

/// Which access records to export.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportAccessRecords {
    /// Of looks at this person, household or user, by its path: `/v1/people/{id}`, `/v1/economic-units/{id}` or `/v1/users/{id}`. Another
    /// id of a person, which a caller made, means that person.
    #[param(inline)]
    subject: Option<Short<100>>,
    /// Of this caller: `user:<id>`, `client:<id>` or `service:<name>`.
    #[param(inline)]
    actor: Option<Short<100>>,
    /// Of these actions, separated by commas: `list`, `read`, `reveal`, `export`.
    action: Option<String>,
    /// From this instant on.
    #[param(inline)]
    since: Option<Moment>,
    /// Before this instant.
    #[param(inline)]
    until: Option<Moment>,
}

/// The subject that a caller means: a record may have other ids than the one by which looks at it are kept.
pub type SubjectOf = fn(&mut AnyConnection, String) -> Result<String>;

/// A name that nothing can have would be answered as if nobody had looked.
fn check_names(faults: &mut Faults, subject: Option<&str>, actor: Option<&str>) {
    let is_path = |subject: &str| {
        const PATHS: [&str; 4] = ["/v1/people/", "/v1/economic-units/", "/v1/steering-bodies/", "/v1/users/"];
        let known = PATHS.iter().find_map(|path| subject.strip_prefix(path));
        known.is_some_and(|id| id.parse::<Id>().is_ok())
    };
    let is_caller = |actor: &str| match actor.split_once(':') {
        Some(("user" | "client", id)) => id.parse::<Id>().is_ok(),
        Some(("service", name)) => !name.is_empty(),
        _ => false,
    };
    for (name, is_good, expected) in [
        ("subject", subject.is_none_or(is_path), Expected::RecordPath),
        ("actor", actor.is_none_or(is_caller), Expected::CallerName),
    ] {
        if !is_good {
            faults.add_parameter(name, Wrong::new(Code::BadFormat).with("expected", expected));
        }
    }
}

/// Lists looks within the caller's reach, latest first.
///
/// # Errors
/// Faults of the query; fails when the database does.
pub async fn list(
    db: &Db,
    vault: &Vault,
    scope: &Scope,
    query: Query<ListAccessRecords>,
    subject_of: SubjectOf,
) -> Result<Page<AccessRecord>> {
    let (asked, mut faults) = query.parts();
    let ListAccessRecords { subject, actor, action, since, until, limit, cursor, count } = asked;
    let (since, until, actor) = (since.map(Moment::get), until.map(Moment::get), actor.map(String::from));
    let subject = subject.map(String::from);
    check_names(&mut faults, subject.as_deref(), actor.as_deref());
    let page = PageQuery::<Id>::parse(&mut faults, "access-records", limit, cursor.as_deref())?;
    let actions = chosen_words(&mut faults, "action", action.as_deref(), &ACTIONS);
    faults.finish()?;
    let filter = AccessFilter { subject, actor, actions, since, until };
    let (scope, vault, wanted, is_counted) = (scope.clone(), vault.clone(), page.clone(), count == Some(true));
    let found = db.read(move |conn| {
        let filter = filter.meaning(conn, subject_of)?;
        let total = is_counted.then(|| store::count(conn, &scope, &filter)).transpose()?;
        Ok((store::list(conn, &scope, &vault, &filter, wanted.after, wanted.limit + 1)?, total))
    });
    let (items, total) = found.await?;
    let answer = page.page("access-records", items, |record: &AccessRecord| record.id)?;
    Ok(answer.counted(total.map(Total::all)))
}

/// Exports looks within the caller's reach as a table, and records that.
///
/// # Errors
/// Faults of the query; fails when the look cannot be recorded.
pub async fn export<P: Allowed>(
    (db, subject_of): (&Db, SubjectOf),
    recorder: (&AccessRecorder, &Vault, &Costly),
    may: &May<P>,
    territory: &Territory,
    query: Query<ExportAccessRecords>,
    remote_address: Option<String>,
) -> Result<HttpResponse> {
    let (asked, mut faults) = query.parts();
    let ExportAccessRecords { subject, actor, action, since, until } = asked;
    let actions = chosen_words(&mut faults, "action", action.as_deref(), &ACTIONS);
    let (since, until, actor) = (since.map(Moment::get), until.map(Moment::get), actor.map(String::from));
    let subject = subject.map(String::from);
    check_names(&mut faults, subject.as_deref(), actor.as_deref());
    faults.finish()?;
    let instant = |at: Option<DateTime<Utc>>| at.map(|at| Moment::from(at).to_string());
    let described = described([
        // Whom the export was about is not for every inspector who sees the record.
        ("subject", subject.is_some().then(|| "one".to_owned())),
        ("actor", actor.clone()),
        ("action", action.clone()),
        ("since", instant(since)),
        ("until", instant(until)),
    ]);
    // What is looked at afterwards is not in it.
    let until = Some(until.unwrap_or(may.at).min(may.at));
    let filter = AccessFilter { subject, actor, actions, since, until };
    let scope = may.scope.clone();
    let turn = recorder.2.turn(&may.caller.subject).await?;
    let count = db.read(move |conn| {
        let _turn = turn;
        let filter = filter.meaning(conn, subject_of)?;
        Ok((store::count(conn, &scope, &filter)?, filter))
    });
    let (count, filter) = count.await?;
    let area = looked_over(may, territory, None);
    let record =
        NewAccessRecord { filter: Some(described), count, area, remote_address, ..NewAccessRecord::of("export") };
    recorder.0.record(may.act(), record).await?;
    let export = Export {
        db: db.clone(),
        vault: recorder.1.clone(),
        costly: recorder.2.clone(),
        caller: may.caller.subject.clone(),
        scope: may.scope.clone(),
        filter,
    };
    let first = export.part(None).await?;
    streamed_table("access-records", &HEAD, first, async move |last| export.part(Some(last)).await)
}

const HEAD: [&str; 10] =
    ["accessed_at", "actor", "action", "subject", "purpose", "fields", "filter", "count", "remote_address", "id"];

/// What is exported: it is read by key, some at a time.
struct Export {
    db: Db,
    vault: Vault,
    costly: Costly,
    caller: String,
    scope: Scope,
    filter: AccessFilter,
}

impl Export {
    async fn part(&self, after: Option<Id>) -> Result<TablePart<Id>> {
        const RECORDS_A_PART: i64 = 1000;
        let (scope, vault, filter) = (self.scope.clone(), self.vault.clone(), self.filter.clone());
        // Each part waits for a turn of its own: who reads slowly holds none meanwhile.
        let turn = self.costly.turn(&self.caller).await?;
        let part = self.db.read(move |conn| {
            let _turn = turn;
            store::list(conn, &scope, &vault, &filter, after, RECORDS_A_PART)
        });
        let part = part.await?;
        let is_full = i64::try_from(part.len()).is_ok_and(|count| count == RECORDS_A_PART);
        let next = part.last().map(|last| last.id).filter(|_| is_full);
        Ok((part.into_iter().map(cells).collect(), next))
    }
}

fn cells(record: AccessRecord) -> Vec<String> {
    vec![
        record.accessed_at.to_string(),
        record.actor,
        record.action,
        record.subject.unwrap_or_default(),
        record.purpose.unwrap_or_default(),
        record.fields.unwrap_or_default(),
        record.filter.unwrap_or_default(),
        record.count.to_string(),
        record.remote_address.unwrap_or_default(),
        record.id.to_string(),
    ]
}
