//! `dateline media`: files go into the media storage and out of it.

mod add;
mod arguments;
mod boxes;
mod bucket;
mod dossier;
mod edit;
mod facts;
mod folder;
mod prune;
mod show;
mod source;
mod storage;
pub(super) mod verify;

use std::{path::Path, process::ExitCode};

use super::output::Voice;
use dateline::{
    base::{
        diag::{self, Diagnostic, Diagnostics},
        files::{Files, Os},
    },
    config::Config,
    discover,
    parse::{self, Document},
};

/// Arguments of `media`.
#[derive(clap::Args)]
pub(super) struct MediaArguments {
    #[command(subcommand)]
    command: MediaCommand,
}

#[derive(clap::Subcommand)]
enum MediaCommand {
    /// Copy a file into the media storage and write it into its dossier
    Add(Box<arguments::AddArguments>),
    /// Compare the media storage with the dossiers
    Verify(verify::VerifyArguments),
    /// Remove stored files that no dossier has referred to for some time
    Prune(prune::PruneArguments),
    /// Print what a picture or video says of itself, and what a picture holds that is private
    Facts(show::FactsArguments),
}

pub(super) fn run(root: &Path, arguments: MediaArguments) -> ExitCode {
    match arguments.command {
        MediaCommand::Add(arguments) => add::run(root, &arguments),
        MediaCommand::Verify(arguments) => verify::run(root, &arguments),
        MediaCommand::Prune(arguments) => prune::run(root, arguments),
        MediaCommand::Facts(arguments) => show::run(root, &arguments),
    }
}

/// Every document that has renditions, drafts and expired ones too, and what is wrong with any.
fn dossiers(files: &dyn Files, diags: &mut Diagnostics) -> Vec<Document> {
    let Some(config) = Config::load(files, diags) else {
        return Vec::new();
    };
    let sources = discover::discover(files, &config, diags);
    let mut documents = parse::parse(files, &config, &sources, None, diags);
    documents.retain(|d| {
        d.meta
            .dossier
            .as_ref()
            .is_some_and(|d| !d.renditions.is_empty())
    });
    diag::tidy(diags);
    documents
}

/// Reports one mistake.
fn refuse(root: &Path, json: bool, diag: Diagnostic) -> ExitCode {
    Voice::new(json).findings(&Os::new(root), &[diag]);
    ExitCode::from(1)
}

fn wrong(message: impl Into<String>, hint: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(message).hint(hint))
}
