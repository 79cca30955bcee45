//! The reasons of corrections of a person's acts: encrypted with the person's own key, and shown by a reveal.

use shared::acts::{self, list_versions_on, open_note};
use shared::personal::Vault;
use shared::storage::AnyConnection;
use shared::{Id, Result};

use super::store::list_all_memberships_of;

/// Seals why an act of a person was put right with the person's own key; nothing where the person was erased.
///
/// # Errors
/// Fails when the database does.
pub fn seal_note(conn: &mut AnyConnection, vault: &Vault, person: Id, note: Option<String>) -> Result<Option<String>> {
    let Some(note) = note else { return Ok(None) };
    let key = vault.find_data_keys(conn, &[person])?.pop();
    key.map(|key| acts::seal_note(&key, &note)).transpose()
}

/// Why the acts of a person were put right or taken out, each with the entry that replaced the one that was wrong.
///
/// # Errors
/// Fails when the database does, or a note does not open.
pub(super) fn list_notes(conn: &mut AnyConnection, vault: &Vault, person: Id) -> Result<Vec<(Id, String)>> {
    let Some(key) = vault.find_data_keys(conn, &[person])?.pop() else { return Ok(Vec::new()) };
    let mut notes = Vec::new();
    for membership in list_all_memberships_of(conn, person)? {
        for version in list_versions_on(conn, membership.id)? {
            if let Some(note) = version.note {
                notes.push((version.replaced_by_id, open_note(&key, &note)?));
            }
        }
    }
    Ok(notes)
}
