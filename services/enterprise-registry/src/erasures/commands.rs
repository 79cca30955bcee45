//! The commands: an operator runs them on a lawful decision, beside the running service.

use secrecy::{ExposeSecret, SecretString};
use shared::access_records::forget_purposes;
use shared::acts::remove_sealed;
use shared::clock::{Clock, vietnam_day};
use shared::journal::Entry;
use shared::personal::{Ground, MasterKey, Vault, delete_data_key, remove_remains};
use shared::published::economic_unit::EconomicUnitErased;
use shared::storage::{Act, DatabaseUrl, Db, Tx};
use shared::territory::AreaId;
use shared::{Error, Id, Result};

use super::store::{self, Household};
use crate::state::NAME;

/// Which household to erase, and why.
#[derive(Debug, Clone, clap::Args)]
pub struct EraseHouseholdArgs {
    /// The economic unit's id.
    #[arg(value_name = "UNIT")]
    pub unit: Id,
    /// The ground that the decision to erase states.
    #[arg(long, value_enum)]
    pub ground: Ground,
}

fn act() -> Act {
    Act { actor: format!("service:{NAME}"), at: Clock::System.now(), batch: None }
}

/// Erases a household, and says what was done.
///
/// # Errors
/// Fails with one sentence, and changes nothing, when there is no such household or it has not ended.
pub async fn erase_household(url: &DatabaseUrl, args: &EraseHouseholdArgs) -> Result<String> {
    let db = Db::open_beside(url, NAME)?;
    let EraseHouseholdArgs { unit, ground } = args.clone();
    db.write(act(), move |tx| Ok(((), erase(tx, unit, ground)?.into()))).await?;
    let remains =
        remove_remains(&db, &["economic_units", "data_keys", "access_records", "acts", "act_versions", "made_ids"])
            .await?;
    Ok(format!(
        "household {unit} is erased: no key opens name, address and number. Backups that were made before still open \
         them: do this again wherever one is restored{remains}"
    ))
}

fn erase(tx: &mut Tx<'_>, unit: Id, ground: Ground) -> Result<Entry> {
    let Household { area, is_ended, .. } = store::find_household(tx.conn(), unit)?;
    if !is_ended {
        return Err(Error::trouble(
            format!("hộ kinh doanh {unit} chưa chấm dứt hoạt động: ghi nhận việc chấm dứt trước"),
            format!("household {unit} has not ended: record its end first"),
        ));
    }
    if !delete_data_key(tx, unit)? {
        return Err(Error::trouble(
            "dữ liệu của hộ kinh doanh này đã được xóa từ trước",
            "the household was erased before",
        ));
    }
    store::empty_household(tx, unit, &area)?;
    remove_sealed(tx, unit)?;
    let subject = format!("/v1/economic-units/{unit}");
    forget_purposes(tx, &subject)?;
    let payload = EconomicUnitErased { unit, ground: <&str>::from(ground).to_owned() };
    Ok(Entry::of(&payload, subject, vietnam_day(tx.at()))?.in_area(&AreaId::stored(area)))
}

/// Finds the households with a citizen's number, and says of each whether it has ended.
///
/// # Errors
/// Fails when the database was sealed with another master key.
pub async fn find_households(url: &DatabaseUrl, master: &MasterKey, number: &SecretString) -> Result<Vec<(Id, bool)>> {
    let db = Db::open_beside(url, NAME)?;
    let (master, number) = (master.clone(), number.clone());
    let vault = db.note(act(), move |tx| Vault::open(tx, &master)).await?;
    let found = db.read(move |conn| store::list_households(conn, &vault, number.expose_secret())).await?;
    Ok(found.into_iter().map(|one| (one.id, one.is_ended)).collect())
}

/// Erases the households of a citizen that have ended, and says which have not: one line each.
///
/// # Errors
/// Fails when the database does.
pub async fn erase_households_of(
    url: &DatabaseUrl,
    master: &MasterKey,
    number: &SecretString,
    ground: Ground,
) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for (unit, is_ended) in find_households(url, master, number).await? {
        lines.push(match is_ended {
            true => erase_household(url, &EraseHouseholdArgs { unit, ground }).await?,
            false => format!(
                "household {unit} is of the same citizen and has not ended: record its end, then erase it with \
                 erase-household {unit}"
            ),
        });
    }
    Ok(lines)
}
