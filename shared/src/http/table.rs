//! Tables for spreadsheets (CSV): UTF-8 with a byte order mark, separated by commas. A cell that a spreadsheet would take for
//! a formula begins with an apostrophe.

use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder, web};
use futures_util::stream::{StreamExt, once, try_unfold};

use crate::text::spreadsheet_cell;
use crate::{Error, Result, ResultExt};

/// The media type of a table.
pub const TABLE: &str = "text/csv; charset=utf-8";

/// The lines of a table, cell by cell.
pub type Lines = Vec<Vec<String>>;

/// A part of a table, and the place of the next part; nothing at the end.
pub type Part<K> = (Lines, Option<K>);

/// Begins an answer that a browser keeps as a file.
#[must_use]
pub fn table_response(file_name: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    let disposition = format!("attachment; filename=\"{file_name}.csv\"");
    response.content_type(TABLE).insert_header((header::CONTENT_DISPOSITION, disposition));
    response
}

/// Writes a table whole.
///
/// # Errors
/// Fails when it cannot be written.
pub fn written_table(head: &[&str], lines: &[Vec<String>]) -> Result<Vec<u8>> {
    let head: Vec<String> = head.iter().copied().map(str::to_owned).collect();
    // Excel takes a file without the mark for another encoding.
    Ok(["\u{feff}".as_bytes(), &written(&[head])?, &written(lines)?].concat())
}

/// Answers with a table that is read in parts, so that no long snapshot is held. The first part is read before anything is
/// sent, so that a refusal is still an answer; `read` returns the part that begins at a place.
///
/// # Errors
/// Fails when the first part cannot be written.
pub fn streamed_table<K: 'static>(
    file_name: &str,
    head: &[&str],
    (lines, next): Part<K>,
    read: impl AsyncFn(K) -> Result<Part<K>> + 'static,
) -> Result<HttpResponse> {
    let first = written_table(head, &lines)?;
    let others = try_unfold((next, read), async |(next, read)| {
        let Some(place) = next else { return Ok(None) };
        let part = async {
            let (lines, next) = read(place).await?;
            Ok((web::Bytes::from(written(&lines)?), next))
        };
        let cut_off = |error: &Error| log::error!("a table is cut off while it is sent: {error:?}");
        let (bytes, next) = part.await.inspect_err(cut_off)?;
        Ok(Some((bytes, (next, read))))
    });
    let parts = once(async { Ok::<_, Error>(web::Bytes::from(first)) }).chain(others);
    Ok(table_response(file_name).insert_header((header::CACHE_CONTROL, "no-store")).streaming(parts))
}

fn written(lines: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for line in lines {
        writer.write_record(line.iter().map(|cell| spreadsheet_cell(cell))).doing("writing a table")?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}
