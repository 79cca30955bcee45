//! Problem documents (RFC 9457), written in the caller's language.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::{Deserialize, Serialize};

use super::status_of;
use crate::access::Role;
use crate::error::{At, Fault, RecordInTheWay, Refusal, RuleCitation, Warning};
use crate::messages::Language;
use crate::{Code, Error};

/// What went wrong, for programs and for people.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// A stable path that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short title in the language asked for.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A sentence in the language asked for.
    pub detail: String,
    /// The request's id, as in `X-Request-Id` and in our log.
    pub instance: String,
    /// The stable code: never renamed, never translated.
    pub code: String,
    /// Every fault of the request, each with its place, and every refusal of a rule, each with the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FaultDocument>,
    /// What is doubtful: the same request goes through with `answers: {code: reason}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<WarningDocument>,
    /// The rule of the rule book that refused; the first of them where several did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleCitation>,
    /// With `insufficient_scope`: the permission that is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// With `insufficient_scope`: the roles that have the permission. More may come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The record that conflicts, if the caller may read it: the latest entry (`entry_already_corrected`), the
    /// economic unit with the same number (`tax_code_taken`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordInTheWay>,
    /// With `stale_version`: the entity tag that the record has now, as in the header `ETag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
}

/// One fault of a request.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Fault)]
pub struct FaultDocument {
    /// A JSON Pointer into the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// A parameter of the path or the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// A header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The stable code of the fault.
    pub code: String,
    /// A sentence in the language asked for.
    pub detail: String,
    /// The rule of the rule book that refused; what it refused has no place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleCitation>,
}

/// What is possible and yet doubtful about a request.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Warning)]
pub struct WarningDocument {
    /// The stable code of the warning.
    pub code: String,
    /// A sentence in the language asked for.
    pub detail: String,
}

/// Writes errors as problem documents.
#[derive(Debug)]
pub struct Problem;

impl Problem {
    /// Writes an error in a language, for a request.
    #[must_use]
    pub fn document(error: &Error, language: Language, request_id: &str) -> ProblemDocument {
        let code = error.code();
        let status = status_of(code).as_u16();
        let faults = error.field_faults().iter().map(|fault| fault_document(fault, language));
        let refusals = error.refusals().iter().map(|refusal| refusal_document(refusal, language));
        let needs = |name| error.params().get(name).filter(|_| code == Code::InsufficientScope);
        let roles = needs("roles").map(|roles| roles.split(", ").filter(|role| role.parse::<Role>().is_ok()));
        ProblemDocument {
            kind: format!("/problems/{}", code.as_str().replace('_', "-")),
            title: language.title(status),
            status,
            detail: language.sentence(code, error.params()),
            instance: request_id.to_owned(),
            code: code.to_string(),
            errors: faults.chain(refusals).collect(),
            warnings: error.warnings().iter().map(|warning| warning_document(warning, language)).collect(),
            rule: error.rule().cloned(),
            permission: needs("permission").cloned(),
            roles: roles.into_iter().flatten().map(str::to_owned).collect(),
            record: error.record().cloned(),
            etag: error.etag().map(str::to_owned),
        }
    }

    /// Writes an error as a response.
    #[must_use]
    pub fn response(error: &Error, language: Language, request_id: &str) -> HttpResponse {
        let status = status_of(error.code());
        let mut response = HttpResponseBuilder::new(status);
        response
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .insert_header((header::CONTENT_LANGUAGE, language.tag()))
            .insert_header((header::VARY, "Accept-Language"));
        match error.code() {
            Code::MissingToken => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"party-building\""));
            }
            Code::InvalidToken => {
                response.insert_header((
                    header::WWW_AUTHENTICATE,
                    "Bearer realm=\"party-building\", error=\"invalid_token\"",
                ));
            }
            Code::RecentSignInRequired => {
                response.insert_header((
                    header::WWW_AUTHENTICATE,
                    "Bearer realm=\"party-building\", error=\"insufficient_user_authentication\", max_age=\"900\"",
                ));
            }
            Code::InsufficientScope => {
                response.insert_header((
                    header::WWW_AUTHENTICATE,
                    "Bearer realm=\"party-building\", error=\"insufficient_scope\"",
                ));
            }
            Code::StaleVersion => {
                if let Some(etag) = error.etag() {
                    response.insert_header((header::ETAG, etag));
                }
            }
            Code::MethodNotAllowed => {
                if let Some(methods) = error.params().get("allow") {
                    response.insert_header((header::ALLOW, methods.as_str()));
                }
            }
            Code::UnsupportedMediaType => {
                let expected = error.params().get("expected").filter(|media| media.contains("patch"));
                if let Some(media) = expected {
                    response.insert_header(("Accept-Patch", media.as_str()));
                }
            }
            _ => {}
        }
        let seconds = match status {
            StatusCode::SERVICE_UNAVAILABLE => Some("2"),
            StatusCode::TOO_MANY_REQUESTS => error.params().get("seconds").map(String::as_str),
            _ => None,
        };
        if let Some(seconds) = seconds {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        response.json(Self::document(error, language, request_id))
    }
}

fn warning_document(warning: &Warning, language: Language) -> WarningDocument {
    WarningDocument { code: warning.code.to_string(), detail: language.sentence(warning.code, &warning.params) }
}

fn refusal_document(refusal: &Refusal, language: Language) -> FaultDocument {
    let Refusal { code, params, rule } = refusal;
    let (pointer, parameter, header) = (None, None, None);
    let detail = language.sentence(*code, params);
    FaultDocument { pointer, parameter, header, code: code.to_string(), detail, rule: Some(rule.clone()) }
}

fn fault_document(fault: &Fault, language: Language) -> FaultDocument {
    let (mut pointer, mut parameter, mut header) = (None, None, None);
    match &fault.at {
        At::Pointer(place) => pointer = Some(place.clone()),
        At::Parameter(place) => parameter = Some(place.clone()),
        At::Header(place) => header = Some(place.clone()),
    }
    FaultDocument {
        pointer,
        parameter,
        header,
        code: fault.code.to_string(),
        detail: language.sentence(fault.code, &fault.params),
        rule: None,
    }
}
