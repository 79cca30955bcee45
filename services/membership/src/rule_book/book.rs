//! Reading the rule book, and refusing with a citation.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::error::{Params, RuleCitation};
use shared::published::{Branch, Decision};
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
    pub branch: Branch,
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
    pub branch: Branch,
    /// The kinds it is for; empty: every kind of the branch.
    pub kinds: Vec<String>,
    /// The act it guards: `establish`, `admit`, `readmit`, `recognise`, or `any`.
    pub act: String,
    /// The number that is compared with.
    pub threshold: i64,
    /// What the number counts, in English.
    pub unit: String,
    /// What the number counts, in Vietnamese.
    pub unit_vi: String,
    /// What is compared, and on which day, in English.
    pub compares: String,
    /// What is compared, and on which day, in Vietnamese.
    pub compares_vi: String,
    /// The first day on which it is in force.
    pub in_force_from: NaiveDate,
    /// The first day on which it is no more; left out: in force.
    #[serde(default)]
    pub in_force_to: Option<NaiveDate>,
    /// The legal source, with its article, in Vietnamese.
    pub source: String,
    /// The legal source, with its article, in English.
    pub source_en: String,
}

#[derive(Deserialize)]
struct KindFile {
    kind: Vec<Kind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    regulation: Vec<Regulation>,
    rule: Vec<RuleLine>,
}

/// One of the regulations on carrying out the Party's charter. It is in force until the next one in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Regulation {
    in_force_from: toml::value::Datetime,
    source: String,
    source_en: String,
}

/// A rule as the file has it: with its first day, or with `series`, in force under each regulation.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleLine {
    code: String,
    branch: Branch,
    kinds: Vec<String>,
    act: String,
    threshold: i64,
    unit: String,
    unit_vi: String,
    compares: String,
    compares_vi: String,
    in_force_from: Option<toml::value::Datetime>,
    #[serde(default)]
    series: bool,
    source: String,
    source_en: String,
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
        let mut expanded = Vec::new();
        for line in &rules.rule {
            expanded.extend(line.expand(&rules.regulation)?);
        }
        Ok(Self { kinds: kinds.kind, rules: expanded })
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
        let is_among = |named: &Option<Vec<String>>, word: &str| {
            named.as_ref().is_none_or(|all| all.iter().any(|one| one == word))
        };
        let wanted =
            self.kinds.iter().filter(|one| is_among(&kinds, &one.kind) && is_among(&branches, one.branch.into()));
        Some(wanted.map(|kind| kind.kind.clone()).collect())
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
    pub fn rule(&self, code: Code, branch: Branch, kind: &str, on: NaiveDate) -> Option<&Rule> {
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
    pub fn require_paper(&self, branch: Branch, kind: &str, on: NaiveDate, paper: Option<&Decision>) -> Result<()> {
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
        let threshold = self.threshold.to_string();
        let mut params = Params::from([("at_least", threshold.clone()), ("at_most", threshold)]);
        params.extend(compared.iter().cloned());
        Error::refusal(code, params, citation)
    }
}

impl RuleLine {
    /// The rules that a line of the file stands for: one, or one for each regulation.
    fn expand(&self, regulations: &[Regulation]) -> Result<Vec<Rule>> {
        self.code.parse::<Code>().doing(&format!("reading rule {}", self.code))?;
        // TOML has a type of its own for days.
        let day = |day: &toml::value::Datetime| day.to_string().parse::<NaiveDate>().doing("reading a rule's day");
        match (&self.in_force_from, self.series) {
            (Some(from), false) => Ok(vec![self.rule(day(from)?, None, self.source.clone(), self.source_en.clone())]),
            (None, true) => {
                let first_days = regulations.iter().map(|one| day(&one.in_force_from)).collect::<Result<Vec<_>>>()?;
                let ends = first_days.iter().skip(1).copied().map(Some).chain([None]);
                let rules = regulations.iter().zip(&first_days).zip(ends).map(|((regulation, from), to)| {
                    let source = format!("{}, {}", regulation.source, self.source);
                    self.rule(*from, to, source, format!("{}, {}", regulation.source_en, self.source_en))
                });
                Ok(rules.collect())
            }
            _ => Err(Error::internal(format!("rule {} needs either `in_force_from` or `series`", self.code))),
        }
    }

    fn rule(&self, from: NaiveDate, to: Option<NaiveDate>, source: String, source_en: String) -> Rule {
        Rule {
            code: self.code.clone(),
            branch: self.branch,
            kinds: self.kinds.clone(),
            act: self.act.clone(),
            threshold: self.threshold,
            unit: self.unit.clone(),
            unit_vi: self.unit_vi.clone(),
            compares: self.compares.clone(),
            compares_vi: self.compares_vi.clone(),
            in_force_from: from,
            in_force_to: to,
            source,
            source_en,
        }
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
            book.rule(Code::MinOfficialMembers, Branch::Party, "grassroots_cell", day.parse().expect("a day")).is_some()
        };
        assert!(!on("2011-01-18"));
        assert!(on("2011-01-19"));
        assert!(
            book.rule(
                Code::MinOfficialMembers,
                Branch::Union,
                "grassroots_union",
                "2022-01-01".parse().expect("a day")
            )
            .is_none()
        );
    }

    #[test]
    fn a_rule_under_the_charters_regulations_cites_the_one_in_force_on_the_day() {
        let book = RuleBook::read().expect("the book");
        let cited = |day: &str| {
            let rule = book.rule(Code::AgeTooLow, Branch::Party, "grassroots_cell", day.parse().expect("a day"));
            rule.map(|rule| (rule.source.clone(), rule.source_en.clone()))
        };
        for (day, number) in [
            ("2011-11-01", "45-QĐ/TW"),
            ("2016-07-24", "45-QĐ/TW"),
            ("2016-07-25", "29-QĐ/TW"),
            ("2022-03-26", "24-QĐ/TW"),
            ("2025-06-30", "232-QĐ/TW"),
            ("2025-07-01", "294-QĐ/TW"),
            ("2026-07-25", "20-QĐ/TW"),
            ("2040-01-01", "208-QĐ/TW"),
        ] {
            let (source, source_en) = cited(day).expect("a rule");
            assert!(source.starts_with(&format!("Quy định số {number} ngày ")), "{day}: {source}");
            assert!(source_en.starts_with(&format!("Regulation No. {number} of ")), "{day}: {source_en}");
        }
        assert!(cited("2011-10-31").is_none());
    }
}
