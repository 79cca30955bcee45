//! Rules for economic units: pure functions that accept or refuse a request.

use chrono::NaiveDate;
use serde::Deserialize;
use shared::access::Scope;
use shared::made_ids::NamesIds;
use shared::territory::{AreaId, AreaLevel, Territory};
use shared::validate::{Faults, Wrong, past_day, within};
use shared::{Code, Day, Id};

pub use super::words::{LegalForm, Status};

/// Registers an economic unit.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Công ty TNHH Ví Dụ Một", "tax_code": "0900123452", "legal_form": "llc_single_member",
    "sector": "C", "area": "12004@2025-07-01", "registered_on": "2019-05-06", "workers": 120, "workers_as_of": "2026-06-30"}))]
pub struct RegisterEconomicUnit {
    /// The id of the unit, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// Its name: at most 300 characters.
    #[schema(max_length = 300)]
    pub name: String,
    /// Its tax code: 10 digits with a check digit, perhaps a hyphen and 3 more for a branch. For a household
    /// the representative's personal id of 12 digits, or its old tax code.
    #[serde(default)]
    #[schema(max_length = 14)]
    pub tax_code: Option<String>,
    /// Its legal form.
    pub legal_form: LegalForm,
    /// A letter of the national classification of business lines (VSIC): A-V.
    #[serde(default)]
    #[schema(max_length = 1)]
    pub sector: Option<String>,
    /// Whether it has foreign capital; no if left out.
    #[serde(default)]
    pub is_foreign_invested: bool,
    /// The commune in which it is.
    pub area: AreaId,
    /// The day on which it is in that commune; today in Viet Nam if left out. The commune must be in
    /// force on that day.
    #[serde(default)]
    pub located_on: Option<Day>,
    /// Its address within the commune: at most 300 characters.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub address: Option<String>,
    /// How many work there: at most 1,000,000.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub workers: Option<i64>,
    /// The day on which that many worked there; goes with `workers`.
    #[serde(default)]
    pub workers_as_of: Option<Day>,
    /// The day it was registered as a business.
    pub registered_on: Day,
}

impl NamesIds for RegisterEconomicUnit {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// Changes a unit's legal status.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "suspended", "occurred_on": "2026-06-01"}))]
pub struct ChangeEconomicUnitStatus {
    /// The status after.
    pub status: Status,
    /// The day from which it holds: not after today, also before acts that are recorded.
    pub occurred_on: Day,
}

/// A tax code: an enterprise's, of 10 digits with a check digit and perhaps a branch of 3; or a household
/// representative's personal id of 12 digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaxCode {
    /// An enterprise's, public.
    Enterprise(String),
    /// A household's: personal data.
    Household(String),
}

impl TaxCode {
    /// Its digits.
    #[must_use]
    pub fn into_text(self) -> String {
        match self {
            Self::Enterprise(text) | Self::Household(text) => text,
        }
    }

    /// Parses a tax code; a household may have either kind (Circular 86/2024/TT-BTC).
    ///
    /// # Errors
    /// `tax_code_format`, `tax_code_check_digit` or `household_tax_code`.
    pub fn parse(text: &str, form: LegalForm) -> Result<Self, Wrong> {
        let text = text.trim();
        let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if form == LegalForm::HouseholdBusiness {
            return match text.len() {
                12 if is_digits => Ok(Self::Household(text.to_owned())),
                10 => checked(text).map(Self::Household),
                _ => Err(Wrong::new(Code::HouseholdTaxCode)),
            };
        }
        checked(text).map(Self::Enterprise)
    }
}

/// Checks structure and check digit: N10 = 10 - ((31 N1 + 29 N2 + 23 N3 + 19 N4 + 17 N5 + 13 N6 + 7 N7 +
/// 5 N8 + 3 N9) mod 11), and no code exists where that gives 10.
fn checked(text: &str) -> Result<String, Wrong> {
    const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    let format = || Wrong::new(Code::TaxCodeFormat);
    let (code, branch) = text.split_once('-').map_or((text, None), |(code, branch)| (code, Some(branch)));
    let digits: Vec<u32> = code.chars().filter_map(|digit| digit.to_digit(10)).collect();
    if digits.len() != 10 || code.chars().count() != 10 || code.get(2..9) == Some("0000000") {
        return Err(format());
    }
    if let Some(branch) = branch
        && (branch.len() != 3 || !branch.bytes().all(|byte| byte.is_ascii_digit()) || branch == "000")
    {
        return Err(format());
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let expected = 10 - sum % 11;
    if digits.last() != Some(&expected) {
        return Err(Wrong::new(Code::TaxCodeCheckDigit));
    }
    Ok(text.to_owned())
}

/// Checks a letter of the national classification of business lines (VSIC 2018: A-U; VSIC 2025: A-V).
pub(super) fn sector(text: Option<&str>) -> Result<Option<String>, Wrong> {
    match text {
        None => Ok(None),
        Some(letter) if letter.len() == 1 && letter.bytes().all(|byte| (b'A'..=b'V').contains(&byte)) => {
            Ok(Some(letter.to_owned()))
        }
        Some(_) => Err(Wrong::new(Code::BadFormat).with("expected", "A-V")),
    }
}

/// More than the largest province has people at work in one place.
const WORKERS_MAX: i64 = 1_000_000;

/// Checks a head count: with the day on which it was so.
pub(super) fn workers(
    faults: &mut Faults,
    count: Option<i64>,
    as_of: Option<Day>,
    today: NaiveDate,
) -> Option<Option<(i64, NaiveDate)>> {
    let count = faults.take("/workers", count.map(|count| within(count, 0, WORKERS_MAX)).transpose())?;
    match (count, as_of) {
        (None, None) => Some(None),
        (Some(count), Some(as_of)) => {
            faults.take("/workers_as_of", past_day(as_of, today)).map(|as_of| Some((count, as_of)))
        }
        (Some(_), None) => faults.take("/workers_as_of", Err(Wrong::new(Code::Required))),
        (None, Some(_)) => faults.take("/workers", Err(Wrong::new(Code::Required))),
    }
}

/// Checks that a commune exists, is in force on a day, and may be written to by the caller.
pub(super) fn leaf(area: &AreaId, scope: &Scope, territory: &Territory, on: NaiveDate) -> Result<(), Wrong> {
    let found = territory.find(area).filter(|area| scope.may_write(&area.id));
    let found = found.ok_or_else(|| Wrong::new(Code::UnknownArea))?;
    if found.level != AreaLevel::Commune {
        return Err(Wrong::new(Code::AreaNotLeaf));
    }
    if !found.is_in_force(on) {
        return Err(Wrong::new(Code::AreaNotInForce).with("area", &found.name).with("day", on));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tax_code_has_the_right_check_digit() {
        let parse = |text: &str| TaxCode::parse(text, LegalForm::JointStockCompany);
        for good in ["0999900017", "1999900026", "2999900035", "3999900044", "0900123452", "0900000080", "1001234563"] {
            assert!(parse(good).is_ok(), "{good}");
        }
        assert!(parse("0900123452-001").is_ok());
        let code = |text: &str| parse(text).expect_err(text).code;
        assert_eq!(code("0900123451"), Code::TaxCodeCheckDigit);
        for last in 0..10 {
            assert!(parse(&format!("090000001{last}")).is_err(), "no code exists where the digit would be 10");
        }
        for bad in ["", "090012345", "09001234522", "0900000000", "0900123452-000", "0900123452-01", "09a0123452"] {
            assert_eq!(code(bad), Code::TaxCodeFormat, "{bad}");
        }
    }

    #[test]
    fn a_household_has_a_personal_id_or_an_old_tax_code() {
        let parse = |text: &str| TaxCode::parse(text, LegalForm::HouseholdBusiness);
        assert!(matches!(parse("033099001234"), Ok(TaxCode::Household(_))));
        assert!(matches!(parse("0900123452"), Ok(TaxCode::Household(_))));
        assert_eq!(parse("03309900123").expect_err("11 digits").code, Code::HouseholdTaxCode);
    }

    #[test]
    fn a_terminated_unit_cannot_be_suspended() {
        let on: NaiveDate = "2022-06-30".parse().expect("a day");
        assert!(Status::Active.change_to(Status::Suspended, on).is_ok());
        assert!(Status::Suspended.change_to(Status::Active, on).is_ok());
        assert_eq!(Status::Active.change_to(Status::Active, on).expect_err("same").code(), Code::StatusUnchanged);
        let error = Status::Terminated.change_to(Status::Suspended, on).expect_err("ended");
        assert_eq!(error.field_faults()[0].code, Code::EconomicUnitEnded);
    }
}
