//! Warnings and their answers: a request that is possible but doubtful is carried out when the caller says why it is
//! right.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::acts::find_like;
use crate::error::{Params, Warning};
use crate::storage::AnyConnection;
use crate::validate::{Faults, Wrong, line};
use crate::{Code, Error, Result};

/// The warnings that there are.
const WARNINGS: [Code; 5] = [
    Code::SameActRecorded,
    Code::SteeringCommitteeRecorded,
    Code::SupportTeamRecorded,
    Code::DocumentNumberRepeated,
    Code::RestsOnLaterDocument,
];
const REASON_LENGTH_MAX: usize = 300;

/// The answers of a request: for each warning that is known beforehand, by its code, the reason why it is right.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(BTreeMap<String, String>);

impl Answers {
    /// Checks that each is the answer to a warning that there is, and a line of text.
    pub fn check(&self, faults: &mut Faults) {
        let known = WARNINGS.map(Code::as_str);
        if self.0.keys().any(|code| !known.contains(&code.as_str())) {
            faults.add("/answers", Wrong::not_among(&known));
        }
        for (code, reason) in known.into_iter().filter_map(|code| self.0.get_key_value(code)) {
            faults.take(&format!("/answers/{code}"), line(reason, REASON_LENGTH_MAX));
        }
    }

    /// Asks why an act is recorded that says what another one says, if one counts.
    ///
    /// # Errors
    /// `needs_answer` where the request does not say why.
    pub fn ask_about_like(&self, conn: &mut AnyConnection, likeness: Option<&[u8]>) -> Result<()> {
        let code = Code::SameActRecorded;
        let Some(likeness) = likeness.filter(|_| !self.0.contains_key(code.as_str())) else { return Ok(()) };
        let like = find_like(conn, likeness)?;
        self.ask(code, like.map(|act| [("act", act.to_string())].into()))
    }

    /// Asks at once why several things are right, as [`Self::ask`].
    ///
    /// # Errors
    /// `needs_answer` with each warning of which the request does not say why it is right.
    pub fn ask_all(&self, doubts: impl IntoIterator<Item = (Code, Option<Params>)>) -> Result<()> {
        let open = doubts.into_iter().filter(|(code, _)| !self.0.contains_key(code.as_str()));
        let warnings: Vec<Warning> =
            open.filter_map(|(code, params)| params.map(|params| Warning { code, params })).collect();
        if warnings.is_empty() { Ok(()) } else { Err(Error::needs_answer(warnings)) }
    }

    /// Asks why something is right of which `doubt` gives what stands in the sentence; nothing where there is no doubt.
    ///
    /// # Errors
    /// `needs_answer` where the request does not say why.
    pub fn ask(&self, code: Code, doubt: Option<Params>) -> Result<()> {
        match doubt.filter(|_| !self.0.contains_key(code.as_str())) {
            Some(params) => Err(Error::needs_answer(vec![Warning { code, params }])),
            None => Ok(()),
        }
    }

    /// The answers with those that are kept with an act already, which give way.
    ///
    /// # Errors
    /// Fails when what is kept was changed by another hand.
    pub fn beside(mut self, kept: Option<&str>) -> Result<Self> {
        let kept: Self = kept.map(serde_json::from_str).transpose()?.unwrap_or_default();
        for (code, reason) in kept.0 {
            self.0.entry(code).or_insert(reason);
        }
        Ok(self)
    }

    /// The answers as they are kept with an act; nothing where there are none.
    ///
    /// # Errors
    /// Fails when they cannot be written as JSON.
    pub fn kept(&self) -> Result<Option<String>> {
        if self.0.is_empty() { Ok(None) } else { Ok(Some(serde_json::to_string(self)?)) }
    }
}
