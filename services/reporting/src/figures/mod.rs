//! Figures: indicators computed for an area or a superior body, a period and a map, at a data position.
//!
//! - Figures are counted per commune of the day, and added up along the structure of the map's date.
//! - Communes that were split, and those whose successor is not known, are on a row `undecided`, so that totals are
//!   complete.
//! - A value is a number. It is `partial` if data coverage was stated for only some of the communes, or for a part of the
//!   period. It is `no_data` if none was stated and nothing was recorded: never zero for what is not known.
//! - Every answer carries its data position: an instant and a catalogue version. The same request with `as_of` that
//!   position returns the same bytes. `as_of` an instant is counted with the current catalogue.
//! - Until the followed journals were once read to their heads, the answer is 503, not zeros.

mod answer;
mod compute;
mod counts;
mod entries;
mod http;
mod position;
mod question;
mod roll_up;
mod row;
mod rows;
mod store;
mod table;

pub use answer::{Figures, FiguresAsked};
pub use compute::compute;
pub use position::{Position, is_built, note_for_ever, note_position};
pub use table::table_of;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::find_figures)
        .service(http::find_figures_as_text)
        .service(http::export_figures)
        .service(http::list_figure_entries);
}
