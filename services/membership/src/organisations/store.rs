//! SQL for organisations.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use shared::access::Scope;
use shared::acts::acts;
use shared::http::{Records, Sort};
use shared::lists::words::{self, WordsOf, look_for};
use shared::lists::{Condition, List, Seek, areas_within, note_all_listed, note_gone, note_listed, note_moved};
use shared::published::Branch;
use shared::storage::{AnyConnection, Bound, Tx, once, one_of};
use shared::territory::{AreaId, Resolution, Territory};
use shared::text::{SearchWords, search_key};
use shared::{Code, Error, Id, Result};

use super::acts::Folded;
use super::status::OrganisationStatus;
use crate::people;
use crate::schema::{economic_units, organisation_intakes, organisation_phases, organisation_units, organisations};

/// In whose lists a superior body is seen.
const IN_ALL_LISTS: &str = "*";
/// How many organisations stand above one another at most.
pub(super) const LEVELS_MAX: usize = 8;

#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = organisations)]
struct OrganisationRow {
    id: Id,
    branch: Branch,
    kind: String,
    is_superior_body: bool,
    name: String,
    name_key: String,
    search_text: String,
    seen_in: String,
    superior_id: Option<Id>,
    area_id: String,
    status: OrganisationStatus,
    established_on: NaiveDate,
    ended_on: Option<NaiveDate>,
    recording_begins_on: Option<NaiveDate>,
    version: i64,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

/// An organisation as it is kept.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the answer Organisation")]
pub struct KeptOrganisation {
    pub id: Id,
    pub branch: Branch,
    pub kind: String,
    pub is_superior_body: bool,
    pub name: String,
    pub name_key: String,
    pub search_text: String,
    pub seen_in: String,
    pub superior: Option<Id>,
    pub area: AreaId,
    pub status: OrganisationStatus,
    pub established_on: NaiveDate,
    pub ended_on: Option<NaiveDate>,
    pub recording_begins_on: Option<NaiveDate>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What is known of an organisation that another one names as its superior.
#[derive(Debug, Clone)]
pub(super) struct SuperiorFacts {
    /// Its kind on the day.
    pub kind: String,
    /// The areas from which it takes organisations; nothing where it is no superior body.
    pub intake: Option<Vec<AreaId>>,
    /// From when it exists.
    pub established_on: NaiveDate,
    /// From when it exists no more.
    pub ended_on: Option<NaiveDate>,
}

/// What is known of an economic unit.
#[derive(Debug, Clone)]
pub(super) struct UnitFacts {
    /// The commune in which it is.
    pub area: AreaId,
    /// Since when it has ceased, if it has.
    pub terminated_on: Option<NaiveDate>,
}

/// Which organisations.
#[derive(Debug, Clone)]
pub(super) struct OrganisationFilter {
    pub within: Option<Vec<String>>,
    pub kinds: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
    pub superior: Option<Id>,
    pub economic_unit: Option<Id>,
    pub words: Option<SearchWords>,
    pub sort: Sort,
}

impl From<OrganisationRow> for KeptOrganisation {
    fn from(row: OrganisationRow) -> Self {
        Self {
            id: row.id,
            branch: row.branch,
            kind: row.kind,
            is_superior_body: row.is_superior_body,
            name: row.name,
            name_key: row.name_key,
            search_text: row.search_text,
            seen_in: row.seen_in,
            superior: row.superior_id,
            area: AreaId::stored(row.area_id),
            status: row.status,
            established_on: row.established_on,
            ended_on: row.ended_on,
            recording_begins_on: row.recording_begins_on,
            version: row.version,
            created_at: row.created_at.and_utc(),
            updated_at: row.updated_at.and_utc(),
        }
    }
}

/// The organisations that a list shows to a caller.
#[derive(Clone)]
pub(super) struct ListedOrganisations {
    pub scope: Scope,
    pub filter: OrganisationFilter,
}

impl ListedOrganisations {
    /// In whose lists the caller sees organisations: those of the areas, and all lists, which show superior bodies.
    pub(super) fn seen_in(&self) -> Option<Vec<String>> {
        let areas = areas_within(&self.scope, self.filter.within.as_ref());
        areas.map(|areas| areas.into_iter().chain([IN_ALL_LISTS.to_owned()]).collect())
    }
}

impl Records for ListedOrganisations {
    /// An organisation and the units that it covers.
    type Record = (KeptOrganisation, Vec<Id>);

    fn sought(&self, conn: &mut AnyConnection, only: Option<&[Id]>) -> Result<Seek> {
        let (filter, seen_in) = (&self.filter, self.seen_in());
        let mut seek = Seek::of("organisations", filter.sort.order("name_key"));
        if let Some(ids) = only {
            seek.only(conn, ids)?;
        }
        if let Some(words) = &filter.words {
            let search = look_for(conn, seen_in.as_deref(), words)?;
            if let Some(ids) = search.ids {
                seek.only(conn, &ids)?;
            }
            seek.conditions.push(search.condition);
        }
        if let Some(areas) = &filter.within {
            // Of the bodies that everybody sees, those that stand there.
            let elsewhere = Condition::new(format!("t.seen_in <> '{IN_ALL_LISTS}'"), Vec::new());
            seek.conditions.push(elsewhere.or(Condition::among(conn, "area_id", areas)?));
        }
        if let Some(unit) = filter.economic_unit {
            let covering = "t.id IN (SELECT u.organisation_id FROM organisation_units u WHERE u.economic_unit_id = {})";
            seek.find_by(Condition::new(covering, vec![Bound::Id(unit)]));
        }
        if let Some(superior) = filter.superior {
            seek.find_by(Condition::new("t.superior_id = {}", vec![Bound::Id(superior)]));
        }
        seek.narrow_to_areas(conn, "seen_in", seen_in)?;
        seek.narrow(conn, "kind", filter.kinds.as_ref())?;
        seek.narrow(conn, "status", filter.statuses.as_ref())?;
        Ok(seek)
    }

    fn load(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, Self::Record)>> {
        let rows: Vec<OrganisationRow> = organisations::table.filter(one_of(organisations::id, ids)).load(conn)?;
        let links: Vec<(Id, Id)> = organisation_units::table
            .filter(one_of(organisation_units::organisation_id, ids))
            .order(organisation_units::economic_unit_id)
            .load(conn)?;
        let units = |id: Id| links.iter().filter(|(of, _)| *of == id).map(|(_, unit)| *unit).collect();
        let kept = rows.into_iter().map(KeptOrganisation::from).filter(|kept| is_seen(&self.scope, kept));
        Ok(kept
            .map(|kept| {
                let units = units(kept.id);
                (kept.id, (kept, units))
            })
            .collect())
    }
}

/// Superior bodies are seen by everybody.
fn is_seen(scope: &Scope, kept: &KeptOrganisation) -> bool {
    kept.is_superior_body || scope.may_read(&kept.area)
}

/// Returns an organisation that the caller may see.
///
/// # Errors
/// Fails when the database does.
pub fn find_organisation(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<KeptOrganisation>> {
    let row: Option<OrganisationRow> = organisations::table.find(id).get_result(conn).optional()?;
    let kept = row.map(KeptOrganisation::from);
    Ok(kept.filter(|kept| is_seen(scope, kept)))
}

/// Returns an organisation that something kept refers to, wherever it lies.
///
/// # Errors
/// Fails when the database does.
pub fn find_kept(conn: &mut AnyConnection, id: Id) -> Result<KeptOrganisation> {
    let row: OrganisationRow = organisations::table.find(id).get_result(conn)?;
    Ok(row.into())
}

/// Returns an organisation that the caller may act in, or a fault at `pointer`.
///
/// # Errors
/// `unknown_organisation` if there is none in the caller's scope.
pub fn find_for_act(conn: &mut AnyConnection, scope: &Scope, id: Id, pointer: &str) -> Result<KeptOrganisation> {
    let kept = find_organisation(conn, scope, id)?.filter(|kept| scope.may_write(&kept.area));
    kept.ok_or_else(|| Error::fault(pointer, Code::UnknownOrganisation))
}

pub(super) fn superior_facts(
    conn: &mut AnyConnection,
    scope: &Scope,
    id: Id,
    on: NaiveDate,
) -> Result<Option<SuperiorFacts>> {
    let kept = find_organisation(conn, scope, id)?.filter(|kept| kept.status != OrganisationStatus::Withdrawn);
    let Some(kept) = kept else { return Ok(None) };
    let intake = if kept.is_superior_body { Some(intake_of(conn, &kept)?) } else { None };
    let kind: Option<String> = organisation_phases::table
        .filter(organisation_phases::organisation_id.eq(id))
        .filter(organisation_phases::from_on.le(on))
        .order(organisation_phases::from_on.desc())
        .select(organisation_phases::kind)
        .limit(1)
        .get_result(conn)
        .optional()?;
    let kind = kind.unwrap_or(kept.kind);
    Ok(Some(SuperiorFacts { kind, intake, established_on: kept.established_on, ended_on: kept.ended_on }))
}

/// Returns the areas from which a superior body takes organisations: those that were set, or its own.
///
/// # Errors
/// Fails when the database does.
pub fn intake_of(conn: &mut AnyConnection, body: &KeptOrganisation) -> Result<Vec<AreaId>> {
    let set: Vec<String> = organisation_intakes::table
        .filter(organisation_intakes::organisation_id.eq(body.id))
        .order(organisation_intakes::area_id)
        .select(organisation_intakes::area_id)
        .load(conn)?;
    if set.is_empty() { Ok(vec![body.area.clone()]) } else { Ok(set.into_iter().map(AreaId::stored).collect()) }
}

/// Replaces the areas from which a superior body takes organisations; none: its own.
///
/// # Errors
/// `stale_version` where somebody else changed it meanwhile.
pub fn set_intake(tx: &mut Tx<'_>, body: &KeptOrganisation, areas: &[AreaId]) -> Result<KeptOrganisation> {
    let before = organisation_intakes::table.filter(organisation_intakes::organisation_id.eq(body.id));
    diesel::delete(before).execute(tx.conn())?;
    for area in areas {
        diesel::insert_into(organisation_intakes::table)
            .values((
                organisation_intakes::organisation_id.eq(body.id),
                organisation_intakes::area_id.eq(area.as_str()),
            ))
            .execute(tx.conn())?;
    }
    let at = tx.at().naive_utc();
    let changed = diesel::update(as_read(body))
        .set((organisations::version.eq(body.version + 1), organisations::updated_at.eq(at)))
        .execute(tx.conn());
    once(changed)?;
    note_listed(tx, List::Organisations, body.id, &body.seen_in)?;
    find_kept(tx.conn(), body.id)
}

/// Sets the day with which recording begins under a superior body, or takes it back.
///
/// # Errors
/// `stale_version` where somebody else changed it meanwhile.
pub fn set_recording_start(
    tx: &mut Tx<'_>,
    body: &KeptOrganisation,
    begins_on: Option<NaiveDate>,
) -> Result<KeptOrganisation> {
    let at = tx.at().naive_utc();
    let changed = diesel::update(as_read(body))
        .set((
            organisations::recording_begins_on.eq(begins_on),
            organisations::version.eq(body.version + 1),
            organisations::updated_at.eq(at),
        ))
        .execute(tx.conn());
    once(changed)?;
    note_listed(tx, List::Organisations, body.id, &body.seen_in)?;
    find_kept(tx.conn(), body.id)
}

/// Returns the day with which recording begins under a superior body: its own, or that of the nearest body that has one and
/// stood above on a day; nothing where none has.
///
/// # Errors
/// Fails when the database does.
pub fn recording_start_under(conn: &mut AnyConnection, body: Option<Id>, on: NaiveDate) -> Result<Option<NaiveDate>> {
    let mut next = body;
    for _ in 0..LEVELS_MAX {
        let Some(id) = next else { break };
        // One that is not known is refused as the superior that it should be.
        let Some(body) = find_organisation(conn, &Scope::everything(), id)? else { break };
        if body.recording_begins_on.is_some() {
            return Ok(body.recording_begins_on);
        }
        next = superior_on(conn, &body, on)?;
    }
    Ok(None)
}

/// Returns the day with which recording begins for what happens in an organisation on a day.
///
/// # Errors
/// Fails when the database does.
pub fn recording_start_above(
    conn: &mut AnyConnection,
    organisation: &KeptOrganisation,
    on: NaiveDate,
) -> Result<Option<NaiveDate>> {
    let superior = superior_on(conn, organisation, on)?;
    recording_start_under(conn, superior, on)
}

/// What an organisation answered to on a day; before all days of which something is known, what it answers to now.
pub(super) fn superior_on(
    conn: &mut AnyConnection,
    organisation: &KeptOrganisation,
    on: NaiveDate,
) -> Result<Option<Id>> {
    let superior: Option<Option<Id>> = organisation_phases::table
        .filter(organisation_phases::organisation_id.eq(organisation.id))
        .filter(organisation_phases::from_on.le(on))
        .order(organisation_phases::from_on.desc())
        .select(organisation_phases::superior_id)
        .limit(1)
        .get_result(conn)
        .optional()?;
    Ok(superior.unwrap_or(organisation.superior))
}

/// Returns an organisation that the caller may change.
///
/// # Errors
/// `not_found` if there is none in the caller's scope.
pub fn find_writable(tx: &mut Tx<'_>, scope: &Scope, id: Id) -> Result<KeptOrganisation> {
    let kept = find_organisation(tx.conn(), scope, id)?;
    kept.filter(|kept| scope.may_write(&kept.area)).ok_or_else(|| Error::new(Code::NotFound))
}

pub(super) fn unit_facts(conn: &mut AnyConnection, scope: &Scope, ids: &[Id]) -> Result<BTreeMap<Id, UnitFacts>> {
    let rows: Vec<(Id, String, String, NaiveDate)> = economic_units::table
        .filter(one_of(economic_units::id, ids))
        .filter(economic_units::status.ne("withdrawn"))
        .select((economic_units::id, economic_units::area_id, economic_units::status, economic_units::status_on))
        .load(conn)?;
    let facts = rows.into_iter().map(|(id, area, status, on)| {
        let terminated_on = (status == "terminated").then_some(on);
        (id, UnitFacts { area: AreaId::stored(area), terminated_on })
    });
    Ok(facts.filter(|(_, unit)| scope.may_read(&unit.area)).collect())
}

/// Returns the units that an organisation covers.
pub(super) fn unit_ids_of(conn: &mut AnyConnection, organisation: Id) -> Result<Vec<Id>> {
    Ok(organisation_units::table
        .filter(organisation_units::organisation_id.eq(organisation))
        .order(organisation_units::economic_unit_id)
        .select(organisation_units::economic_unit_id)
        .load(conn)?)
}

/// The commune as it is called on a day; where nobody can say, as it was recorded.
#[must_use]
pub fn area_on(territory: &Territory, area: &AreaId, on: NaiveDate) -> AreaId {
    match territory.resolve(area, on) {
        Resolution::In(area) => area,
        Resolution::Undecided | Resolution::Unknown => area.clone(),
    }
}

/// Keeps a new organisation.
pub(super) fn insert_organisation(tx: &mut Tx<'_>, made: &Folded) -> Result<KeptOrganisation> {
    let (at, words) = (tx.at().naive_utc(), words_of(made));
    let row = OrganisationRow {
        id: made.id,
        branch: made.branch,
        kind: made.kind.clone(),
        is_superior_body: made.is_superior_body,
        name: made.name.clone(),
        name_key: search_key(&made.name),
        search_text: words.text.clone(),
        seen_in: words.area.clone(),
        superior_id: made.superior,
        area_id: made.area.to_string(),
        status: made.status,
        established_on: made.established_on,
        ended_on: made.ended_on,
        recording_begins_on: None,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    diesel::insert_into(organisations::table).values(&row).execute(tx.conn())?;
    words::put(tx, made.id, None, &words)?;
    note_listed(tx, List::Organisations, made.id, &words.area)?;
    put_units(tx, made)?;
    Ok(row.into())
}

/// The row of an organisation at the version that was read.
#[diesel::dsl::auto_type]
fn as_read(kept: &KeptOrganisation) -> _ {
    let (id, version): (Id, i64) = (kept.id, kept.version);
    organisations::table.filter(organisations::id.eq(id)).filter(organisations::version.eq(version))
}

/// Keeps what the acts on an organisation make of it.
pub(super) fn update_organisation(tx: &mut Tx<'_>, kept: &KeptOrganisation, made: &Folded) -> Result<KeptOrganisation> {
    let (at, words) = (tx.at().naive_utc(), words_of(made));
    let had = WordsOf { area: kept.seen_in.clone(), text: kept.search_text.clone() };
    let changed = diesel::update(as_read(kept))
        .set((
            organisations::kind.eq(&made.kind),
            organisations::name.eq(&made.name),
            organisations::name_key.eq(search_key(&made.name)),
            organisations::search_text.eq(&words.text),
            organisations::seen_in.eq(&words.area),
            organisations::superior_id.eq(made.superior),
            organisations::area_id.eq(made.area.as_str()),
            organisations::status.eq(made.status),
            organisations::established_on.eq(made.established_on),
            organisations::ended_on.eq(made.ended_on),
            organisations::version.eq(kept.version + 1),
            organisations::updated_at.eq(at),
        ))
        .execute(tx.conn());
    once(changed)?;
    words::put(tx, kept.id, Some(&had), &words)?;
    note_moved(tx, List::Organisations, kept.id, &had.area, &words.area)?;
    find_kept(tx.conn(), kept.id)
}

/// The words by which an organisation is found, in the lists that show it.
fn words_of(made: &Folded) -> WordsOf {
    let seen_in = if made.is_superior_body { IN_ALL_LISTS } else { made.area.as_str() };
    WordsOf { area: seen_in.to_owned(), text: words::text_of([made.name.as_str()]) }
}

/// Keeps which units an organisation covers.
pub(super) fn put_units(tx: &mut Tx<'_>, made: &Folded) -> Result<()> {
    let kept = organisation_units::table.filter(organisation_units::organisation_id.eq(made.id));
    diesel::delete(kept).execute(tx.conn())?;
    for unit in &made.units {
        diesel::insert_into(organisation_units::table)
            .values((organisation_units::organisation_id.eq(made.id), organisation_units::economic_unit_id.eq(unit)))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Lets the members of an organisation, and what happened in it, stand in the area in which it stood all the time.
pub(super) fn move_what_happened(tx: &mut Tx<'_>, territory: &Territory, made: &Folded) -> Result<()> {
    people::move_members_of(tx, made.id, made.area.as_str())?;
    let here = acts::table.filter(acts::organisation_id.eq(made.id));
    let days: Vec<NaiveDate> = here.select(acts::occurred_on).distinct().load(tx.conn())?;
    let mut days_of: BTreeMap<AreaId, Vec<NaiveDate>> = BTreeMap::new();
    for on in days {
        days_of.entry(area_on(territory, &made.area, on)).or_default().push(on);
    }
    for (area, days) in days_of {
        diesel::update(here.filter(acts::occurred_on.eq_any(days)))
            .set((acts::area_id.eq(area.as_str()), acts::version.eq(acts::version + 1)))
            .execute(tx.conn())?;
        let values = vec![Bound::Id(made.id), Bound::Text(area.to_string())];
        let here = "SELECT a.id AS id FROM acts a WHERE a.organisation_id = {} AND a.area_id = {}";
        note_all_listed(tx, List::Acts, &Condition::new(here, values), area.as_str())?;
    }
    let of_organisation = "t.record_id IN (SELECT a.id FROM acts a WHERE a.organisation_id = {})";
    let elsewhere =
        format!("{of_organisation} AND t.seen_in <> (SELECT a.area_id FROM acts a WHERE a.id = t.record_id)");
    note_gone(tx, List::Acts, &Condition::new(elsewhere, vec![Bound::Id(made.id)]))
}
