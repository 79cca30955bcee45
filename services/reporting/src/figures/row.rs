//! The rows of a break-down, by their keys.

use shared::territory::{AreaId, AreaLevel};
use shared::validate::{Faults, Wrong};
use shared::{Code, Expected, Id};
use strum::VariantNames as _;

use super::answer::By;
use super::entries::Areas;
use super::roll_up::{MapPlace, MapQuery};

/// The key of the row of what nobody can place.
pub(super) const UNDECIDED: &str = "undecided";
/// The key of the row of what belongs to no superior body, or to no branch.
pub(super) const NO_GROUP: &str = "none";

/// Which counts stand in a row: nothing is asked of what it does not say.
#[derive(Debug, Default)]
pub(super) struct Row {
    area: Option<AreaRow>,
    /// The superior body, or that there is none.
    pub superior_body: Option<Option<Id>>,
    /// The branch, or that there is none.
    pub branch: Option<Option<String>>,
}

#[derive(Debug)]
struct AreaRow {
    /// The area; nothing where nobody can say.
    area: Option<AreaId>,
    level: AreaLevel,
}

impl Row {
    /// Reads a break-down and the key of one of its rows; without both it is the whole. Faults: `required` where one of the
    /// two is missing; `unknown_value`, `bad_format`.
    pub(super) fn parse(faults: &mut Faults, by: Option<&str>, key: Option<&str>) -> Option<Self> {
        match (by.map(str::parse::<By>), key) {
            (None, None) => Some(Self::default()),
            (Some(Err(_)), _) => {
                faults.add_parameter("by", Wrong::not_among(By::VARIANTS));
                None
            }
            (None, Some(_)) => {
                faults.add_parameter("by", Wrong::new(Code::Required));
                None
            }
            (Some(Ok(_)), None) => {
                faults.add_parameter("row", Wrong::new(Code::Required));
                None
            }
            (Some(Ok(by)), Some(key)) => {
                let row = Self::of(by, key);
                if row.is_none() {
                    faults.add_parameter("row", Wrong::new(Code::BadFormat).with("expected", Expected::RowKey));
                }
                row
            }
        }
    }

    fn of(by: By, key: &str) -> Option<Self> {
        let of_areas = |level| {
            let area = if key == UNDECIDED { None } else { Some(key.parse().ok()?) };
            Some(Self { area: Some(AreaRow { area, level }), ..Self::default() })
        };
        match by {
            By::District => of_areas(AreaLevel::District),
            By::Commune => of_areas(AreaLevel::Commune),
            By::SuperiorBody => {
                let body = if key == NO_GROUP { None } else { Some(key.parse().ok()?) };
                Some(Self { superior_body: Some(body), ..Self::default() })
            }
            By::Branch => {
                let is_plain = key.len() <= 20 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
                let branch = is_plain.then(|| (key != NO_GROUP).then(|| key.to_owned()))?;
                Some(Self { branch: Some(branch), ..Self::default() })
            }
        }
    }

    /// The areas whose counts stand in the row; nothing: all of those that there are.
    pub(super) fn areas(&self, map_query: &MapQuery<'_>) -> Option<Areas> {
        let Some(row) = &self.area else { return map_query.areas().map(Areas::Among) };
        let belonging = map_query.belonging();
        let is_in_row = |area: &AreaId| match (map_query.place_of(&belonging, area), &row.area) {
            (Some(MapPlace::Leaf(leaf)), Some(asked)) => map_query.row_of(&leaf, row.level).unwrap_or(leaf) == *asked,
            (Some(MapPlace::Undecided), None) => true,
            _ => false,
        };
        let all = map_query.territory.areas().map(|area| &area.id);
        // Who sees everything sees what stands nowhere too, and that is in no list of areas.
        if row.area.is_none() && map_query.area.is_none() && map_query.scope.is_all() {
            return Some(Areas::Others(all.filter(|area| !is_in_row(area)).map(AreaId::to_string).collect()));
        }
        Some(Areas::Among(all.filter(|area| is_in_row(area)).map(AreaId::to_string).collect()))
    }
}
