//! `dateline dev`: the whole product on one machine. Builds what is requested, watches, reloads the
//! browser, shows mistakes in the page, and runs the sidecar in the same process.

mod host;
mod mail;
mod pictures;
mod serve;
mod state;
mod styles;
mod tabs;
pub(super) mod watch;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, OnceLock},
};

use dateline_auth::{
    app::{self, Maker, MediaSource, Sidecar, SidecarOptions},
    composer::Templates,
    mail::MemoryMailer,
    server::{self, Connections},
    store::sqlite::{Files, SqliteOptions},
};

use self::state::{Changed, Page, State};
use super::output::{Voice, complain, print};
use dateline::{
    base::{clock::Now, files::Os},
    config::{Config, media::MediaStorage},
    parse::rendition::STORAGE,
    pipeline::{Addresses, Inputs},
};

/// Arguments of `dev`.
#[derive(clap::Args)]
pub(super) struct DevArguments {
    /// The port to answer on, on this machine alone
    #[arg(long, value_name = "N", default_value_t = 8000)]
    port: u16,
    /// A further name of this machine to answer for, as in /etc/hosts; may be given several times
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Show drafts too
    #[arg(long)]
    drafts: bool,
    /// Show the site as it will be at this moment [default: now, and it moves on]
    #[arg(long, value_name = "TIME", value_parser = crate::reading::moment)]
    at: Option<crate::reading::Moment>,
}

pub(super) fn run(root: &Path, arguments: DevArguments) -> ExitCode {
    match start(root, &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            complain(&format!("error: {why}"));
            ExitCode::from(1)
        }
    }
}

fn start(root: &Path, arguments: &DevArguments) -> Result<(), String> {
    if !root.join(dateline::config::FILE).is_file() {
        let place = root.display();
        return Err(format!(
            "there is no newsroom in {place}: {} is missing\nmake one with `dateline init DIR`, or say where it is with --root DIR",
            dateline::config::FILE
        ));
    }
    let runtime = server::runtime().map_err(|e| format!("cannot start: {e}"))?;
    runtime.block_on(async {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
        let listener =
            tokio::net::TcpListener::bind(address)
                .await
                .map_err(|e| match e.kind() {
                    io::ErrorKind::AddrInUse => format!(
                        "port {} is taken; stop what uses it, or choose another with --port N",
                        arguments.port
                    ),
                    _ => format!("cannot answer on {address}: {e}"),
                })?;
        let port = listener.local_addr().map_or(arguments.port, |a| a.port());
        let origin = format!("http://localhost:{port}");
        let origin = dateline::config::base_url(&origin)?;
        let mailbox = Arc::new(MemoryMailer::new());
        let templates = Arc::new(Rendered::default());
        let sidecar = sidecar(root, mailbox.clone(), templates.clone())?;
        let files = Arc::new(Os::new(root));
        let at = arguments.at.as_ref();
        let inputs = Inputs {
            now: at.map_or_else(Now::system, |at| at.now(&*files, Voice::new(false))),
            files,
            drafts: arguments.drafts,
            base_url: Some(origin.clone()),
            addresses: Addresses::Leave,
        };
        let state = Arc::new(State::new(
            root,
            inputs,
            arguments.at.is_some(),
            sidecar.catalogue(),
        ));
        templates.follow(&state);
        // First of all, so that no edit is missed while everything is read.
        let watch = watch::start(root)?;
        state.rebuild(&Changed::Anything);
        watch.follow(state.clone());
        sidecar.start_jobs();
        print(&format!("Serving {origin}/ (Ctrl-C stops)"));
        print(&format!("Mails that would be sent: {origin}/_dev/mail"));
        let pages = serve::router(state).merge(mail::router(mailbox));
        let router = host::guarded(sidecar.router().merge(pages), &arguments.host);
        let serving = server::serve(
            listener,
            router,
            Connections::default(),
            std::future::pending(),
        );
        // Open event streams would hold a graceful shutdown up; nothing here needs one.
        tokio::select! {
            result = serving => result.map_err(|e| format!("cannot serve: {e}")),
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })
}

/// The sidecar, on a database in `.dateline/`; its mails stay in this process.
fn sidecar(
    root: &Path,
    mailbox: Arc<MemoryMailer>,
    templates: Arc<Rendered>,
) -> Result<Sidecar, String> {
    let files = Files::together(root.join(".dateline/accounts.db"));
    let open = || {
        let secret = app::development_secret(&files.state)?;
        Sidecar::open(SidecarOptions {
            media: MediaSource::Folder(media(root)),
            build: MediaSource::Made(pictures(templates.clone())),
            templates,
            ..SidecarOptions::on_sqlite(&files, SqliteOptions::default(), secret, mailbox)?
        })
    };
    open().map_err(|e| e.to_string())
}

/// The folder that the sidecar sends files from: that of `site.toml`, or the one beside `content/`. It asks no bucket, so
/// that a preview needs no credentials.
fn media(root: &Path) -> PathBuf {
    let config = Config::load(&Os::new(root), &mut Vec::new());
    match config.and_then(|config| config.media) {
        Some(MediaStorage::Folder(folder)) => root.join(folder),
        _ => root.join(STORAGE),
    }
}

/// Makes the files that a build puts beside the manifest.
fn pictures(rendered: Arc<Rendered>) -> Maker {
    Arc::new(
        move |path| match rendered.0.get()?.page(&format!("sidecar/{path}")) {
            Page::Bytes(bytes) => Some(bytes.to_vec()),
            Page::Copy(_) | Page::Pieces | Page::Broken | Page::Missing => None,
        },
    )
}

/// What the sidecar fills in, rendered from the newest good plan.
#[derive(Default)]
struct Rendered(OnceLock<Arc<State>>);

impl Rendered {
    fn follow(&self, state: &Arc<State>) {
        // The first one counts, and there is no other.
        let _ = self.0.set(state.clone());
    }
}

impl Templates for Rendered {
    fn read(&self, path: &str) -> Option<String> {
        match self.0.get()?.page(&format!("sidecar/{path}")) {
            Page::Bytes(bytes) => String::from_utf8(bytes.to_vec()).ok(),
            Page::Copy(_) | Page::Pieces | Page::Broken | Page::Missing => None,
        }
    }
}
