//! How ids that callers made are kept.

use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::named::NamedIds;
use crate::acts::acts;
use crate::http::Reply;
use crate::id::SqlId;
use crate::journal::Entries;
use crate::personal::Vault;
use crate::storage::{AnyConnection, Bound, Db, Statement, Tx, one_of};
use crate::territory::AreaId;
use crate::validate::Faults;
use crate::{Code, Error, Id, Result};

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    made_ids (id) {
        id -> SqlId,
        record_id -> SqlId,
        content -> Nullable<Binary>,
    }
}

/// The ids that callers made in a service, and all the others that it has.
#[derive(Clone)]
pub struct MadeIds {
    /// Makes the keyed hashes.
    vault: Vault,
    /// The tables in which an id is a key.
    tables: Arc<[String]>,
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

impl MadeIds {
    /// Learns which tables of a database have records with ids.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn open(db: &Db, vault: Vault) -> Result<Self> {
        let tables = db.read(list_tables_of_ids).await?;
        Ok(Self { vault, tables: tables.into() })
    }

    /// Carries out a create, or shows what the same request created before: `work` is told which record that is.
    ///
    /// # Errors
    /// `id_taken`; the faults of the ids together with those that `work` finds; whatever else `work` refuses.
    pub(crate) fn create_once<T>(
        &self,
        tx: &mut Tx<'_>,
        path: &str,
        named: &NamedIds,
        work: impl FnOnce(&mut Tx<'_>, Option<Id>) -> Result<(Reply<T>, Entries)>,
    ) -> Result<(Reply<T>, Entries)> {
        if named.ids.is_empty() {
            return work(tx, None);
        }
        let ids: Vec<Id> = named.ids.iter().map(|(_, id)| *id).collect();
        let content = self.vault.blind_index("made id", &format!("{path}\0{}", named.content))?;
        if let Some(record) = find_created(tx.conn(), &ids, &content)? {
            let (reply, entries) = work(tx, Some(record))?;
            return Ok((reply.as_it_stands(), entries));
        }
        let faults = named.faults(tx.at());
        if !faults.is_empty() {
            // What else is wrong is told at once. Whatever was written is rolled back with the refusal.
            return Err(joined(faults, work(tx, None).err()));
        }
        if self.has_any(tx.conn(), &ids)? {
            return Err(Error::new(Code::IdTaken));
        }
        let (reply, entries) = work(tx, None)?;
        let record = reply.record().ok_or_else(|| Error::internal("a create whose answer names no record"))?;
        for id in ids {
            let of_request = (made_ids::record_id.eq(record), made_ids::content.eq(&content));
            diesel::insert_into(made_ids::table).values((made_ids::id.eq(id), of_request)).execute(tx.conn())?;
        }
        Ok((reply, entries))
    }

    /// Says whether any record has one of some ids.
    fn has_any(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<bool> {
        let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
        let places = places.join(", ");
        let parts = self.tables.iter().map(|table| format!("SELECT id FROM {table} WHERE id IN ({places})"));
        let all = parts.collect::<Vec<_>>().join(" UNION ALL ");
        let query = format!("SELECT CAST(COUNT(*) AS BIGINT) AS count FROM ({all}) taken");
        let ids = ids.iter().copied().map(Bound::Id).collect();
        Ok(Statement::new(&query, ids).count(conn)? > 0)
    }
}

/// The tables whose `id` is unique and an id of ours.
fn list_tables_of_ids(conn: &mut AnyConnection) -> Result<Vec<String>> {
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT DISTINCT m.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) t \
             JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i \
             WHERE m.type = 'table' AND t.name = 'id' AND t.type = 'BLOB' AND l.\"unique\" = 1 \
             AND i.seqno = 0 AND i.name = 'id' ORDER BY 1"
        }
        AnyConnection::Postgres(_) => {
            "SELECT DISTINCT c.relname::text COLLATE \"C\" AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] \
             WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND i.indisunique \
             AND a.attname = 'id' AND a.atttypid = 'uuid'::regtype ORDER BY 1"
        }
    };
    let tables: Vec<Table> = diesel::sql_query(query).load(conn)?;
    Ok(tables.into_iter().map(|table| table.name).collect())
}

/// The record that a request created before: all of its ids were made by one request with the same content.
fn find_created(conn: &mut AnyConnection, ids: &[Id], content: &[u8]) -> Result<Option<Id>> {
    let made = made_ids::table.filter(one_of(made_ids::id, ids));
    let made: Vec<(Id, Option<Vec<u8>>)> = made.select((made_ids::record_id, made_ids::content)).load(conn)?;
    let Some((record, _)) = made.first().cloned() else { return Ok(None) };
    let is_same = |(of, kept): &(Id, Option<Vec<u8>>)| *of == record && kept.as_deref() == Some(content);
    Ok((made.len() == ids.len() && made.iter().all(is_same)).then_some(record))
}

/// The faults of the ids, and after them those that the rest of the request has.
fn joined(faults: Faults, others: Option<Error>) -> Error {
    let Err(own) = faults.finish() else { return Error::internal("faults without a fault") };
    let others = others.as_ref().map(Error::field_faults).unwrap_or_default();
    Error::faults([own.field_faults(), others].concat())
}

/// What a request created before, as it stands today, for a caller who may read it; nothing changes.
///
/// # Errors
/// `id_taken` where the caller may not read it.
pub fn as_it_stands<T>(found: Option<T>, area_of: impl Fn(&T) -> Option<AreaId>) -> Result<(T, Entries)> {
    let found = found.ok_or_else(|| Error::new(Code::IdTaken))?;
    let area = area_of(&found);
    Ok((found, Entries::unchanged(area)))
}

/// Forgets what requests about a record said, in which a person was named: the ids stay taken.
///
/// # Errors
/// Fails when the database does.
pub fn forget_content(tx: &mut Tx<'_>, record: Id) -> Result<()> {
    let on_record = acts::table.filter(acts::record_id.eq(record)).select(acts::id);
    let nothing = || made_ids::content.eq(None::<Vec<u8>>);
    diesel::update(made_ids::table.filter(made_ids::record_id.eq(record))).set(nothing()).execute(tx.conn())?;
    let of_acts = made_ids::table.filter(made_ids::record_id.eq_any(on_record));
    diesel::update(of_acts).set(nothing()).execute(tx.conn())?;
    Ok(())
}

diesel::allow_tables_to_appear_in_same_query!(made_ids, acts);
