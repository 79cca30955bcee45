//! Conditions of decisions that are not met any more since another act was put right.

use std::collections::BTreeMap;

use super::kept::{KeptAct, put_unmet_condition};
use super::record::{Record, Tells};
use super::{Acts, Step};
use crate::error::Params;
use crate::storage::Tx;
use crate::{Code, Error, Id, Result};

/// A condition of the decision behind a recorded act that is not met in the state before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The code of its refusal.
    pub condition: Code,
    /// What was compared. The same condition that is not met by other values is another loss. It is never kept: an age may
    /// be among it.
    compared: Params,
}

impl Lost {
    /// The condition that a refusal is about: its code, or that of the first field at fault.
    ///
    /// # Errors
    /// The refusal itself where it is a failure and no refusal.
    pub fn of(refusal: Error) -> Result<Self> {
        if matches!(refusal.code(), Code::Internal | Code::Unavailable) {
            return Err(refusal);
        }
        let (condition, compared) = about(&refusal);
        Ok(Self { condition, compared: compared.clone() })
    }

    /// What a judgement says is not met, if anything.
    ///
    /// # Errors
    /// The judgement's error where it is a failure and no refusal.
    pub fn by(judgement: Result<()>) -> Result<Option<Self>> {
        judgement.err().map(Self::of).transpose()
    }
}

/// What a refusal is about: its code and values, or those of the first field at fault.
fn about(refusal: &Error) -> (Code, &Params) {
    match refusal.field_faults().first() {
        Some(fault) => (fault.code, &fault.params),
        None => (refusal.code(), refusal.params()),
    }
}

/// Which acts have a condition that is not met, by the act.
pub type AllLost = BTreeMap<Id, Lost>;

/// Which condition of an act is kept as not met any more, and since which version of the act.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Unmet {
    pub condition: Option<String>,
    pub since: Option<i64>,
}

impl Unmet {
    /// What is kept of an act by now.
    pub(super) fn of(act: &KeptAct) -> Self {
        Self { condition: act.unmet_condition.clone(), since: act.unmet_since }
    }

    /// What is to be kept with the next version of an act, after a change before which `was` was not met, and after which
    /// `is` is not. A change is not blamed for what was not met before it. What is not met by other values than before is
    /// another loss.
    pub(super) fn after(act: &KeptAct, was: Option<&Lost>, is: Option<&Lost>) -> Self {
        let Some(is) = is else { return Self::default() };
        let condition = is.condition.as_str();
        match (&act.unmet_condition, was) {
            (None, Some(_)) => Self::default(),
            (Some(kept), Some(was)) if kept == condition && was == is => Self::of(act),
            _ => Self { condition: Some(condition.to_owned()), since: Some(act.version + 1) },
        }
    }
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
        if let Some(one) = tells.unmet_condition(tx, step, row)? {
            lost.insert(step.living.id, one);
        }
    }
    Ok(lost)
}

/// Keeps which condition of an act is not met any more, or is met again, since another record was changed.
///
/// # Errors
/// Fails when the database does; `stale_version` where the act was changed since it was read.
pub fn keep_judged(tx: &mut Tx<'_>, act: &KeptAct, was: Option<&Lost>, is: Option<&Lost>) -> Result<()> {
    let unmet = Unmet::after(act, was, is);
    if unmet == Unmet::of(act) { Ok(()) } else { put_unmet_condition(tx, act, &unmet) }
}

/// Lets a judgement pass that says what was not met before either: the rest of an act with a lost condition can be put
/// right. Returns the condition that is still not met.
///
/// # Errors
/// The judgement's error, unless it is about the condition `was_unmet`.
pub fn forgive(judgement: Result<()>, was_unmet: Option<String>) -> Result<Option<String>> {
    let Err(refusal) = judgement else { return Ok(None) };
    if was_unmet.as_deref() == Some(about(&refusal).0.as_str()) { Ok(was_unmet) } else { Err(refusal) }
}
