//! reporting as a program of its own.

use std::ffi::OsString;
use std::process::ExitCode;

use shared::program::{command_of_service, main_of_service};
use shared::service::Credentials;

use crate::composition::{document_info, start};
use crate::state::NAME;

/// The program's command line, for those who describe it.
#[must_use]
pub fn command() -> clap::Command {
    command_of_service(NAME, &document_info())
}

/// Runs the program with its arguments, its name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    main_of_service(NAME, &document_info(), Credentials::Own, arguments, async |context| Ok(start(context).await?.0))
}
