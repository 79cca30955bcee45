//! Conditions of decisions that are no longer met because another act was corrected.

use std::collections::BTreeMap;

use super::kept::{KeptAct, put_unmet};
use super::record::{Record, Tells};
use super::{Acts, Step};
use crate::error::Params;
use crate::storage::Tx;
use crate::{Code, Error, Id, Result};

/// Which conditions of the decision behind an act are not met in the state before it: each by the code of its refusal, with
/// what was compared. What was compared is never kept: an age may be among it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost(BTreeMap<Code, Params>);

impl Lost {
    /// What a judgement says is not met.
    ///
    /// # Errors
    /// The judgement's error where it is a failure and no refusal.
    pub fn by(judgement: Result<()>) -> Result<Self> {
        let Err(refusal) = judgement else { return Ok(Self::default()) };
        if matches!(refusal.code(), Code::Internal | Code::Unavailable) {
            return Err(refusal);
        }
        Ok(Self(conditions_of(&refusal).map(|(code, params)| (code, params.clone())).collect()))
    }

    /// What is not met of either.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Whether a condition is not met, by the code of its refusal.
    #[must_use]
    pub fn holds(&self, condition: &str) -> bool {
        self.0.keys().any(|code| code.as_str() == condition)
    }
}

/// Which acts have conditions that are not met, by the act.
pub type AllLost = BTreeMap<Id, Lost>;

/// The conditions of an act that are kept as not met any more, each by the code of its refusal, with the version of the act
/// since which it is so: the same condition lost again is another loss.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Unmet(BTreeMap<String, i64>);

impl Unmet {
    /// Reads what is kept of an act.
    ///
    /// # Errors
    /// Fails when it was changed by another hand.
    pub fn of(act: &KeptAct) -> Result<Self> {
        Ok(act.unmet.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default())
    }

    /// As it is kept.
    pub(super) fn kept(&self) -> Result<Option<String>> {
        Ok(if self.0.is_empty() { None } else { Some(serde_json::to_string(self)?) })
    }

    /// The conditions, each with the version of the act since which it is not met.
    pub fn conditions(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().map(|(condition, since)| (condition.as_str(), *since))
    }

    /// Whether a condition is kept.
    #[must_use]
    pub fn holds(&self, condition: Code) -> bool {
        self.0.contains_key(condition.as_str())
    }

    /// Those that are still not met.
    #[must_use]
    pub fn still(mut self, lost: &Lost) -> Self {
        self.0.retain(|condition, _| lost.holds(condition));
        self
    }

    /// Those of either.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Without those of some codes that are met.
    #[must_use]
    pub fn without_met(mut self, codes: &[Code], lost: &Lost) -> Self {
        self.0.retain(|condition, _| lost.holds(condition) || codes.iter().all(|code| code.as_str() != condition));
        self
    }

    /// What is to be kept with the version of an act after this one: `was` was not met before a change, and `is` is not met after it.
    /// A change is not blamed for what was not met before it by the same values.
    fn after(self, version: i64, was: &Lost, is: &Lost) -> Self {
        let since = |(code, compared): (&Code, &Params)| {
            let kept = self.0.get(code.as_str()).copied();
            let since = if was.0.get(code) == Some(compared) { kept? } else { version + 1 };
            Some((code.as_str().to_owned(), since))
        };
        Self(is.0.iter().filter_map(since).collect())
    }
}

/// What is to be kept of an act after a change before which `was` was not met, and after which `is` is not met.
pub(super) fn unmet_after(act: &KeptAct, was: &Lost, is: &Lost) -> Result<Unmet> {
    Ok(Unmet::of(act)?.after(act.version, was, is))
}

/// Judges the acts on a record in the states before them.
///
/// # Errors
/// Fails when the database does.
pub fn judge_all<A: Acts + Clone>(
    tx: &mut Tx<'_>,
    tells: &impl Tells<A>,
    record: &Record<A>,
    steps: &[Step<'_, A>],
) -> Result<AllLost> {
    let mut lost = AllLost::new();
    for step in steps {
        let row = record.row(step.living.id).ok_or_else(|| Error::internal("an act is judged that is not kept"))?;
        lost.insert(step.living.id, tells.judge_again(tx, step, row)?);
    }
    Ok(lost)
}

/// Keeps which conditions of an act are not met any more, or are met again, since another record was changed.
///
/// # Errors
/// Fails when the database does; `stale_version` where the act was changed since it was read.
pub fn keep_judged(tx: &mut Tx<'_>, act: &KeptAct, was: &Lost, is: &Lost) -> Result<()> {
    let unmet = unmet_after(act, was, is)?;
    keep_unmet(tx, act, &unmet)
}

/// Keeps which conditions of an act are not met.
///
/// # Errors
/// Fails when the database does; `stale_version` where the act was changed since it was read.
pub fn keep_unmet(tx: &mut Tx<'_>, act: &KeptAct, unmet: &Unmet) -> Result<()> {
    if *unmet == Unmet::of(act)? { Ok(()) } else { put_unmet(tx, act, unmet) }
}

/// The conditions that a refusal says are not met, each by its code, with what was compared.
fn conditions_of(refusal: &Error) -> impl Iterator<Item = (Code, &Params)> {
    let faults = refusal.field_faults().iter().map(|fault| (fault.code, &fault.params));
    let refusals = refusal.refusals().iter().map(|one| (one.code, &one.params));
    let is_bare = refusal.field_faults().is_empty() && refusal.refusals().is_empty();
    faults.chain(refusals).chain(is_bare.then(|| (refusal.code(), refusal.params())))
}

/// Lets a judgement pass that says what was not met before either: the rest of an act can be put right although a condition
/// of it is lost. Returns what is still not met of what was.
///
/// # Errors
/// The judgement's error where it is about anything else.
pub fn forgive(judgement: Result<()>, was_unmet: Unmet) -> Result<Unmet> {
    let Err(refusal) = judgement else { return Ok(Unmet::default()) };
    let is_known = |code: Code| was_unmet.0.contains_key(code.as_str());
    let all = conditions_of(&refusal).all(|(code, _)| is_known(code));
    if all { Ok(was_unmet.still(&Lost::by(Err(refusal))?)) } else { Err(refusal) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(told: &[(Code, &str)]) -> Lost {
        Lost(told.iter().map(|(code, by)| (*code, Params::from([("by", (*by).to_owned())]))).collect())
    }

    fn unmet(told: &[(Code, i64)]) -> Unmet {
        Unmet(told.iter().map(|(code, since)| (code.as_str().to_owned(), *since)).collect())
    }

    #[test]
    fn each_condition_is_blamed_on_the_change_that_took_it() {
        let (age, paper) = (Code::AgeTooLow, Code::DecisionPaperRequired);
        for (kept, was, is, next) in [
            // Lost now, kept as it was, lost by other values, and met again.
            (unmet(&[]), lost(&[]), lost(&[(age, "17")]), unmet(&[(age, 8)])),
            (unmet(&[(age, 3)]), lost(&[(age, "17")]), lost(&[(age, "17")]), unmet(&[(age, 3)])),
            (unmet(&[(age, 3)]), lost(&[(age, "17")]), lost(&[(age, "16")]), unmet(&[(age, 8)])),
            (unmet(&[(age, 3)]), lost(&[(age, "17")]), lost(&[]), unmet(&[])),
            // What was not met before, and is missed by nothing else, is not this change's.
            (unmet(&[]), lost(&[(age, "17")]), lost(&[(age, "17")]), unmet(&[])),
            (unmet(&[]), lost(&[(age, "17")]), lost(&[(age, "16")]), unmet(&[(age, 8)])),
            // One loss does not hide another.
            (
                unmet(&[(age, 3)]),
                lost(&[(age, "17")]),
                lost(&[(age, "17"), (paper, "0")]),
                unmet(&[(age, 3), (paper, 8)]),
            ),
        ] {
            assert_eq!(kept.clone().after(7, &was, &is), next, "{kept:?} {was:?} {is:?}");
        }
    }

    #[test]
    fn a_judgement_passes_that_is_about_what_was_lost_before() {
        let refusal = || Err(Error::new(Code::AgeTooLow));
        let was = unmet(&[(Code::AgeTooLow, 3), (Code::ProbationNotOver, 4)]);
        assert_eq!(forgive(refusal(), was).expect("it passes"), unmet(&[(Code::AgeTooLow, 3)]));
        assert!(forgive(refusal(), unmet(&[(Code::ProbationNotOver, 4)])).is_err());
        assert_eq!(forgive(Ok(()), unmet(&[(Code::AgeTooLow, 3)])).expect("it passes"), Unmet::default());
    }
}
