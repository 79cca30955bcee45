//! SQL for people and their memberships.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use shared::access::Scope;
use shared::http::{Records, Tag};
use shared::lists::{Condition, Order, Seek, areas_within};
use shared::personal::{DataKey, Vault};
use shared::published::Branch;
use shared::storage::{AnyConnection, Bound, Tx, on_unique, once, one_of};
use shared::territory::AreaId;
use shared::validate::Faults;
use shared::{Code, Error, Id, Result, ResultExt};

use super::aliases::{insert_alias, person_of, persons_of};
use super::listed::{note_left, note_membership, note_person};
use super::membership::{EndReason, LIVING, MemberStanding, MembershipStatus};
use super::rules::{self, NewPerson};
use crate::schema::{memberships, people, person_versions};

const TABLE: &str = "people";

#[derive(Debug, Clone, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = people, treat_none_as_null = true)]
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
    pub branch: Branch,
    pub organisation_id: Id,
    pub area_id: String,
    pub status: MembershipStatus,
    pub standing: MemberStanding,
    pub sex: Option<String>,
    pub is_owner: bool,
    pub is_worker: bool,
    pub joined_on: NaiveDate,
    pub official_on: Option<NaiveDate>,
    pub ended_on: Option<NaiveDate>,
    pub end_reason: Option<EndReason>,
    pub readmissions: i32,
    pub parallel: i32,
    pub last_act_on: NaiveDate,
    pub version: i64,
    pub created_at: NaiveDateTime,
}

impl KeptMembership {
    /// Whether the person is a member by it now.
    #[must_use]
    pub fn lives(&self) -> bool {
        self.status.lives()
    }
}

/// A person opened for one request.
pub struct OpenedPerson {
    /// The person's id.
    pub id: Id,
    /// What is recorded.
    pub details: NewPerson,
    /// The version of it.
    pub version: i64,
    /// The memberships in the caller's scope.
    pub memberships: Vec<KeptMembership>,
}

impl OpenedPerson {
    /// The entity tag of this state: it changes with the person and with each membership shown.
    #[must_use]
    pub fn tag(&self) -> Tag {
        let memberships = self.memberships.iter().map(|one| (one.id, one.version));
        Tag::of_parts(std::iter::once((self.id, self.version)).chain(memberships))
    }
}

/// What was recorded of a person before it was put right, sealed.
#[derive(Queryable, Insertable)]
#[diesel(table_name = person_versions)]
struct PersonVersion {
    person_id: Id,
    version: i64,
    full_name: Vec<u8>,
    birth_date: Vec<u8>,
    sex: Option<Vec<u8>>,
    phone: Option<Vec<u8>>,
    personal_id: Option<Vec<u8>>,
    card_number: Option<Vec<u8>>,
    note: Option<Vec<u8>>,
    replaced_by_id: Id,
}

const VERSIONS: &str = "person_versions";

/// A person that a new record speaks of, as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPerson {
    /// The person.
    pub id: Id,
    /// The day of birth.
    pub birth_date: NaiveDate,
    /// `female` or `male`.
    pub sex: Option<String>,
}

impl KnownPerson {
    fn new(id: Id, details: &NewPerson) -> Self {
        Self { id, birth_date: details.birth_date, sex: details.sex.clone() }
    }
}

/// Finds the person whose details were sent, or records a new one. Somebody within the caller's reach with the same
/// personal id is that person, and what is not recorded of the person yet is added; an id that the caller made becomes
/// another id of that person. Somebody outside the reach is not told.
///
/// # Errors
/// `person_differs` at each field in which a person within reach with that personal id differs.
pub fn record_person(
    tx: &mut Tx<'_>,
    scope: &Scope,
    vault: &Vault,
    (sent, made_id): (&NewPerson, Option<Id>),
) -> Result<KnownPerson> {
    let known = match &sent.personal_id {
        Some(personal_id) => with_personal_id(tx, scope, vault, personal_id)?,
        None => Vec::new(),
    };
    let mut first_faults = None;
    for (row, key) in known {
        let recorded = opened(&row, &key)?;
        let mut faults = Faults::new();
        rules::compare(&mut faults, "/person", &recorded, sent);
        if !faults.is_empty() {
            first_faults.get_or_insert(faults);
            continue;
        }
        if let Some(alias) = made_id {
            insert_alias(tx, alias, row.id)?;
        }
        let Some(completed) = rules::complete(&recorded, sent) else { return Ok(KnownPerson::new(row.id, &recorded)) };
        let version = row.version + 1;
        let next = PersonRow { version, ..sealed(row.id, &key, vault, &completed, row.created_at)? };
        let read = people::table.find(row.id).filter(people::version.eq(row.version));
        once(diesel::update(read).set(&next).execute(tx.conn()))?;
        note_person(tx, row.id)?;
        return Ok(KnownPerson::new(row.id, &completed));
    }
    if let Some(faults) = first_faults {
        faults.finish()?;
    }
    let id = made_id.unwrap_or_default();
    insert_person(tx, vault, id, sent)?;
    Ok(KnownPerson::new(id, sent))
}

/// The persons within the caller's reach with a personal id, each with its data key.
fn with_personal_id(
    tx: &mut Tx<'_>,
    scope: &Scope,
    vault: &Vault,
    personal_id: &str,
) -> Result<Vec<(PersonRow, DataKey)>> {
    let index = vault.blind_index("personal_id", personal_id)?;
    let known: Vec<(Id, String)> = people::table
        .inner_join(memberships::table.on(memberships::person_id.eq(people::id)))
        .filter(people::personal_id_index.eq(index))
        .order((people::created_at, people::id))
        .select((people::id, memberships::area_id))
        .load(tx.conn())?;
    let within = known.into_iter().filter(|(_, area)| scope.may_read(&AreaId::stored(area.as_str())));
    let ids: Vec<Id> = within.map(|(id, _)| id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<PersonRow> =
        people::table.filter(one_of(people::id, &ids)).order((people::created_at, people::id)).load(tx.conn())?;
    let mut keys = vault.find_data_keys(tx.conn(), &ids)?;
    let with_key = rows.into_iter().filter_map(|row| {
        let place = keys.iter().position(|key| key.id() == row.id)?;
        Some((row, keys.swap_remove(place)))
    });
    Ok(with_key.collect())
}

/// Returns a person within the caller's reach.
///
/// # Errors
/// `unknown_person` at `pointer` where there is none, and where the person was erased.
pub fn find_known(tx: &mut Tx<'_>, scope: &Scope, vault: &Vault, id: Id, pointer: &str) -> Result<KnownPerson> {
    let id = person_of(tx.conn(), id)?;
    if list_memberships_of(tx.conn(), scope, id)?.is_empty() {
        return Err(Error::fault(pointer, Code::UnknownPerson));
    }
    let details = open_details(tx.conn(), vault, id)?;
    let details = details.ok_or_else(|| Error::fault(pointer, Code::UnknownPerson))?;
    Ok(KnownPerson::new(id, &details))
}

fn insert_person(tx: &mut Tx<'_>, vault: &Vault, id: Id, person: &NewPerson) -> Result<()> {
    let key = vault.create_data_key(tx, id)?;
    let row = sealed(id, &key, vault, person, tx.at().naive_utc())?;
    diesel::insert_into(people::table).values(&row).execute(tx.conn())?;
    Ok(())
}

/// A person's row, every field sealed.
fn sealed(id: Id, key: &DataKey, vault: &Vault, person: &NewPerson, created_at: NaiveDateTime) -> Result<PersonRow> {
    let seal = |column: &str, value: &str| key.seal(TABLE, column, value);
    let maybe = |column: &str, value: &Option<String>| value.as_deref().map(|value| seal(column, value)).transpose();
    let index = person.personal_id.as_deref().map(|value| vault.blind_index("personal_id", value)).transpose()?;
    Ok(PersonRow {
        id,
        full_name: seal("full_name", &person.full_name)?,
        birth_date: seal("birth_date", &person.birth_date.to_string())?,
        sex: maybe("sex", &person.sex)?,
        phone: maybe("phone", &person.phone)?,
        personal_id: maybe("personal_id", &person.personal_id)?,
        card_number: maybe("card_number", &person.card_number)?,
        personal_id_index: index,
        version: 1,
        created_at,
    })
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

/// Refuses a personal id that another person in the caller's scope has. A person outside the scope must not be revealed: a
/// finding reports the pair to callers who may read both.
///
/// # Errors
/// `personal_id_taken`.
pub fn refuse_known(
    tx: &mut Tx<'_>,
    scope: &Scope,
    vault: &Vault,
    person: Id,
    personal_id: Option<&str>,
) -> Result<()> {
    let Some(personal_id) = personal_id else { return Ok(()) };
    let others = with_personal_id(tx, scope, vault, personal_id)?;
    if others.iter().any(|(row, _)| row.id != person) {
        return Err(Error::fault("/personal_id", Code::PersonalIdTaken));
    }
    Ok(())
}

/// Keeps what is recorded of a person from now on, and what it was before, all of it sealed.
///
/// # Errors
/// `record_erased`; `stale_version` where somebody else changed it meanwhile.
pub fn correct_person(
    tx: &mut Tx<'_>,
    vault: &Vault,
    id: Id,
    details: &NewPerson,
    (note, entry): (Option<&str>, Id),
) -> Result<()> {
    let row: PersonRow = people::table.find(id).get_result(tx.conn())?;
    let key = vault.find_data_keys(tx.conn(), &[id])?.pop().ok_or_else(|| Error::new(Code::RecordErased))?;
    let before = PersonVersion {
        person_id: id,
        version: row.version,
        full_name: row.full_name.clone(),
        birth_date: row.birth_date.clone(),
        sex: row.sex.clone(),
        phone: row.phone.clone(),
        personal_id: row.personal_id.clone(),
        card_number: row.card_number.clone(),
        note: note.map(|note| key.seal(VERSIONS, "note", note)).transpose()?,
        replaced_by_id: entry,
    };
    diesel::insert_into(person_versions::table).values(&before).execute(tx.conn())?;
    let next = PersonRow { version: row.version + 1, ..sealed(id, &key, vault, details, row.created_at)? };
    let read = people::table.find(id).filter(people::version.eq(row.version));
    once(diesel::update(read).set(&next).execute(tx.conn()))?;
    note_person(tx, id)
}

/// What was recorded of a person before it was put right, opened.
pub(super) struct FormerDetails {
    /// What it was.
    pub details: NewPerson,
    /// Why it was put right.
    pub note: Option<String>,
    /// The entry that told so.
    pub entry: Id,
}

/// Returns what was recorded of a person before, in order.
pub(super) fn list_former_details(conn: &mut AnyConnection, vault: &Vault, id: Id) -> Result<Vec<FormerDetails>> {
    let versions = person_versions::table.filter(person_versions::person_id.eq(id)).order(person_versions::version);
    let versions: Vec<PersonVersion> = versions.load(conn)?;
    let Some(key) = vault.find_data_keys(conn, &[id])?.pop() else { return Ok(Vec::new()) };
    let former = |version: PersonVersion| {
        let note = version.note.as_deref().map(|note| key.open(VERSIONS, "note", note)).transpose()?;
        let entry = version.replaced_by_id;
        let row = PersonRow {
            id,
            full_name: version.full_name,
            birth_date: version.birth_date,
            sex: version.sex,
            phone: version.phone,
            personal_id: version.personal_id,
            card_number: version.card_number,
            personal_id_index: None,
            version: version.version,
            created_at: NaiveDateTime::default(),
        };
        Ok(FormerDetails { details: opened(&row, &key)?, note, entry })
    };
    versions.into_iter().map(former).collect()
}

/// Returns all memberships of a person, wherever they lie, in the order of recording.
///
/// # Errors
/// Fails when the database does.
pub fn list_all_memberships_of(conn: &mut AnyConnection, person: Id) -> Result<Vec<KeptMembership>> {
    let of_person = memberships::table.filter(memberships::person_id.eq(person));
    Ok(of_person.order((memberships::created_at, memberships::id)).load(conn)?)
}

/// Returns a person's day of birth, for the rules that ask the age; nothing where the person was erased.
///
/// # Errors
/// Fails when a field does not open.
pub fn birth_date_of(conn: &mut AnyConnection, vault: &Vault, id: Id) -> Result<Option<NaiveDate>> {
    Ok(open_details(conn, vault, id)?.map(|details| details.birth_date))
}

/// Returns a person's number, for an erasure that looks for the same citizen elsewhere.
///
/// # Errors
/// Fails when a field does not open.
pub fn personal_id_of(conn: &mut AnyConnection, vault: &Vault, id: Id) -> Result<Option<String>> {
    let is_known = people::table.find(id).count().get_result::<i64>(conn)? == 1;
    let details = if is_known { open_details(conn, vault, id)? } else { None };
    Ok(details.and_then(|details| details.personal_id))
}

fn open_details(conn: &mut AnyConnection, vault: &Vault, id: Id) -> Result<Option<NewPerson>> {
    let row: PersonRow = people::table.find(id).get_result(conn)?;
    let keys = vault.find_data_keys(conn, &[id])?;
    keys.first().map(|key| opened(&row, key)).transpose()
}

/// Which people.
#[derive(Debug, Clone, Default)]
pub(super) struct PersonFilter {
    pub organisation: Option<Id>,
    pub branches: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
    pub within: Option<Vec<String>>,
}

/// The people that a list shows to a caller, with their memberships in the caller's scope.
pub(super) struct ListedPeople {
    pub scope: Scope,
    pub filter: PersonFilter,
    pub vault: Vault,
}

impl Records for ListedPeople {
    type Record = OpenedPerson;

    /// The memberships in the caller's scope that the list asks for. Those of erased persons remain for the counts, and are
    /// left out in the query, so that a page is full while there are more.
    fn sought(&self, conn: &mut AnyConnection, only: Option<&[Id]>) -> Result<Seek> {
        let Self { scope, filter, .. } = self;
        let mut seek = Seek { id: "person_id", ..Seek::of("memberships", Order::Id) };
        let is_kept = "EXISTS (SELECT 1 FROM data_keys d WHERE d.id = t.person_id)";
        seek.conditions.push(Condition::new(is_kept, Vec::new()));
        if let Some(ids) = only {
            let persons = persons_of(conn, ids)?;
            seek.only(conn, &persons)?;
        }
        if let Some(organisation) = filter.organisation {
            seek.find_by(Condition::new("t.organisation_id = {}", vec![Bound::Id(organisation)]));
        }
        seek.narrow_to_areas(conn, "area_id", areas_within(scope, filter.within.as_ref()))?;
        seek.narrow(conn, "status", filter.statuses.as_ref())?;
        seek.narrow(conn, "branch", filter.branches.as_ref())?;
        Ok(seek)
    }

    fn load(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, OpenedPerson)>> {
        let memberships = within(conn, &self.scope, ids)?;
        let of_somebody = |id: &&Id| memberships.iter().any(|one| one.person_id == **id);
        let seen: Vec<Id> = ids.iter().filter(of_somebody).copied().collect();
        let people = open_people(conn, &self.vault, &seen, &memberships)?;
        Ok(people.into_iter().map(|person| (person.id, person)).collect())
    }
}

/// Decrypts a person in the caller's scope. No field is decrypted before a membership in scope is found, so that a person
/// outside it causes the same statements as a person who does not exist.
///
/// # Errors
/// Fails when the database does, or a field does not open.
pub fn find_person(conn: &mut AnyConnection, scope: &Scope, vault: &Vault, id: Id) -> Result<Option<OpenedPerson>> {
    let id = person_of(conn, id)?;
    let memberships = within(conn, scope, &[id])?;
    if memberships.is_empty() {
        return Ok(None);
    }
    Ok(open_people(conn, vault, &[id], &memberships)?.pop())
}

/// The memberships of some persons in the caller's scope, in the order of recording.
fn within(conn: &mut AnyConnection, scope: &Scope, ids: &[Id]) -> Result<Vec<KeptMembership>> {
    let of_these = memberships::table.filter(one_of(memberships::person_id, ids));
    let all: Vec<KeptMembership> = of_these.order((memberships::created_at, memberships::id)).load(conn)?;
    Ok(all.into_iter().filter(|one| scope.may_read(&AreaId::stored(one.area_id.as_str()))).collect())
}

fn open_people(
    conn: &mut AnyConnection,
    vault: &Vault,
    ids: &[Id],
    memberships: &[KeptMembership],
) -> Result<Vec<OpenedPerson>> {
    let rows: Vec<PersonRow> = people::table.filter(one_of(people::id, ids)).order(people::id).load(conn)?;
    let keys = vault.find_data_keys(conn, ids)?;
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        // A person whose key is gone was erased: the counts stay, the person does not.
        let Some(key) = keys.iter().find(|key| key.id() == row.id) else { continue };
        let memberships = memberships.iter().filter(|one| one.person_id == row.id).cloned().collect();
        people.push(OpenedPerson { id: row.id, details: opened(&row, key)?, version: row.version, memberships });
    }
    Ok(people)
}

/// Returns a person's memberships in the caller's scope. If there are none, the answer is that of a person who does not exist.
///
/// # Errors
/// Fails when the database does.
pub fn list_memberships_of(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Vec<KeptMembership>> {
    within(conn, scope, &[id])
}

/// Returns the number of a new live membership among the person's live ones of a branch: the lowest that is free. Those
/// outside the caller's reach must not refuse a record beside them, since the refusal would betray them.
///
/// # Errors
/// `already_member` where one of them is within the caller's reach.
pub fn parallel_to(conn: &mut AnyConnection, scope: &Scope, person: Id, branch: Branch) -> Result<i32> {
    let live: Vec<(String, i32)> = memberships::table
        .filter(memberships::person_id.eq(person))
        .filter(memberships::branch.eq(branch))
        .filter(memberships::status.eq_any(LIVING))
        .select((memberships::area_id, memberships::parallel))
        .load(conn)?;
    if live.iter().any(|(area, _)| scope.may_read(&AreaId::stored(area.as_str()))) {
        return Err(Error::new(Code::AlreadyMember));
    }
    let is_free = |number: &i32| live.iter().all(|(_, taken)| taken != number);
    (0..).find(is_free).ok_or_else(|| Error::internal("all numbers of parallel memberships are taken"))
}

/// Inserts a membership; a person is a member of a branch once at a time within the caller's reach.
///
/// # Errors
/// `already_member`.
pub fn insert_membership(tx: &mut Tx<'_>, kept: &KeptMembership) -> Result<KeptMembership> {
    let result = diesel::insert_into(memberships::table).values(kept).execute(tx.conn());
    on_unique(result, "memberships_once", "memberships.person_id, memberships.branch, memberships.parallel", || {
        Error::new(Code::AlreadyMember)
    })?;
    note_membership(tx, kept.person_id, &kept.area_id)?;
    Ok(kept.clone())
}

/// Writes a membership's new state.
///
/// # Errors
/// `stale_version` when another act came first; `already_member`.
pub fn update_membership(tx: &mut Tx<'_>, kept: &KeptMembership) -> Result<KeptMembership> {
    let mut next = kept.clone();
    next.version += 1;
    let area: Option<String> =
        memberships::table.find(kept.id).select(memberships::area_id).get_result(tx.conn()).optional()?;
    let row = memberships::table.filter(memberships::id.eq(kept.id)).filter(memberships::version.eq(kept.version));
    let result = diesel::update(row).set(&next).execute(tx.conn());
    let changed = on_unique(
        result,
        "memberships_once",
        "memberships.person_id, memberships.branch, memberships.parallel",
        || Error::new(Code::AlreadyMember),
    )?;
    once(Ok(changed))?;
    note_membership(tx, next.person_id, &next.area_id)?;
    if let Some(left) = area.filter(|area| *area != next.area_id) {
        note_left(tx, next.person_id, &left)?;
    }
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
