//! Areas, their ids, and what became of them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Trouble;

/// The id of an area: its code and first day (`12004@2025-07-01`), or `12004@origin` where it was in
/// force since before records.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct AreaId(Arc<str>);

impl AreaId {
    /// Takes an id from storage, where it was checked when it came in.
    #[must_use]
    pub fn stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AreaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AreaId {
    type Err = Trouble;

    fn from_str(text: &str) -> Result<Self, Trouble> {
        let fault = || {
            Trouble::new(
                "cần mã đơn vị hành chính dạng MÃ@NĂM-THÁNG-NGÀY hoặc MÃ@origin, ví dụ 33@2025-07-01",
                "expected CODE@YYYY-MM-DD or CODE@origin",
            )
        };
        let (code, since) = text.split_once('@').ok_or_else(fault)?;
        let is_code = (1..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
        let is_since = since == "origin" || since.parse::<crate::Day>().is_ok();
        if is_code && is_since { Ok(Self(text.into())) } else { Err(fault()) }
    }
}

impl<'de> Deserialize<'de> for AreaId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for AreaId {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(r"^\d{1,10}@(origin|\d{4}-\d{2}-\d{2})$"))
            .description(Some("The id of an area: its code and first day, or CODE@origin."))
            .examples(["12004@2025-07-01", "323@origin"])
            .into()
    }
}

impl utoipa::ToSchema for AreaId {
    fn name() -> std::borrow::Cow<'static, str> {
        "AreaId".into()
    }
}

/// The level of an area.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AreaLevel {
    /// Tỉnh.
    Province,
    /// Huyện, thị xã, thành phố: until 30 June 2025.
    District,
    /// Xã, phường, thị trấn: the leaf of every map.
    Commune,
}

/// An administrative unit with its period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its id.
    pub id: AreaId,
    /// Its code, which other units may bear at other times.
    pub code: String,
    /// Its level.
    pub level: AreaLevel,
    /// Its kind within the level: ward, commune, township, city...
    pub unit_type: String,
    /// Its Vietnamese name, with the kind's word before it.
    pub name: String,
    /// Its English name.
    pub name_en: String,
    /// The unit that it is a part of.
    pub parent_id: Option<AreaId>,
    /// Its first day; absent: since before records.
    pub valid_from: Option<NaiveDate>,
    /// The first day on which it is no more; absent: in force.
    pub valid_to: Option<NaiveDate>,
}

impl Area {
    /// Says whether the unit is in force on a day.
    #[must_use]
    pub fn is_in_force(&self, on: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= on) && self.valid_to.is_none_or(|to| on < to)
    }
}

/// How much of a unit went where.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Share {
    /// All of it.
    Whole,
    /// All but a sliver: counts follow it.
    Main,
    /// A part of it.
    Part,
    /// Nothing: the level was abolished, and nobody succeeds.
    None,
    /// The receiver is not known.
    Undecided,
}

impl Share {
    /// Says whether counts of the old unit go to the new one.
    #[must_use]
    pub fn is_followed(self) -> bool {
        matches!(self, Self::Whole | Self::Main)
    }
}

/// What became of a unit on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession {
    /// The unit that ended.
    pub from_id: AreaId,
    /// The unit that received it; absent where nobody did or it is not known.
    pub to_id: Option<AreaId>,
    /// The first day of the new state.
    pub effective_on: NaiveDate,
    /// How much of it went there.
    pub share: Share,
    /// The resolution that says so.
    pub legal_basis: String,
    /// How sure the source is: confirmed, inferred, unresolved.
    pub confidence: String,
}
