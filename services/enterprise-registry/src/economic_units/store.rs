//! SQL for economic units.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use shared::access::Scope;
use shared::acts::acts;
use shared::http::{Records, Sort};
use shared::lists::words::{self, WordsOf, look_for};
use shared::lists::{Condition, List, Order, Seek, areas_within, note_listed, note_moved};
use shared::personal::{DataKey, Vault};
use shared::storage::{AnyConnection, Bound, Tx, on_unique, once, one_of};
use shared::territory::AreaId;
use shared::text::{SearchWords, search_key};
use shared::{Code, Error, Id, Result};

use super::acts::{Folded, Names};
use super::rules::{LegalForm, Status};
use crate::schema::economic_units;
use crate::state::Setting;

const TABLE: &str = "economic_units";
const TAX_CODE: &str = "tax_code_sealed";
const NAME: &str = "name_sealed";
const ADDRESS: &str = "address_sealed";
/// The key of every household in the order of names: they stand after the others, in the order of their ids, and a cursor
/// reveals no name.
const HOUSEHOLD_KEY: &str = "~";

#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = economic_units)]
struct EconomicUnitRow {
    id: Id,
    tax_code: Option<String>,
    tax_code_sealed: Option<Vec<u8>>,
    tax_code_index: Option<Vec<u8>>,
    name: Option<String>,
    name_key: String,
    search_text: String,
    legal_form: LegalForm,
    sector: Option<String>,
    is_foreign_invested: bool,
    area_id: String,
    address: Option<String>,
    workers: Option<i64>,
    workers_as_of: Option<NaiveDate>,
    status: Status,
    status_on: NaiveDate,
    registered_on: NaiveDate,
    version: i64,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    name_sealed: Option<Vec<u8>>,
    name_index: Option<Vec<u8>>,
    address_sealed: Option<Vec<u8>>,
}

/// A unit as it is kept, opened: of a household, tax code, name and address are shown by a reveal only. They are absent
/// once it was erased.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the answer EconomicUnit")]
pub struct KeptUnit {
    pub id: Id,
    pub tax_code: Option<String>,
    pub name: Option<String>,
    pub name_key: String,
    pub search_text: String,
    pub legal_form: LegalForm,
    pub sector: Option<String>,
    pub is_foreign_invested: bool,
    pub area: AreaId,
    pub address: Option<String>,
    pub workers: Option<(i64, NaiveDate)>,
    pub status: Status,
    pub status_on: NaiveDate,
    pub registered_on: NaiveDate,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Which units.
#[derive(Debug, Clone)]
pub(super) struct UnitFilter {
    pub within: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
    pub legal_forms: Option<Vec<String>>,
    pub words: Option<SearchWords>,
    /// The blind index of the words, for households: it finds a whole name only.
    pub name_index: Option<Vec<u8>>,
    /// The areas whose households the caller may reveal; nothing: all.
    pub revealable: Option<Vec<String>>,
    pub sort: Sort,
}

impl KeptUnit {
    /// Says whether it is a household: its name, address and number are a person's.
    #[must_use]
    pub fn is_household(&self) -> bool {
        self.legal_form == LegalForm::HouseholdBusiness
    }
}

/// The units that a list shows to a caller.
#[derive(Clone)]
pub(super) struct ListedUnits {
    pub scope: Scope,
    pub filter: UnitFilter,
    pub vault: Vault,
}

impl Records for ListedUnits {
    type Record = KeptUnit;
    const IN_SNAPSHOT: bool = false;

    fn sought(&self, conn: &mut AnyConnection, only: Option<&[Id]>) -> Result<Seek> {
        let Self { scope, filter, .. } = self;
        let mut seek = Seek::of(TABLE, filter.sort.order("name_key"));
        let areas = areas_within(scope, filter.within.as_ref());
        if let Some(ids) = only {
            seek.only(conn, ids)?;
        }
        if let Some(words) = &filter.words {
            let search = look_for(conn, areas.as_deref(), words)?;
            let household = household_condition(conn, filter)?;
            if let Some(mut ids) = search.ids {
                ids.extend(list_ids(conn, &household)?);
                seek.only(conn, &ids)?;
            }
            seek.conditions.push(search.condition.or(household));
        }
        seek.narrow_to_areas(conn, "area_id", areas)?;
        seek.narrow(conn, "status", filter.statuses.as_ref())?;
        seek.narrow(conn, "legal_form", filter.legal_forms.as_ref())?;
        Ok(seek)
    }

    fn load(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, KeptUnit)>> {
        let rows: Vec<EconomicUnitRow> = economic_units::table.filter(one_of(economic_units::id, ids)).load(conn)?;
        // A unit may have moved since its id was read.
        let is_within = |row: &EconomicUnitRow| self.scope.may_read(&AreaId::stored(row.area_id.as_str()));
        let rows = rows.into_iter().filter(is_within).collect();
        Ok(kept(conn, &self.vault, rows)?.into_iter().map(|unit| (unit.id, unit)).collect())
    }
}

/// That a household has the whole name that was sent, in an area whose households the caller may reveal.
fn household_condition(conn: &AnyConnection, filter: &UnitFilter) -> Result<Condition> {
    let index = Bound::Bytes(filter.name_index.clone().unwrap_or_default());
    let has_name = Condition::new("t.name_index = {}", vec![index]);
    Ok(match &filter.revealable {
        None => has_name,
        Some(areas) => has_name.and(Condition::among(conn, "area_id", areas)?),
    })
}

/// The ids of the units that fulfil a condition: of few.
fn list_ids(conn: &mut AnyConnection, condition: &Condition) -> Result<Vec<Id>> {
    let few = Seek { conditions: vec![condition.clone()], limit: 1000, ..Seek::of("economic_units", Order::Id) };
    few.ids(conn)
}

/// Returns a unit within the caller's reach; nothing is opened before the scope was asked.
///
/// # Errors
/// Fails when the database does.
pub fn find_unit(conn: &mut AnyConnection, scope: &Scope, id: Id, vault: &Vault) -> Result<Option<KeptUnit>> {
    let row: Option<EconomicUnitRow> = economic_units::table.find(id).get_result(conn).optional()?;
    let row = row.filter(|row| scope.may_read(&AreaId::stored(row.area_id.as_str())));
    Ok(kept(conn, vault, row.into_iter().collect())?.pop())
}

/// Returns a unit of which nothing sealed is opened.
pub(super) fn find_unopened(conn: &mut AnyConnection, id: Id) -> Result<KeptUnit> {
    kept_of(economic_units::table.find(id).get_result(conn)?, &[])
}

/// Returns a unit that the caller may change, or says that there is none.
pub(super) fn find_writable(tx: &mut Tx<'_>, scope: &Scope, id: Id, vault: &Vault) -> Result<KeptUnit> {
    let found = find_unit(tx.conn(), scope, id, vault)?;
    found.filter(|unit| scope.may_write(&unit.area)).ok_or_else(|| Error::new(Code::NotFound))
}

fn kept(conn: &mut AnyConnection, vault: &Vault, rows: Vec<EconomicUnitRow>) -> Result<Vec<KeptUnit>> {
    let sealed: Vec<Id> = rows.iter().filter(|row| row.name_sealed.is_some()).map(|row| row.id).collect();
    let keys = if sealed.is_empty() { Vec::new() } else { vault.find_data_keys(conn, &sealed)? };
    rows.into_iter().map(|row| kept_of(row, &keys)).collect()
}

fn kept_of(row: EconomicUnitRow, keys: &[DataKey]) -> Result<KeptUnit> {
    let key = keys.iter().find(|key| key.id() == row.id);
    let open = |plain: Option<String>, column: &str, sealed: &Option<Vec<u8>>| match (plain, sealed, key) {
        (None, Some(sealed), Some(key)) => key.open(TABLE, column, sealed).map(Some),
        (plain, _, _) => Ok(plain),
    };
    Ok(KeptUnit {
        id: row.id,
        tax_code: open(row.tax_code, TAX_CODE, &row.tax_code_sealed)?,
        name: open(row.name, NAME, &row.name_sealed)?,
        name_key: row.name_key,
        search_text: row.search_text,
        legal_form: row.legal_form,
        sector: row.sector,
        is_foreign_invested: row.is_foreign_invested,
        area: AreaId::stored(row.area_id),
        address: open(row.address, ADDRESS, &row.address_sealed)?,
        workers: row.workers.zip(row.workers_as_of),
        status: row.status,
        status_on: row.status_on,
        registered_on: row.registered_on,
        version: row.version,
        created_at: row.created_at.and_utc(),
        updated_at: row.updated_at.and_utc(),
    })
}

/// Keeps what the acts on a unit make of it. An enterprise's tax code is unique; a household's is refused only where the
/// caller may see the other household. Of an erased household nothing personal is written any more.
pub(super) fn keep_unit(
    tx: &mut Tx<'_>,
    setting: &Setting,
    kept: Option<&KeptUnit>,
    made: &Folded,
    key: Option<&DataKey>,
) -> Result<KeptUnit> {
    let (at, vault) = (tx.at().naive_utc(), &setting.vault);
    let names = made.names.as_ref().filter(|_| !made.is_household() || key.is_some());
    let named = names.map(|names| Named::new(vault, key, names)).transpose()?;
    if let (Some(index), false) =
        (named.as_ref().and_then(|named| named.tax_code_index.as_ref()), is_same_number(kept, made))
    {
        refuse_visible_household(tx, &setting.scope, made.id, index)?;
    }
    let number = named.as_ref().and_then(|named| named.tax_code.as_deref()).filter(|_| !is_same_number(kept, made));
    // Who has the number is asked before: after a refusal the database answers nothing more.
    let holder = number.map(|number| find_holder(tx.conn(), made.id, number)).transpose()?.flatten();
    let state = UnitColumns {
        legal_form: made.legal_form,
        sector: made.sector.clone(),
        is_foreign_invested: made.is_foreign_invested,
        area_id: made.area.to_string(),
        workers: made.workers.map(|(count, _)| count),
        workers_as_of: made.workers.map(|(_, as_of)| as_of),
        status: made.status,
        status_on: made.status_on,
        registered_on: made.registered_on,
        updated_at: at,
    };
    let written = match (kept, named) {
        (None, None) => return Err(Error::internal("a new unit has no name")),
        (None, Some(named)) => {
            let (id, created) = (economic_units::id.eq(made.id), economic_units::created_at.eq(at));
            let row = (id, economic_units::version.eq(1), created, &state, &named);
            diesel::insert_into(economic_units::table).values(row).execute(tx.conn())
        }
        (Some(kept), named) => {
            let version = economic_units::version;
            let row = economic_units::table.find(kept.id).filter(version.eq(kept.version));
            let next = version.eq(kept.version + 1);
            let changed = match named {
                Some(named) => diesel::update(row).set((&state, &named, next)).execute(tx.conn()),
                None => diesel::update(row).set((&state, next)).execute(tx.conn()),
            };
            if let Ok(0) = changed {
                once(changed)?;
                return Err(Error::new(Code::StaleVersion));
            }
            changed
        }
    };
    on_unique(written, "economic_units_tax_code_key", "economic_units.tax_code", || taken_by(holder, &setting.scope))?;
    let found = find_unit(tx.conn(), &Scope::everything(), made.id, vault)?;
    let found = found.ok_or_else(|| Error::internal("a kept unit is gone"))?;
    let words = |unit: &KeptUnit| WordsOf { area: unit.area.to_string(), text: unit.search_text.clone() };
    words::put(tx, made.id, kept.map(words).as_ref(), &words(&found))?;
    match kept {
        Some(kept) => note_moved(tx, List::EconomicUnits, made.id, kept.area.as_str(), made.area.as_str())?,
        None => note_listed(tx, List::EconomicUnits, made.id, made.area.as_str())?,
    }
    Ok(found)
}

fn is_same_number(kept: Option<&KeptUnit>, made: &Folded) -> bool {
    let number = made.names.as_ref().and_then(|names| names.tax_code.as_ref());
    kept.is_some_and(|kept| kept.tax_code.as_ref() == number)
}

/// Lets the acts on a unit stand in the commune in which it stood all the time.
pub(super) fn move_acts(tx: &mut Tx<'_>, made: &Folded) -> Result<()> {
    diesel::update(acts::table.filter(acts::record_id.eq(made.id)))
        .set((acts::area_id.eq(made.area.as_str()), acts::version.eq(acts::version + 1)))
        .execute(tx.conn())?;
    Ok(())
}

/// What is kept of a unit beside its names.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = economic_units, treat_none_as_null = true)]
struct UnitColumns {
    legal_form: LegalForm,
    sector: Option<String>,
    is_foreign_invested: bool,
    area_id: String,
    workers: Option<i64>,
    workers_as_of: Option<NaiveDate>,
    status: Status,
    status_on: NaiveDate,
    registered_on: NaiveDate,
    updated_at: NaiveDateTime,
}

/// A unit's names as they are kept: in clear, or sealed for a household.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = economic_units, treat_none_as_null = true)]
struct Named {
    tax_code: Option<String>,
    tax_code_sealed: Option<Vec<u8>>,
    tax_code_index: Option<Vec<u8>>,
    name: Option<String>,
    name_key: String,
    search_text: String,
    address: Option<String>,
    name_sealed: Option<Vec<u8>>,
    name_index: Option<Vec<u8>>,
    address_sealed: Option<Vec<u8>>,
}

/// The text in which a unit that is no household is found by words.
fn search_text_of(names: &Names) -> String {
    let texts = [Some(names.name.as_str()), names.tax_code.as_deref(), names.address.as_deref()];
    words::text_of(texts.into_iter().flatten())
}

impl Named {
    /// `key` is the household's; other units have none.
    fn new(vault: &Vault, key: Option<&DataKey>, names: &Names) -> Result<Self> {
        let Some(key) = key else {
            return Ok(Self {
                tax_code: names.tax_code.clone(),
                tax_code_sealed: None,
                tax_code_index: None,
                name: Some(names.name.clone()),
                name_key: search_key(&names.name),
                search_text: search_text_of(names),
                address: names.address.clone(),
                name_sealed: None,
                name_index: None,
                address_sealed: None,
            });
        };
        let number = names.tax_code.as_deref();
        Ok(Self {
            tax_code: None,
            tax_code_sealed: number.map(|number| key.seal(TABLE, TAX_CODE, number)).transpose()?,
            tax_code_index: number.map(|number| household_number_index(vault, number)).transpose()?,
            name: None,
            name_key: HOUSEHOLD_KEY.to_owned(),
            search_text: String::new(),
            address: None,
            name_sealed: Some(key.seal(TABLE, NAME, &names.name)?),
            name_index: Some(household_name_index(vault, &names.name)?),
            address_sealed: names.address.as_deref().map(|address| key.seal(TABLE, ADDRESS, address)).transpose()?,
        })
    }
}

/// The blind index of a household's whole name, accents and case aside.
pub(super) fn household_name_index(vault: &Vault, name: &str) -> Result<Vec<u8>> {
    // Folding may put spaces into a word.
    let words: Vec<String> = search_key(name).split_whitespace().map(str::to_owned).collect();
    vault.blind_index("household_name", &words.join(" "))
}

/// The blind index of a household's number.
///
/// # Errors
/// Never in practice.
pub fn household_number_index(vault: &Vault, number: &str) -> Result<Vec<u8>> {
    vault.blind_index("household_tax_code", number)
}

fn refuse_visible_household(tx: &mut Tx<'_>, scope: &Scope, but: Id, index: &[u8]) -> Result<()> {
    let withdrawn: &'static str = Status::Withdrawn.into();
    let holders: Vec<(Id, String)> = economic_units::table
        .filter(economic_units::tax_code_index.eq(index))
        .filter(economic_units::id.ne(but))
        .filter(economic_units::status.ne(withdrawn))
        .select((economic_units::id, economic_units::area_id))
        .load(tx.conn())?;
    let mut holders = holders.into_iter().map(|(id, area)| (id, AreaId::stored(area)));
    match holders.find(|(_, area)| scope.may_read(area)) {
        Some(holder) => Err(taken_by(Some(holder), scope)),
        None => Ok(()),
    }
}

/// Returns the other unit that has a number, and its commune.
fn find_holder(conn: &mut AnyConnection, but: Id, number: &str) -> Result<Option<(Id, AreaId)>> {
    let holder: Option<(Id, String)> = economic_units::table
        .filter(economic_units::tax_code.eq(number))
        .filter(economic_units::id.ne(but))
        .select((economic_units::id, economic_units::area_id))
        .get_result(conn)
        .optional()?;
    Ok(holder.map(|(id, area)| (id, AreaId::stored(area))))
}

/// Refuses a number that another unit has, and names the unit to who may read it.
fn taken_by(holder: Option<(Id, AreaId)>, scope: &Scope) -> Error {
    let refusal = Error::new(Code::TaxCodeTaken);
    match holder.filter(|(_, area)| scope.may_read(area)) {
        Some((id, _)) => refusal.naming(id, format!("/v1/economic-units/{id}")),
        None => refusal,
    }
}
