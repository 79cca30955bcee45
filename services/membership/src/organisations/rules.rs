//! What is true of organisations.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;
use shared::published::Decision;
use shared::territory::{Area, AreaId, AreaLevel, Territory};
use shared::validate::{self, Faults, Wrong, line, past_day, within};
use shared::{Code, Day, Error, Expected, Id, Result};

use crate::ledger::Headcount;
use crate::rule_book::{Kind, RuleBook};

/// What may become of an organisation.
pub(super) const STATUSES: [&str; 3] = ["active", "dissolved", "withdrawn"];

/// How many units one organisation covers at most.
pub(super) const UNITS_MAX: usize = 50;

/// How many members a founding decision states. By name they come with admissions and transfers.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FoundingMembers {
    /// Official Party members: at most 100,000.
    #[schema(maximum = 100_000)]
    pub official: u32,
    /// Probationary Party members: at most 100,000.
    #[schema(maximum = 100_000)]
    pub probationary: u32,
    /// Members of another branch, for instance of the union: at most 100,000.
    #[schema(maximum = 100_000)]
    pub members: u32,
}

impl FoundingMembers {
    fn check(&self, faults: &mut Faults) {
        for (field, count) in
            [("official", self.official), ("probationary", self.probationary), ("members", self.members)]
        {
            faults.take(&format!("/founding_members/{field}"), within(i64::from(count), 0, Headcount::MAX));
        }
    }

    fn all(&self) -> i64 {
        i64::from(self.official) + i64::from(self.probationary) + i64::from(self.members)
    }
}

/// Founds an organisation, or registers one that existed before the books began.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "grassroots_cell", "name": "Chi bộ Công ty TNHH Ví Dụ Một",
    "superior_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "area": "12004@origin",
    "economic_unit_ids": ["0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60"], "established_on": "2022-03-15",
    "decision": {"number": "127-QĐ/HU", "decided_on": "2022-03-10", "issuing_body": "Huyện ủy Văn Lâm"},
    "founding_members": {"official": 3, "probationary": 1}}))]
pub struct EstablishOrganisation {
    /// Its kind, as `/v1/organisation-kinds` lists them.
    #[schema(max_length = 60)]
    pub kind: String,
    /// Its name: at most 300 characters.
    #[schema(max_length = 300)]
    pub name: String,
    /// The organisation it answers to; not for the topmost bodies.
    #[serde(default)]
    pub superior_id: Option<Id>,
    /// The area it stands on, in force on the day of founding: a commune, or what its kind says. A superior body is
    /// founded by those whose grants cover the whole of it.
    pub area: AreaId,
    /// The economic units it covers: at most 50, each once.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub economic_unit_ids: Vec<Id>,
    /// The day from which it exists: not after today, not before the decision.
    pub established_on: Day,
    /// The decision paper; the rule book demands it of a founding.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// How many members the decision states.
    #[serde(default)]
    pub founding_members: FoundingMembers,
    /// The written agreement that a rule may ask for, for instance for a chapter below 30 members.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub authorising_paper: Option<String>,
}

/// Upgrades an organisation: it changes its kind and its superior and stays the same organisation.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpgradeOrganisation {
    /// The new kind.
    #[schema(max_length = 60)]
    pub kind: String,
    /// The organisation it answers to afterwards.
    pub superior_id: Id,
    /// The day of the upgrade: after the founding and after the last upgrade.
    pub occurred_on: Day,
    /// The decision paper.
    pub decision: Decision,
}

/// Dissolves an organisation.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DissolveOrganisation {
    /// The first day on which it exists no more; not before its last act.
    pub occurred_on: Day,
    /// The decision paper.
    pub decision: Decision,
}

/// What is known of an organisation that another one names as its superior.
#[derive(Debug, Clone)]
pub struct SuperiorFacts {
    /// Its kind.
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
pub struct UnitFacts {
    /// The commune it stands in.
    pub area: AreaId,
    /// Since when it has ceased, if it has.
    pub terminated_on: Option<NaiveDate>,
}

/// What a founding is judged by.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The commune named, if it is within the caller's reach.
    pub area: Option<&'a Area>,
    /// The superior named, if it is within the caller's reach.
    pub superior: Option<SuperiorFacts>,
    /// The area that the organisation stands on, for what its superior takes.
    pub stands_on: &'a AreaId,
    /// The areas there are.
    pub territory: &'a Territory,
    /// The units named that are within the caller's reach.
    pub units: BTreeMap<Id, UnitFacts>,
    /// Today in Viet Nam.
    pub today: NaiveDate,
}

/// A founding that holds.
#[derive(Debug)]
pub struct Founding {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its paper; none for what existed before the books.
    pub decision: Option<Decision>,
    /// The written agreement that a rule asks for.
    pub authorising_paper: Option<String>,
}

/// Checks a founding, or an opening registration, which rests on no paper and no number.
///
/// # Errors
/// All faults of fields at once; then a refusal of the rule book, with its source.
pub fn establish(
    request: &EstablishOrganisation,
    facts: &Facts<'_>,
    book: &RuleBook,
    is_opening: bool,
) -> Result<Founding> {
    let mut faults = Faults::new();
    let on = request.established_on.get();
    let kind = faults.take(
        "/kind",
        book.kind(&request.kind)
            .ok_or_else(|| Wrong::new(Code::UnknownValue).with("expected", Expected::OrganisationKind)),
    );
    let name = faults.take("/name", line(&request.name, 300));
    faults.take("/established_on", past_day(on, facts.today));
    let decision = match &request.decision {
        Some(paper) => validate::decision(&mut faults, "/decision", paper, facts.today),
        None => None,
    };
    if let Some(paper) = &decision
        && on < paper.decided_on.get()
    {
        faults.add("/established_on", Wrong::new(Code::BeforeDecision).with("decided_on", paper.decided_on));
    }
    let authorising = request.authorising_paper.as_deref().map(|text| line(text, 200)).transpose();
    let authorising_paper = faults.take("/authorising_paper", authorising).flatten();
    if let Some(kind) = kind {
        check_area(&mut faults, facts.area, kind, on);
        check_superior(&mut faults, request.superior_id, facts, kind, on);
    }
    request.founding_members.check(&mut faults);
    check_units(&mut faults, &request.economic_unit_ids, facts, on);
    let (kind, name) = faults.finish_with(kind.cloned().zip(name))?;
    if !is_opening && !kind.is_superior_body {
        book.require_paper(&kind.branch, &kind.kind, on, decision.as_ref())?;
        require_members(book, &kind, on, &request.founding_members, authorising_paper.is_some())?;
    }
    Ok(Founding { kind, name, decision, authorising_paper })
}

fn check_area(faults: &mut Faults, area: Option<&Area>, kind: &Kind, on: NaiveDate) {
    let Some(area) = area else { return faults.add("/area", Wrong::new(Code::UnknownArea)) };
    if area.level != kind.area_level {
        faults.add(
            "/area",
            match kind.area_level {
                AreaLevel::Commune => Wrong::new(Code::AreaNotLeaf),
                AreaLevel::District => Wrong::new(Code::AreaOfOtherLevel).with("expected", Expected::District),
                AreaLevel::Province => Wrong::new(Code::AreaOfOtherLevel).with("expected", Expected::Province),
            },
        );
    } else if !area.is_in_force(on) {
        faults.add("/area", Wrong::new(Code::AreaNotInForce).with("area", &area.name).with("day", on));
    }
}

fn check_superior(faults: &mut Faults, named: Option<Id>, facts: &Facts<'_>, kind: &Kind, on: NaiveDate) {
    let place = "/superior_id";
    match (named, &facts.superior) {
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
            } else if let Some(ended_on) = superior.ended_on {
                // On an earlier day too: nothing is left that answers to what has ended since.
                faults.add(place, Wrong::new(Code::AfterDissolution).with("dissolved_on", ended_on));
            } else if superior.intake.as_ref().is_some_and(|areas| !facts.territory.belongs(facts.stands_on, areas, on))
            {
                faults.add(place, Wrong::new(Code::OutsideIntake));
            }
        }
    }
}

fn check_units(faults: &mut Faults, named: &[Id], facts: &Facts<'_>, on: NaiveDate) {
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
        match facts.units.get(id) {
            None => faults.add(&place, Wrong::new(Code::UnknownEconomicUnit)),
            Some(unit) if unit.terminated_on.is_some_and(|ended_on| ended_on <= on) => {
                faults.add(&place, Wrong::new(Code::EconomicUnitEnded).with("day", on));
            }
            Some(_) => {}
        }
    }
}

fn require_members(
    book: &RuleBook,
    kind: &Kind,
    on: NaiveDate,
    stated: &FoundingMembers,
    has_agreement: bool,
) -> Result<()> {
    let (official, members) = (i64::from(stated.official), stated.all());
    for (code, name, count, may_be_agreed) in [
        (Code::MinOfficialMembers, "official_members", official, false),
        (Code::MinMembers, "members", members, true),
        (Code::MinUnionMembers, "members", members, false),
    ] {
        let Some(rule) = book.rule(code, &kind.branch, &kind.kind, on) else { continue };
        if count < rule.threshold && !(may_be_agreed && has_agreement) {
            return Err(rule.refuse(code, &[(name, count.to_string())]));
        }
    }
    Ok(())
}

/// Checks an upgrade and returns the new kind.
///
/// # Errors
/// All faults of fields at once; `upgrade_not_allowed`.
pub fn upgrade(
    request: &UpgradeOrganisation,
    from_kind: &str,
    last_on: NaiveDate,
    facts: &Facts<'_>,
    book: &RuleBook,
) -> Result<(Kind, Decision)> {
    let mut faults = Faults::new();
    let on = request.occurred_on.get();
    let decision = validate::decision(&mut faults, "/decision", &request.decision, facts.today);
    faults.take("/occurred_on", past_day(on, facts.today));
    if on <= last_on {
        faults.add("/occurred_on", Wrong::new(Code::BeforeLastAct).with("last_on", last_on));
    }
    if on < request.decision.decided_on.get() {
        faults.add("/occurred_on", Wrong::new(Code::BeforeDecision).with("decided_on", request.decision.decided_on));
    }
    let kind = book
        .kind(&request.kind)
        .filter(|_| book.kind(from_kind).is_some_and(|from| from.becomes.contains(&request.kind)));
    match kind {
        Some(kind) => check_superior(&mut faults, Some(request.superior_id), facts, kind, on),
        // What is no kind at all is not repeated, whatever its length.
        None if book.kind(&request.kind).is_none() => {
            faults.add("/kind", Wrong::new(Code::UnknownValue).with("expected", Expected::OrganisationKind));
        }
        None => {
            faults.add("/kind", Wrong::new(Code::UpgradeNotAllowed).with("from", from_kind).with("to", &request.kind))
        }
    }
    faults.finish_with(kind.cloned().zip(decision))
}

/// Says that an organisation that has ended can end no more.
///
/// # Errors
/// `organisation_not_active`.
pub fn dissolvable(status: &str, on: NaiveDate) -> Result<()> {
    if status == "active" { Ok(()) } else { Err(Error::new(Code::OrganisationNotActive).with("day", on)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn area() -> Area {
        Area {
            id: "12004@origin".parse().expect("an area"),
            code: "12004".to_owned(),
            level: AreaLevel::Commune,
            unit_type: "commune".to_owned(),
            name: "Xã Giả Định".to_owned(),
            name_en: "Invented".to_owned(),
            parent_id: None,
            valid_from: None,
            valid_to: Some(day("2025-07-01")),
        }
    }

    fn request(kind: &str, official: u32, probationary: u32) -> EstablishOrganisation {
        EstablishOrganisation {
            kind: kind.to_owned(),
            name: "Chi bộ Giả Định".to_owned(),
            superior_id: Some(Id::new()),
            area: area().id,
            economic_unit_ids: vec![],
            established_on: Day::stored(day("2022-03-01")),
            decision: Some(Decision {
                number: "1-QĐ/HU".to_owned(),
                decided_on: Day::stored(day("2022-02-20")),
                issuing_body: "Huyện ủy Giả Định".to_owned(),
            }),
            founding_members: FoundingMembers { official, probationary, members: 0 },
            authorising_paper: None,
        }
    }

    fn judge(request: &EstablishOrganisation, superior: &str) -> Result<Founding> {
        let area = area();
        let territory = Territory::new(vec![area.clone()], vec![]);
        let facts = Facts {
            area: Some(&area),
            stands_on: &area.id,
            territory: &territory,
            superior: Some(SuperiorFacts {
                kind: superior.to_owned(),
                intake: Some(vec![area.id.clone()]),
                established_on: day("2000-01-01"),
                ended_on: None,
            }),
            units: BTreeMap::new(),
            today: day("2022-06-30"),
        };
        establish(request, &facts, &RuleBook::read().expect("the book"), false)
    }

    #[test]
    fn a_cell_needs_three_official_members_and_the_refusal_cites_its_article() {
        assert!(judge(&request("grassroots_cell", 3, 0), "district_committee").is_ok());
        let error = judge(&request("grassroots_cell", 2, 5), "district_committee").expect_err("two official members");
        assert_eq!(error.code(), Code::MinOfficialMembers);
        let rule = error.rule().expect("a rule");
        assert!(rule.source.contains("Điều 21"), "{}", rule.source);
        assert_eq!(rule.compared["official_members"], "2");
        let error = judge(&request("subordinate_cell", 2, 0), "grassroots_chapter").expect_err("two official members");
        assert!(error.rule().expect("a rule").source.contains("Điều 24"));
    }

    #[test]
    fn a_chapter_below_thirty_members_needs_the_agreement_of_the_level_above() {
        let mut request = request("grassroots_chapter", 20, 2);
        assert_eq!(judge(&request, "district_committee").expect_err("22 members").code(), Code::MinMembers);
        request.authorising_paper = Some("Công văn 5-CV/HU".to_owned());
        assert!(judge(&request, "district_committee").is_ok());
    }

    #[test]
    fn an_organisation_answers_to_a_kind_that_may_stand_above_it() {
        let code = |kind: &str, superior: &str| {
            judge(&request(kind, 30, 0), superior)
                .err()
                .and_then(|error| error.field_faults().first().map(|fault| fault.code))
        };
        assert_eq!(code("subordinate_cell", "district_committee"), Some(Code::AgainstEachOther));
        assert_eq!(code("subordinate_cell", "grassroots_chapter"), None);
        assert_eq!(code("grassroots_cell", "grassroots_chapter"), Some(Code::AgainstEachOther));
    }

    #[test]
    fn all_faults_of_a_founding_are_told_at_once() {
        let mut request = request("grassroots_cell", 3, 0);
        request.name = "  ".to_owned();
        request.established_on = Day::stored(day("2022-07-01"));
        request.economic_unit_ids = vec![Id::new()];
        request.superior_id = None;
        let error = judge(&request, "district_committee").expect_err("four faults");
        let codes: Vec<Code> = error.field_faults().iter().map(|fault| fault.code).collect();
        assert_eq!(codes, [Code::Required, Code::DateInFuture, Code::Required, Code::UnknownEconomicUnit]);
    }
}
