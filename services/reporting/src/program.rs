//! reporting as a program of its own.

use std::ffi::OsString;
use std::process::ExitCode;

use shared::program::main_of_service;
use shared::service::Credentials;

use crate::composition::{document_info, start};
use crate::state::NAME;

/// Runs the program with its arguments, its name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    main_of_service(NAME, &document_info(), Credentials::Own, arguments, async |context| Ok(start(context).await?.0))
}
