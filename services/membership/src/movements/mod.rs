//! Movements: what happens to a member after joining.
//!
//! - A **recognition** makes a probationary Party member official: at the end of twelve months of probation.
//! - A **transfer** begins where the member belongs and is completed by the receipt at the other end. In
//!   between the member is in flight and still counts where the transfer began. A member may also come in
//!   from outside these books, or leave them by a transfer.
//! - A **departure** ends a membership: removed, expelled, withdrew, deceased. Of a union's members without
//!   names a number departs.

mod act;
mod http;
mod rules;

pub use act::{Moved, complete_transfer, depart, receive_from_outside, recognise, start_transfer};
pub use rules::{CompleteTransfer, DepartMember, RecogniseMember, TransferIn, TransferMember};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::recognise_member)
        .service(http::transfer_member)
        .service(http::receive_member)
        .service(http::complete_transfer)
        .service(http::depart_member);
}
