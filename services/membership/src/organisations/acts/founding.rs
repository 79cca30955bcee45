//! The act that founds an organisation by a decision, with enough members stated in it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::error::all_of;
use shared::journal::Entries;
use shared::made_ids::NamesIds;
use shared::published::Decision;
use shared::published::organisation::{OrganisationEstablished, OrganisationWithdrawn};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, line, within};
use shared::{Code, Day, Id, Result};

use super::super::change::{self, Changed, NewAct};
use super::beginning::Beginning;
use super::{Act, Case, Folded, OrganisationAct, Telling};
use crate::ledger::Headcount;
use crate::rule_book::{Kind, RuleBook};
use crate::state::Setting;

/// How many members a founding decision states. By name they come with admissions and transfers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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
    pub(super) fn check(&self, faults: &mut Faults) {
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

/// Founds an organisation, or registers one that existed before recording began.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "grassroots_cell", "name": "Chi bộ Công ty TNHH Ví Dụ Một",
    "superior_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "area": "12004@origin",
    "economic_unit_ids": ["0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60"], "established_on": "2022-03-15",
    "decision": {"number": "127-QĐ/HU", "decided_on": "2022-03-10", "issuing_body": "Huyện ủy Văn Lâm"},
    "founding_members": {"official": 3, "probationary": 1}}))]
pub struct EstablishOrganisation {
    /// The id of the organisation, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
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
    /// The decision; the rule book demands it of a founding.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// How many members the decision states.
    #[serde(default)]
    pub founding_members: FoundingMembers,
    /// The written agreement that a rule may ask for, for instance for a chapter below 30 members.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub authorising_paper: Option<String>,
    /// The answers to warnings, each by its code with a reason of at most 300 characters: `same_act_recorded` where the same
    /// was recorded before. They are kept with the act.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub answers: Answers,
}

impl NamesIds for EstablishOrganisation {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

impl EstablishOrganisation {
    pub(super) fn beginning(&self) -> Beginning {
        Beginning {
            kind: self.kind.clone(),
            name: self.name.clone(),
            superior_id: self.superior_id,
            area: self.area.clone(),
            economic_unit_ids: self.economic_unit_ids.clone(),
        }
    }

    /// Checks what is stated beside what the organisation begins as, and returns the written agreement.
    pub(super) fn check_stated(&self, faults: &mut Faults) -> Option<String> {
        let paper = self.authorising_paper.as_deref().map(|text| line(text, 200)).transpose();
        let paper = faults.take("/authorising_paper", paper).flatten();
        self.founding_members.check(faults);
        paper
    }
}

/// A founding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Founding {
    /// What it begins as.
    #[serde(flatten)]
    pub beginning: Beginning,
    /// How many members the decision states.
    pub founding_members: FoundingMembers,
}

impl Act for Founding {
    fn rank(&self) -> Rank {
        Rank::Begins
    }

    fn beginning(&self) -> Option<&Beginning> {
        Some(&self.beginning)
    }

    fn completed(&self, _: &Folded) -> OrganisationAct {
        OrganisationAct::Founding(Self { beginning: self.beginning.completed(), ..self.clone() })
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        self.beginning.apply(before, on)
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        let paper = self.beginning.check(faults, case);
        if !case.is_new {
            self.founding_members.check(faults);
        }
        paper
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        let Some(kind) = case.kind(&self.beginning.kind).filter(|kind| !kind.is_superior_body) else { return Ok(()) };
        let members =
            require_members(case.book, kind, case.on, &self.founding_members, case.authorising_paper.is_some());
        all_of([case.require_paper(&kind.kind, paper), members])
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.of_organisation(&OrganisationEstablished(telling.state()))
    }

    fn tell_withdrawn(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.of_organisation(&OrganisationWithdrawn(telling.state()))
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
    let judged = [
        (Code::MinOfficialMembers, "official_members", official, false),
        (Code::MinMembers, "members", members, true),
        (Code::MinUnionMembers, "members", members, false),
    ];
    all_of(judged.into_iter().map(|(code, name, count, may_be_agreed)| {
        let rule = book.rule(code, kind.branch, &kind.kind, on);
        let refused = rule.filter(|rule| count < rule.threshold && !(may_be_agreed && has_agreement));
        refused.map_or(Ok(()), |rule| Err(rule.refuse(code, &[(name, count.to_string())])))
    }))
}

/// Founds an organisation.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book.
pub fn establish(tx: &mut Tx<'_>, setting: &Setting, request: &EstablishOrganisation) -> Result<(Changed, Entries)> {
    let mut faults = Faults::new();
    let authorising_paper = request.check_stated(&mut faults);
    let (beginning, founding_members) = (request.beginning(), request.founding_members.clone());
    let new = NewAct {
        id: Id::new(),
        act: OrganisationAct::Founding(Founding { beginning, founding_members }),
        on: request.established_on.get(),
        decision: request.decision.clone(),
        authorising_paper,
        note: None,
        answers: request.answers.clone(),
    };
    change::begin(tx, setting, request.id.unwrap_or_default(), faults, new)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use shared::territory::{Area, AreaLevel, Territory};

    use super::super::super::change::unbegun;
    use super::super::super::store::SuperiorFacts;
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
            id: None,
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
            answers: Answers::default(),
        }
    }

    fn judge(request: &EstablishOrganisation, superior: &str) -> Result<()> {
        let (area, book) = (area(), RuleBook::read().expect("the book"));
        let territory = Territory::new(vec![area.clone()], vec![]);
        let on = request.established_on.get();
        let before = unbegun(Id::new(), &request.beginning(), book.kind(&request.kind), on);
        let case = Case {
            book: &book,
            territory: &territory,
            today: day("2022-06-30"),
            is_new: true,
            before: &before,
            life: None,
            on,
            decision: request.decision.as_ref(),
            authorising_paper: request.authorising_paper.as_deref(),
            area: Some(&area),
            stands_on: &area.id,
            superior: request.superior_id.map(|_| SuperiorFacts {
                kind: superior.to_owned(),
                intake: Some(vec![area.id.clone()]),
                established_on: day("2000-01-01"),
                ended_on: None,
            }),
            is_same_superior: false,
            told_units: &[],
            units: BTreeMap::new(),
            recording_begins_on: None,
        };
        let founding_members = request.founding_members.clone();
        let founding = Founding { beginning: request.beginning(), founding_members };
        let mut faults = Faults::new();
        let paper = founding.check(&mut faults, &case);
        faults.finish()?;
        founding.judge(&case, paper.as_ref())
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
