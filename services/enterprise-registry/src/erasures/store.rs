//! SQL that removes a household's data.

use diesel::prelude::*;
use shared::acts::list_records_like;
use shared::lists::{List, note_listed};
use shared::personal::Vault;
use shared::storage::{AnyConnection, Tx};
use shared::{Code, Error, Id, Result, Trouble};

use crate::economic_units::{LegalForm, Status, household_number_index};
use crate::schema::economic_units;

/// What an erasure asks of a household.
pub(super) struct Household {
    pub id: Id,
    pub area: String,
    pub is_ended: bool,
}

fn of_row((id, area, status): (Id, String, Status)) -> Household {
    Household { id, area, is_ended: [Status::Terminated, Status::Withdrawn].contains(&status) }
}

/// Returns a household.
pub(super) fn find_household(conn: &mut AnyConnection, id: Id) -> Result<Household> {
    let row = economic_units::table
        .find(id)
        .filter(economic_units::legal_form.eq(LegalForm::HouseholdBusiness))
        .select((economic_units::id, economic_units::area_id, economic_units::status))
        .get_result(conn)
        .optional()?;
    row.map(of_row).ok_or_else(|| {
        let absent =
            Trouble::new(format!("không có hộ kinh doanh nào có mã {id}"), format!("no household has the id {id}"));
        Error::new(Code::NotFound).because(absent).doing("looking for the household")
    })
}

/// Returns the households with a number, also those that have another one by now.
pub(super) fn list_households(conn: &mut AnyConnection, vault: &Vault, number: &str) -> Result<Vec<Household>> {
    let index = household_number_index(vault, number)?;
    // What was recorded with the number once is the citizen's too.
    let records = list_records_like(conn, &index)?;
    let rows: Vec<(Id, String, Status)> = economic_units::table
        .filter(economic_units::tax_code_index.eq(index).or(economic_units::id.eq_any(records).nullable()))
        .order(economic_units::id)
        .select((economic_units::id, economic_units::area_id, economic_units::status))
        .load(conn)?;
    Ok(rows.into_iter().map(of_row).collect())
}

/// Empties a household's sealed fields and forgets its blind indexes.
pub(super) fn empty_household(tx: &mut Tx<'_>, id: Id, area: &str) -> Result<()> {
    let nothing = None::<Vec<u8>>;
    diesel::update(economic_units::table.find(id))
        .set((
            economic_units::tax_code_sealed.eq(&nothing),
            economic_units::tax_code_index.eq(&nothing),
            economic_units::name_sealed.eq(&nothing),
            economic_units::name_index.eq(&nothing),
            economic_units::address_sealed.eq(&nothing),
            economic_units::version.eq(economic_units::version + 1),
        ))
        .execute(tx.conn())?;
    note_listed(tx, List::EconomicUnits, id, area)
}
