//! The OpenAPI document: collected from the routes, completed with what every operation shares.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{
    AuthorizationCode, ClientCredentials, Flow, OAuth2, Scopes, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, RefOr, Required, Tag};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::access::Permission;
use crate::journal::Published;
use crate::lists::MARK_LENGTH_MAX;

use super::command::IF_MATCH_BYTES_MAX;
use super::generators::{
    add_refusals, describe_refusals, drop_unused, name_items, take_away_defaults, take_plain_json,
};
use super::links::{add_links, referred};
use super::middleware::PROBES;
use super::problem::{FaultDocument, ProblemDocument, WarningDocument};
use super::query::{CURSOR_BYTES_MAX, PARAMETER_BYTES_MAX};

const LICENSE: &str = "https://www.apache.org/licenses/LICENSE-2.0";

/// What operations are about.
const TAGS: [(&str, &str); 24] = [
    ("acts", "What was recorded of a membership or an organisation, with its decisions"),
    ("admissions", "Those who come in: admissions, readmissions, opening registrations, recognitions"),
    ("apps", "Programs that act for the people who sign in to them"),
    ("areas", "Administrative units, their periods and what became of them"),
    ("clients", "The programs and devices that call: their roles, their areas, their secrets"),
    ("conferences", "What steering bodies conclude at conferences, and the tasks that follow"),
    ("corrections", "Putting right what was recorded wrongly"),
    ("documents", "Directives, resolutions, plans: how they rest on one another, and which of them is in force"),
    ("economic units", "Private economic units: registration, changes, status, corrections, and who saw households"),
    ("figures", "Indicators, figures, the entries that they count, and from which day data is complete"),
    ("findings", "What looks wrong and waits for a person to decide"),
    ("grants", "Which client has which role in which area"),
    ("health", "Whether the process lives and can serve"),
    ("journal", "Every change of state in order, for portals that keep a copy and for auditors"),
    ("movements", "Those who move or leave: transfers and departures"),
    ("operations", "Work that takes longer than a request"),
    (
        "organisations",
        "Party organisations and trade unions: founding, upgrade, dissolution, settings of superior bodies",
    ),
    ("people", "People and their memberships, masked; reveals for a purpose, and who saw whom"),
    ("reference data", "All that changes rarely in one answer, for portals and apps that keep a copy"),
    ("rules", "Kinds of organisations and thresholds, with their dates in force and legal sources"),
    (
        "steering bodies",
        "Steering committees and their support teams: seats, who holds them, what is missing, and who saw whom",
    ),
    ("tasks", "What steering bodies give one another to do, what is reported, and what is overdue"),
    ("tokens", "Access tokens, signing in, and what others need to verify tokens"),
    ("users", "People who sign in, and which of them has which role in which area, on which days"),
];

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
        .contact(Some(ContactBuilder::new().name(Some("Maintainers")).build()))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").url(Some(LICENSE)).build()))
        .build();
    document.servers = Some(vec![utoipa::openapi::Server::new("/")]);
    let components = document.components.get_or_insert_default();
    for (name, schema) in [
        ("Problem", <ProblemDocument as utoipa::PartialSchema>::schema()),
        ("Fault", <FaultDocument as utoipa::PartialSchema>::schema()),
        ("Warning", <WarningDocument as utoipa::PartialSchema>::schema()),
        ("RecordInTheWay", <crate::error::RecordInTheWay as utoipa::PartialSchema>::schema()),
        ("RuleCitation", <crate::error::RuleCitation as utoipa::PartialSchema>::schema()),
    ] {
        components.schemas.insert(name.to_owned(), schema);
    }
    for published in &info.published {
        components.schemas.extend(published.schemas.iter().cloned());
    }
    let mut tags = BTreeSet::new();
    for (path, item) in &mut document.paths.paths {
        for (is_change, operation) in operations(item) {
            tags.extend(operation.tags.iter().flatten().cloned());
            complete(path, is_change, operation);
        }
    }
    document.tags = Some(TAGS.iter().filter(|(name, _)| tags.contains(*name)).map(tag).collect());
    let all: Vec<&Operation> =
        document.paths.paths.values().flat_map(operations_of).map(|(_, operation)| operation).collect();
    describe_refusals(document.components.get_or_insert_default(), all.into_iter());
    let mut document = with_values(&document, |value| {
        name_items(value);
        take_away_defaults(value);
        take_plain_json(value);
        bound_parameters(value);
        open_answers(value);
        name_kinds(value, &info.published);
        add_repeats(value);
        list_kinds(value, &info.published);
        drop_unused(value);
        add_links(value);
    })
    .unwrap_or(document);
    // Read from text, the flow of people would lose its token address.
    document.components.get_or_insert_default().security_schemes.insert("oauth2".to_owned(), security_scheme().into());
    document
}

/// How programs and people get a token.
fn security_scheme() -> SecurityScheme {
    const TOKEN: &str = "/v1/oauth/token";
    let programs = ClientCredentials::new(TOKEN, Scopes::new());
    let people = AuthorizationCode::with_refresh_url(
        "/v1/oauth/authorize",
        TOKEN,
        Scopes::from_iter([("openid", "Who signed in")]),
        TOKEN,
    );
    SecurityScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(programs), Flow::AuthorizationCode(people)]))
}

fn tag((name, description): &(&str, &str)) -> Tag {
    Tag::builder().name(*name).description(Some(*description)).build()
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
            Some("updated_after") => serde_json::json!({"minLength": 8, "maxLength": MARK_LENGTH_MAX}),
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

pub(super) fn schemas_of(document: &mut Value) -> Option<&mut serde_json::Map<String, Value>> {
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

/// A create whose ids the caller made is answered with 200 where the same request created the record before.
fn add_repeats(document: &mut Value) {
    const SAID: &str = "The same request with the same ids created the record before: this is the record as it stands \
         today, and nothing was changed; `Location` names it";
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or_default();
    let items = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in items.filter_map(|item| item.get_mut("post")) {
        let body = operation.pointer("/requestBody/content/application~1json/schema").and_then(referred);
        if body.is_none_or(|name| schemas.pointer(&format!("/{name}/properties/id")).is_none()) {
            continue;
        }
        let Some(answers) = operation["responses"].as_object_mut() else { continue };
        let created = ["201", "202"].iter().find_map(|status| answers.get(*status).cloned());
        if let Some(Value::Object(mut answer)) = created {
            answer.insert("description".to_owned(), SAID.into());
            answers.entry("200").or_insert(answer.into());
        }
    }
}

/// Names the payload of each kind of journal entries, for programs.
fn list_kinds(document: &mut Value, published: &[PublishedKind]) {
    let kinds = published.iter().map(|PublishedKind { kind, read, v, name, .. }| {
        let data = serde_json::json!({"$ref": format!("#/components/schemas/{name}")});
        ((*kind).to_owned(), serde_json::json!({"v": v, "permission": read.as_str(), "data": data}))
    });
    let kinds: serde_json::Map<String, Value> = kinds.collect();
    if let Some(document) = document.as_object_mut().filter(|_| !kinds.is_empty()) {
        document.insert("x-journal-kinds".to_owned(), kinds.into());
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

/// The headers of a change. A route says in its doc comment that it demands `If-Match`, and that its answer is never kept: the first
/// paragraph of the comment is the summary, the others are the description.
fn add_headers(operation: &mut Operation) {
    let said = [operation.summary.clone(), operation.description.clone()].map(Option::unwrap_or_default).concat();
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
        add_refusals(operation, &["TooManyRequests"]);
    }
    let is_open = !path.starts_with("/v1/") || (path.starts_with("/v1/oauth/") && path != "/v1/oauth/userinfo");
    if is_open {
        operation.security = Some(vec![]);
        return;
    }
    if is_change {
        add_headers(operation);
    }
    operation.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("oauth2", [])]);
    add_refusals(operation, &["MalformedRequest", "Unauthorized", "Forbidden", "NotFound", "NotAcceptable"]);
    add_refusals(operation, &["InvalidFields", "InternalError", "Unavailable"]);
    if is_change {
        add_refusals(
            operation,
            &["Conflict", "StaleVersion", "BodyTooLarge", "UnsupportedMediaType", "IfMatchMissing"],
        );
    }
    let is_mark = |parameter: &RefOr<Parameter>| matches!(parameter, RefOr::T(one) if one.name == "updated_after");
    if operation.parameters.iter().flatten().any(is_mark) {
        add_refusals(operation, &["MarkExpired"]);
    }
    if path.starts_with("/v1/journal/") && !path.contains('{') {
        add_refusals(operation, &["JournalForked"]);
    }
}

/// The path templates of a document with their methods, for the answer to a wrong method.
#[must_use]
pub fn path_templates(document: &OpenApi) -> Vec<(String, Vec<&'static str>)> {
    let methods = |item| operations_of(item).map(|(method, _)| method).collect();
    document.paths.paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// The operations of a path, each with its method.
pub(super) fn operations_of(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    let all = [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}
