//! Users: people who sign in.
//!
//! - A user belongs to an area, and is seen by administrators whose scope covers it.
//! - An administrator makes a user and hands over a one-time link, with which the person sets a password that nobody else
//!   learns. The link is valid for 72 hours, while that administrator may look after the user, and until a newer one replaces it. It is
//!   shown once and kept nowhere.
//! - Login and name are sealed with a key of each user; a login is found by its keyed hash.
//! - Who lost the second factor and the recovery codes needs two administrators: one asks to remove it, another one removes it within
//!   24 hours. The next sign-in sets up another one. On the machine there is a command for it.
//! - Whoever leaves loses sessions and roles at once: every service refuses the tokens within seconds.

mod commands;
mod factor_removal;
pub(crate) mod grants;
mod http;
mod invitations;
mod rules;
mod store;

pub use commands::{NewUser, create_user};
pub(crate) use commands::{invite, subject};
pub(crate) use invitations::find_invited;
pub use rules::login as parse_login;
pub(crate) use store::{
    Account, accept_invitation, end_user_tokens, find_account, find_account_by_login, find_name, is_within,
    list_ended_users, remove_totp, set_password, set_totp, withdraw_removal,
};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    grants::configure(config);
    config
        .service(http::list_users)
        .service(http::create_user)
        .service(http::find_user)
        .service(http::invite_user)
        .service(http::end_user_sessions)
        .service(factor_removal::ask_factor_removal)
        .service(factor_removal::remove_factor)
        .service(http::end_user);
}
