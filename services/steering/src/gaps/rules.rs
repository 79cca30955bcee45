//! Rules for gaps: pure functions over the bodies of a day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::territory::{Area, AreaId, Resolution, Territory};
use shared::{Id, Result, ResultExt};

use crate::bodies::{BodyKind, BodyLevel, area_level_of};

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
    /// The area to which the rule applies, with its parts and what came after it.
    within: AreaId,
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
    /// The area to which the rule applies, with its parts and what came after it.
    pub within: AreaId,
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
                within: written.within,
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
    /// Another committee of the level works for the area, or another support team for the committee.
    Repeated,
    /// A committee has no support team.
    NoSupportTeam,
    /// Nobody heads a body.
    NoHead,
    /// A body has seats that nobody holds, beside that of its head.
    EmptySeats,
    /// The term of a body is over.
    TermOver,
    /// The area of a body is no more, and nothing came after it as a whole: the ending of the body is not recorded.
    AreaEnded,
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
    /// The last day of the term, or the first day without the area, where that is it.
    pub ended_on: Option<NaiveDate>,
    /// By which rule, where one says that there ought to be a body.
    pub rule: Option<String>,
}

/// Says whether a rule applies to an area on a day: it is the area of the rule, a part of it, or of what came after it as a whole.
fn applies(rule: &Expected, territory: &Territory, area: &AreaId, day: NaiveDate) -> bool {
    let after = match territory.resolve(&rule.within, day) {
        Resolution::In(after) => after,
        _ => rule.within.clone(),
    };
    territory.path(area).iter().any(|above| above.id == rule.within || above.id == after)
}

/// Finds what is missing on a day, of areas that are in force on it and of bodies that work on it.
pub fn find_gaps(
    rules: &[&Expected],
    territory: &Territory,
    areas: &[&Area],
    bodies: &[BodyOnDay],
    day: NaiveDate,
) -> Vec<Missing> {
    // A committee goes on working where its area went into another one as a whole.
    let area_of = |body: &BodyOnDay| match territory.resolve(&body.area, day) {
        Resolution::In(area) => Some(area),
        _ => None,
    };
    let mut found = Vec::new();
    for rule in rules {
        let is_of_rule = |body: &&BodyOnDay| body.kind == BodyKind::SteeringCommittee && body.level == rule.level;
        let committees: Vec<(Option<AreaId>, &BodyOnDay)> =
            bodies.iter().filter(is_of_rule).map(|body| (area_of(body), body)).collect();
        let missing = |kind: GapKind, area: &AreaId, body: Option<Id>| Missing {
            kind,
            level: rule.level,
            area: area.clone(),
            body,
            seats: None,
            ended_on: None,
            rule: Some(rule.code.clone()),
        };
        // Areas do not say how many equivalent committees there ought to be, so none of them is found missing.
        if rule.level != BodyLevel::Equivalent {
            let of_level = areas.iter().filter(|area| area.level == area_level_of(rule.level));
            for area in of_level.filter(|area| applies(rule, territory, &area.id, day)) {
                if !committees.iter().any(|(place, _)| place.as_ref() == Some(&area.id)) {
                    found.push(missing(GapKind::NoCommittee, &area.id, None));
                }
            }
        }
        let expect_team = committees.iter().filter(|_| rule.support_team);
        for (place, committee) in expect_team {
            let is_asked = place.as_ref().is_some_and(|place| applies(rule, territory, place, day));
            if is_asked && !bodies.iter().any(|body| body.committee == Some(committee.id)) {
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
            ended_on: None,
            rule: None,
        };
        let is_like = |other: &BodyOnDay| {
            let is_alike = (other.kind, other.level, other.committee) == (body.kind, body.level, body.committee);
            is_alike && other.id < body.id && other.area == body.area
        };
        let may_repeat = body.kind == BodyKind::SteeringCommittee && body.level == BodyLevel::Equivalent;
        if !may_repeat && bodies.iter().any(is_like) {
            found.push(missing(GapKind::Repeated));
        }
        if !body.has_head {
            found.push(missing(GapKind::NoHead));
        }
        if body.empty_seats > 0 {
            found.push(Missing { seats: Some(body.empty_seats), ..missing(GapKind::EmptySeats) });
        }
        if let Some(ended_on) = body.term_ends_on.filter(|ends_on| *ends_on < day) {
            found.push(Missing { ended_on: Some(ended_on), ..missing(GapKind::TermOver) });
        }
        let valid_to = territory.find(&body.area).and_then(|area| area.valid_to).filter(|to| *to <= day);
        if let (Some(ended_on), None) = (valid_to, area_of(body)) {
            found.push(Missing { ended_on: Some(ended_on), ..missing(GapKind::AreaEnded) });
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
        let part = |id: &str, of: &str| Area {
            parent_id: Some(AreaId::stored(of)),
            valid_to: Some(day("2025-07-01")),
            ..area(id, AreaLevel::District)
        };
        let (one, two, foreign) =
            (part("1@origin", "33@origin"), part("2@origin", "33@origin"), part("3@origin", "34@origin"));
        let provinces = [area("33@origin", AreaLevel::Province), area("34@origin", AreaLevel::Province)];
        let all = provinces.iter().chain([&one, &two, &foreign]).cloned().collect();
        let territory = Territory::new(all, Vec::new());
        let lacking = BodyOnDay {
            empty_seats: 2,
            has_head: false,
            term_ends_on: Some(day("2022-07-31")),
            ..committee("1@origin")
        };
        let kinds = |bodies: &[BodyOnDay], on: &str| -> Vec<(GapKind, String)> {
            let areas: Vec<&Area> = territory.areas().filter(|area| area.is_in_force(day(on))).collect();
            let found = find_gaps(&rules.on(day(on)), &territory, &areas, bodies, day(on));
            let of_districts = found.into_iter().filter(|gap| gap.level == BodyLevel::District);
            of_districts.map(|gap| (gap.kind, gap.area.to_string())).collect()
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
        let ended = [of_body.to_vec(), vec![at(GapKind::AreaEnded, "1@origin")]].concat();
        assert_eq!(kinds(&bodies, "2025-07-01"), ended, "no district any more, and of the other province nobody asks");

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
