//! How people and their memberships are kept.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use shared::access::Scope;
use shared::http::PageQuery;
use shared::personal::{DataKey, Vault};
use shared::storage::{AnyConnection, MultiBackend, Tx, on_unique, once};
use shared::territory::AreaId;
use shared::{Code, Error, Id, Result, ResultExt};

use super::rules::NewPerson;
use crate::schema::{memberships, people};

const TABLE: &str = "people";

#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = people)]
struct PersonRow {
    id: Id,
    full_name: Vec<u8>,
    birth_date: Vec<u8>,
    sex: Option<Vec<u8>>,
    phone: Option<Vec<u8>>,
    personal_id: Option<Vec<u8>>,
    card_number: Option<Vec<u8>>,
    personal_id_index: Option<Vec<u8>>,
    version: i64,
    created_at: NaiveDateTime,
}

/// A membership as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = memberships, treat_none_as_null = true)]
#[expect(missing_docs, reason = "the fields are those of the answer Membership")]
pub struct KeptMembership {
    pub id: Id,
    pub person_id: Id,
    pub branch: String,
    pub organisation_id: Id,
    pub area_id: String,
    pub status: String,
    pub standing: String,
    pub sex: Option<String>,
    pub is_owner: bool,
    pub is_worker: bool,
    pub joined_on: NaiveDate,
    pub official_on: Option<NaiveDate>,
    pub ended_on: Option<NaiveDate>,
    pub end_reason: Option<String>,
    pub readmissions: i32,
    pub parallel: i32,
    pub last_act_on: NaiveDate,
    pub version: i64,
    pub created_at: NaiveDateTime,
}

/// A person opened for one request.
pub(super) struct OpenedPerson {
    pub id: Id,
    pub details: NewPerson,
    pub version: i64,
    pub memberships: Vec<KeptMembership>,
}

impl OpenedPerson {
    /// A number that grows whenever the person or one of the memberships changes.
    pub(super) fn tag(&self) -> i64 {
        self.version + self.memberships.iter().map(|one| one.version).sum::<i64>()
    }
}

/// Whom a new record may speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonMatch {
    /// Nobody within the caller's reach.
    Nobody,
    /// This person, within the caller's reach.
    Known(Id),
}

/// Looks for a person with the same personal id within the caller's reach; those outside it are not told.
///
/// # Errors
/// Fails when the database does.
pub fn match_person(tx: &mut Tx<'_>, scope: &Scope, vault: &Vault, personal_id: Option<&str>) -> Result<PersonMatch> {
    let Some(personal_id) = personal_id else { return Ok(PersonMatch::Nobody) };
    let index = vault.blind_index("personal_id", personal_id)?;
    let known: Vec<(Id, String)> = people::table
        .inner_join(memberships::table.on(memberships::person_id.eq(people::id)))
        .filter(people::personal_id_index.eq(index))
        .order(people::id)
        .select((people::id, memberships::area_id))
        .load(tx.conn())?;
    let within = known.into_iter().find(|(_, area)| scope.may_read(&AreaId::stored(area.as_str())));
    Ok(within.map_or(PersonMatch::Nobody, |(id, _)| PersonMatch::Known(id)))
}

/// Inserts a person, every field sealed.
///
/// # Errors
/// Fails when the database does.
pub fn insert_person(tx: &mut Tx<'_>, vault: &Vault, person: &NewPerson) -> Result<Id> {
    let id = Id::new();
    let key = vault.create_data_key(tx, id)?;
    let seal = |column: &str, value: &str| key.seal(TABLE, column, value);
    let maybe = |column: &str, value: &Option<String>| value.as_deref().map(|value| seal(column, value)).transpose();
    let index = person.personal_id.as_deref().map(|value| vault.blind_index("personal_id", value)).transpose()?;
    let row = PersonRow {
        id,
        full_name: seal("full_name", &person.full_name)?,
        birth_date: seal("birth_date", &person.birth_date.to_string())?,
        sex: maybe("sex", &person.sex)?,
        phone: maybe("phone", &person.phone)?,
        personal_id: maybe("personal_id", &person.personal_id)?,
        card_number: maybe("card_number", &person.card_number)?,
        personal_id_index: index,
        version: 1,
        created_at: tx.at().naive_utc(),
    };
    diesel::insert_into(people::table).values(&row).execute(tx.conn())?;
    Ok(id)
}

fn opened(row: &PersonRow, key: &DataKey) -> Result<NewPerson> {
    let open = |column: &str, sealed: &[u8]| key.open(TABLE, column, sealed);
    let maybe =
        |column: &str, sealed: &Option<Vec<u8>>| sealed.as_deref().map(|sealed| open(column, sealed)).transpose();
    Ok(NewPerson {
        full_name: open("full_name", &row.full_name)?,
        birth_date: open("birth_date", &row.birth_date)?.parse().doing("reading a birth date")?,
        sex: maybe("sex", &row.sex)?,
        phone: maybe("phone", &row.phone)?,
        personal_id: maybe("personal_id", &row.personal_id)?,
        card_number: maybe("card_number", &row.card_number)?,
    })
}

/// Returns a person's day of birth, for the rules that ask the age.
///
/// # Errors
/// Fails when the person was erased or the field does not open.
pub fn birth_date_of(conn: &mut AnyConnection, vault: &Vault, id: Id) -> Result<NaiveDate> {
    let row: PersonRow = people::table.find(id).get_result(conn)?;
    let keys = vault.find_data_keys(conn, &[id])?;
    let key = keys.first().ok_or_else(|| Error::fault("/person_id", Code::UnknownPerson))?;
    Ok(opened(&row, key)?.birth_date)
}

/// Which people.
#[derive(Debug, Clone, Default)]
pub(super) struct PersonFilter {
    pub organisation: Option<Id>,
    pub branches: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
    pub within: Option<Vec<String>>,
}

/// Lists people by id, with their memberships within reach.
pub(super) fn list_people(
    conn: &mut AnyConnection,
    scope: &Scope,
    vault: &Vault,
    filter: &PersonFilter,
    page: &PageQuery<Id>,
) -> Result<Vec<OpenedPerson>> {
    let mut query = asked(scope, filter)
        .select(memberships::person_id)
        .distinct()
        .order(memberships::person_id.asc())
        .limit(page.limit + 1);
    if let Some(after) = page.after {
        query = query.filter(memberships::person_id.gt(after));
    }
    let ids: Vec<Id> = query.load(conn)?;
    open_people(conn, scope, vault, &ids)
}

/// Counts the persons that a list would show in all.
pub(super) fn count_people(conn: &mut AnyConnection, scope: &Scope, filter: &PersonFilter) -> Result<i64> {
    let persons = diesel::dsl::count(memberships::person_id).aggregate_distinct();
    Ok(asked(scope, filter).select(persons).get_result(conn)?)
}

/// The memberships within reach that a list of people asks for.
fn asked(scope: &Scope, filter: &PersonFilter) -> memberships::BoxedQuery<'static, MultiBackend> {
    let mut query = memberships::table.into_boxed();
    if let Some(areas) = scope.readable_ids() {
        query = query.filter(memberships::area_id.eq_any(areas));
    }
    if let Some(areas) = filter.within.clone() {
        query = query.filter(memberships::area_id.eq_any(areas));
    }
    if let Some(organisation) = filter.organisation {
        query = query.filter(memberships::organisation_id.eq(organisation));
    }
    if let Some(branches) = filter.branches.clone() {
        query = query.filter(memberships::branch.eq_any(branches));
    }
    if let Some(statuses) = filter.statuses.clone() {
        query = query.filter(memberships::status.eq_any(statuses));
    }
    query
}

/// Opens a person within reach.
pub(super) fn find_person(
    conn: &mut AnyConnection,
    scope: &Scope,
    vault: &Vault,
    id: Id,
) -> Result<Option<OpenedPerson>> {
    Ok(open_people(conn, scope, vault, &[id])?.pop().filter(|person| !person.memberships.is_empty()))
}

fn open_people(conn: &mut AnyConnection, scope: &Scope, vault: &Vault, ids: &[Id]) -> Result<Vec<OpenedPerson>> {
    let rows: Vec<PersonRow> = people::table.filter(people::id.eq_any(ids.to_vec())).order(people::id).load(conn)?;
    let keys = vault.find_data_keys(conn, ids)?;
    let all: Vec<KeptMembership> =
        memberships::table.filter(memberships::person_id.eq_any(ids.to_vec())).order(memberships::id).load(conn)?;
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        // A person whose key is gone was erased: the counts stay, the person does not.
        let Some(key) = keys.iter().find(|key| key.id() == row.id) else { continue };
        let memberships = all
            .iter()
            .filter(|one| one.person_id == row.id && scope.may_read(&AreaId::stored(one.area_id.as_str())))
            .cloned()
            .collect();
        people.push(OpenedPerson { id: row.id, details: opened(&row, key)?, version: row.version, memberships });
    }
    Ok(people)
}

/// Returns a person's memberships within the caller's reach.
///
/// # Errors
/// `unknown_person` at `pointer` where there is none: such a person is not told from nobody.
pub fn find_person_in_scope(
    conn: &mut AnyConnection,
    scope: &Scope,
    id: Id,
    pointer: &str,
) -> Result<Vec<KeptMembership>> {
    let all: Vec<KeptMembership> = memberships::table.filter(memberships::person_id.eq(id)).load(conn)?;
    let within: Vec<_> = all.into_iter().filter(|one| scope.may_read(&AreaId::stored(one.area_id.as_str()))).collect();
    if within.is_empty() { Err(Error::fault(pointer, Code::UnknownPerson)) } else { Ok(within) }
}

/// A membership to be inserted.
pub struct NewMembership<'a> {
    /// The person.
    pub person: Id,
    /// The branch.
    pub branch: &'a str,
    /// The organisation.
    pub organisation: Id,
    /// The commune that decides who may see it.
    pub area: &'a AreaId,
    /// `probationary`, `official` or `member`.
    pub standing: &'a str,
    /// `female` or `male`.
    pub sex: Option<&'a str>,
    /// Whether the person owns the business.
    pub is_owner: bool,
    /// Whether the person is a worker.
    pub is_worker: bool,
    /// The day the membership began.
    pub joined_on: NaiveDate,
    /// The day of official standing.
    pub official_on: Option<NaiveDate>,
    /// The day of the act that brought it into the books.
    pub act_on: NaiveDate,
}

/// Counts a person's live memberships of a branch outside the caller's reach: a record beside them must
/// not be refused, since the refusal would betray them.
///
/// # Errors
/// Fails when the database does.
pub fn parallel_to(conn: &mut AnyConnection, scope: &Scope, person: Id, branch: &str) -> Result<i32> {
    let areas: Vec<String> = memberships::table
        .filter(memberships::person_id.eq(person))
        .filter(memberships::branch.eq(branch))
        .filter(memberships::status.eq_any(["active", "in_flight"]))
        .select(memberships::area_id)
        .load(conn)?;
    let hidden = areas.into_iter().filter(|area| !scope.may_read(&AreaId::stored(area.as_str()))).count();
    i32::try_from(hidden).doing("counting parallel memberships")
}

/// Inserts a membership; a person is a member of a branch once at a time within the caller's reach.
///
/// # Errors
/// `already_member`.
pub fn insert_membership(tx: &mut Tx<'_>, scope: &Scope, new: &NewMembership<'_>) -> Result<KeptMembership> {
    let kept = KeptMembership {
        id: Id::new(),
        person_id: new.person,
        branch: new.branch.to_owned(),
        organisation_id: new.organisation,
        area_id: new.area.to_string(),
        status: "active".to_owned(),
        standing: new.standing.to_owned(),
        sex: new.sex.map(str::to_owned),
        is_owner: new.is_owner,
        is_worker: new.is_worker,
        joined_on: new.joined_on,
        official_on: new.official_on,
        ended_on: None,
        end_reason: None,
        readmissions: 0,
        parallel: parallel_to(tx.conn(), scope, new.person, new.branch)?,
        last_act_on: new.act_on,
        version: 1,
        created_at: tx.at().naive_utc(),
    };
    let result = diesel::insert_into(memberships::table).values(&kept).execute(tx.conn());
    on_unique(result, "memberships_once", "memberships.person_id, memberships.branch, memberships.parallel", || {
        Error::new(Code::AlreadyMember)
    })?;
    Ok(kept)
}

/// Writes a membership's new state.
///
/// # Errors
/// `stale_version` when another act came first; `already_member`.
pub fn update_membership(tx: &mut Tx<'_>, kept: &KeptMembership) -> Result<KeptMembership> {
    let mut next = kept.clone();
    next.version += 1;
    let row = memberships::table.filter(memberships::id.eq(kept.id)).filter(memberships::version.eq(kept.version));
    let result = diesel::update(row).set(&next).execute(tx.conn());
    let changed = on_unique(
        result,
        "memberships_once",
        "memberships.person_id, memberships.branch, memberships.parallel",
        || Error::new(Code::AlreadyMember),
    )?;
    once(Ok(changed))?;
    Ok(next)
}

/// Returns a membership within the caller's reach.
///
/// # Errors
/// Fails when the database does.
pub fn find_membership(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<KeptMembership>> {
    let kept: Option<KeptMembership> = memberships::table.find(id).get_result(conn).optional()?;
    Ok(kept.filter(|kept| scope.may_read(&AreaId::stored(kept.area_id.as_str()))))
}

/// Says how many members belong to an organisation.
///
/// # Errors
/// Fails when the database does.
pub fn count_members(conn: &mut AnyConnection, organisation: Id) -> Result<i64> {
    Ok(memberships::table
        .filter(memberships::organisation_id.eq(organisation))
        .filter(memberships::status.eq_any(["active", "in_flight"]))
        .count()
        .get_result(conn)?)
}

/// What two live memberships are compared by: the person's blind index, branch, person, membership, commune.
type LiveMembership = (Option<Vec<u8>>, String, Id, Id, String);

/// Two live memberships of one branch that may be one person's, and their communes.
pub type DuplicatePair = ((Id, AreaId), (Id, AreaId));

/// Returns the pairs of live memberships of one branch that may be one person's: by one personal id, or by
/// one person.
///
/// # Errors
/// Fails when the database does.
pub fn duplicate_pairs(conn: &mut AnyConnection) -> Result<Vec<DuplicatePair>> {
    let repeated: Vec<Option<Vec<u8>>> = people::table
        .filter(people::personal_id_index.is_not_null())
        .group_by(people::personal_id_index)
        .having(diesel::dsl::count_star().gt(1))
        .select(people::personal_id_index)
        .load(conn)?;
    let parallel: Vec<Id> =
        memberships::table.filter(memberships::parallel.gt(0)).select(memberships::person_id).distinct().load(conn)?;
    let rows: Vec<LiveMembership> = people::table
        .inner_join(memberships::table.on(memberships::person_id.eq(people::id)))
        .filter(
            people::personal_id_index
                .eq_any(repeated.into_iter().flatten().collect::<Vec<_>>())
                .assume_not_null()
                .or(people::id.eq_any(parallel)),
        )
        .filter(memberships::status.eq_any(["active", "in_flight"]))
        .order(memberships::id)
        .select((people::personal_id_index, memberships::branch, people::id, memberships::id, memberships::area_id))
        .load(conn)?;
    let place = |row: &LiveMembership| (row.3, AreaId::stored(row.4.as_str()));
    // A person has one personal id or none: those of one group have it, or are one person without it.
    let mut groups: BTreeMap<(String, Vec<u8>), Vec<&LiveMembership>> = BTreeMap::new();
    for row in &rows {
        let person = row.0.clone().unwrap_or_else(|| row.2.as_bytes().to_vec());
        groups.entry((row.1.clone(), person)).or_default().push(row);
    }
    let mut pairs = Vec::new();
    for group in groups.values() {
        for (at, one) in group.iter().enumerate() {
            pairs.extend(group.iter().skip(at + 1).map(|other| (place(one), place(other))));
        }
    }
    Ok(pairs)
}
