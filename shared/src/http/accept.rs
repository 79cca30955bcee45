//! Which type of answer a caller takes: whoever asks for a type that there is not is told so, and gets no other.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{Accept, Header, Quality};

use crate::{Code, Error, Result};

/// The types that an address answers with.
fn offered(path: &str) -> &'static [&'static str] {
    match path {
        _ if path.ends_with(".csv") || path.ends_with("/export") => &["text/csv"],
        _ if path.ends_with(".txt") => &["text/plain"],
        "/v1/figures" => &["application/json", "text/plain"],
        _ => &["application/json"],
    }
}

/// Checks that the caller takes an answer of a type that the address has. Without `Accept` any is taken; probes, the reader
/// and the token endpoints have one type for whoever asks.
///
/// # Errors
/// `not_acceptable`.
pub(super) fn check_accepted(request: &ServiceRequest) -> Result<()> {
    let path = request.match_info().as_str();
    if !path.starts_with("/v1/") || path.starts_with("/v1/oauth/") || !request.headers().contains_key(Accept::name()) {
        return Ok(());
    }
    let Ok(accepted) = Accept::parse(request) else { return Ok(()) };
    let takes = |media: &str| {
        let (kind, _) = media.split_once('/').unwrap_or((media, ""));
        accepted.iter().filter(|one| one.quality > Quality::ZERO).any(|one| {
            let range = one.item.essence_str();
            range == "*/*" || range == media || range.strip_suffix("/*") == Some(kind)
        })
    };
    match accepted.is_empty() || offered(path).iter().any(|media| takes(media)) {
        true => Ok(()),
        false => Err(Error::new(Code::NotAcceptable)),
    }
}
