//! What a correction says, and what it brings about.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use shared::published::Decision;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Id, Result};

use crate::ledger::OfAct;

/// Replaces a journal entry: `withdraw`, or at least one of the other fields.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"entry_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "occurred_on": "2022-06-28"}))]
pub struct CorrectEntry {
    /// The entry that was wrong, in its latest correction.
    pub entry_id: Id,
    /// Whether it should never have been recorded.
    #[serde(default)]
    pub withdraw: bool,
    /// The right day.
    #[serde(default)]
    pub occurred_on: Option<Day>,
    /// The right number, of a collective act: 1-100,000, and not below its women.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000)]
    pub count: Option<i64>,
    /// The right number of women, of a collective admission: not more than all.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000)]
    pub female_count: Option<i64>,
    /// The right paper.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The right organisation: of an act by which somebody comes into one.
    #[serde(default)]
    pub organisation_id: Option<Id>,
    /// The right reason of a departure: `removed`, `expelled`, `withdrew` or `deceased`.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub reason: Option<String>,
    /// The right day on which the cell considered an admission; null where it was the day of the admission.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<Day>)]
    pub considered_on: Option<Option<Day>>,
    /// The right day on which a member joined who came from elsewhere or was there before the books began.
    #[serde(default)]
    pub joined_on: Option<Day>,
    /// The right day of official standing of such a member; null where the member was probationary.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<Day>)]
    pub official_on: Option<Option<Day>>,
    /// Whether the person who joins owns the business.
    #[serde(default)]
    pub is_owner: Option<bool>,
    /// Whether the person who joins is a worker.
    #[serde(default)]
    pub is_worker: Option<bool>,
    /// The right paper that a rule asked for beside the decision.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub authorising_paper: Option<String>,
}

impl CorrectEntry {
    /// What is sent of an act's own fields, by their names.
    pub(super) fn fields(&self) -> Result<Vec<(&'static str, Value)>> {
        let mut sent = Vec::new();
        let mut add = |name, value: Value| {
            if !value.is_null() {
                sent.push((name, value));
            }
        };
        add("organisation_id", serde_json::to_value(self.organisation_id)?);
        add("reason", serde_json::to_value(&self.reason)?);
        add("joined_on", serde_json::to_value(self.joined_on)?);
        add("is_owner", serde_json::to_value(self.is_owner)?);
        add("is_worker", serde_json::to_value(self.is_worker)?);
        for (name, day) in [("considered_on", self.considered_on), ("official_on", self.official_on)] {
            if let Some(day) = day {
                sent.push((name, serde_json::to_value(day)?));
            }
        }
        Ok(sent)
    }

    /// Whether anything is to be replaced.
    pub(super) fn restates(&self) -> Result<bool> {
        Ok(self.occurred_on.is_some()
            || self.count.is_some()
            || self.female_count.is_some()
            || self.decision.is_some()
            || self.authorising_paper.is_some()
            || !self.fields()?.is_empty())
    }
}

/// Adds a fault for each field that is sent and that the act does not have.
pub(super) fn refuse_unfit(faults: &mut Faults, fields: &[(&str, bool, bool)]) {
    for (pointer, is_sent, may_be) in fields {
        if *is_sent && !may_be {
            faults.add(pointer, Wrong::new(Code::NotCorrectable));
        }
    }
}

/// Tells a field that is sent as null from one that is left out.
fn sent<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What a correction brought about.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Corrected {
    /// The act that was corrected: `/v1/acts/{id}`.
    pub act_id: Id,
    /// The new journal entry.
    pub entry_id: Id,
    /// The entry that it replaces.
    pub corrects: Id,
    /// `restated` or `withdrawn`.
    pub outcome: String,
}

impl OfAct for Corrected {
    fn act(&self) -> Id {
        self.act_id
    }
}
