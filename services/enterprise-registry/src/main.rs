//! enterprise-registry as a program of its own.

use clap::Parser;
use shared::Result;
use shared::config::ServiceArgs;
use shared::service::{Context, run, start_log};

/// enterprise-registry: administrative units and private economic units.
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
            log::error!("enterprise-registry cannot go on: {error:?}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn serve(args: &ServiceArgs) -> Result<()> {
    let context = Context::from_args(args, false)?;
    let state = enterprise_registry::State::open(&context, context.clock.now()).await?;
    run(args, &context, enterprise_registry::start(&context, state), &enterprise_registry::document_info()).await
}
