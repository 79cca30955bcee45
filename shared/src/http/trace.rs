//! The trace that a request belongs to (W3C Trace Context): it is logged, and passed on in calls to other services.

use actix_web::http::header::HeaderMap;

tokio::task_local! {
    static TRACEPARENT: Option<String>;
}

/// The header's name.
pub(crate) const HEADER: &str = "traceparent";

/// Reads the header of a request: version 00, a trace, a parent, flags; another form is left out.
pub(super) fn sent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let is_lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    let is_good = lengths == [2, 32, 16, 2] && text.starts_with("00-") && text.bytes().all(is_lower_hex);
    is_good.then(|| text.to_owned())
}

/// The trace's id, for the log.
pub(super) fn id_of(traceparent: &str) -> &str {
    traceparent.split('-').nth(1).unwrap_or_default()
}

/// Does the work of a request under its trace.
pub(super) async fn under<T>(traceparent: Option<String>, work: impl Future<Output = T>) -> T {
    TRACEPARENT.scope(traceparent, work).await
}

/// The trace that the present work belongs to, to be sent along.
pub(crate) fn present() -> Option<String> {
    TRACEPARENT.try_with(Clone::clone).ok().flatten()
}
