//! Each commune is part of one commune of another date: checked over the real areas and over random histories.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;

const AREAS: &str = include_str!("../../../services/enterprise-registry/data/areas.csv");
const SUCCESSIONS: &str = include_str!("../../../services/enterprise-registry/data/area_successions.csv");

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn id(text: &str) -> AreaId {
    text.parse().expect("an area id")
}

fn optional<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn real() -> Territory {
    let rows = |text: &str| {
        csv::Reader::from_reader(text.as_bytes()).records().map(|row| row.expect("a row")).collect::<Vec<_>>()
    };
    let areas = rows(AREAS)
        .iter()
        .map(|row| Area {
            id: id(&row[0]),
            code: row[1].to_owned(),
            level: row[2].parse().expect("a level"),
            unit_type: row[3].to_owned(),
            name: row[4].to_owned(),
            name_en: row[5].to_owned(),
            parent_id: optional(&row[6]),
            valid_from: optional(&row[7]),
            valid_to: optional(&row[8]),
        })
        .collect();
    let successions = rows(SUCCESSIONS)
        .iter()
        .map(|row| Succession {
            from_id: id(&row[0]),
            to_id: optional(&row[1]),
            effective_on: day(&row[2]),
            share: row[3].parse().expect("a share"),
            legal_basis: row[4].to_owned(),
            confidence: row[5].to_owned(),
        })
        .collect();
    Territory::new(areas, successions)
}

/// Every leaf of `from` lies in exactly one leaf of `to` or is undecided, and `made_of` says the same.
fn partition(territory: &Territory, from: NaiveDate, to: NaiveDate) -> BTreeSet<AreaId> {
    let mut undecided = BTreeSet::new();
    let mut held: BTreeMap<AreaId, BTreeSet<AreaId>> = BTreeMap::new();
    for leaf in territory.leaves(from) {
        match territory.resolve(&leaf.id, to) {
            Resolution::In(target) => {
                assert!(territory.find(&target).expect("a target").is_in_force(to));
                held.entry(target).or_default().insert(leaf.id.clone());
            }
            Resolution::Undecided => {
                undecided.insert(leaf.id.clone());
            }
            Resolution::Unknown => panic!("{} is unknown", leaf.id),
        }
    }
    for leaf in territory.leaves(to) {
        let parts = territory.made_of(&leaf.id, from);
        assert_eq!(parts, held.remove(&leaf.id).unwrap_or_default(), "{} on {to}", leaf.id);
    }
    assert!(held.is_empty(), "leaves outside the map: {held:?}");
    undecided
}

#[test]
fn the_communes_of_2022_lie_in_those_of_today_but_for_four() {
    let territory = real();
    assert_eq!(territory.leaves(day("2022-06-30")).len(), 421);
    assert_eq!(territory.leaves(day("2024-11-15")).len(), 403);
    assert_eq!(territory.leaves(day("2025-01-04")).len(), 381);
    assert_eq!(territory.leaves(day("2025-07-01")).len(), 104);
    let undecided = partition(&territory, day("2022-06-30"), day("2025-07-01"));
    let expected = ["11989@origin", "12004@origin", "12235@origin", "12322@origin"];
    assert_eq!(undecided, expected.iter().map(|text| id(text)).collect());
}

#[test]
fn a_province_of_today_reaches_both_former_provinces_and_a_district_of_2022_only_its_own() {
    let territory = real();
    let province = territory.reach(&id("33@2025-07-01"));
    assert!(province.writable.contains(&id("323@origin")));
    assert!(province.writable.contains(&id("12004@origin")), "the level above decides about a split unit");
    let district = territory.reach(&id("323@origin"));
    assert!(district.readable.iter().all(|area| area.as_str().ends_with("@origin") || area.as_str().contains("@2024")));
}

#[test]
fn a_commune_of_today_lies_in_its_province_of_both_times_and_in_no_other() {
    let territory = real();
    let within = |text: &str| territory.reach(&id(text)).within.iter().map(AreaId::to_string).collect::<Vec<_>>();
    assert_eq!(within("323@origin"), ["323@origin", "33@2025-07-01", "33@origin"]);
    let commune = within("12004@2025-07-01");
    assert!(["12004@2025-07-01", "33@2025-07-01", "33@origin"].iter().all(|one| commune.contains(&(*one).to_owned())));
    assert!(!commune.contains(&"34@origin".to_owned()), "{commune:?}");
    assert_eq!(within("33@origin"), ["33@2025-07-01", "33@origin"]);
}

#[test]
fn both_receivers_may_read_a_split_commune_and_neither_may_write_it() {
    let territory = real();
    let receivers: Vec<_> = territory
        .successions_of(&id("12004@origin"))
        .iter()
        .filter_map(|succession| succession.to_id.clone())
        .collect();
    assert_eq!(receivers.len(), 2);
    for receiver in receivers {
        let reach = territory.reach(&receiver);
        assert!(reach.readable.contains(&id("12004@origin")));
        assert!(!reach.writable.contains(&id("12004@origin")));
    }
}

/// A random history: each step on its own day, each unit either stays, or ends and goes whole into a
/// new one, in parts into two, or nobody knows where.
fn history() -> impl Strategy<Value = (Territory, Vec<NaiveDate>)> {
    (2usize..12, prop::collection::vec(prop::collection::vec(0u8..8, 12), 1..4)).prop_map(|(count, steps)| {
        let first = day("2020-01-01");
        let leaf = |code: usize, from: Option<NaiveDate>| Area {
            id: AreaId::stored(match from {
                Some(from) => format!("{code}@{from}"),
                None => format!("{code}@origin"),
            }),
            code: code.to_string(),
            level: AreaLevel::Commune,
            unit_type: "commune".to_owned(),
            name: code.to_string(),
            name_en: code.to_string(),
            parent_id: None,
            valid_from: from,
            valid_to: None,
        };
        let mut areas: Vec<Area> = (0..count).map(|code| leaf(code, None)).collect();
        let mut successions = Vec::new();
        let mut days = vec![first];
        for (step, choices) in steps.iter().enumerate() {
            let on = first + chrono::Months::new(12 * (u32::try_from(step).expect("few steps") + 1));
            days.push(on);
            let open: Vec<usize> = (0..areas.len()).filter(|at| areas[*at].valid_to.is_none()).collect();
            let mut received: BTreeMap<usize, AreaId> = BTreeMap::new();
            for (at, choice) in open.iter().zip(choices.iter().cycle()) {
                let targets: &[(usize, Share)] = match choice {
                    0..=2 => continue,
                    3..=4 => &[(100, Share::Whole)],
                    5 => &[(101, Share::Main), (100, Share::Part)],
                    6 => &[(100, Share::Part), (101, Share::Part)],
                    _ => &[(0, Share::Undecided)],
                };
                areas[*at].valid_to = Some(on);
                for (target, share) in targets {
                    let to_id = (*share != Share::Undecided).then(|| {
                        received
                            .entry(target + 10 * step)
                            .or_insert_with(|| {
                                let area = leaf(target + 10 * step, Some(on));
                                areas.push(area.clone());
                                area.id
                            })
                            .clone()
                    });
                    successions.push(Succession {
                        from_id: areas[*at].id.clone(),
                        to_id,
                        effective_on: on,
                        share: *share,
                        legal_basis: "invented".to_owned(),
                        confidence: "confirmed".to_owned(),
                    });
                }
            }
        }
        (Territory::new(areas, successions), days)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_leaves_of_one_day_partition_those_of_any_later_day((territory, days) in history()) {
        for (at, from) in days.iter().enumerate() {
            for to in &days[at..] {
                partition(&territory, *from, *to);
            }
        }
    }

    #[test]
    fn going_back_never_puts_a_leaf_where_it_was_not((territory, days) in history()) {
        for (at, to) in days.iter().enumerate() {
            for from in &days[at..] {
                for leaf in territory.leaves(*from) {
                    if let Resolution::In(earlier) = territory.resolve(&leaf.id, *to) {
                        prop_assert_eq!(territory.resolve(&earlier, *from), Resolution::In(leaf.id.clone()));
                    }
                }
            }
        }
    }
}
