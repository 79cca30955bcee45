//! Warnings and their answers: what is possible and yet doubtful is carried out when the caller says why it is right.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Params, Warning};
use crate::validate::{Faults, Wrong, line};
use crate::{Code, Error, Result};

/// The warnings that there are.
const WARNINGS: [Code; 1] = [Code::SameActRecorded];
const REASON_LENGTH_MAX: usize = 300;

/// The answers of a request: for each warning that is known beforehand, by its code, the reason why it is right.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(BTreeMap<String, String>);

impl Answers {
    /// Checks that each is the answer to a warning that there is, and a line of text.
    pub fn check(&self, faults: &mut Faults) {
        for (code, reason) in &self.0 {
            if !WARNINGS.iter().any(|known| known.as_str() == code) {
                faults.add("/answers", Wrong::not_among(&WARNINGS.map(Code::as_str)));
            } else {
                faults.take(&format!("/answers/{code}"), line(reason, REASON_LENGTH_MAX));
            }
        }
    }

    /// Asks for an answer to a warning.
    ///
    /// # Errors
    /// `needs_answer` where there is none.
    pub fn require(&self, code: Code, params: Params) -> Result<()> {
        if self.0.contains_key(code.as_str()) {
            return Ok(());
        }
        Err(Error::needs_answer(vec![Warning { code, params }]))
    }

    /// The answers as they are kept with an act; nothing where there are none.
    ///
    /// # Errors
    /// Fails when they cannot be written as JSON.
    pub fn kept(&self) -> Result<Option<String>> {
        if self.0.is_empty() { Ok(None) } else { Ok(Some(serde_json::to_string(self)?)) }
    }
}
