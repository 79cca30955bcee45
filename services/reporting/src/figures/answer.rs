//! Requests and answers of figures.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::published::Branch;
use shared::territory::AreaId;
use shared::{Day, Id};

use crate::indicators::Indicator;

/// Whether a figure is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FigureState {
    /// A number, and somebody stated that all of it was recorded: in every commune, and in the whole period. Of a period that
    /// is still running (`period.state`), until the day of the position.
    Value,
    /// A number that counts what was recorded, while nobody stated that all of it was: some communes have no data, or data
    /// begin within the period. The true number may be higher.
    Partial,
    /// Nobody stated that there are data, and none were recorded, or the period has not begun: not zero.
    NoData,
    /// The question makes no sense there.
    NotApplicable,
}

/// A figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FigureValue {
    /// The indicator's code.
    pub indicator: String,
    /// The number; null where the state is another than `value` or `partial`.
    pub value: Option<i64>,
    /// Whether it is known. More may come.
    pub state: FigureState,
}

/// An area by its id, code and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AreaName {
    /// Its id.
    pub id: AreaId,
    /// Its code.
    pub code: String,
    /// Its Vietnamese name.
    pub name: String,
}

/// A superior committee or federation by its id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BodyName {
    /// Its id.
    pub id: Id,
    /// Its branch.
    pub branch: Branch,
    /// Its name.
    pub name: String,
    /// Whether it is still opening: on the period's last day recording had not begun under it. Opening registrations dated
    /// in the period may still come in and change its stocks.
    pub is_opening: bool,
}

/// The figures of one area or body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FigureRow {
    /// What the row stands for: an area's or a body's id, a branch, `undecided`, or `none` (no
    /// superior body, no branch).
    pub key: String,
    /// The area, in a break-down by areas.
    pub area: Option<AreaName>,
    /// The body, in a break-down by superior bodies.
    pub superior_body: Option<BodyName>,
    /// The branch, in a break-down by branches: `party`, `union`. More may come.
    pub branch: Option<Branch>,
    /// On the row `undecided`: the former communes whose place on this map nobody can say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_areas: Vec<AreaName>,
    /// The figures, in the order of `indicators`.
    pub values: Vec<FigureValue>,
}

/// The period asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PeriodDays {
    /// As it was asked: `2022-H1`.
    pub code: String,
    /// Its first day.
    pub first_on: NaiveDate,
    /// Its last day.
    pub last_on: NaiveDate,
    /// Whether it had begun and ended on the day of the position. More may come.
    pub state: PeriodState,
}

/// Where a day lies to a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodState {
    /// Its first day comes later: nothing is known of it, and all its figures are `no_data`.
    NotBegun,
    /// Its last day comes later or is the day: more may happen.
    Running,
    /// It is over.
    Ended,
}

impl PeriodState {
    /// The state of a period on a day.
    #[must_use]
    pub fn on(day: NaiveDate, first_on: NaiveDate, last_on: NaiveDate) -> Self {
        match day {
            _ if day < first_on => Self::NotBegun,
            _ if day <= last_on => Self::Running,
            _ => Self::Ended,
        }
    }
}

/// Figures for an area, a period and a map, at a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Figures {
    /// The instant as of which these figures were counted (RFC 3339, microseconds), a tilde, and the version of the
    /// catalogue: as `as_of` it gives the same bytes again. While a source cannot be read the instant stands still.
    pub position: String,
    /// The period.
    pub period: PeriodDays,
    /// The area; null: all that the caller may see.
    pub area: Option<AreaName>,
    /// The day whose structure the areas are shown in.
    pub map_on: NaiveDate,
    /// The break-down: `district`, `commune`, `superior_body`, `branch`; null: totals only.
    pub by: Option<String>,
    /// The indicators, in the order of all values.
    pub indicators: Vec<Indicator>,
    /// The figures of the whole.
    pub total: Vec<FigureValue>,
    /// The break-down.
    pub rows: Vec<FigureRow>,
    /// How many findings stand open in the area that could change these figures.
    pub open_findings: i64,
    /// How many superior bodies in the area, or above it, are still opening: on the period's last day recording had not begun
    /// under them. Opening registrations dated in the period may still come in and change the stocks.
    pub opening_bodies: i64,
    /// How many entries of the followed journals are set aside at this position, in the area and as far as the caller may
    /// see: they could not be read, and count nowhere.
    pub set_aside: i64,
}

/// What figures are broken down by.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::VariantNames, utoipa::ToSchema,
)]
#[strum(serialize_all = "snake_case")]
#[schema(rename_all = "snake_case")]
pub(super) enum By {
    District,
    Commune,
    SuperiorBody,
    Branch,
}

/// Which figures.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FiguresAsked {
    /// `2022`, `2022-H1`, `2022-Q3`, `2022-9M` or `2022-06`.
    #[serde(default)]
    #[param(required = true, pattern = r"^\d{4}(-(H[12]|Q[1-4]|9M|0[1-9]|1[0-2]))?$", example = "2022-H1")]
    pub period: String,
    /// An area's id, or its bare code on the map's day; left out: all that the caller may see.
    pub area: Option<String>,
    /// Broken down by `district`, `commune`, `superior_body` or `branch`.
    #[param(inline, value_type = Option<By>)]
    pub by: Option<String>,
    /// The day whose structure the areas are shown in; the period's last day if left out.
    #[param(inline)]
    pub map: Option<Day>,
    /// A position, or an instant: what was known then.
    pub as_of: Option<String>,
    /// Only these indicators, by code or name, separated by commas.
    pub indicator: Option<String>,
}

/// Which entries.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntriesAsked {
    /// The period, as of the figure.
    #[serde(default)]
    #[param(required = true, pattern = r"^\d{4}(-(H[12]|Q[1-4]|9M|0[1-9]|1[0-2]))?$", example = "2022-H1")]
    pub period: String,
    /// The area, as of the figure or of one of its rows.
    pub area: Option<String>,
    /// Only under this superior body.
    pub superior_body: Option<Id>,
    /// Lists what one row of a broken-down answer counts: the `by` of that answer, `district`, `commune`, `superior_body` or
    /// `branch`. `row` says which row.
    #[param(inline, value_type = Option<By>)]
    pub by: Option<String>,
    /// The `key` of that row: an area's or a body's id, a branch, `undecided` or `none`.
    #[param(max_length = 60)]
    pub row: Option<String>,
    /// The map, as of the figure.
    #[param(inline)]
    pub map: Option<Day>,
    /// The position, as of the figure.
    pub as_of: Option<String>,
    /// How many at most, 1-200; 50 if left out.
    pub limit: Option<i64>,
    /// The cursor of the page, from the page before.
    pub cursor: Option<String>,
}
