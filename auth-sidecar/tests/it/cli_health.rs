//! `dateline-auth health`, as supervisors call it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::harness::Newsroom;
use crate::program::{Running, program};

#[test]
fn health_says_whether_the_service_responds_and_whether_it_is_ready() {
    let newsroom = Newsroom::new();
    let ask = |listen: &str, arguments: &[&str]| {
        let mut command = program();
        command.env("DATELINE_AUTH_LISTEN", listen).arg("health");
        let output = command.args(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(said).unwrap(),
        )
    };
    let running = Running::start(program().current_dir(newsroom.dir.path()));
    let address = running.address.clone();
    assert_eq!(ask(&address, &[]), (0, "ok\n".to_owned()));
    let (code, said) = ask(&address, &["--ready"]);
    assert_eq!(code, 1);
    assert!(said.contains("503: no manifest was read yet"), "{said}");
    let (code, said) = ask(&address, &["--json"]);
    assert_eq!(
        (code, said.contains(r#""status": "ok""#)),
        (0, true),
        "{said}"
    );

    drop(running);
    let (code, said) = ask(&address, &[]);
    assert_eq!(code, 1);
    assert!(said.contains("does not answer"), "{said}");
    // Something else that listens there is not taken for the service.
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = other.accept().unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request);
        stream.write_all(b"220 mail.example.org ESMTP\r\n").unwrap();
    });
    let (code, said) = ask(&address, &[]);
    answering.join().unwrap();
    assert_eq!(code, 1);
    assert!(said.contains("another program"), "{said}");
}
