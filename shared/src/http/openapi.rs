//! The OpenAPI document: collected from the routes, completed with what every operation shares.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{ClientCredentials, Flow, OAuth2, Scopes, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder, Tag};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::access::Permission;
use crate::journal::Published;

use super::body::{CURSOR_BYTES_MAX, PARAMETER_BYTES_MAX};
use super::command::IF_MATCH_BYTES_MAX;
use super::links::{add_links, referred};
use super::middleware::PROBES;
use super::problem::{FaultDocument, ProblemDocument, WarningDocument};

/// What a document says of itself.
#[derive(Clone)]
pub struct DocumentInfo {
    /// The title.
    pub title: String,
    /// What the services are for.
    pub description: String,
    /// The kinds of journal entries that they write.
    pub published: Vec<PublishedKind>,
}

/// A kind of journal entries, with the schemas of its payload.
#[derive(Clone)]
pub struct PublishedKind {
    /// The kind: `<noun>.<past participle>`.
    pub kind: &'static str,
    /// What a caller must be permitted to read to be shown its entries.
    pub read: Permission,
    v: i32,
    name: String,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl PublishedKind {
    /// Describes a kind by its payload type.
    #[must_use]
    pub fn of<P: Published + utoipa::ToSchema>() -> Self {
        let name = P::name().into_owned();
        let mut schemas = vec![(name.clone(), P::schema())];
        P::schemas(&mut schemas);
        Self { kind: P::KIND, read: P::READ, v: P::V, name, schemas }
    }
}

/// Collects the document of some services from their routes.
#[must_use]
pub fn document_of(routes: &[fn(&mut ServiceConfig<'_>)], info: &DocumentInfo) -> OpenApi {
    let mut app = actix_web::App::new().into_utoipa_app();
    for route in routes {
        app = app.configure(*route);
    }
    let (_, document) = app.split_for_parts();
    finish_document(document, info)
}

/// Adds what every operation shares: the problem answers, the security scheme, the version.
#[must_use]
pub fn finish_document(mut document: OpenApi, info: &DocumentInfo) -> OpenApi {
    document.info = InfoBuilder::new()
        .title(&info.title)
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(&info.description))
        .contact(Some(utoipa::openapi::ContactBuilder::new().name(Some("Maintainers")).build()))
        .build();
    document.servers = Some(vec![utoipa::openapi::Server::new("/")]);
    let components = document.components.get_or_insert_default();
    for (name, schema) in [
        ("Problem", <ProblemDocument as utoipa::PartialSchema>::schema()),
        ("Fault", <FaultDocument as utoipa::PartialSchema>::schema()),
        ("Warning", <WarningDocument as utoipa::PartialSchema>::schema()),
        ("RuleCitation", <crate::error::RuleCitation as utoipa::PartialSchema>::schema()),
    ] {
        components.schemas.insert(name.to_owned(), schema);
    }
    for published in &info.published {
        components.schemas.extend(published.schemas.iter().cloned());
    }
    let flow = ClientCredentials::new("/v1/oauth/token", Scopes::new());
    components
        .security_schemes
        .insert("oauth2".to_owned(), SecurityScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(flow)])).into());
    let mut tags = BTreeSet::new();
    for (path, item) in &mut document.paths.paths {
        for (is_change, operation) in operations(item) {
            tags.extend(operation.tags.iter().flatten().cloned());
            complete(path, is_change, operation);
        }
    }
    document.tags = Some(tags.into_iter().map(|name| Tag::builder().name(name).build()).collect());
    with_values(&document, |value| {
        bound_parameters(value);
        open_answers(value);
        name_kinds(value, &info.published);
        add_links(value);
    })
    .unwrap_or(document)
}

/// Changes a document where its types are too narrow for what it may say.
fn with_values(document: &OpenApi, change: impl FnOnce(&mut Value)) -> serde_json::Result<OpenApi> {
    let mut value = serde_json::to_value(document)?;
    change(&mut value);
    serde_json::from_value(value)
}

fn is_text_of_query(parameter: &Value) -> bool {
    let says = |pointer: &str, word: &str| parameter.pointer(pointer).is_some_and(|value| value == word);
    says("/in", "query") && says("/schema/type", "string")
}

/// The bounds of the parameters that every list shares.
fn bound_parameters(document: &mut Value) {
    let operations = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    let parameters = operations
        .filter_map(Value::as_object_mut)
        .flat_map(|item| item.values_mut())
        .filter_map(|operation| operation["parameters"].as_array_mut())
        .flatten();
    for parameter in parameters {
        let bounds = match parameter["name"].as_str() {
            Some("limit") => serde_json::json!({"minimum": 1, "maximum": 200, "default": 50}),
            Some("cursor") => serde_json::json!({"minLength": 8, "maxLength": CURSOR_BYTES_MAX}),
            Some("sort") => serde_json::json!({"enum": ["name", "-updated_at"]}),
            _ if is_text_of_query(parameter) => {
                serde_json::json!({"maxLength": PARAMETER_BYTES_MAX})
            }
            _ => continue,
        };
        // A parameter with bounds of its own keeps them.
        let is_bound = |schema: &serde_json::Map<String, Value>| {
            ["maximum", "maxLength", "enum", "pattern"].iter().any(|bound| schema.contains_key(*bound))
        };
        if let (Some(schema), Value::Object(bounds)) = (parameter["schema"].as_object_mut(), bounds)
            && !is_bound(schema)
        {
            schema.extend(bounds);
        }
    }
}

/// Opens the closed lists of answers: a client that was generated before a value was added must not break on
/// it. What a request may say stays closed.
fn open_answers(document: &mut Value) {
    let requested = requested_schemas(document);
    let Some(schemas) = schemas_of(document) else { return };
    let closed: BTreeMap<String, Value> = schemas
        .iter()
        .filter(|(_, schema)| schema["enum"].is_array())
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect();
    for (_, schema) in schemas.iter_mut().filter(|(name, _)| !requested.contains(*name)) {
        open_lists(schema, &closed);
    }
}

fn schemas_of(document: &mut Value) -> Option<&mut serde_json::Map<String, Value>> {
    document.pointer_mut("/components/schemas").and_then(Value::as_object_mut)
}

/// The payloads of the journal say which kind they belong to.
fn name_kinds(document: &mut Value, published: &[PublishedKind]) {
    let Some(schemas) = schemas_of(document) else { return };
    for PublishedKind { kind, read, v, name, .. } in published {
        let said = schemas.get(name).and_then(|schema| schema["description"].as_str()).unwrap_or_default();
        let read = read.as_str();
        let said =
            format!("The `data` of journal entries of kind `{kind}`, version {v}; shown to who has `{read}`. {said}");
        if let Some(schema) = schemas.get_mut(name) {
            schema["description"] = said.into();
        }
    }
}

/// The schemas that request bodies reach.
fn requested_schemas(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let items = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let mut open: Vec<&Value> =
        items.flat_map(|item| item.as_object()).flatten().map(|(_, operation)| &operation["requestBody"]).collect();
    while let Some(next) = open.pop() {
        match next {
            Value::Object(fields) => {
                if let Some(name) = referred(next)
                    && found.insert(name.clone())
                {
                    open.extend(document.pointer(&format!("/components/schemas/{name}")));
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

fn open_lists(schema: &mut Value, closed: &BTreeMap<String, Value>) {
    if let Some(list) = referred(schema).and_then(|name| closed.get(&name)) {
        let said = schema["description"].as_str().or(list["description"].as_str()).unwrap_or_default();
        *schema = serde_json::json!({"type": "string", "description": said, "enum": list["enum"]});
    }
    match schema {
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|kind| kind == "string")
                && let Some(values) = fields.remove("enum")
            {
                fields.insert("x-extensible-enum".to_owned(), values);
            }
            fields.values_mut().for_each(|field| open_lists(field, closed));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| open_lists(item, closed)),
        _ => {}
    }
}

fn operations(item: &mut PathItem) -> Vec<(bool, &mut Operation)> {
    let changes = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
    let mut all: Vec<(bool, &mut Operation)> =
        changes.into_iter().filter_map(Option::as_mut).map(|operation| (true, operation)).collect();
    all.extend(item.get.as_mut().map(|operation| (false, operation)));
    all
}

/// Says of an answer what its status says, where its route has no better words.
fn describe(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = match status.as_str() {
                "201" => "Recorded; `Location` names the record and `ETag` its version",
                _ => "Done",
            }
            .to_owned();
        }
    }
}

/// The headers of a change. A route says in its description that it demands `If-Match`, and that its answer
/// is never kept.
fn add_headers(operation: &mut Operation) {
    let said = operation.description.clone().unwrap_or_default();
    let header = |name: &str, is_required: bool, length_max: usize, description: &str| {
        let required = if is_required { Required::True } else { Required::False };
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(required)
            .description(Some(description))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).max_length(Some(length_max)).build()))
            .build()
    };
    let parameters = operation.parameters.get_or_insert_default();
    if said.contains("`If-Match`") {
        parameters.push(
            header("If-Match", true, IF_MATCH_BYTES_MAX, "The `ETag` of the version that the caller read").into(),
        );
    }
    if !said.contains("never kept") {
        let description = "A key of the caller's own, 1-64 visible characters: the same request sent again under \
             it within 30 days takes effect once";
        parameters.push(header("Idempotency-Key", false, 64, description).into());
    }
}

fn complete(path: &str, is_change: bool, operation: &mut Operation) {
    describe(operation);
    if !PROBES.contains(&path) {
        add_problem(operation, "429", "Too many requests in a minute; `Retry-After` says when to come again");
    }
    let is_open = !path.starts_with("/v1/") || path.starts_with("/v1/oauth/");
    if is_open {
        return;
    }
    if is_change {
        add_headers(operation);
    }
    operation.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("oauth2", [])]);
    let mut problems = vec![
        ("400", "The request cannot be read"),
        ("401", "No token, or one that does not hold"),
        ("403", "The caller lacks the permission"),
        ("404", "No such record within the caller's scope"),
        ("422", "Faults in fields, each with its place"),
        ("500", "A fault of ours"),
        ("503", "Come back later"),
    ];
    if is_change {
        problems.extend([
            ("409", "Conflicts with what is stored"),
            ("412", "If-Match names an older version"),
            ("413", "The body is too large"),
            ("415", "The body is of another type"),
            ("428", "If-Match is missing"),
        ]);
    }
    if path.starts_with("/v1/journal/") && !path.contains('{') {
        problems.push(("409", "The reader's last entry is not in this journal: its history is another one"));
    }
    for (status, description) in problems {
        add_problem(operation, status, description);
    }
}

fn add_problem(operation: &mut Operation, status: &str, description: &str) {
    operation.responses.responses.entry(status.to_owned()).or_insert_with(|| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        ResponseBuilder::new().description(description).content("application/problem+json", content).build().into()
    });
}

/// The path templates of a document with their methods, for the answer to a wrong method.
#[must_use]
pub fn path_templates(document: &OpenApi) -> Vec<(String, Vec<&'static str>)> {
    let methods = |item: &PathItem| {
        [
            ("GET", item.get.is_some()),
            ("POST", item.post.is_some()),
            ("PUT", item.put.is_some()),
            ("PATCH", item.patch.is_some()),
            ("DELETE", item.delete.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, is_there)| is_there.then_some(name))
        .collect()
    };
    document.paths.paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect()
}
