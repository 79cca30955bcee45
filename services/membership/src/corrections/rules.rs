//! Rules for corrections: what a request may contain, and what it changes.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::acts::{CorrectionOutcome, KeptAct};
use shared::answers::Answers;
use shared::published::Decision;
use shared::published::party_member::DepartureReason;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Day, Id, Result};

use crate::ledger::{NewAct, OfAct};
use crate::organisations::FoundingMembers;

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
    /// Why it is put right: at most 300 characters. It is kept with the act, of a
    /// membership sealed, and never in the journal.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub note: Option<String>,
    /// The right day.
    #[serde(default)]
    pub occurred_on: Option<Day>,
    /// The right number, of a collective act: 1-100,000, and not below its women.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000)]
    pub count: Option<i64>,
    /// The right number of women, of a collective admission: not more than all; null where
    /// nobody counted them.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000)]
    pub female_count: Option<Option<i64>>,
    /// The right decision.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The right organisation of an act by which somebody comes into one.
    #[serde(default)]
    pub organisation_id: Option<Id>,
    /// The right reason of a departure: `removed`, `expelled`, `withdrew` or `deceased`.
    #[serde(default)]
    pub reason: Option<DepartureReason>,
    /// The right day on which the cell considered an admission; null where it was the day of the admission.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<Day>)]
    pub considered_on: Option<Option<Day>>,
    /// The right day of joining, of a member who came from elsewhere or joined before recording began.
    #[serde(default)]
    pub joined_on: Option<Day>,
    /// The right day of official standing of such a member; null where the member was probationary.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<Day>)]
    pub official_on: Option<Option<Day>>,
    /// Whether the person who joins owns the business.
    #[serde(default)]
    pub is_owner: Option<bool>,
    /// Whether the person who joins is a worker.
    #[serde(default)]
    pub is_worker: Option<bool>,
    /// The right kind, of a founding, an opening registration or an upgrade: of the same branch.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub kind: Option<String>,
    /// The right name, of a founding or an opening registration.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub name: Option<String>,
    /// The right superior, of a founding, an opening registration or an upgrade.
    #[serde(default)]
    pub superior_id: Option<Id>,
    /// The right area, of a founding or an opening registration: its members and what happened in it go with it.
    #[serde(default)]
    pub area: Option<AreaId>,
    /// The right economic units, of a founding or an opening registration: at most 50, each once.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub economic_unit_ids: Option<Vec<Id>>,
    /// The right numbers of members that a founding decision states.
    #[serde(default)]
    pub founding_members: Option<FoundingMembers>,
    /// The right document that a rule asked for beside the decision.
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
        add("count", serde_json::to_value(self.count)?);
        add("kind", serde_json::to_value(&self.kind)?);
        add("name", serde_json::to_value(&self.name)?);
        add("superior_id", serde_json::to_value(self.superior_id)?);
        add("area", serde_json::to_value(&self.area)?);
        add("economic_unit_ids", serde_json::to_value(&self.economic_unit_ids)?);
        add("founding_members", serde_json::to_value(&self.founding_members)?);
        add("organisation_id", serde_json::to_value(self.organisation_id)?);
        add("reason", serde_json::to_value(self.reason)?);
        add("joined_on", serde_json::to_value(self.joined_on)?);
        add("is_owner", serde_json::to_value(self.is_owner)?);
        add("is_worker", serde_json::to_value(self.is_worker)?);
        if let Some(count) = self.female_count {
            sent.push(("female_count", serde_json::to_value(count)?));
        }
        for (name, day) in [("considered_on", self.considered_on), ("official_on", self.official_on)] {
            if let Some(day) = day {
                sent.push((name, serde_json::to_value(day)?));
            }
        }
        Ok(sent)
    }

    /// Whether anything is to be replaced.
    pub(super) fn restates(&self) -> Result<bool> {
        Ok(self.occurred_on.is_some() || self.names_papers() || !self.fields()?.is_empty())
    }

    /// Why it is put right.
    pub(super) fn note(&self) -> Result<Option<String>> {
        let mut faults = Faults::new();
        let note = faults.take("/note", self.note.as_deref().map(|text| line(text, 300)).transpose());
        faults.finish_with(note)
    }

    /// Whether a paper is sent.
    pub(super) fn names_papers(&self) -> bool {
        self.decision.is_some() || self.authorising_paper.is_some()
    }

    /// An act as it should have been: each field that is sent must be one that the act has.
    pub(super) fn replace<A: DeserializeOwned>(
        &self,
        faults: &mut Faults,
        act: &KeptAct,
        note: Option<String>,
        has_papers: fn(&A) -> (bool, bool),
    ) -> Result<Option<NewAct<A>>> {
        let mut content: Value = serde_json::from_str(&act.content)?;
        for (name, value) in self.fields()? {
            match content.get_mut(name) {
                Some(field) => *field = value,
                None => faults.add(&format!("/{name}"), Wrong::new(Code::NotCorrectable)),
            }
        }
        let to_be: A = serde_json::from_value(content)?;
        let (has_decision, has_other_paper) = has_papers(&to_be);
        for (pointer, is_sent, may_be) in [
            ("/decision", self.decision.is_some(), has_decision),
            ("/authorising_paper", self.authorising_paper.is_some(), has_other_paper),
        ] {
            if is_sent && !may_be {
                faults.add(pointer, Wrong::new(Code::NotCorrectable));
            }
        }
        let paper = self.authorising_paper.as_deref().map(|text| line(text, 200)).transpose();
        let paper = faults.take("/authorising_paper", paper);
        Ok(paper.map(|paper| NewAct {
            id: act.id,
            act: to_be,
            on: self.occurred_on.map_or(act.occurred_on, Day::get),
            decision: self.decision.clone().or_else(|| act.decision()),
            authorising_paper: paper.or_else(|| act.authorising_paper.clone()),
            note,
            answers: Answers::default(),
        }))
    }
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
    pub outcome: CorrectionOutcome,
}

impl OfAct for Corrected {
    fn act(&self) -> Id {
        self.act_id
    }
}
