//! Makes periods from tellings: pure functions.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use shared::Id;
use shared::published::Branch;

/// A telling: the state of an organisation from a day on, as one entry recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Telling {
    pub from_on: NaiveDate,
    pub state: State,
    /// The organisation it answers to.
    pub superior: Option<Id>,
}

/// What figures ask of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub branch: Branch,
    pub kind: String,
    pub area: String,
    pub is_superior_body: bool,
    /// The name of a superior body.
    pub name: Option<String>,
}

/// How an organisation stands from a day on, and before another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
    pub state: State,
    /// The first committee or federation upwards.
    pub superior_body: Option<Id>,
}

/// What stands above an organisation.
#[derive(Debug, Clone)]
pub(super) enum Above {
    /// A committee or federation.
    Body,
    /// Another organisation, with its own superior bodies: each from a day on, in order.
    Organisation(Vec<(NaiveDate, Option<Id>)>),
}

/// Makes the periods of an organisation from its tellings, in the order of days. On one day the last one counts.
pub(super) fn periods_of(tellings: &[Telling], above: &BTreeMap<Id, Above>) -> Vec<Period> {
    let mut periods = Vec::new();
    let ends = tellings.iter().skip(1).map(|next| Some(next.from_on)).chain([None]);
    for (telling, to_on) in tellings.iter().zip(ends) {
        let mut bodies = bodies_from(telling, above);
        bodies.retain(|(from_on, _)| to_on.is_none_or(|to_on| *from_on < to_on));
        let next_on = bodies.iter().skip(1).map(|(from_on, _)| Some(*from_on)).chain([to_on]).collect::<Vec<_>>();
        periods.extend(bodies.into_iter().zip(next_on).map(|((from_on, superior_body), to_on)| Period {
            from_on,
            to_on,
            state: telling.state.clone(),
            superior_body,
        }));
    }
    periods
}

/// The superior bodies of an organisation from a telling on, each from a day on.
fn bodies_from(telling: &Telling, above: &BTreeMap<Id, Above>) -> Vec<(NaiveDate, Option<Id>)> {
    let from_on = telling.from_on;
    let Some(superior) = telling.superior else { return vec![(from_on, None)] };
    match above.get(&superior) {
        None => vec![(from_on, None)],
        Some(Above::Body) => vec![(from_on, Some(superior))],
        Some(Above::Organisation(bodies)) => {
            let at_first = bodies.iter().rev().find(|(on, _)| *on <= from_on).and_then(|(_, body)| *body);
            let later = bodies.iter().filter(|(on, _)| *on > from_on).copied();
            std::iter::once((from_on, at_first)).chain(later).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn telling(on: &str, kind: &str, superior: Option<Id>) -> Telling {
        let (branch, kind, area) = (Branch::Party, kind.to_owned(), "12004@origin".to_owned());
        let state = State { branch, kind, area, is_superior_body: false, name: None };
        Telling { from_on: day(on), state, superior }
    }

    fn made(tellings: &[Telling], above: &BTreeMap<Id, Above>) -> Vec<(String, Option<String>, String, Option<Id>)> {
        let periods = periods_of(tellings, above).into_iter();
        let days = |period: &Period| (period.from_on.to_string(), period.to_on.map(|on| on.to_string()));
        periods.map(|period| (days(&period).0, days(&period).1, period.state.kind, period.superior_body)).collect()
    }

    #[test]
    fn a_cell_under_a_chapter_answers_to_the_committee_that_the_chapter_answers_to_on_the_day() {
        let (one, other, chapter) = (Id::new(), Id::new(), Id::new());
        let bodies = vec![(day("2020-01-01"), Some(one)), (day("2022-06-01"), Some(other))];
        let above = BTreeMap::from([(chapter, Above::Organisation(bodies)), (other, Above::Body)]);
        let cell = [
            telling("2021-01-01", "subordinate_cell", Some(chapter)),
            telling("2023-01-01", "grassroots_cell", Some(other)),
        ];
        assert_eq!(
            made(&cell, &above),
            [
                ("2021-01-01".to_owned(), Some("2022-06-01".to_owned()), "subordinate_cell".to_owned(), Some(one)),
                ("2022-06-01".to_owned(), Some("2023-01-01".to_owned()), "subordinate_cell".to_owned(), Some(other)),
                ("2023-01-01".to_owned(), None, "grassroots_cell".to_owned(), Some(other)),
            ]
        );
    }

    #[test]
    fn of_two_tellings_on_one_day_the_last_counts_and_who_is_not_known_above_is_nobody() {
        let unknown = Id::new();
        let told = [
            telling("2021-01-01", "grassroots_cell", None),
            telling("2021-01-01", "grassroots_chapter", Some(unknown)),
        ];
        assert_eq!(
            made(&told, &BTreeMap::new()),
            [("2021-01-01".to_owned(), None, "grassroots_chapter".to_owned(), None)]
        );
    }
}
