//! A next generation of some tables: built in a database of its own, it takes the present one's place in one
//! transaction.

use diesel::connection::SimpleConnection;

use super::engine::{self, schema_of};
use super::{Act, AnyConnection, DatabaseUrl, Db, Migrations, Tx};
use crate::{Error, Result, ResultExt};

impl Db {
    /// Opens a database that is made anew; what was there under its name is removed.
    ///
    /// # Errors
    /// Fails when the old one cannot be removed or the new one cannot be made.
    pub fn open_anew(url: &DatabaseUrl, name: &str, migrations: &Migrations) -> Result<Self> {
        Self::remove(url, name)?;
        Self::open(url, name, migrations)
    }

    /// Removes a database that nobody uses; nothing happens where there is none.
    ///
    /// # Errors
    /// Fails when it cannot be removed.
    pub fn remove(url: &DatabaseUrl, name: &str) -> Result<()> {
        let DatabaseUrl::Folder(_) = url else {
            let db = Self::connect(url, name, None)?;
            let mut connection = db.0.writers.take(url)?;
            let statement = format!("DROP SCHEMA IF EXISTS {} CASCADE", schema_of(name));
            return connection.batch_execute(&statement).doing("removing a schema");
        };
        let file = url.file(name);
        for suffix in ["", "-wal", "-shm"] {
            let mut path = file.clone().into_os_string();
            path.push(suffix);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).doing(&format!("removing {}", file.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Puts the rows of another database's tables in the place of those that are here, all at once, where `is_due`
    /// says so; it may change what belongs to them. Nobody else writes into these tables meanwhile, and readers
    /// see the old rows or the new ones. `tables` name those that are referred to first.
    ///
    /// # Errors
    /// Fails when the database does; then the old rows stay.
    pub async fn take_over<F>(
        &self,
        act: Act,
        other: &'static str,
        tables: &'static [&'static str],
        is_due: F,
    ) -> Result<bool>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<bool> + Send + 'static,
    {
        let url = self.0.url.clone();
        let done = self.0.writers.with(move |connection| {
            let from = attach(connection, &url, other)?;
            let taken = engine::in_transaction(connection, |connection| {
                keep_others_out(connection, tables)?;
                let mut tx = Tx { connection, act: &act };
                if !is_due(&mut tx)? {
                    return Ok(false);
                }
                exchange(tx.connection, &from, tables)?;
                Ok(true)
            });
            if let AnyConnection::Sqlite(sqlite) = connection {
                sqlite.batch_execute("DETACH next").doing("letting the next generation go")?;
            }
            taken
        });
        done.await
    }
}

/// Makes another database of the same place visible, and returns the name by which it is.
fn attach(connection: &mut AnyConnection, url: &DatabaseUrl, other: &str) -> Result<String> {
    match connection {
        AnyConnection::Sqlite(sqlite) => {
            let file = url.file(other);
            let path = file.to_str().ok_or_else(|| Error::internal("the file's path is not valid text"))?;
            let statement = format!("ATTACH '{}' AS next", path.replace('\'', "''"));
            sqlite.batch_execute(&statement).doing("looking at the next generation")?;
            Ok("next".to_owned())
        }
        AnyConnection::Postgres(_) => Ok(schema_of(other)),
    }
}

/// SQLite has one writer anyway.
fn keep_others_out(connection: &mut AnyConnection, tables: &[&str]) -> Result<()> {
    if let AnyConnection::Postgres(postgres) = connection {
        postgres.batch_execute(&format!(
            "SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0; LOCK TABLE {} IN EXCLUSIVE MODE",
            tables.join(", ")
        ))?;
    }
    Ok(())
}

/// Deletes and copies: emptying a table otherwise would be seen by readers that began before.
fn exchange(connection: &mut AnyConnection, from: &str, tables: &[&str]) -> Result<()> {
    for table in tables.iter().rev() {
        connection.batch_execute(&format!("DELETE FROM {table}"))?;
    }
    for table in tables {
        connection.batch_execute(&format!("INSERT INTO {table} SELECT * FROM {from}.{table}"))?;
    }
    Ok(())
}
