//! What never changes while a process runs: the first page, the API document and its reader. Each is compressed once, at the start,
//! and has an entity tag.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use actix_web::http::header::{self, AcceptEncoding, ETag, Encoding, EntityTag, Header, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, guard, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::Failure;
use super::headers::{PAGE, READER};
use crate::{Code, Error, Id, Result, ResultExt};

/// The files of the reader that a browser asks for.
const READER_FILES: [&str; 10] = [
    "index.html",
    "index.css",
    "swagger-ui.css",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "swagger-initializer.js",
    "oauth2-redirect.html",
    "oauth2-redirect.js",
    "favicon-16x16.png",
    "favicon-32x32.png",
];

/// For how many seconds a copy is used without asking.
const KEPT: &str = "public, max-age=300";

struct Asset {
    media: String,
    plain: web::Bytes,
    zipped: web::Bytes,
    hash: String,
    policy: Option<&'static str>,
}

impl Asset {
    fn new(media: String, bytes: Vec<u8>, policy: Option<&'static str>) -> Result<Self> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&bytes).doing("compressing what never changes")?;
        let zipped = encoder.finish().doing("compressing what never changes")?.into();
        let hash = hex::encode(Sha256::digest(&bytes)).chars().take(32).collect();
        Ok(Self { media, plain: bytes.into(), zipped, hash, policy })
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let offered = [Encoding::gzip(), Encoding::identity()];
        let chosen = AcceptEncoding::parse(request).ok().and_then(|accepted| accepted.negotiate(offered.iter()));
        let is_zipped = request.headers().contains_key(header::ACCEPT_ENCODING) && chosen == Some(Encoding::gzip());
        let suffix = if is_zipped { "-gzip" } else { "" };
        let tag = EntityTag::new_strong(format!("{}{suffix}", self.hash));
        let is_known = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(&tag)),
            Err(_) => false,
        };
        let mut answer = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        answer.insert_header(ETag(tag)).insert_header((header::CACHE_CONTROL, KEPT));
        answer.insert_header((header::VARY, "Accept-Encoding"));
        if let Some(policy) = self.policy {
            answer.insert_header((header::CONTENT_SECURITY_POLICY, policy));
        }
        if is_known {
            return answer.finish();
        }
        answer.content_type(self.media.as_str());
        if is_zipped {
            answer.insert_header((header::CONTENT_ENCODING, "gzip"));
            return answer.body(self.zipped.clone());
        }
        // What is there plain stays so: compressing it anew for each request is what is spared here.
        answer.insert_header((header::CONTENT_ENCODING, "identity"));
        answer.body(self.plain.clone())
    }
}

/// The API document and its reader, by path.
#[derive(Clone)]
pub(super) struct Assets(Arc<HashMap<String, Asset>>);

impl Assets {
    /// Compresses the document and the files of its reader.
    ///
    /// # Errors
    /// Fails when a file of the reader is missing.
    pub(super) fn new(document: String) -> Result<Self> {
        let document = Asset::new("application/json".to_owned(), document.into_bytes(), None)?;
        let of_page = |media: &str, text: &str| Asset::new(media.to_owned(), text.as_bytes().to_vec(), Some(PAGE));
        let mut all = HashMap::from([
            ("/openapi.json".to_owned(), document),
            ("/".to_owned(), of_page("text/html; charset=utf-8", include_str!("../../pages/front.html"))?),
            ("/front.css".to_owned(), of_page("text/css; charset=utf-8", include_str!("../../pages/front.css"))?),
        ]);
        let config = Arc::new(reader());
        for name in READER_FILES {
            let found = utoipa_swagger_ui::serve(name, Arc::clone(&config));
            let found = found.map_err(|error| Error::internal(error.to_string()))?;
            let file = found.ok_or_else(|| Error::internal(format!("the reader has no {name}")))?;
            let asset = Asset::new(file.content_type, file.bytes.into_owned(), Some(READER))?;
            all.insert(format!("/docs/{name}"), asset);
        }
        Ok(Self(Arc::new(all)))
    }

    /// The routes: other methods are told by the default service.
    pub(super) fn configure(&self, config: &mut web::ServiceConfig) {
        let assets = web::Data::new(self.clone());
        let get = |path: &str| web::resource(path).guard(guard::Get()).app_data(assets.clone());
        config
            .service(get("/openapi.json").to(find_asset))
            .service(get("/docs").to(to_reader))
            .service(get("/").to(find_asset))
            .service(get("/front.css").to(find_asset))
            .service(get("/docs/{file:.*}").to(find_asset));
    }

    /// Their templates and methods, for the answer to a wrong method.
    pub(super) fn templates() -> [(String, Vec<&'static str>); 6] {
        ["/", "/front.css", "/docs", "/docs/", "/docs/{file}", "/openapi.json"]
            .map(|path| (path.to_owned(), vec!["GET"]))
    }
}

/// The id of the app as which the reader of the API document signs people in. identity registers it with the first administrator.
#[must_use]
pub fn reader_app() -> Id {
    Id::derived("app:reader of the API document")
}

/// Where the reader is sent back after somebody signed in, below the address of the system.
pub const READER_REDIRECT: &str = "/docs/oauth2-redirect.html";

/// The reader of the document: nothing of it is loaded from, or sent to, anywhere else. Tokens stay in the page's memory.
fn reader() -> utoipa_swagger_ui::Config<'static> {
    let signing_in = utoipa_swagger_ui::oauth::Config::new()
        .client_id(&reader_app().to_string())
        .scopes(vec!["openid".to_owned()])
        .use_pkce_with_authorization_code_grant(true);
    utoipa_swagger_ui::Config::with_oauth_config(["/openapi.json"], signing_in)
        .validator_url("none")
        .display_request_duration(true)
}

async fn find_asset(request: HttpRequest, assets: web::Data<Assets>) -> std::result::Result<HttpResponse, Failure> {
    let path = if request.path() == "/docs/" { "/docs/index.html" } else { request.path() };
    let asset = assets.0.get(path).ok_or_else(|| Error::new(Code::RouteNotFound))?;
    Ok(asset.answer(&request))
}

async fn to_reader() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, "/docs/")).finish()
}
