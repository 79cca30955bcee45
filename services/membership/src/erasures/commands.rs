//! The command: an operator runs it on a lawful decision, beside the running service.

use secrecy::SecretString;
use serde_json::Value;
use shared::access_records::forget_purposes;
use shared::clock::{Clock, vietnam_day};
use shared::journal::{Entry, redact_subject};
use shared::personal::{Ground, MasterKey, Vault, delete_data_key, remove_remains};
use shared::published::person::PersonErased;
use shared::storage::{Act, DatabaseUrl, Db, Tx};
use shared::{Error, Id, Result};

use super::store;
use crate::people;
use crate::state::NAME;

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

/// Erases a person, and says what was done.
///
/// # Errors
/// Fails with one sentence, and changes nothing, when there is no such person or one with an active membership.
pub async fn erase_person(url: &DatabaseUrl, args: &EraseArgs) -> Result<String> {
    let db = Db::open_beside(url, NAME)?;
    let act = Act { actor: format!("service:{NAME}"), at: Clock::System.now(), batch: Some(Id::new()) };
    let EraseArgs { person, ground } = args.clone();
    let emptied = db.write(act, move |tx| {
        let entries = erase(tx, person, ground)?;
        Ok((entries.len() - 1, entries.into()))
    });
    let emptied = emptied.await?;
    const TABLES: [&str; 9] = [
        "people",
        "person_versions",
        "data_keys",
        "acts",
        "act_versions",
        "findings",
        "journal_entries",
        "access_records",
        "made_ids",
    ];
    let remains = remove_remains(&db, &TABLES).await?;
    Ok(format!(
        "person {person} is erased: no key opens the fields, {emptied} journal entries are emptied. Backups that were \
         made before still open the person: do this again wherever one is restored{remains}"
    ))
}

/// Returns a person's number, by which a household of the same citizen is found in the registry; nothing where there is
/// none, or no such person.
///
/// # Errors
/// Fails when the database was sealed with another master key.
pub async fn personal_id_of(url: &DatabaseUrl, master: &MasterKey, person: Id) -> Result<Option<SecretString>> {
    let db = Db::open_beside(url, NAME)?;
    let (act, master) =
        (Act { actor: format!("service:{NAME}"), at: Clock::System.now(), batch: None }, master.clone());
    let vault = db.note(act, move |tx| Vault::open(tx, &master)).await?;
    let number = db.read(move |conn| {
        let person = people::person_of(conn, person)?;
        people::personal_id_of(conn, &vault, person)
    });
    let number = number.await?;
    Ok(number.map(SecretString::from))
}

fn erase(tx: &mut Tx<'_>, person: Id, ground: Ground) -> Result<Vec<Entry>> {
    let person = people::person_of(tx.conn(), person)?;
    let memberships = store::list_memberships(tx, person)?;
    if let Some((id, _)) = memberships.iter().find(|(_, status)| status.lives()) {
        return Err(Error::trouble(
            format!("tư cách đảng viên, đoàn viên {id} của người này đang còn: ghi nhận việc kết thúc trước"),
            format!("membership {id} of the person is living: end it first"),
        ));
    }
    let on = vietnam_day(tx.at());
    if !delete_data_key(tx, person)? {
        return Err(Error::trouble("dữ liệu của người này đã được xóa từ trước", "the person was erased before"));
    }
    store::empty_person(tx, person)?;
    people::note_erased(tx, person)?;
    store::delete_versions(tx, person)?;
    forget_purposes(tx, &format!("/v1/people/{person}"))?;
    let mut entries = Vec::new();
    for (membership, _) in memberships {
        shared::acts::remove_papers(tx, membership, without_papers)?;
        store::forget_conditions(tx, membership)?;
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
