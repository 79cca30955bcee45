//! The command: an operator carries it out on a lawful decision, beside the running service.

use serde_json::Value;
use shared::access_records::forget_purposes;
use shared::clock::{Clock, vietnam_day};
use shared::journal::{Entry, redact_subject};
use shared::personal::delete_data_key;
use shared::published::person::PersonErased;
use shared::storage::{Act, DatabaseUrl, Db, Tx};
use shared::{Error, Id, Result};

use super::store;
use crate::NAME;

/// Whom to erase, and why.
#[derive(Debug, Clone, clap::Args)]
pub struct EraseArgs {
    /// The person's id.
    #[arg(value_name = "PERSON")]
    pub person: Id,
    /// The ground that the decision to erase states.
    #[arg(long, value_enum)]
    pub ground: Ground,
}

/// Why a person is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, strum::IntoStaticStr)]
#[value(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Ground {
    /// The person withdrew the consent, and no other ground is left.
    ConsentWithdrawn,
    /// The purpose was reached or has ended.
    PurposeEnded,
    /// The data should not have been recorded.
    UnlawfulProcessing,
    /// A competent authority decided so.
    AuthorityDecision,
}

/// Erases a person, and says what was done.
///
/// # Errors
/// Fails with one sentence, and changes nothing, when there is no such person or one with a living membership.
pub async fn erase_person(url: &DatabaseUrl, args: &EraseArgs) -> Result<String> {
    let db = Db::open_beside(url, NAME)?;
    let act = Act { actor: format!("service:{NAME}"), at: Clock::System.now(), batch: Some(Id::new()) };
    let EraseArgs { person, ground } = args.clone();
    let emptied = db.write(act, move |tx| {
        let entries = erase(tx, person, ground)?;
        Ok((entries.len() - 1, entries.into()))
    });
    let emptied = emptied.await?;
    db.remove_remains(&["people", "data_keys", "acts", "journal_entries", "access_records"]).await?;
    Ok(format!(
        "person {person} is erased: no key opens the fields, {emptied} journal entries are emptied. Backups that were \
         made before still open the person: do this again wherever one is restored"
    ))
}

fn erase(tx: &mut Tx<'_>, person: Id, ground: Ground) -> Result<Vec<Entry>> {
    let memberships = store::list_memberships(tx, person)?;
    if let Some((id, _)) = memberships.iter().find(|(_, status)| matches!(status.as_str(), "active" | "in_flight")) {
        return Err(Error::internal(format!("membership {id} of the person is living: end it first")));
    }
    let on = vietnam_day(tx.at());
    if !delete_data_key(tx, person)? {
        return Err(Error::internal("the person was erased before"));
    }
    store::empty_person(tx, person)?;
    forget_purposes(tx, &format!("/v1/people/{person}"))?;
    let mut entries = Vec::new();
    for (membership, _) in memberships {
        store::remove_papers(tx, membership, without_papers)?;
        entries.extend(redact_subject(tx, &format!("/v1/memberships/{membership}"), on, without_papers)?);
    }
    let erased = PersonErased { person, ground: <&str>::from(ground).to_owned() };
    entries.push(Entry::of(&erased, format!("/v1/people/{person}"), on)?);
    Ok(entries)
}

/// A payload without what leads to the person: number, day and issuing body of a paper.
fn without_papers(payload: Value) -> Value {
    match payload {
        Value::Object(fields) => {
            let kept = fields.into_iter().map(|(name, value)| match name.as_str() {
                "decision" | "authorising_paper" => (name, Value::Null),
                _ => (name, without_papers(value)),
            });
            Value::Object(kept.collect())
        }
        other => other,
    }
}
