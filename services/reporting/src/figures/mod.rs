//! Figures: indicators computed for an area or a superior body, a period and a map, at a position.
//!
//! - Counting is per commune of the day; the tree rolls up along the structure of the map's day.
//! - Communes that were split, and those whose successor is not known, stand on a row `undecided`, so that
//!   totals stay whole.
//! - A value is a number, or `no_data` where no coverage was stated: never zero for what is not known.
//! - Every answer carries its position, which is an instant and a catalogue. Asked again `as_of` that position it has
//!   the same bytes; `as_of` an instant is counted with the catalogue of today.
//! - Before the followed journals were first read to their heads there is 503, not zeros.

mod answer;
mod compute;
mod counts;
mod entries;
mod http;
mod position;
mod roll_up;
mod row;
mod store;
mod table;

pub use answer::{Figures, FiguresAsked};
pub use compute::compute;
pub use position::{Position, is_built, note_for_ever, note_position};
pub use table::table_of;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::find_figures).service(http::list_figure_entries);
}
