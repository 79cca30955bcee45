//! Reading the rule book, and refusing with a citation.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::error::RuleCitation;
use shared::published::Decision;
use shared::territory::AreaLevel;
use shared::{Code, Error, Result, ResultExt};

const KINDS: &str = include_str!("../../rules/kinds.toml");
const THRESHOLDS: &str = include_str!("../../rules/thresholds.toml");

/// A kind of organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrganisationKind)]
pub struct Kind {
    /// Its stable name.
    pub kind: String,
    /// Its branch: `party`, `union`. More may come.
    pub branch: String,
    /// The level of the area that it stands on.
    pub area_level: AreaLevel,
    /// What Vietnamese calls it.
    pub label_vi: String,
    /// What English calls it.
    pub label_en: String,
    /// Whether it is a committee or federation that others answer to.
    pub is_superior_body: bool,
    /// The kinds that may stand above it.
    pub superiors: Vec<String>,
    /// The kinds that an upgrade may lead to.
    pub becomes: Vec<String>,
}

/// A threshold with its legal source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The stable code of the refusal.
    pub code: String,
    /// The branch it is for.
    pub branch: String,
    /// The kinds it is for; empty: every kind of the branch.
    pub kinds: Vec<String>,
    /// The act it guards: `establish`, `admit`, `readmit`, `recognise`, or `any`.
    pub act: String,
    /// The number that is compared with.
    pub threshold: i64,
    /// What the number counts.
    pub unit: String,
    /// What is compared, and on which day.
    pub compares: String,
    /// The first day on which it is in force.
    pub in_force_from: NaiveDate,
    /// The first day on which it is no more; left out: in force.
    #[serde(default)]
    pub in_force_to: Option<NaiveDate>,
    /// The legal source, with its article.
    pub source: String,
}

#[derive(Deserialize)]
struct KindFile {
    kind: Vec<Kind>,
}

#[derive(Deserialize)]
struct RuleFile {
    rule: Vec<RuleLine>,
}

/// TOML has days of its own, which are read here and become ours.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleLine {
    code: String,
    branch: String,
    kinds: Vec<String>,
    act: String,
    threshold: i64,
    unit: String,
    compares: String,
    in_force_from: toml::value::Datetime,
    #[serde(default)]
    in_force_to: Option<toml::value::Datetime>,
    source: String,
}

/// All kinds and all rules.
#[derive(Debug, Clone)]
pub struct RuleBook {
    kinds: Vec<Kind>,
    rules: Vec<Rule>,
}

impl RuleBook {
    /// Reads the checked-in book.
    ///
    /// # Errors
    /// Fails when a file of it cannot be read or a code is not one of ours.
    pub fn read() -> Result<Self> {
        let kinds: KindFile = toml::from_str(KINDS).doing("reading the kinds of organisations")?;
        let rules: RuleFile = toml::from_str(THRESHOLDS).doing("reading the thresholds")?;
        let rules = rules.rule.into_iter().map(Rule::try_from).collect::<Result<Vec<_>>>()?;
        Ok(Self { kinds: kinds.kind, rules })
    }

    /// All kinds.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The kinds of organisations that a list is narrowed to: those named, of the branches named; nothing: all.
    #[must_use]
    pub fn kinds_of(&self, kinds: Option<Vec<String>>, branches: Option<Vec<String>>) -> Option<Vec<String>> {
        if kinds.is_none() && branches.is_none() {
            return None;
        }
        let is_among = |named: &Option<Vec<String>>, word: &String| named.as_ref().is_none_or(|all| all.contains(word));
        let wanted = self.kinds.iter().filter(|one| is_among(&kinds, &one.kind) && is_among(&branches, &one.branch));
        Some(wanted.map(|kind| kind.kind.clone()).collect())
    }

    /// The branches that have kinds.
    #[must_use]
    pub fn branches(&self) -> Vec<&str> {
        let mut branches: Vec<&str> = self.kinds.iter().map(|kind| kind.branch.as_str()).collect();
        branches.sort_unstable();
        branches.dedup();
        branches
    }

    /// All rules.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns a kind by its name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.kind == name)
    }

    /// Returns the rule of a code that is in force for a kind on a day.
    #[must_use]
    pub fn rule(&self, code: Code, branch: &str, kind: &str, on: NaiveDate) -> Option<&Rule> {
        self.rules.iter().find(|rule| {
            rule.code == code.as_str()
                && rule.branch == branch
                && (rule.kinds.is_empty() || rule.kinds.iter().any(|one| one == kind))
                && rule.in_force_from <= on
                && rule.in_force_to.is_none_or(|to| on < to)
        })
    }

    /// Refuses an act without its decision paper, citing the rule.
    ///
    /// # Errors
    /// `decision_paper_required`.
    pub fn require_paper(&self, branch: &str, kind: &str, on: NaiveDate, paper: Option<&Decision>) -> Result<()> {
        match self.rule(Code::DecisionPaperRequired, branch, kind, on) {
            Some(rule) if paper.is_none() => {
                Err(rule.refuse(Code::DecisionPaperRequired, &[("papers", "0".to_owned())]))
            }
            _ => Ok(()),
        }
    }
}

impl Rule {
    /// Refuses, citing the rule, with what was compared.
    #[must_use]
    pub fn refuse(&self, code: Code, compared: &[(&'static str, String)]) -> Error {
        let mut values: BTreeMap<String, String> =
            compared.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        values.insert("threshold".to_owned(), self.threshold.to_string());
        let citation = RuleCitation { code: self.code.clone(), source: self.source.clone(), compared: values };
        let error = Error::new(code).citing(citation).with("at_least", self.threshold).with("at_most", self.threshold);
        compared.iter().fold(error, |error, (name, value)| error.with(name, value))
    }
}

impl TryFrom<RuleLine> for Rule {
    type Error = Error;

    fn try_from(line: RuleLine) -> Result<Self> {
        line.code.parse::<Code>().doing(&format!("reading rule {}", line.code))?;
        let day = |day: toml::value::Datetime| day.to_string().parse::<NaiveDate>().doing("reading a rule's day");
        Ok(Self {
            code: line.code,
            branch: line.branch,
            kinds: line.kinds,
            act: line.act,
            threshold: line.threshold,
            unit: line.unit,
            compares: line.compares,
            in_force_from: day(line.in_force_from)?,
            in_force_to: line.in_force_to.map(day).transpose()?,
            source: line.source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_is_whole_every_kind_that_is_named_exists() {
        let book = RuleBook::read().expect("the book");
        for kind in book.kinds() {
            for other in kind.superiors.iter().chain(&kind.becomes) {
                assert_eq!(book.kind(other).expect("a kind").branch, kind.branch, "{} names {other}", kind.kind);
            }
        }
        for rule in book.rules() {
            assert!(rule.kinds.iter().all(|kind| book.kind(kind).is_some()), "{}", rule.code);
            assert!(rule.in_force_to.is_none_or(|to| rule.in_force_from < to), "{}", rule.code);
        }
    }

    #[test]
    fn a_rule_holds_from_its_first_day_on() {
        let book = RuleBook::read().expect("the book");
        let on = |day: &str| {
            book.rule(Code::MinOfficialMembers, "party", "grassroots_cell", day.parse().expect("a day")).is_some()
        };
        assert!(!on("2011-01-18"));
        assert!(on("2011-01-19"));
        assert!(
            book.rule(Code::MinOfficialMembers, "union", "grassroots_union", "2022-01-01".parse().expect("a day"))
                .is_none()
        );
    }
}
