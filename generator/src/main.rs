//! `dateline`: arguments → command → diagnostics → exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    dateline::cli::run()
}
