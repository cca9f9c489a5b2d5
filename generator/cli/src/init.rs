//! `dateline init DIR`: a new newsroom, with a copy of the default theme.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use include_dir::{Dir, include_dir};

use super::output::{complain, print};

/// The default theme, as it was when this program was built.
static THEME: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../themes/newsroom");

/// What a newsroom begins with.
static STARTER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../starter");

/// Arguments of `init`.
#[derive(clap::Args)]
pub(super) struct InitArguments {
    /// The folder to make
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

pub(super) fn run(arguments: InitArguments) -> ExitCode {
    let dir = arguments.dir;
    let taken = fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        complain(&format!(
            "error: {} is not empty; name a folder that is new or empty",
            dir.display()
        ));
        return ExitCode::from(1);
    }
    let written = write(&STARTER, &dir).and_then(|()| write(&THEME, &dir.join("themes/newsroom")));
    match written {
        Ok(()) => {
            let shown = dir.display();
            print(&format!(
                "Made a newsroom in {shown}. See it with:\n\n    dateline dev --root {shown}\n\nIts name and address stand in {shown}/content/site.toml."
            ));
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::from(1)
        }
    }
}

fn write(from: &Dir<'_>, to: &Path) -> Result<(), String> {
    let failed = |path: &Path, e: std::io::Error| format!("cannot write {}: {e}", path.display());
    fs::create_dir_all(to).map_err(|e| failed(to, e))?;
    for file in from.files() {
        let path = to.join(file.path().file_name().unwrap_or_default());
        fs::write(&path, file.contents()).map_err(|e| failed(&path, e))?;
    }
    for dir in from.dirs() {
        write(dir, &to.join(dir.path().file_name().unwrap_or_default()))?;
    }
    Ok(())
}
