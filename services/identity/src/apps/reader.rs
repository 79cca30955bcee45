//! The app that is always there: the reader of the API document at `/docs/`, with which people try calls in their own name.

use shared::Result;
use shared::clock::vietnam_day;
use shared::http::{READER_REDIRECT, reader_app};
use shared::journal::Entry;
use shared::published::user::AppCreated;
use shared::storage::Tx;
use shared::territory::AreaId;

use super::rules::RedirectUri;
use super::store::{exists, insert_app, set_redirect_uris};

const LABEL: &str = "Trang đọc tài liệu API (/docs)";

/// The address to which the reader is sent back; nothing where no app may be sent there, as to `http://localhost`.
fn redirect_uri(issuer: &str) -> Option<String> {
    let uri = format!("{issuer}{READER_REDIRECT}");
    RedirectUri::parse(&uri).is_ok().then_some(uri)
}

/// Registers the reader in an area whose administrators may disable it, unless it is registered already.
pub(crate) fn register_reader(tx: &mut Tx<'_>, issuer: &str, area: &AreaId) -> Result<Option<Entry>> {
    let id = reader_app();
    let Some(uri) = redirect_uri(issuer) else { return Ok(None) };
    if exists(tx.conn(), id)? {
        return Ok(None);
    }
    insert_app(tx, id, LABEL, area, &[uri])?;
    Ok(Some(Entry::of(&AppCreated { id }, format!("/v1/apps/{id}"), vietnam_day(tx.at()))?.in_area(area)))
}

/// Lets the reader be sent back to the address that the system has now.
pub(crate) fn move_reader(tx: &mut Tx<'_>, issuer: &str) -> Result<()> {
    match redirect_uri(issuer) {
        Some(uri) => set_redirect_uris(tx, reader_app(), &[uri]),
        None => Ok(()),
    }
}
