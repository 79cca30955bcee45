//! What was asked of figures, understood: parameters are parsed, and all their faults are told at once.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use shared::Code;
use shared::Day;
use shared::Result;
use shared::access::Scope;
use shared::period::Period;
use shared::territory::{AreaId, Territory};
use shared::validate::{Faults, Wrong};
use strum::VariantNames as _;

use super::answer::{By, FiguresAsked};
use super::store::Grouping;
use crate::indicators::{Catalogue, Indicator};

impl By {
    /// What is grouped by beside areas.
    pub(super) fn grouping(self) -> Option<Grouping> {
        match self {
            Self::District | Self::Commune => None,
            Self::SuperiorBody => Some(Grouping::SuperiorBody),
            Self::Branch => Some(Grouping::Branch),
        }
    }
}

/// What was asked, understood.
pub(super) struct Question<'a> {
    pub period: Period,
    pub map_on: NaiveDate,
    pub area: Option<AreaId>,
    pub by: Option<By>,
    pub indicators: Vec<&'a Indicator>,
}

/// Parses what was asked; `faults` are those of its shape.
///
/// # Errors
/// All faults of the parameters.
pub(super) fn understand<'a>(
    asked: &FiguresAsked,
    catalogue: &'a Catalogue,
    territory: &Territory,
    scope: &Scope,
    mut faults: Faults,
) -> Result<Question<'a>> {
    let period = asked.period.parse::<Period>();
    if let Err(expected) = &period {
        let wrong = match asked.period.as_str() {
            "" => Wrong::new(Code::Required),
            _ => Wrong::new(Code::BadFormat).with("expected", expected),
        };
        faults.add_parameter("period", wrong);
    }
    let by = asked.by.as_deref().map(str::parse::<By>).transpose();
    if by.is_err() {
        faults.add_parameter("by", Wrong::not_among(By::VARIANTS));
    }
    let mut indicators = Vec::new();
    match &asked.indicator {
        None => indicators.extend(catalogue.all()),
        Some(names) => {
            let count_max = catalogue.all().len();
            if names.split(',').count() > count_max {
                faults.add_parameter("indicator", Wrong::new(Code::TooMany).with("max", count_max));
            }
            let mut named = BTreeSet::new();
            for name in names.split(',').take(count_max) {
                match catalogue.find(name.trim()) {
                    // Named twice, by its code or its name, it counts once.
                    Some(indicator) if named.insert(&indicator.code) => indicators.push(indicator),
                    Some(_) => {}
                    None => faults.add_parameter("indicator", Wrong::new(Code::UnknownIndicator)),
                }
            }
        }
    }
    let map_on = asked.map.map(Day::get).or_else(|| period.as_ref().ok().map(|period| period.last_on));
    let area = match (&asked.area, map_on) {
        (Some(text), Some(on)) => match find_area(text, territory, scope, on) {
            Ok(area) => Some(area),
            Err(wrong) => {
                faults.add_parameter("area", wrong);
                None
            }
        },
        _ => None,
    };
    let (period, map_on) = faults.finish_with(period.ok().zip(map_on))?;
    Ok(Question { period, map_on, area, by: by.ok().flatten(), indicators })
}

/// An area by its id or its bare code on the map's day, within the caller's reach and in force on that day.
fn find_area(text: &str, territory: &Territory, scope: &Scope, on: NaiveDate) -> std::result::Result<AreaId, Wrong> {
    let found = match text.parse::<AreaId>() {
        Ok(id) => territory.find(&id),
        Err(_) => territory.find_by_code(text, on),
    };
    let found = found.filter(|area| scope.may_read(&area.id)).ok_or_else(|| Wrong::new(Code::UnknownArea))?;
    if !found.is_in_force(on) {
        return Err(Wrong::new(Code::AreaNotInForce).with("area", &found.name).with("day", on));
    }
    Ok(found.id.clone())
}
