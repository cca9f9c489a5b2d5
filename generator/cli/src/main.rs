//! The program `dateline`: one file for each command, and how findings reach a person or a program.
//!
//! Exit status: 0 done, 1 the input is at fault, 2 wrong usage.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod again;
mod build;
mod check;
mod dev;
mod init;
mod kinds;
mod media;
mod new;
mod next_change;
mod output;
mod publish;
mod reading;
mod s3;
mod timings;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// Builds a press office's Markdown into a static newsroom.
#[derive(Parser)]
#[command(name = "dateline", version, max_term_width = 100)]
struct Arguments {
    /// The folder that holds content/ and themes/
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build, serve and watch the newsroom on this machine, with the sidecar
    Dev(dev::DevArguments),
    /// Build the site into dist/
    Build(build::BuildArguments),
    /// Report what a build would refuse, without writing anything
    Check(check::CheckArguments),
    /// Upload what changed to a bucket or folder, and acknowledge it
    Publish(publish::PublishArguments),
    /// Print when the site will next change by itself, and which documents appear or expire then
    NextChange(next_change::NextChangeArguments),
    /// Write a new, dated source file and print its path
    New(new::NewArguments),
    /// Add files to the media storage, verify them, remove those that no dossier uses, show what a file says of itself
    Media(media::MediaArguments),
    /// Create a newsroom that builds and runs at once
    Init(init::InitArguments),
}

fn main() -> ExitCode {
    let Arguments { root, command } = Arguments::parse();
    match command {
        Command::Dev(arguments) => dev::run(&root, arguments),
        Command::Build(arguments) => build::run(&root, arguments),
        Command::Check(arguments) => check::run(&root, arguments),
        Command::Publish(arguments) => publish::run(&root, &arguments),
        Command::NextChange(arguments) => next_change::run(&root, arguments),
        Command::New(arguments) => new::run(&root, arguments),
        Command::Media(arguments) => media::run(&root, arguments),
        Command::Init(arguments) => init::run(arguments),
    }
}
