//! Changes the master key of a database while its service runs.
//!
//! Each of the two keys is stored encrypted with the other. So a running process can use the new key at once, and a
//! process may already be started with either key. Then every data key is encrypted with the new master key, some at
//! a time; an interrupted command continues where it was. When all processes run with the new key, the stored old key
//! is deleted and can no longer open anything.

use std::path::PathBuf;

use diesel::prelude::*;

use super::MasterKey;
use super::master_key::{LAST, NEXT, find_handed, is_handed};
use super::tables::{data_keys, sealed_keys};
use crate::clock::Clock;
use crate::storage::{Act, AnyConnection, DatabaseUrl, Db, Tx};
use crate::{Error, Id, Result, Trouble};

/// How the master key is changed.
#[derive(Debug, Clone, clap::Args)]
pub struct RotationArgs {
    /// A file with the new master key: 32 bytes in base64. If it does not exist it is created, readable by its owner only.
    #[arg(long, value_name = "FILE", required_unless_present = "finish")]
    pub next_key_file: Option<PathBuf>,

    /// Removes the old key from the database. Run this with the new key, after all processes run with it.
    #[arg(long, conflicts_with = "next_key_file")]
    pub finish: bool,

    /// Number of keys that one transaction encrypts with the new master key.
    #[arg(long, default_value_t = 500, value_parser = parse_step, value_name = "N")]
    pub step: i64,
}

fn parse_step(text: &str) -> Result<i64, Trouble> {
    let wrong = || Trouble::new("cần một số từ 1 đến 10000", "expected a number from 1 to 10000");
    text.parse().ok().filter(|number| (1..=10_000).contains(number)).ok_or_else(wrong)
}

impl RotationArgs {
    /// Reads the next master key; makes it where there is none.
    fn read_next_key(&self) -> Result<Option<MasterKey>> {
        let Some(path) = &self.next_key_file else { return Ok(None) };
        MasterKey::read_or_create(path).map(Some)
    }
}

/// Hands the next master key over to a service's running processes. All services of a process get it before any key is
/// wrapped by it, so that a process may be started with either key whenever the change is cut off.
///
/// # Errors
/// Fails with one sentence when `master` is not the key of the database, or when another change is under way.
pub async fn hand_over_master_key(
    url: &DatabaseUrl,
    service: &'static str,
    master: &MasterKey,
    args: &RotationArgs,
) -> Result<()> {
    let Some(next) = args.read_next_key()? else { return Ok(()) };
    let (db, master) = (Db::open_beside(url, service)?, master.clone());
    change(&db, service, move |tx| hand_over(tx, &master, &next)).await
}

/// Changes the master key of a service's database, beside the running service; `told` hears how far it is.
///
/// # Errors
/// Fails with one sentence when `master` is not the key of the database, when another change is under way, or
/// when it is to be finished too early. Keys that were encrypted again until then stay so, and both master keys open them.
pub async fn rotate_master_key(
    url: &DatabaseUrl,
    service: &'static str,
    master: &MasterKey,
    args: &RotationArgs,
    told: &mut (dyn FnMut(String) + Send),
) -> Result<()> {
    let db = Db::open_beside(url, service)?;
    let next = args.read_next_key()?;
    let change = {
        let (master, next) = (master.clone(), next.clone());
        change(&db, service, move |tx| match next {
            Some(next) => hand_over(tx, &master, &next).map(|()| (master, next)),
            None => find_last(tx.conn(), &master).map(|last| (last, master)),
        })
        .await?
    };
    let id = change.1.id().to_owned();
    loop {
        let ((last, next), step) = (change.clone(), args.step);
        let (wrapped, left) = self::change(&db, service, move |tx| wrap_some(tx, &last, &next, step)).await?;
        told(format!("{service}: {wrapped} keys are wrapped by master key {id}, {left} are to come"));
        if left == 0 {
            break;
        }
    }
    if next.is_none() {
        self::change(&db, service, forget).await?;
        told(format!("{service}: the old master key is removed from the database and can no longer open anything"));
    }
    Ok(())
}

async fn change<T: Send + 'static>(
    db: &Db,
    service: &str,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let act = Act { actor: format!("service:{service}"), at: Clock::System.now(), batch: None };
    db.note(act, work).await
}

/// Hands the next key over under the previous one and the previous one back under the next.
fn hand_over(tx: &mut Tx<'_>, last: &MasterKey, next: &MasterKey) -> Result<()> {
    if last.id() == next.id() {
        return Err(Error::trouble(
            "khóa chủ mới trùng với khóa chủ đang dùng",
            "the next master key is the present one",
        ));
    }
    if find_handed(tx.conn(), last, LAST)?.is_some() {
        return Err(Error::trouble(
            "lần đổi sang khóa chủ đang dùng chưa kết thúc: kết thúc bằng --finish",
            "the change to the present master key is not finished: finish it with --finish",
        ));
    }
    let current = last.current(tx.conn())?;
    if current.id() == next.id() {
        return Ok(());
    }
    if current.id() != last.id() {
        let under_way = current.id();
        return Err(Error::trouble(
            format!("đang đổi sang khóa chủ {under_way}: kết thúc lần đổi đó trước"),
            format!("a change to master key {under_way} is under way: finish it first"),
        ));
    }
    for (way, key, under) in [(NEXT, next, last), (LAST, last, next)] {
        let name = format!("{way}{}", key.id());
        let wrapped = under.wrap(&name, key.bytes())?;
        let row =
            (sealed_keys::name.eq(name), sealed_keys::master_key.eq(under.id()), sealed_keys::wrapped.eq(wrapped));
        diesel::insert_into(sealed_keys::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}

/// The key that the present one came after, by a change that is not finished.
fn find_last(conn: &mut AnyConnection, present: &MasterKey) -> Result<MasterKey> {
    if let Some(last) = find_handed(conn, present, LAST)? {
        return Ok(last);
    }
    Err(match find_handed(conn, present, NEXT)? {
        Some(next) => Error::trouble(
            format!(
                "đây vẫn là khóa chủ cũ: thay bằng khóa {}, khởi động lại mọi tiến trình, rồi mới kết thúc",
                next.id()
            ),
            format!("this is still the previous master key: put {} in its place, restart all, then finish", next.id()),
        ),
        None => Error::trouble(
            "không có lần đổi khóa chủ nào cần kết thúc",
            "there is no change of the master key to finish",
        ),
    })
}

/// Encrypts some keys with the new one, and returns how many are done and how many remain.
fn wrap_some(tx: &mut Tx<'_>, last: &MasterKey, next: &MasterKey, step: i64) -> Result<(i64, i64)> {
    let own = sealed_keys::table.filter(sealed_keys::master_key.eq(last.id())).order(sealed_keys::name);
    let own: Vec<(String, String, Vec<u8>)> = own.load(tx.conn())?;
    for (name, _, wrapped) in own.into_iter().filter(|(name, ..)| !is_handed(name)) {
        let anew = next.wrap(&name, &last.unwrap(&name, &wrapped)?)?;
        diesel::update(sealed_keys::table.find(name))
            .set((sealed_keys::master_key.eq(next.id()), sealed_keys::wrapped.eq(anew)))
            .execute(tx.conn())?;
    }
    let of_people = data_keys::table.filter(data_keys::master_key.eq(last.id())).order(data_keys::id).limit(step);
    let of_people: Vec<(Id, String, Vec<u8>)> = of_people.load(tx.conn())?;
    for (id, _, wrapped) in of_people {
        let name = id.to_string();
        let anew = next.wrap(&name, &last.unwrap(&name, &wrapped)?)?;
        diesel::update(data_keys::table.find(id))
            .set((data_keys::master_key.eq(next.id()), data_keys::wrapped.eq(anew)))
            .execute(tx.conn())?;
    }
    let mut count = |key: &MasterKey| -> Result<i64> {
        Ok(data_keys::table.filter(data_keys::master_key.eq(key.id())).count().get_result(tx.conn())?)
    };
    Ok((count(next)?, count(last)?))
}

fn forget(tx: &mut Tx<'_>) -> Result<()> {
    for way in [NEXT, LAST] {
        diesel::delete(sealed_keys::table.filter(sealed_keys::name.like(format!("{way}%")))).execute(tx.conn())?;
    }
    Ok(())
}
