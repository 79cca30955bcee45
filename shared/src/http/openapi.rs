//! The OpenAPI document: collected from the routes, completed with what every operation shares.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ClientCredentials, Flow, OAuth2, Scopes, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, InfoBuilder, OpenApi, Ref, ResponseBuilder, Tag};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

use super::problem::{FaultDocument, ProblemDocument};

/// What a document says of itself.
#[derive(Debug, Clone)]
pub struct DocumentInfo {
    /// The title.
    pub title: String,
    /// What the services are for.
    pub description: String,
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
        ("RuleCitation", <crate::error::RuleCitation as utoipa::PartialSchema>::schema()),
    ] {
        components.schemas.insert(name.to_owned(), schema);
    }
    let flow = ClientCredentials::new("/v1/oauth/token", Scopes::new());
    components
        .security_schemes
        .insert("oauth2".to_owned(), SecurityScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(flow)])).into());
    let mut tags = std::collections::BTreeSet::new();
    for (path, item) in &mut document.paths.paths {
        for (is_change, operation) in operations(item) {
            tags.extend(operation.tags.iter().flatten().cloned());
            complete(path, is_change, operation);
        }
    }
    document.tags = Some(tags.into_iter().map(|name| Tag::builder().name(name).build()).collect());
    document
}

fn operations(item: &mut PathItem) -> Vec<(bool, &mut Operation)> {
    let changes = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
    let mut all: Vec<(bool, &mut Operation)> =
        changes.into_iter().filter_map(Option::as_mut).map(|operation| (true, operation)).collect();
    all.extend(item.get.as_mut().map(|operation| (false, operation)));
    all
}

fn complete(path: &str, is_change: bool, operation: &mut Operation) {
    let is_open = !path.starts_with("/v1/") || path == "/v1/oauth/token";
    if is_open {
        return;
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
    for (status, description) in problems {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
            ResponseBuilder::new().description(description).content("application/problem+json", content).build().into()
        });
    }
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
