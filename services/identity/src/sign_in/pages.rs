//! Pages and their headers.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use shared::access::Role;
use shared::clock::vietnam_time;
use shared::messages::Language;
use shared::territory::{AreaId, Territory};
use shared::{Error, Result};

/// What a page says, in the reader's language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words(pub Language);

impl Words {
    /// The language that a browser asks for.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let asked = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self(Language::accepted(asked))
    }

    pub(crate) fn tag(self) -> &'static str {
        self.0.tag()
    }

    pub(crate) fn say<'a>(self, vietnamese: &'a str, english: &'a str) -> &'a str {
        self.0.choose(vietnamese, english)
    }

    /// An instant as people write it, by the time of Viet Nam.
    pub(crate) fn instant(self, at: DateTime<Utc>) -> String {
        vietnam_time(at).format(self.say("%H:%M %d/%m/%Y", "%Y-%m-%d %H:%M")).to_string()
    }

    /// A day as people write it.
    pub(crate) fn day(self, day: NaiveDate) -> String {
        day.format(self.say("%d/%m/%Y", "%Y-%m-%d")).to_string()
    }

    /// What a service holds; nothing for a scope that is none.
    pub(crate) fn service(self, scope: &str) -> Option<&'static str> {
        Some(match scope {
            "identity" => self.0.choose("người dùng, ứng dụng và vai trò", "users, apps and roles"),
            "enterprise-registry" => self.0.choose("địa bàn và đơn vị kinh tế", "areas and economic units"),
            "membership" => self.0.choose("tổ chức, đảng viên và đoàn viên", "organisations and their members"),
            "reporting" => self.0.choose("số liệu tổng hợp", "figures"),
            "steering" => self.0.choose("ban chỉ đạo và tổ giúp việc", "steering committees and their support teams"),
            _ => return None,
        })
    }

    pub(crate) fn role(self, role: Role) -> &'static str {
        match role {
            Role::Viewer => self.0.choose("Người xem", "Viewer"),
            Role::Officer => self.0.choose("Cán bộ cập nhật", "Officer"),
            Role::Leader => self.0.choose("Lãnh đạo", "Leader"),
            Role::Inspector => self.0.choose("Cán bộ kiểm tra", "Inspector"),
            Role::Administrator => self.0.choose("Quản trị viên", "Administrator"),
            Role::Portal => self.0.choose("Cổng thông tin", "Portal"),
        }
    }
}

/// The name of an area; its id where it is not known here.
pub(crate) fn area_name(territory: &Territory, area: &AreaId) -> String {
    territory.find(area).map_or_else(|| area.to_string(), |area| area.name.clone())
}

/// A page on its way out.
pub(crate) struct Html {
    status: StatusCode,
    body: String,
    form_targets: String,
}

/// Writes a page.
///
/// # Errors
/// Never in practice.
pub(crate) fn page(template: &impl Template) -> Result<Html> {
    let body = template.render().map_err(|error| Error::internal(format!("writing a page: {error}")))?;
    Ok(Html { status: StatusCode::OK, body, form_targets: "'self'".to_owned() })
}

impl Html {
    pub(crate) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Lets a form of the page lead to another address too. Browsers hold what a form is redirected to against this list.
    pub(crate) fn leading_to(self, target: &str) -> Self {
        Self { form_targets: format!("'self' {target}"), ..self }
    }

    /// The page as an answer: nothing in it runs, comes from elsewhere or may be framed, and it is kept nowhere.
    pub(crate) fn answer(self, words: Words) -> HttpResponse {
        let policy = format!(
            "default-src 'none'; style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action {}",
            self.form_targets
        );
        HttpResponse::build(self.status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, policy))
            .insert_header((header::CONTENT_LANGUAGE, words.tag()))
            .insert_header((header::VARY, "Accept-Language, Cookie"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            // What is secret on a page is never compressed beside what somebody else put there.
            .insert_header((header::CONTENT_ENCODING, "identity"))
            .body(self.body)
    }
}

/// A page with a message and perhaps a way on.
#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct Message<'a> {
    pub w: Words,
    pub title: &'a str,
    pub text: &'a str,
    pub link: Option<(&'a str, &'a str)>,
}

/// What is shown below `/account` where there is no page.
pub(super) async fn nothing_here(request: HttpRequest) -> shared::http::Answer<HttpResponse> {
    let words = Words::of(&request);
    let message = Message {
        w: words,
        title: words.say("Không có trang này", "There is no such page"),
        text: words
            .say("Địa chỉ không đúng, hoặc trang đã được chuyển đi.", "The address is wrong, or the page has moved."),
        link: Some(("/account", words.say("Đến trang tài khoản", "To your account"))),
    };
    Ok(page(&message)?.status(StatusCode::NOT_FOUND).answer(words))
}

/// The style of the pages.
pub(super) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(include_str!("../../pages/style.css"))
}
