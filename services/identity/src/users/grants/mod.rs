//! Roles of users over areas, with a first and a last day.
//!
//! - An administrator gives roles within the own scope, and never to the own account.
//! - A role that reads people opens nothing before a second administrator has confirmed it, who did not make the grant and is not
//!   the one who gets it. The command line of the machine needs no second one.
//! - A grant counts from its first day to its last day, by the days of Viet Nam. Tokens are valid for ten minutes, so that a role
//!   that ends at midnight is carried for ten minutes more at most.
//! - A deputy has a role in somebody's place, for a time: it counts only while that person has the same role over the same area.
//! - A grant that is taken back ends the user's tokens: every service refuses them within seconds.
//! - The last administrator of a province in force stays.

mod http;
mod rules;
mod store;

pub(crate) use store::{
    Held, NewUserGrant, check_reach, end_grants_of, grants_in_force, insert_user_grant, keep_an_administrator_without,
    list_deputies, list_held,
};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_user_grants)
        .service(http::create_user_grant)
        .service(http::find_user_grant)
        .service(http::confirm_user_grant)
        .service(http::revoke_user_grant);
}
