//! The first state of an organisation: the fields of a founding and of an opening registration.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::published::Decision;
use shared::territory::{AreaId, AreaLevel};
use shared::validate::{Faults, Wrong, decision, line, past_day};
use shared::{Code, Error, Expected, Id, Result};

use super::super::status::OrganisationStatus;
use super::{Case, Folded};
use crate::rule_book::Kind;

/// How many units one organisation covers at most.
pub(super) const UNITS_MAX: usize = 50;

/// What an organisation begins as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginning {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The organisation it answers to.
    pub superior_id: Option<Id>,
    /// The area it stands in.
    pub area: AreaId,
    /// The economic units it covers.
    pub economic_unit_ids: Vec<Id>,
}

impl Beginning {
    /// The same, with the name as it is kept.
    pub(super) fn completed(&self) -> Self {
        // Whether it is a line of text at all is judged with the other fields.
        let name = line(&self.name, 300).unwrap_or_else(|_| self.name.clone());
        Self { name, ..self.clone() }
    }

    pub(super) fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        if before.status != OrganisationStatus::Withdrawn {
            return Err(Error::new(Code::OrganisationNotActive).with("day", on));
        }
        Ok(Folded {
            kind: self.kind.clone(),
            name: self.name.clone(),
            superior: self.superior_id,
            area: self.area.clone(),
            units: self.economic_unit_ids.clone(),
            status: OrganisationStatus::Active,
            established_on: on,
            ended_on: None,
            stands_from: on,
            unnamed: 0,
            ..before.clone()
        })
    }

    /// Adds the faults of the fields, and returns the paper.
    pub(super) fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        let on = case.on;
        let pointer = case.beginning_pointer();
        let kind = faults.take(
            "/kind",
            case.kind(&self.kind)
                .ok_or_else(|| Wrong::new(Code::UnknownValue).with("expected", Expected::OrganisationKind)),
        );
        faults.take("/name", line(&self.name, 300));
        faults.take(pointer, past_day(on, case.today));
        let paper = case.decision.and_then(|paper| decision(faults, "/decision", paper, case.today));
        if let Some(paper) = &paper
            && on < paper.decided_on.get()
        {
            faults.add(pointer, Wrong::new(Code::BeforeDecision).with("decided_on", paper.decided_on));
        }
        if let Some(kind) = kind {
            // What it is a part of stays: members and other organisations rest on it.
            if kind.branch != case.before.branch || kind.is_superior_body != case.before.is_superior_body {
                faults.add("/kind", Wrong::new(Code::NotCorrectable));
            }
            check_area(faults, case, kind);
            check_superior(faults, self.superior_id, case, kind);
        }
        self.check_units(faults, case);
        paper
    }

    fn check_units(&self, faults: &mut Faults, case: &Case<'_>) {
        let named = &self.economic_unit_ids;
        if named.len() > UNITS_MAX {
            return faults.add("/economic_unit_ids", Wrong::new(Code::TooMany).with("max", UNITS_MAX));
        }
        let mut seen = BTreeSet::new();
        for (at, id) in named.iter().enumerate() {
            let place = format!("/economic_unit_ids/{at}");
            if !seen.insert(id) {
                faults.add(&place, Wrong::new(Code::RepeatedValue));
                continue;
            }
            match case.units.get(id) {
                _ if case.told_units.contains(id) => {}
                None => faults.add(&place, Wrong::new(Code::UnknownEconomicUnit)),
                Some(unit) if unit.terminated_on.is_some_and(|ended_on| ended_on <= case.on) => {
                    faults.add(&place, Wrong::new(Code::EconomicUnitEnded).with("day", case.on));
                }
                Some(_) => {}
            }
        }
    }
}

fn check_area(faults: &mut Faults, case: &Case<'_>, kind: &Kind) {
    let Some(area) = case.area else { return faults.add("/area", Wrong::new(Code::UnknownArea)) };
    if area.level != kind.area_level {
        faults.add(
            "/area",
            match kind.area_level {
                AreaLevel::Commune => Wrong::new(Code::AreaNotLeaf),
                AreaLevel::District => Wrong::new(Code::AreaOfOtherLevel).with("expected", Expected::District),
                AreaLevel::Province => Wrong::new(Code::AreaOfOtherLevel).with("expected", Expected::Province),
            },
        );
    } else if !area.is_in_force(case.on) {
        faults.add("/area", Wrong::new(Code::AreaNotInForce).with("area", &area.name).with("day", case.on));
    }
}

/// Checks the superior that an act names: of a kind that may stand above, in existence, and one that takes organisations
/// from there.
pub(super) fn check_superior(faults: &mut Faults, named: Option<Id>, case: &Case<'_>, kind: &Kind) {
    let (place, on) = ("/superior_id", case.on);
    match (named, &case.superior) {
        (None, _) if kind.superiors.is_empty() => {}
        (None, _) => faults.add(place, Wrong::new(Code::Required)),
        (Some(_), None) => faults.add(place, Wrong::new(Code::UnknownOrganisation)),
        (Some(_), Some(superior)) => {
            if !kind.superiors.contains(&superior.kind) {
                let reason = format!("{} !< {}", kind.kind, superior.kind);
                faults.add(place, Wrong::new(Code::AgainstEachOther).with("reason", reason));
            } else if on < superior.established_on {
                let wrong = Wrong::new(Code::BeforeOrganisation).with("established_on", superior.established_on);
                faults.add(place, wrong);
            } else if let Some(ended_on) = superior.ended_on.filter(|ended_on| case.is_new || *ended_on <= on) {
                // On an earlier day too: nothing new answers to what has ended since.
                faults.add(place, Wrong::new(Code::AfterDissolution).with("dissolved_on", ended_on));
            } else if !case.is_same_superior
                && superior.intake.as_ref().is_some_and(|areas| !case.territory.belongs(case.stands_on, areas, on))
            {
                faults.add(place, Wrong::new(Code::OutsideIntake));
            }
        }
    }
}
