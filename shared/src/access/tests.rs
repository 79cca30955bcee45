//! Scopes over random trees, grants and records, against an oracle that goes the other way: from the record up.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::territory::{Area, AreaId, AreaLevel, Share, Succession, Territory};

const SHARES: [Share; 5] = [Share::Whole, Share::Main, Share::Part, Share::None, Share::Undecided];
const ROLES: [Role; 4] = [Role::Viewer, Role::Officer, Role::Inspector, Role::Administrator];
const PERMISSIONS: [Permission; 4] =
    [Permission::ReadEconomicUnit, Permission::WriteEconomicUnit, Permission::ReadMember, Permission::ReadClient];

fn id(number: usize) -> AreaId {
    AreaId::stored(format!("{number}@origin"))
}

fn day(number: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day") + chrono::Duration::days(number)
}

/// A forest in which a unit's parent comes before it, with periods, and successions to later units.
fn territory() -> impl Strategy<Value = Territory> {
    let unit = (any::<prop::sample::Index>(), any::<bool>(), 0..20i64, 1..20i64, any::<bool>());
    let succession = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..SHARES.len());
    (prop::collection::vec(unit, 1..14), prop::collection::vec(succession, 0..8)).prop_map(|(units, successions)| {
        let count = units.len();
        let areas = units
            .into_iter()
            .enumerate()
            .map(|(number, (parent, is_root, from, lasts, is_ended))| Area {
                id: id(number),
                code: number.to_string(),
                level: AreaLevel::Commune,
                unit_type: String::new(),
                name: String::new(),
                name_en: String::new(),
                parent_id: (number > 0 && !is_root).then(|| id(parent.index(number))),
                valid_from: Some(day(from)),
                valid_to: is_ended.then(|| day(from + lasts)),
            })
            .collect();
        let successions = successions
            .into_iter()
            .map(|(from, to, share)| (from.index(count), to.index(count), SHARES[share]))
            .filter(|(from, to, _)| from < to)
            .map(|(from, to, share)| Succession {
                from_id: id(from),
                to_id: Some(id(to)),
                effective_on: day(0),
                share,
                legal_basis: String::new(),
                confidence: String::new(),
            })
            .collect();
        Territory::new(areas, successions)
    })
}

/// The oracle: a record is reached when a grant stands on a way up, over parents and over what succeeded. No
/// way needs more steps than there are units.
fn reaches(territory: &Territory, from: &AreaId, granted: &AreaId, follows: impl Fn(Share) -> bool) -> bool {
    let mut reached = vec![from.clone()];
    for _ in territory.areas() {
        let parents = reached.iter().filter_map(|one| territory.find(one)?.parent_id.clone());
        let successions = reached.iter().flat_map(|one| territory.successions_of(one)).filter(|one| follows(one.share));
        let above: Vec<AreaId> = parents.chain(successions.filter_map(|one| one.to_id.clone())).collect();
        reached.extend(above);
        reached.sort();
        reached.dedup();
    }
    territory.find(from).is_some() && reached.contains(granted)
}

/// The oracle of what is kept for all parts of an area: a granted area lies there, itself or what went into it.
fn lies_in(territory: &Territory, granted: &AreaId, area: &AreaId) -> bool {
    let went_into = |from: &AreaId| {
        let mut reached = vec![from.clone()];
        for _ in territory.areas() {
            let successions = reached.iter().flat_map(|one| territory.successions_of(one));
            let later = successions.filter(|one| one.share.is_followed()).filter_map(|one| one.to_id.clone());
            reached.extend(later.collect::<Vec<_>>());
            reached.sort();
            reached.dedup();
        }
        reached.contains(granted)
    };
    let mut formers = territory.areas().filter(|former| went_into(&former.id));
    territory.find(granted).is_some() && formers.any(|former| reaches(territory, &former.id, area, Share::is_followed))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_scope_reaches_what_the_oracle_reaches(
        territory in territory(),
        grants in prop::collection::vec((0..ROLES.len(), 0..15usize), 0..4),
        permission in 0..PERMISSIONS.len(),
        today in 0..40i64,
    ) {
        let permission = PERMISSIONS[permission];
        let grants: Vec<Grant> =
            grants.into_iter().map(|(role, area)| Grant { role: ROLES[role], area: id(area) }).collect();
        let scope = Scope::of_grants(&grants, permission, &territory, day(today));
        for record in (0..15).map(id) {
            let holding = || grants.iter().filter(|grant| grant.role.permits(permission));
            let may_read = holding().any(|grant| {
                reaches(&territory, &record, &grant.area, |share| share.is_followed() || share == Share::Part)
            });
            let may_write = holding().any(|grant| {
                territory.find(&grant.area).is_some_and(|area| area.is_in_force(day(today)))
                    && reaches(&territory, &record, &grant.area, Share::is_followed)
            });
            prop_assert_eq!(scope.may_read(&record), may_read, "reading {} with {:?}", record, &grants);
            prop_assert_eq!(scope.may_write(&record), may_write, "writing {} with {:?}", record, &grants);
            prop_assert!(!may_write || may_read, "who may write may read");
            // Every record lies in an area that there is: its foreign key says so.
            if territory.find(&record).is_none() {
                continue;
            }
            let listed = scope.readable_ids().is_none_or(|ids| ids.contains(&record.to_string()));
            prop_assert_eq!(listed, may_read, "a list's filter is the same scope");
            let is_open = may_read || holding().any(|grant| lies_in(&territory, &grant.area, &record));
            prop_assert_eq!(scope.may_read_open(&record), is_open, "what is open in {} with {:?}", record, &grants);
            let listed = scope.open_ids().is_none_or(|ids| ids.contains(&record.to_string()));
            prop_assert_eq!(listed, is_open, "a list's filter is the same scope");
        }
    }
}
