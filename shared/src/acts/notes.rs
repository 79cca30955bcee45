//! The reasons of corrections of acts whose record is personal data: encrypted with the record's own key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::personal::DataKey;
use crate::{Result, ResultExt};

const TABLE: &str = "acts";
const NOTE: &str = "note";

/// Seals a note.
///
/// # Errors
/// Never in practice.
pub fn seal_note(key: &DataKey, note: &str) -> Result<String> {
    Ok(BASE64.encode(key.seal(TABLE, NOTE, note)?))
}

/// Opens a note.
///
/// # Errors
/// Fails when it was sealed with another key.
pub fn open_note(key: &DataKey, sealed: &str) -> Result<String> {
    key.open(TABLE, NOTE, &BASE64.decode(sealed).doing("reading a note")?)
}
