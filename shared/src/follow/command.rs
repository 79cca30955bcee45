//! The command that sets an entry aside, beside the running service.

use super::aside::{self, AsideRow};
use super::cursor::{CursorRow, find_cursor, list_stopped, lock_at};
use crate::clock::Clock;
use crate::messages::Language;
use crate::storage::{Act, DatabaseUrl, Db, Tx};
use crate::{Error, Id, Result, validate};

/// Which entry to set aside, and why.
#[derive(Debug, Clone, clap::Args)]
pub struct SetAsideArgs {
    /// Lists the entries that are set aside, and those at which followers stopped.
    #[arg(long, conflicts_with_all = ["source", "entry", "reason"])]
    pub list: bool,
    /// The service whose journal contains the entry.
    #[arg(long, value_name = "SERVICE", required_unless_present = "list")]
    pub source: Option<String>,
    /// The entry at which the follower stopped, as /health at the operators' port names it.
    #[arg(long, value_name = "ENTRY", required_unless_present = "list")]
    pub entry: Option<Id>,
    /// The reason, in 10 to 300 characters. It stays in the journal for good: name no person.
    #[arg(long, value_name = "TEXT", required_unless_present = "list")]
    pub reason: Option<String>,
}

/// Sets the entry aside that a service's follower stands at, or lists what is set aside, and says what was done.
///
/// # Errors
/// Fails with one sentence, and changes nothing, when the follower does not stand at that entry.
pub async fn set_aside(url: &DatabaseUrl, service: &'static str, args: &SetAsideArgs) -> Result<String> {
    let db = Db::open_beside(url, service)?;
    let (Some(source), Some(entry), Some(reason)) = (args.source.clone(), args.entry, &args.reason) else {
        return list(&db, service).await;
    };
    let reason = validate::reason(reason).map_err(|wrong| {
        let said = |language: Language| language.sentence(wrong.code, &wrong.params);
        Error::trouble(
            format!("lý do (--reason) không hợp lệ: {}", said(Language::Vietnamese)),
            format!("the reason: {}", said(Language::English)),
        )
    })?;
    let act = Act { actor: format!("service:{service}"), at: Clock::System.now(), batch: None };
    let (named, at) = (source.clone(), act.at.naive_utc());
    let kind = db.write(act, move |tx| {
        let row = standing_row(tx, service, &source, entry)?;
        let told = aside::insert(tx, &AsideRow { reason, set_aside_at: at, ..row.clone() })?;
        Ok((row.kind, told.into()))
    });
    Ok(format!(
        "{service}: entry {entry} ({}) of {named} is set aside; the running service goes on past it within seconds",
        kind.await?
    ))
}

/// The row of the entry that a follower stands at, without a reason yet.
fn standing_row(tx: &mut Tx<'_>, service: &str, source: &str, entry: Id) -> Result<AsideRow> {
    let no = |vi: String, en: String| Err(Error::trouble(vi, en));
    let Some(cursor) = find_cursor(tx.conn(), source)? else {
        return no(format!("{service} không đọc nhật ký của {source}"), format!("{service} does not follow {source}"));
    };
    if aside::is_set_aside(tx.conn(), entry)? {
        return no(format!("mục {entry} đã được tạm gác từ trước"), format!("entry {entry} is set aside already"));
    }
    let CursorRow { seq, stopped_entry_id, stopped_kind, stopped_subject, stopped_area_id, .. } = cursor;
    let (Some(stopped), Some(kind), Some(subject)) = (stopped_entry_id, stopped_kind, stopped_subject) else {
        return no(
            format!("{service} không dừng ở mục nào của {source}: không có mục nào cần tạm gác"),
            format!("{service} stands at no entry of {source}: there is nothing to set aside"),
        );
    };
    if stopped != entry {
        return no(
            format!("{service} dừng ở mục {stopped} ({kind}) của {source}: chỉ tạm gác được mục đó"),
            format!("{service} stands at entry {stopped} ({kind}) of {source}: only that one can be set aside"),
        );
    }
    if !lock_at(tx, source, seq)? {
        return no(format!("{service} vừa đọc tiếp qua mục này"), format!("{service} has just gone on past the entry"));
    }
    Ok(AsideRow {
        source: source.to_owned(),
        seq: seq + 1,
        entry_id: entry,
        kind,
        subject,
        area_id: stopped_area_id,
        reason: String::new(),
        because_of: None,
        set_aside_at: tx.at().naive_utc(),
    })
}

async fn list(db: &Db, service: &str) -> Result<String> {
    let (rows, stopped) = db.read(|conn| Ok((aside::list(conn, None)?, list_stopped(conn)?))).await?;
    let mut lines = Vec::new();
    for row in rows {
        let why = row.because_of.map_or_else(String::new, |entry| format!(", since it needs {entry}"));
        lines.push(format!(
            "{service}: entry {} of {} ({}, {}) is set aside since {}{why}: {}",
            row.seq,
            row.source,
            row.entry_id,
            row.kind,
            row.set_aside_at.format("%Y-%m-%dT%H:%M:%SZ"),
            row.reason
        ));
    }
    if lines.is_empty() {
        lines.push(format!("{service}: nothing is set aside"));
    }
    for CursorRow { source, seq, stopped_entry_id, stopped_kind, stopped_reason, .. } in stopped {
        let (Some(entry), Some(kind)) = (stopped_entry_id, stopped_kind) else { continue };
        let why = stopped_reason.unwrap_or_default();
        lines.push(format!("{service}: stands at entry {} of {source} ({entry}, {kind}): {why}", seq + 1));
    }
    Ok(lines.join("\n"))
}
