//! An act before it is stored in the ledger.

use chrono::NaiveDate;
use shared::Id;
use shared::answers::Answers;
use shared::published::Decision;

/// An act as it is to be recorded, or as it is to stand after a correction.
pub struct NewAct<A> {
    /// The act's id.
    pub id: Id,
    /// What was done.
    pub act: A,
    /// The day it happened.
    pub on: NaiveDate,
    /// The decision.
    pub decision: Option<Decision>,
    /// The document that authorises the act, where a rule asks for one beside the decision.
    pub authorising_paper: Option<String>,
    /// Why it is put right; nothing where it is recorded first.
    pub note: Option<String>,
    /// The answers to the warnings that it meets.
    pub answers: Answers,
}
