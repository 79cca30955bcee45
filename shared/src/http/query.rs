//! Reading queries: what is wrong with them is told together with what the handler finds wrong.

use std::collections::HashSet;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::{Ready, ready};
use serde::de::DeserializeOwned;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::{OpenApi, RefOr};

use super::Failure;
use super::body::{form_fault, pointer};
use super::front::named_method;
use super::openapi::operations_of;
use super::shape::FAULTS_MAX;
use crate::error::{At, Fault};
use crate::lists::IdList;
use crate::validate::{Faults, Wrong};
use crate::{Code, Error, Expected, Result};

/// A query string. What is wrong with its shape (an unknown parameter, a wrong type) is told together with what the
/// handler finds wrong.
#[derive(Debug)]
pub struct Query<T> {
    asked: T,
    faults: Faults,
}

impl<T> Query<T> {
    /// A question without a fault, as the house asks itself.
    pub fn of(asked: T) -> Self {
        Self { asked, faults: Faults::new() }
    }

    /// What was asked, for a handler that finds nothing else wrong.
    ///
    /// # Errors
    /// All faults of shape.
    pub fn sound(self) -> Result<T> {
        self.faults.finish()?;
        Ok(self.asked)
    }

    /// What was asked without what is wrong, and the faults so far: the handler adds its own, and finishes them.
    pub fn parts(self) -> (T, Faults) {
        (self.asked, self.faults)
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse_query(request.query_string()).map_err(Failure))
    }
}

/// How long one value of a query may be.
pub(super) const PARAMETER_BYTES_MAX: usize = 1000;
/// How long a cursor may be. All parameters together stay below what the parser of requests takes, escaped as they are.
pub(super) const CURSOR_BYTES_MAX: usize = 2048;
/// How many characters of a name that is none of ours are repeated.
pub(super) const PARAMETER_NAME_MAX: usize = 64;

pub(super) fn parse_query<T: DeserializeOwned>(text: &str) -> Result<Query<T>> {
    let mut faults = Faults::new();
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    pairs.retain(|(name, value)| {
        let max = match name.as_str() {
            "cursor" => CURSOR_BYTES_MAX,
            "ids" => IdList::BYTES_MAX,
            _ => PARAMETER_BYTES_MAX,
        };
        let wrong = if value.len() > max {
            Wrong::new(Code::TooLong).with("max", max)
        } else if value.chars().any(char::is_control) {
            Wrong::new(Code::BadFormat).with("expected", Expected::OneLine)
        } else {
            return true;
        };
        faults.add_parameter(&cut(name), wrong);
        false
    });
    loop {
        let sent = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let deserializer = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(sent.as_bytes()));
        let error = match serde_path_to_error::deserialize(deserializer) {
            Ok(asked) => return Ok(Query { asked, faults }),
            Err(error) => error,
        };
        let (name, fault) = parameter_fault(&pointer(error.path()), &error.into_inner().to_string());
        // A parameter that was refused is missing from then on.
        let is_told = faults.names(&fault.at);
        if !is_told {
            faults.push(fault);
        }
        let left = pairs.len();
        pairs.retain(|(sent, _)| *sent != name);
        if is_told || pairs.len() == left || faults.len() >= FAULTS_MAX {
            return Err(Error::faults(faults.into_vec()));
        }
    }
}

/// The name of the parameter that a parser refused, and the fault.
fn parameter_fault(path: &str, words: &str) -> (String, Fault) {
    let mut fault = form_fault(path, words);
    let At::Pointer(place) = &fault.at else { return (String::new(), fault) };
    let name = place.strip_prefix('/').unwrap_or(place).replace("~1", "/").replace("~0", "~");
    fault.at = At::Parameter(cut(&name));
    if fault.code == Code::UnknownField {
        fault.params.insert("name", cut(&name));
    }
    let is_one_line = fault.params.get("expected").is_some_and(|form| *form == Expected::OneLine.to_string());
    if fault.code == Code::BadFormat && !is_one_line {
        fault.code = Code::WrongType;
    }
    (name, fault)
}

/// A name that is none of ours is not repeated at any length.
fn cut(name: &str) -> String {
    name.chars().take(PARAMETER_NAME_MAX).collect()
}

/// The operations that have neither a body nor parameters in their query, by template and method.
#[derive(Debug, Clone)]
pub(super) struct WithoutQuery(Arc<HashSet<(String, &'static str)>>);

impl WithoutQuery {
    pub(super) fn of(document: &OpenApi) -> Self {
        let mut found = HashSet::new();
        for (path, item) in &document.paths.paths {
            for (method, operation) in operations_of(item) {
                let mut parameters = operation.parameters.iter().flatten();
                let has_query = parameters.any(|parameter| match parameter {
                    RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
                    RefOr::Ref(_) => true,
                });
                if !has_query && operation.request_body.is_none() {
                    found.insert((path.clone(), method));
                }
            }
        }
        Self(Arc::new(found))
    }
}

/// Refuses the parameters of a query where an operation has none. Those of another one are read by [`Query`], or with its
/// body.
///
/// # Errors
/// `unknown_field` for each.
pub(crate) fn refuse_parameters(request: &HttpRequest) -> Result<()> {
    if request.query_string().is_empty() {
        return Ok(());
    }
    let (template, method) = (request.match_pattern().unwrap_or_default(), named_method(request.method()));
    let known = request.app_data::<web::Data<WithoutQuery>>();
    let is_without = known.is_some_and(|known| known.0.contains(&(template, method)));
    if is_without { faults_of_query(request).finish() } else { Ok(()) }
}

/// The faults of a query where no parameter is known.
pub(super) fn faults_of_query(request: &HttpRequest) -> Faults {
    let mut faults = Faults::new();
    for (name, _) in url::form_urlencoded::parse(request.query_string().as_bytes()).take(FAULTS_MAX) {
        let name = cut(&name);
        faults.add_parameter(&name, Wrong::new(Code::UnknownField).with("name", &name));
    }
    faults
}
