//! Reading the catalogue.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::access::Permission;
use shared::published::Branch;
use shared::published::party_member::PartyStanding;
use shared::{Error, Result, ResultExt};

const HALF_YEAR: &str = include_str!("../../indicators/half_year.toml");

/// Whether an indicator counts events in a period or the state on its last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// Events in the period.
    Flow,
    /// The state on its last day.
    Stock,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// The sum of signs and numbers.
    Sum,
    /// Economic units, each once.
    DistinctUnits,
    /// People, each once.
    DistinctPeople,
}

/// An indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Its stable code: `PO01`.
    pub code: String,
    /// Its stable name: `grassroots_party_orgs_established`.
    pub key: String,
    /// What Vietnamese calls it.
    pub label_vi: String,
    /// What English calls it.
    pub label_en: String,
    /// Flow or stock.
    pub nature: Nature,
    /// The measure of the facts that are counted.
    pub measure: String,
    /// What is counted of them.
    pub counts: Counts,
    /// Only of these branches; empty: all.
    #[serde(default)]
    pub branches: Vec<Branch>,
    /// Only of these kinds of organisations; empty: all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Only of these standings; empty: all.
    #[serde(default)]
    pub standings: Vec<PartyStanding>,
    /// Only of these statuses; empty: all.
    #[serde(default)]
    pub statuses: Vec<String>,
    /// What a reader of the figure should know, in English.
    #[serde(default)]
    pub note: Option<String>,
    /// What a reader of the figure should know, in Vietnamese.
    #[serde(default)]
    pub note_vi: Option<String>,
}

impl Indicator {
    /// What a caller must be permitted to read to be shown the entries that it counts. Measures that are not about
    /// units or organisations are about members, whose entries are personal data.
    #[must_use]
    pub fn permission(&self) -> Permission {
        match self.measure.as_str() {
            "economic_units" => Permission::ReadEconomicUnit,
            // Organisations tell which units they cover.
            "unit_coverings" => Permission::ReadOrganisation,
            measure if measure.starts_with("organisation") => Permission::ReadOrganisation,
            _ => Permission::ReadMember,
        }
    }
}

/// The words of a closed list, as columns have them.
pub fn words_of<T: Copy + Into<&'static str>>(list: &[T]) -> Vec<&'static str> {
    list.iter().map(|one| (*one).into()).collect()
}

#[derive(Deserialize)]
struct File {
    indicator: Vec<Indicator>,
}

/// All indicators.
#[derive(Debug, Clone)]
pub struct Catalogue {
    indicators: Vec<Indicator>,
    version: String,
}

impl Catalogue {
    /// Reads the checked-in catalogue.
    ///
    /// # Errors
    /// Fails when it cannot be read, or names something in other than plain letters.
    pub fn read() -> Result<Self> {
        let file: File = toml::from_str(HALF_YEAR).doing("reading the indicators")?;
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        for indicator in &file.indicator {
            let lists = [&indicator.kinds, &indicator.statuses];
            // These strings are concatenated into SQL, so only `a-z` and `_` are accepted.
            if !is_plain(&indicator.measure) || !lists.into_iter().flatten().all(|word| is_plain(word)) {
                return Err(Error::internal(format!("indicator {} names what cannot be", indicator.code)));
            }
        }
        for indicator in &file.indicator {
            if indicator.nature == Nature::Flow && indicator.counts != Counts::Sum {
                return Err(Error::internal(format!("indicator {} counts things of a flow", indicator.code)));
            }
        }
        let version = hex::encode(Sha256::digest(HALF_YEAR.as_bytes())).chars().take(12).collect();
        Ok(Self { indicators: file.indicator, version })
    }

    /// All indicators, in the report's order.
    #[must_use]
    pub fn all(&self) -> &[Indicator] {
        &self.indicators
    }

    /// Returns an indicator by its code or its name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.code == name || indicator.key == name)
    }

    /// The version of the catalogue: a part of its hash.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }
}
