//! Builds the next generation and replaces the current one with it.

use std::sync::Arc;
use std::time::Duration;

use shared::clock::vietnam_day;
use shared::follow::{Applies, Follower, FollowerHandle, Source, find_cursor, untold_set_aside};
use shared::journal::Entries;
use shared::operations::{self, Done, OperationKind, Operations};
use shared::service::Background;
use shared::storage::{AnyConnection, DatabaseUrl, Db, Exchange, Migrations, Tx};
use shared::territory::TerritoryHandle;
use shared::{Code, Error, Id, Result, ResultExt};

use super::store;
use crate::follows::{Members, Registry};

/// Counts up when facts are made otherwise of the same entries.
const FACTS_V: u32 = 6;
const PROJECTION: &str = "facts";
/// The database of the next generation.
const NEXT: &str = "reporting-next";
const TABLES: Exchange = Exchange {
    exchanged: &[
        "covered_units",
        "followed_entries",
        "facts",
        "organisation_tellings",
        "organisation_periods",
        "recording_starts",
        "sums",
        "unit_tellings",
        "unit_periods",
        "cursors",
        "set_aside_entries",
    ],
    // What is covered refers to areas.
    kept: &["areas", "area_successions"],
    // Figures are read by these, and how far a journal was followed at some instant; followers do without them.
    read_by: &[
        "facts_days",
        "facts_person_id",
        "followed_entries_recorded_at",
        "organisation_periods_area_id",
        "organisation_periods_superior_body_id",
        "organisation_periods_bodies",
        "organisation_periods_kind",
        "unit_periods_area_id",
        "unit_periods_status",
    ],
};
const SOURCES: [&str; 2] = ["enterprise-registry", "membership"];
const PAUSE: Duration = Duration::from_millis(200);
/// How often in a row a rebuild tries again what a busy database put off.
const PUT_OFF_MAX: u32 = 20;

/// A rebuild as callers see it.
pub(super) const REBUILD: OperationKind = OperationKind { name: "projection_rebuild", running: Code::RebuildRunning };

/// Builds the facts again.
pub struct Rebuilder {
    /// Runs rebuilds in the database that is served.
    pub operations: Operations,
    /// Where databases are.
    pub url: DatabaseUrl,
    /// How a database of this service is made.
    pub migrations: &'static Migrations,
    /// enterprise-registry's journal.
    pub registry: Source,
    /// membership's journal.
    pub membership: Source,
}

/// What the program makes facts by: the kinds that it reads, and how.
fn made_by(registry: &dyn Applies, members: &dyn Applies) -> String {
    let kinds = registry.handles().iter().chain(members.handles());
    let kinds = kinds.map(|(kind, v)| format!("{kind}/{v}")).collect::<Vec<_>>().join(" ");
    format!("facts/{FACTS_V} of {kinds}")
}

impl Rebuilder {
    /// The database that is served.
    const fn db(&self) -> &Db {
        &self.operations.db
    }

    async fn change<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.db().note(self.operations.act(), work).await
    }

    fn applies(&self, db: &Db) -> (Arc<Registry>, Arc<Members>) {
        (Arc::new(Registry::new(db.clone(), TerritoryHandle::default())), Arc::new(Members::new(db.clone())))
    }

    /// Starts a rebuild where another program made the facts; of an empty database it notes who begins.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn check(self: &Arc<Self>) -> Result<()> {
        let (registry, members) = self.applies(self.db());
        let made_by = made_by(registry.as_ref(), members.as_ref());
        self.tell_set_aside().await?;
        let known = self.db().read(|conn| Ok((store::find_made_by(conn, PROJECTION)?, applied(conn)?))).await?;
        match known {
            (Some(known), _) if known == made_by => Ok(()),
            (_, [0, 0]) => self.change(move |tx| store::put_made_by(tx, PROJECTION, &made_by)).await,
            _ => match self.change(|tx| operations::begin(tx, Id::new(), REBUILD)).await {
                Ok(operation) => {
                    log::info!("facts are made otherwise now: they are built anew operation={}", operation.id);
                    self.start(operation.id);
                    Ok(())
                }
                // Another replica is at it.
                Err(error) if error.code() == Code::RebuildRunning => Ok(()),
                Err(error) => Err(error),
            },
        }
    }

    /// Runs an operation that was begun.
    pub(super) fn start(self: &Arc<Self>, id: Id) {
        let rebuilder = Arc::clone(self);
        self.operations.run(id, async move {
            let count = rebuilder.run(id).await?;
            Ok(Done { count, result: format!("{count} entries") })
        });
    }

    /// Makes the database of the next generation. What a rebuild that was cut off left behind is of no use. A read that is
    /// still under way may hold the one of the rebuild before for a moment.
    async fn open_next(&self) -> Result<Db> {
        let mut tries = 0;
        loop {
            match Db::open_anew(&self.url, NEXT, self.migrations, TABLES) {
                Err(error) if error.code() == Code::Unavailable && tries < PUT_OFF_MAX => tries += 1,
                opened => return opened,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn run(&self, id: Id) -> Result<i64> {
        let next = self.open_next().await.doing("making the next generation")?;
        let followers = Background::default();
        let built = self.build(id, &next, &followers).await;
        followers.stop().await;
        drop(next);
        // What another rebuild builds in by now is not this one's to remove.
        if let Err(error) = &built
            && error.code() == Code::RebuildRunning
        {
            return built;
        }
        Db::remove(&self.url, NEXT).doing("removing what the next generation was built in")?;
        built
    }

    async fn build(&self, id: Id, next: &Db, followers: &Background) -> Result<i64> {
        let (registry, members) = self.applies(next);
        let made_by = made_by(registry.as_ref(), members.as_ref());
        let start = |source: &Source, applies| {
            let (next, served) = (next.clone(), Some(self.db().clone()));
            Follower::start_beside(next, source.clone(), applies, self.operations.clock.clone(), followers, served)
        };
        let handles = [start(&self.registry, registry).await?, start(&self.membership, members).await?];
        let mut put_off = 0;
        loop {
            tokio::time::sleep(PAUSE).await;
            match self.go_on(id, &handles, &made_by).await {
                Ok(Some(entries)) => return Ok(entries),
                Ok(None) => put_off = 0,
                // A lock was not had in time, or a connection was lost: what is built so far stays as it is.
                Err(error) if error.code() == Code::Unavailable && put_off < PUT_OFF_MAX => {
                    put_off += 1;
                    log::warn!("a rebuild tries again operation={id}: {error:?}");
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Notes how far the next generation is, and puts it in the present one's place when it is as far. Returns of how
    /// many entries it was made then.
    async fn go_on(&self, id: Id, handles: &[FollowerHandle], made_by: &str) -> Result<Option<i64>> {
        let (done, total) = progress(handles)?;
        if !self.operations.note_progress(id, done, total).await? {
            return Err(Error::new(Code::RebuildRunning).doing("another rebuild took this one for cut off"));
        }
        let is_built = handles.iter().all(|handle| handle.part().has_caught_up);
        if is_built { self.take_over(made_by.to_owned()).await } else { Ok(None) }
    }

    /// Puts the next generation in the present one's place, unless the present one is further. Returns of how many
    /// entries it was made.
    async fn take_over(&self, made_by: String) -> Result<Option<i64>> {
        let noted = move |tx: &mut Tx<'_>| store::put_made_by(tx, PROJECTION, &made_by);
        if !self.db().take_over(self.operations.act(), NEXT, TABLES, noted).await? {
            return Ok(None);
        }
        // It is told at the next start otherwise: the generations are exchanged already.
        if let Err(error) = self.tell_set_aside().await {
            log::warn!("what a rebuild set aside is not told yet: {error:?}");
        }
        Ok(Some(self.db().read(applied).await?.iter().sum()))
    }

    /// Tells what the new generation took up of what was set aside, and what it set aside; also where the process ended
    /// before it was told.
    async fn tell_set_aside(&self) -> Result<()> {
        let on = vietnam_day(self.operations.clock.now());
        if self.db().read(move |conn| untold_set_aside(conn, on)).await?.is_empty() {
            return Ok(());
        }
        self.db()
            .write(self.operations.act(), move |tx| Ok(((), Entries::found(untold_set_aside(tx.conn(), on)?))))
            .await
    }
}

/// How far both journals have been applied.
fn applied(conn: &mut AnyConnection) -> Result<[i64; 2]> {
    let [registry, membership] = SOURCES;
    let mut seq = |source| Ok::<_, Error>(find_cursor(conn, source)?.map_or(0, |cursor| cursor.seq));
    Ok([seq(registry)?, seq(membership)?])
}

fn progress(handles: &[FollowerHandle]) -> Result<(i64, i64)> {
    let (mut done, mut total) = (0, 0);
    for part in handles.iter().map(FollowerHandle::part) {
        if let Some(why) = part.stopped {
            return Err(Error::internal(why).doing(format!("following {} anew", part.source)));
        }
        done += part.seq;
        total += part.head_seq.max(part.seq);
    }
    Ok((done, total))
}
