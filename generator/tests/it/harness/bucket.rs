//! A store of this machine that checks signatures, and a way to it that can be watched and disturbed. `scripts/s3-peer`
//! makes the store; where it was not made, tests of it say so and pass, unless `DATELINE_S3_PEER` names it.

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::{Snapshot, snapshot};

const KEY: &str = "DATELINEKEY";
const SECRET: &str = "a secret of tests";

/// A store with one bucket, `news`.
pub struct Store {
    child: Child,
    pub port: u16,
    data: tempfile::TempDir,
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Option<PathBuf> {
    if let Ok(named) = std::env::var("DATELINE_S3_PEER") {
        return Some(named.into());
    }
    let target = Path::new(env!("CARGO_BIN_EXE_dateline"))
        .ancestors()
        .nth(2)?;
    Some(target.join("peers/bin/s3s-fs")).filter(|path| path.exists())
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Store {
    /// `None` where there is no such program.
    pub fn start() -> Option<Self> {
        if program().is_none() {
            eprintln!("skipped: no S3 server to test against; scripts/s3-peer makes it");
            return None;
        }
        // Another process may take the port before the server starts.
        let started = (0..20).find_map(|_| Self::at(free_port()));
        Some(started.expect("the S3 server starts"))
    }

    /// A store at this port; `None` where there is no such program, or something else has the port.
    pub fn at(port: u16) -> Option<Self> {
        let program = program()?;
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("news")).unwrap();
        let mut child = Command::new(&program)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .args(["--access-key", KEY, "--secret-key", SECRET])
            .arg(data.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while child.try_wait().unwrap().is_none() {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(Self { child, port, data });
            }
            thread::sleep(Duration::from_millis(10));
        }
        None
    }

    pub fn target(&self, bucket: &str) -> String {
        format!("s3://{bucket}/site?endpoint=http://127.0.0.1:{}", self.port)
    }

    /// The folder of a bucket, in which each object is a file.
    pub fn folder(&self, bucket: &str) -> PathBuf {
        self.data.path().join(bucket)
    }

    /// The objects below a prefix.
    pub fn objects(&self, prefix: &str) -> Snapshot {
        let mut all = snapshot(&self.folder("news").join(prefix));
        all.retain(|path, content| content.is_some() && path != ".dateline.json");
        all
    }

    /// The files of multipart uploads that were neither completed nor aborted, and of their parts.
    pub fn unfinished(&self) -> Vec<String> {
        let names = fs::read_dir(self.data.path()).unwrap();
        let names = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        // A part that is still being written has another name.
        names
            .filter(|name| name.contains("upload_id") || name.contains("upload-"))
            .collect()
    }
}

/// Gives a command the credentials of the store, and no other setting of this machine.
pub fn credentials(command: &mut Command) {
    command
        .env("AWS_ACCESS_KEY_ID", KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET);
    for name in [
        "AWS_REGION",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_CA_BUNDLE",
    ] {
        command.env_remove(name);
    }
}

/// How many parts the records of unfinished uploads in this folder tell of.
pub fn parts_recorded(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let records = entries.flatten().map(|entry| entry.path());
    let records = records.filter(|path| path.extension().is_some_and(|end| end == "upload"));
    let lines =
        |path: PathBuf| fs::read_to_string(path).map_or(0, |text| text.matches('\n').count());
    // The first line is about the upload.
    records.map(|path| lines(path).saturating_sub(1)).sum()
}

/// What a proxy replaces in requests, by as many bytes: once it did, it leaves the rest alone.
pub const MARK: (&[u8], &[u8]) = (b"SEND THIS", b"send THIS");

/// A way to a store.
pub struct Proxy {
    pub port: u16,
    parts: Arc<AtomicUsize>,
}

impl Proxy {
    /// Alters the first `alters` marks.
    pub fn start(store: u16, alters: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let parts = Arc::new(AtomicUsize::new(0));
        let (counted, left) = (Arc::clone(&parts), Arc::new(Mutex::new(alters)));
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(("127.0.0.1", store)).unwrap();
                let (counted, left) = (Arc::clone(&counted), Arc::clone(&left));
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || {
                    pump(client, server, &mut |bytes| {
                        let has = |what: &[u8]| bytes.windows(what.len()).any(|w| w == what);
                        if has(b"partNumber=") && has(b"HTTP/1.1") {
                            counted.fetch_add(1, Ordering::Relaxed);
                        }
                        let mut left = left.lock().unwrap();
                        let at = bytes.windows(MARK.0.len()).position(|w| w == MARK.0);
                        if let Some(at) = at.filter(|_| *left > 0) {
                            bytes[at..at + MARK.1.len()].copy_from_slice(MARK.1);
                            *left -= 1;
                        }
                    });
                });
                thread::spawn(move || pump(back.0, back.1, &mut |_| {}));
            }
        });
        Self { port, parts }
    }

    /// How many parts were sent.
    pub fn parts(&self) -> usize {
        self.parts.load(Ordering::Relaxed)
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, each: &mut dyn FnMut(&mut [u8])) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        each(&mut buffer[..read]);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
