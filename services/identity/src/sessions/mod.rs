//! Sessions: a browser in which somebody signed in, or an app that a person signed in to.
//!
//! | | ends unused after | ends in any case after |
//! | --- | --- | --- |
//! | browser | 30 minutes | 12 hours |
//! | app | 30 days | 90 days |
//!
//! - What goes on in a session never makes it longer than the second column says.
//! - A browser's cookie holds 32 random bytes, of which the hash is kept; it is another one after each step of signing in.
//! - A person has at most ten sessions in apps; the next one ends the oldest.
//! - All sessions of all people can be ended at once on the machine.
//! - A session that ended is listed for fifteen minutes, so that every service refuses its tokens within seconds.

mod rules;
mod store;

pub(crate) use rules::parse_max_age;
pub(crate) use store::{
    Session, SignedIn, begin_app_session, begin_browser_session, begin_or_end_alone, complete_sign_in,
    end_all_sessions, end_other_sessions_of, end_previous_session, end_session, end_sessions_of, end_sessions_of_app,
    end_sessions_of_provider_session, find_app_session, find_browser_session, find_end_of_all_sessions, find_signed_in,
    forget_old, list_ended_sessions, list_sessions_of, note_use,
};
