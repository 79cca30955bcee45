//! Rules for gaps: pure functions over the bodies of a day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::territory::{Area, AreaId};
use shared::{Id, Result, ResultExt};

use crate::bodies::{BodyKind, BodyLevel};

const FILE: &str = include_str!("../../rules/expected_bodies.toml");

/// Which bodies there ought to be, and since when.
#[derive(Debug)]
pub struct Expectations(Vec<Expected>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    expected: Vec<Written>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    code: String,
    level: BodyLevel,
    support_team: bool,
    from_on: toml::value::Datetime,
    until_on: Option<toml::value::Datetime>,
    is_confirmed: bool,
    source: String,
    source_en: String,
}

/// Bodies that there ought to be at a level.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The rule's stable code.
    pub code: String,
    /// The level.
    pub level: BodyLevel,
    /// Whether a committee ought to have a support team.
    pub support_team: bool,
    /// The first day.
    pub from_on: NaiveDate,
    /// The first day after the last one.
    pub until_on: Option<NaiveDate>,
    /// Whether the text of the source was read.
    pub is_confirmed: bool,
    /// The source, in Vietnamese.
    pub source: String,
    /// The source, in English.
    pub source_en: String,
}

impl Expectations {
    /// Reads the rules that the program brings.
    ///
    /// # Errors
    /// Fails when the file is not what it should be.
    pub fn read() -> Result<Self> {
        let file: File = toml::from_str(FILE).doing("reading which steering bodies there ought to be")?;
        let day = |day: &toml::value::Datetime| day.to_string().parse::<NaiveDate>().doing("reading a day of a rule");
        let expected = |written: Written| {
            Ok(Expected {
                from_on: day(&written.from_on)?,
                until_on: written.until_on.as_ref().map(day).transpose()?,
                code: written.code,
                level: written.level,
                support_team: written.support_team,
                is_confirmed: written.is_confirmed,
                source: written.source,
                source_en: written.source_en,
            })
        };
        Ok(Self(file.expected.into_iter().map(expected).collect::<Result<_>>()?))
    }

    /// The rules in force on a day.
    pub fn on(&self, day: NaiveDate) -> Vec<&Expected> {
        let is_in_force = |rule: &&Expected| rule.from_on <= day && rule.until_on.is_none_or(|until| day < until);
        self.0.iter().filter(is_in_force).collect()
    }
}

/// What is missing. More may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// There is no committee for an area.
    NoCommittee,
    /// A committee has no support team.
    NoSupportTeam,
    /// Nobody heads a body.
    NoHead,
    /// A body has seats that nobody holds, beside that of its head.
    EmptySeats,
    /// The term of a body is over.
    TermOver,
}

/// A body on the day, as the rules see it.
#[derive(Debug, Clone)]
pub struct BodyOnDay {
    /// The body.
    pub id: Id,
    /// What it is.
    pub kind: BodyKind,
    /// Its level.
    pub level: BodyLevel,
    /// Its area.
    pub area: AreaId,
    /// The committee of a support team.
    pub committee: Option<Id>,
    /// The last day of its term.
    pub term_ends_on: Option<NaiveDate>,
    /// How many of its seats nobody holds, without that of the head.
    pub empty_seats: i64,
    /// Whether somebody heads it.
    pub has_head: bool,
}

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What.
    pub kind: GapKind,
    /// At which level.
    pub level: BodyLevel,
    /// In which area.
    pub area: AreaId,
    /// Of which body; nothing where there is none.
    pub body: Option<Id>,
    /// How many seats nobody holds, where that is it.
    pub seats: Option<i64>,
    /// The last day of the term, where that is it.
    pub term_ended_on: Option<NaiveDate>,
    /// By which rule, where one says that there ought to be a body.
    pub rule: Option<String>,
}

/// Finds what is missing on a day, in areas that are in force on it.
pub fn find_gaps(rules: &[&Expected], areas: &[&Area], bodies: &[BodyOnDay], day: NaiveDate) -> Vec<Missing> {
    let mut found = Vec::new();
    for rule in rules {
        let is_of_rule = |body: &&BodyOnDay| body.kind == BodyKind::SteeringCommittee && body.level == rule.level;
        let committees: Vec<&BodyOnDay> = bodies.iter().filter(is_of_rule).collect();
        let missing = |kind: GapKind, area: &AreaId, body: Option<Id>| Missing {
            kind,
            level: rule.level,
            area: area.clone(),
            body,
            seats: None,
            term_ended_on: None,
            rule: Some(rule.code.clone()),
        };
        // How many bodies are equivalent to a district's no map says.
        if rule.level != BodyLevel::Equivalent {
            for area in areas.iter().filter(|area| area.level == rule.level.area_level()) {
                if !committees.iter().any(|committee| committee.area == area.id) {
                    found.push(missing(GapKind::NoCommittee, &area.id, None));
                }
            }
        }
        for committee in committees.iter().filter(|_| rule.support_team) {
            if !bodies.iter().any(|body| body.committee == Some(committee.id)) {
                found.push(missing(GapKind::NoSupportTeam, &committee.area, Some(committee.id)));
            }
        }
    }
    for body in bodies {
        let missing = |kind: GapKind| Missing {
            kind,
            level: body.level,
            area: body.area.clone(),
            body: Some(body.id),
            seats: None,
            term_ended_on: None,
            rule: None,
        };
        if !body.has_head {
            found.push(missing(GapKind::NoHead));
        }
        if body.empty_seats > 0 {
            found.push(Missing { seats: Some(body.empty_seats), ..missing(GapKind::EmptySeats) });
        }
        if let Some(ended_on) = body.term_ends_on.filter(|ends_on| *ends_on < day) {
            found.push(Missing { term_ended_on: Some(ended_on), ..missing(GapKind::TermOver) });
        }
    }
    found.sort_by(|one, other| {
        (one.level, &one.area, one.kind, one.body).cmp(&(other.level, &other.area, other.kind, other.body))
    });
    found
}

#[cfg(test)]
mod tests {
    use shared::territory::AreaLevel;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn area(id: &str, level: AreaLevel) -> Area {
        Area {
            id: AreaId::stored(id),
            code: "1".to_owned(),
            level,
            unit_type: "x".to_owned(),
            name: "X".to_owned(),
            name_en: "X".to_owned(),
            parent_id: None,
            valid_from: None,
            valid_to: None,
        }
    }

    fn committee(area: &str) -> BodyOnDay {
        BodyOnDay {
            id: Id::new(),
            kind: BodyKind::SteeringCommittee,
            level: BodyLevel::District,
            area: AreaId::stored(area),
            committee: None,
            term_ends_on: None,
            empty_seats: 0,
            has_head: true,
        }
    }

    #[test]
    fn what_is_missing_follows_the_rules_in_force_on_the_day() {
        let rules = Expectations::read().expect("rules");
        let (one, two) = (area("1@origin", AreaLevel::District), area("2@origin", AreaLevel::District));
        let areas = [&one, &two];
        let lacking = BodyOnDay {
            empty_seats: 2,
            has_head: false,
            term_ends_on: Some(day("2022-07-31")),
            ..committee("1@origin")
        };
        let kinds = |bodies: &[BodyOnDay], on: &str| -> Vec<(GapKind, String)> {
            let found = find_gaps(&rules.on(day(on)), &areas, bodies, day(on));
            found.into_iter().map(|gap| (gap.kind, gap.area.to_string())).collect()
        };
        let at = |kind: GapKind, area: &str| (kind, area.to_owned());
        let of_body =
            [at(GapKind::NoHead, "1@origin"), at(GapKind::EmptySeats, "1@origin"), at(GapKind::TermOver, "1@origin")];
        let bodies = [lacking.clone()];
        let expected = [
            vec![at(GapKind::NoSupportTeam, "1@origin")],
            of_body.to_vec(),
            vec![at(GapKind::NoCommittee, "2@origin")],
        ]
        .concat();
        assert_eq!(kinds(&bodies, "2022-08-01"), expected);
        assert_eq!(kinds(&bodies, "2022-07-31"), of_body[..2], "no rule yet, and the term's last day");
        assert_eq!(kinds(&bodies, "2025-07-01"), of_body, "no district any more");

        let team = BodyOnDay {
            id: Id::new(),
            kind: BodyKind::SupportTeam,
            committee: Some(lacking.id),
            ..committee("1@origin")
        };
        let whole = [committee("2@origin"), lacking, team];
        let found = kinds(&whole, "2022-08-01");
        assert!(!found.contains(&at(GapKind::NoSupportTeam, "1@origin")), "{found:?}");
        assert!(found.contains(&at(GapKind::NoSupportTeam, "2@origin")), "{found:?}");
    }
}
