//! Pages on which people sign in and look after their account: server-rendered, in Vietnamese and English, without scripts.
//!
//! - Signing in takes a password, and for who has a role beyond reading units and figures a code of a second factor. Whoever needs
//!   one and has none sets it up on the way.
//! - An unknown login and a wrong password get the same answer, after the same statements and the same time.
//! - Forms are taken from our own pages only: the browser says where a form comes from (`Sec-Fetch-Site`, `Origin`), and the
//!   session's cookie is not sent along from elsewhere.
//! - Where a provider is configured, one button leads to it, and no password is taken here.
//! - Answers to forms are 303, so that a password is never sent a second time.

mod account;
mod browser;
mod enter;
mod factor;
mod invitation;
mod pages;
mod provider;

pub(crate) use browser::{Browser, check_origin, find_session, sign_in_first};
pub(crate) use pages::{Message, Words, area_name, page};

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .route("/account", web::get().to(account::show))
        .route("/account/style.css", web::get().to(pages::style))
        .route("/account/sign-in", web::get().to(enter::show))
        .route("/account/sign-in", web::post().to(enter::enter))
        .route("/account/provider", web::post().to(provider::begin))
        .route("/account/provider/callback", web::get().to(provider::come_back))
        .route("/account/provider/logout", web::post().to(provider::take_logout))
        .route("/account/sign-out", web::post().to(account::sign_out))
        .route("/account/second-factor", web::get().to(factor::show))
        .route("/account/second-factor", web::post().to(factor::prove))
        .route("/account/second-factor/new", web::get().to(factor::show_new))
        .route("/account/second-factor/new", web::post().to(factor::replace))
        .route("/account/password", web::get().to(account::show_password))
        .route("/account/password", web::post().to(account::change_password))
        .route("/account/sessions/{id}/end", web::post().to(account::end_session))
        .route("/account/invitations/{token}", web::get().to(invitation::show))
        .route("/account/invitations/{token}", web::post().to(invitation::accept))
        .route("/account/{elsewhere:.*}", web::get().to(pages::nothing_here));
}
