//! The sidecar's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    dateline_auth::cli::run()
}
