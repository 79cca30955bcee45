//! Areas: administrative units as a tree with a time axis, and what became of each.
//!
//! - The areas of Hưng Yên and Thái Bình from before 2022 to today are loaded from `data/` into an empty database,
//!   each as a journal entry that the other services follow. `data/README.md` names the sources.
//! - An area's id is its code and first day, because codes are used again after mergers.
//! - Areas are public: every caller with `area.read` sees all of them.

mod http;
mod store;

pub use store::load;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_areas)
        .service(http::find_area)
        .service(http::find_area_tree)
        .service(http::list_area_successions)
        .service(http::find_registry_reference_data);
}
