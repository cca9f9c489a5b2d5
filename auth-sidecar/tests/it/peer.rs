//! An S3 server of the tests' own (scripts/s3-peer), which checks signatures and ends with them.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dateline_auth::app::MediaSource;
use dateline_bucket::Access;
use dateline_contract::bucket::Bucket;

pub(crate) const KEY: &str = "DATELINEKEY";
pub(crate) const SECRET: &str = "a secret of tests";

/// A server whose buckets are folders.
pub(crate) struct Peer {
    port: u16,
    root: PathBuf,
    /// Ends the server and removes its folder, as soon as the tests let go of its input, however they end.
    _watch: Child,
}

/// The one that all tests of this process share.
pub(crate) fn shared() -> &'static Peer {
    static SHARED: OnceLock<Peer> = OnceLock::new();
    SHARED.get_or_init(Peer::start)
}

fn program() -> PathBuf {
    if let Ok(named) = std::env::var("DATELINE_S3_PEER") {
        return named.into();
    }
    let target = Path::new(env!("CARGO_BIN_EXE_dateline-auth"))
        .ancestors()
        .nth(2);
    let program = target.unwrap().join("peers/bin/s3s-fs");
    assert!(
        program.exists(),
        "there is no S3 server: scripts/s3-peer makes it"
    );
    program
}

impl Peer {
    fn start() -> Self {
        let root = tempfile::tempdir().unwrap().keep();
        let watch = "\"$@\" & read -r _; kill $!; rm -rf \"$ROOT\"";
        // Another process may take the port before the server starts.
        for _ in 0..20 {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            drop(listener);
            let mut watch = Command::new("sh")
                .args(["-c", watch, "watch"])
                .arg(program())
                .args(["--host", "127.0.0.1", "--port", &port.to_string()])
                .args(["--access-key", KEY, "--secret-key", SECRET])
                .arg(&root)
                .env("ROOT", &root)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            for _ in 0..1000 {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Self {
                        port,
                        root,
                        _watch: watch,
                    };
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            drop(watch.stdin.take());
            let _ = watch.wait();
        }
        panic!("the S3 server does not start");
    }

    /// A bucket that holds what this folder holds.
    pub(crate) fn media(&self, folder: &Path) -> MediaSource {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("bucket{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        symlink(folder, self.root.join(&name)).unwrap();
        source(&format!(
            "s3://{name}?endpoint=http://127.0.0.1:{}",
            self.port
        ))
    }
}

/// The media at a place, with the credentials of tests.
pub(crate) fn source(place: &str) -> MediaSource {
    let place = Bucket::parse(place).unwrap();
    let lookup = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some(KEY.to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some(SECRET.to_owned()),
        _ => None,
    };
    let access = Access::open(&place, &lookup).unwrap();
    MediaSource::Bucket(place, Box::new(access))
}
