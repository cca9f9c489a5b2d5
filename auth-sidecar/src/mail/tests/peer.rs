//! An SMTP server that does as it is told, badly where it is told so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Something the client waits for.
pub(super) struct Turn<'a> {
    /// Which connection, from 0.
    pub(super) connection: usize,
    /// `greeting`, the command's first word, `login` (a line within AUTH LOGIN), `content` (before
    /// the message is read), `.` (after it).
    pub(super) verb: &'a str,
    /// How often this connection has had this turn before.
    pub(super) before: usize,
}

/// What to do with a turn.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// What a server does.
    Usual,
    /// These lines; CRLF is added at the end.
    Say(&'static str),
    /// These lines, and close.
    SayAndClose(&'static str),
    /// Close. In `content`: read a little, and close.
    Close,
    /// Nothing, ever.
    Stall,
    /// What a server does, after a while.
    Wait(Duration),
    /// One line without end.
    EndlessLine,
    /// Lines without end.
    EndlessLines,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    open: usize,
    most_open: usize,
    lines: Vec<String>,
    messages: Vec<String>,
}

/// A running server.
pub(super) struct Peer {
    pub(super) port: u16,
    seen: Arc<Mutex<Seen>>,
}

type Script = dyn Fn(&Turn<'_>) -> Act + Send + Sync;

impl Peer {
    /// A server that acts by `script`.
    pub(super) async fn start(script: impl Fn(&Turn<'_>) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let script: Arc<Script> = Arc::new(script);
        let shared = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let connection = {
                    let mut seen = shared.lock().unwrap();
                    seen.connections += 1;
                    seen.open += 1;
                    seen.most_open = seen.most_open.max(seen.open);
                    seen.connections - 1
                };
                let mut talk = Talk {
                    stream: BufReader::new(stream),
                    connection,
                    turns: HashMap::new(),
                    script: Arc::clone(&script),
                    seen: Arc::clone(&shared),
                };
                tokio::spawn(async move {
                    let _ = talk.run().await;
                    talk.seen.lock().unwrap().open -= 1;
                });
            }
        });
        Self { port, seen }
    }

    /// The setting that leads here, without TLS.
    pub(super) fn target(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    pub(super) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    pub(super) fn most_open(&self) -> usize {
        self.seen.lock().unwrap().most_open
    }

    /// Every command line, in order.
    pub(super) fn lines(&self) -> Vec<String> {
        self.seen.lock().unwrap().lines.clone()
    }

    /// Every message that was read to its end, without the doubled dots.
    pub(super) fn messages(&self) -> Vec<String> {
        self.seen.lock().unwrap().messages.clone()
    }
}

struct Talk {
    stream: BufReader<TcpStream>,
    connection: usize,
    turns: HashMap<String, usize>,
    script: Arc<Script>,
    seen: Arc<Mutex<Seen>>,
}

/// The talk is over.
struct Over;

impl Talk {
    async fn run(&mut self) -> Result<(), Over> {
        self.act("greeting", "220 peer.example ESMTP").await?;
        loop {
            let line = self.line().await?;
            self.seen.lock().unwrap().lines.push(line.clone());
            let verb = line.split(' ').next().unwrap_or_default().to_owned();
            let usual = match verb.as_str() {
                "EHLO" => "250-peer.example\r\n250 8BITMIME",
                "AUTH" if line == "AUTH LOGIN" => "334 VXNlcm5hbWU6",
                "AUTH" => "235 2.7.0 welcome",
                "STARTTLS" => "220 go on",
                "MAIL" | "RCPT" | "RSET" => "250 2.0.0 fine",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "500 what?",
            };
            let is_usual = self.act(&verb, usual).await?;
            match verb.as_str() {
                // Anything but 354 means that no message follows.
                "DATA" if is_usual => self.content().await?,
                "AUTH" if is_usual && line == "AUTH LOGIN" => self.log_in().await?,
                "QUIT" => return Err(Over),
                _ => {}
            }
        }
    }

    async fn log_in(&mut self) -> Result<(), Over> {
        for answer in ["334 UGFzc3dvcmQ6", "235 2.7.0 welcome"] {
            let line = self.line().await?;
            self.seen.lock().unwrap().lines.push(line);
            self.act("login", answer).await?;
        }
        Ok(())
    }

    async fn content(&mut self) -> Result<(), Over> {
        match self.script("content") {
            Act::Close => {
                let mut little = [0; 100];
                let _ = self.stream.read(&mut little).await;
                return Err(Over);
            }
            Act::Stall => return std::future::pending().await,
            _ => {}
        }
        let mut message = String::new();
        loop {
            let line = self.line().await?;
            match line.strip_prefix('.') {
                Some("") => break,
                undotted => message.push_str(undotted.unwrap_or(&line)),
            }
            message.push_str("\r\n");
        }
        self.seen.lock().unwrap().messages.push(message);
        self.act(".", "250 2.0.0 queued").await.map(drop)
    }

    /// One line, which must end with CRLF.
    async fn line(&mut self) -> Result<String, Over> {
        let mut line = String::new();
        match self.stream.read_line(&mut line).await {
            Ok(1..) => {
                let line = line.strip_suffix("\r\n").expect("ends with CRLF");
                assert!(!line.contains('\r'), "a CR alone: {line:?}");
                Ok(line.to_owned())
            }
            _ => Err(Over),
        }
    }

    fn script(&mut self, verb: &str) -> Act {
        let count = self.turns.entry(verb.to_owned()).or_default();
        let before = *count;
        *count += 1;
        (self.script)(&Turn {
            connection: self.connection,
            verb,
            before,
        })
    }

    /// Whether the usual was said.
    async fn act(&mut self, verb: &str, usual: &str) -> Result<bool, Over> {
        match self.script(verb) {
            Act::Usual => self.say(usual).await.map(|()| true),
            Act::Wait(time) => {
                tokio::time::sleep(time).await;
                self.say(usual).await.map(|()| true)
            }
            Act::Say(text) => self.say(text).await.map(|()| false),
            Act::SayAndClose(text) => {
                self.say(text).await?;
                Err(Over)
            }
            Act::Close => Err(Over),
            Act::Stall => std::future::pending().await,
            Act::EndlessLine => self.endless("250-", &"a".repeat(8192)).await,
            Act::EndlessLines => self.endless("", &"250-aaaa\r\n".repeat(800)).await,
        }
    }

    async fn say(&mut self, text: &str) -> Result<(), Over> {
        let line = format!("{text}\r\n");
        let said = self.stream.write_all(line.as_bytes()).await;
        said.map_err(|_| Over)
    }

    async fn endless(&mut self, first: &str, then: &str) -> Result<bool, Over> {
        let mut text = first;
        while self.stream.write_all(text.as_bytes()).await.is_ok() {
            text = then;
        }
        Err(Over)
    }
}
