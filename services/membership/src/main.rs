//! membership as a program of its own.

use clap::Parser;
use shared::Result;
use shared::config::ServiceArgs;
use shared::service::{Context, run, start_log};

/// membership: organisations, people and their memberships.
#[derive(Debug, Parser)]
#[command(version)]
struct Program {
    #[command(flatten)]
    args: ServiceArgs,
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    start_log();
    match serve(&Program::parse().args).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            log::error!("membership cannot go on: {error:?}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn serve(args: &ServiceArgs) -> Result<()> {
    let context = Context::from_args(args, false)?;
    let (features, _) = membership::start(&context).await?;
    run(args, &context, features, &membership::document_info()).await
}
