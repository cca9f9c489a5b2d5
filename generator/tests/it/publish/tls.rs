//! A store behind a web server with a certificate of a private authority. Where nginx or openssl is missing, these
//! tests say so and pass.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{
    built, good, room, said,
    store::{command, run},
};
use crate::harness::{
    Folder,
    bucket::{Store, free_port},
};

/// nginx before a store, with the certificate of one name.
struct Front {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Front {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn nginx() -> Option<PathBuf> {
    let all = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"];
    all.iter().map(PathBuf::from).find(|path| path.exists())
}

/// An authority `ca.pem`, and a certificate of it for `name`.
fn certificates(folder: &Path, name: &str) -> Option<()> {
    fs::write(folder.join("names"), format!("subjectAltName=DNS:{name}")).unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for line in [
        format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=Authority -days 2"),
        format!("req {key} -keyout key.pem -out request.pem -subj /CN={name}"),
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 -extfile names"
            .to_owned(),
    ] {
        let output = Command::new("openssl")
            .args(line.split(' '))
            .current_dir(folder)
            .output()
            .ok()?;
        assert!(output.status.success(), "{output:?}");
    }
    Some(())
}

impl Front {
    fn start(store: &Store, name: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (Some(nginx), Some(())) = (nginx(), certificates(folder.path(), name)) else {
            eprintln!("skipped: nginx or openssl is missing");
            return None;
        };
        let here = folder.path().display();
        for _ in 0..20 {
            let port = free_port();
            let user = match rustix::process::getuid().is_root() {
                true => "user root;",
                false => "",
            };
            let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|name| format!("{name}_temp_path {here}/scratch;"))
                .concat();
            let behind = store.port;
            let text = format!(
                "{user} daemon off; pid {here}/pid; error_log {here}/log; events {{}} http {{ access_log off; {places} \
                 server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {here}/cert.pem; ssl_certificate_key \
                 {here}/key.pem; client_max_body_size 0; location / {{ proxy_pass http://127.0.0.1:{behind}; \
                 proxy_set_header Host $http_host; }} }} }}"
            );
            fs::write(folder.path().join("nginx.conf"), text).unwrap();
            let mut child = Command::new(&nginx)
                .args(["-p", &here.to_string(), "-e", "log", "-c", "nginx.conf"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            while child.try_wait().unwrap().is_none() {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Some(Self {
                        child,
                        port,
                        folder,
                    });
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        panic!("nginx does not start");
    }

    fn target(&self) -> String {
        format!("s3://news/site?endpoint=https://localhost:{}", self.port)
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

#[test]
fn a_certificate_is_checked_and_a_private_authority_can_be_named() {
    let Some(store) = Store::start() else { return };
    let Some(front) = Front::start(&store, "localhost") else {
        return;
    };
    let folder = Folder::new(&room(3, "One."));
    built(&folder, &room(3, "One."));
    let refused = |target: &str, bundle: Option<&Path>| {
        let mut command = command(&folder, target, &[]);
        if let Some(bundle) = bundle {
            command.env("AWS_CA_BUNDLE", bundle);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        let text = said(&output);
        assert!(!text.contains("trying again"), "{text}");
        text
    };
    let text = refused(&front.target(), None);
    assert!(
        text.contains("certificate") && text.contains("AWS_CA_BUNDLE"),
        "{text}"
    );
    let text = refused(&front.target(), Some(&folder.root().join("missing.pem")));
    assert!(text.contains("missing.pem holds no certificate"), "{text}");
    let other = Front::start(&store, "store.example").unwrap();
    let text = refused(&other.target(), Some(&other.authority()));
    assert!(text.contains("certificate not valid for name"), "{text}");
    assert!(store.objects("site").is_empty());
    let output = command(&folder, &front.target(), &[])
        .env("AWS_CA_BUNDLE", front.authority())
        .output()
        .unwrap();
    good(&output);
    // Both ways lead to one store.
    let text = said(&run(&folder, &store.target("news"), &["--dry-run"]));
    assert!(!text.contains("+ en/"), "{text}");
}
