//! The journal of this service, over HTTP.

pub(crate) mod http;
