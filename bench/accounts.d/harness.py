"""What the commands share: where things are, programs that are always ended, a plain client, and how Dateline's sidecar is
started with accounts in its database."""
import base64, contextlib, http.client, json, os, pathlib, shutil, signal, socket, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
KEPT = ROOT / "target/bench-accounts"  # what was installed, kept for the next run
PASSWORD, WRONG = "Correct-Horse-42!", "Correct-Horse-43!"  # the accounts', and one as long
UNLIMITED = {f"DATELINE_AUTH_LIMIT_{name}": "1000000" for name in (
    "LOGIN_NETWORK_MINUTE", "LOGIN_NETWORK_HOUR", "LOGIN_ACCOUNT", "HASHES_NETWORK", "CODES_NETWORK_HOUR", "CODES_ADDRESS_SHORT",
    "CODES_ADDRESS_DAY", "CODES_ADDRESS_NETWORK_DAY", "DOWNLOADS_ACCOUNT", "DOWNLOADS_DAY", "LINKS_DAY")}


class CouldNotMeasure(Exception):
    """The command ends with status 2 and this text."""


def command(main):
    """Runs `main` and ends with its status. Whatever ends this process, the programs that it started end too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except CouldNotMeasure as reason:
        print(f"could not measure: {reason}", file=sys.stderr)
        sys.exit(2)


def run(*words, **options):
    """A command that must succeed; its standard output."""
    words = [str(word) for word in words]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if done.returncode != 0:
        raise CouldNotMeasure(f"{' '.join(words)}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


@contextlib.contextmanager
def workplace():
    """A folder for one run. On a disk, not tmpfs: a login commits, and should pay for it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT, prefix="run-") as folder:
        yield pathlib.Path(folder)


def venv(name, *packages):
    """The `bin` of a kept virtual environment that holds these packages."""
    folder = KEPT / name
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != "\n".join(packages):
        run(sys.executable, "-m", "venv", "--clear", folder)
        run(folder / "bin/pip", "install", "--quiet", *packages)
        stamp.write_text("\n".join(packages))
    return folder / "bin"


def build():
    """The sidecar and its examples, as shipped. Gives their folder."""
    run("cargo", "build", "--profile", "dist", "--locked", "--quiet", "-p", "dateline-auth", "--bins", "--examples", cwd=ROOT)
    return TARGET / "dist"


# --- programs ---


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """A server in a process group of its own, on a free port of 127.0.0.1 or the given one, which the words and the
    environment name as `{port}`, as do `files`, texts by path that are written before each start. Its output goes to a log, which is shown when something fails."""

    def __init__(self, words, log, environment=None, folder=None, files=(), patience=60, port=None):
        self.words, self.folder, self.log = [str(word) for word in words], folder, log
        self.environment, self.files = environment or {}, dict(files)
        self.process, self.patience, self.given = None, patience, port

    def __enter__(self):
        """Starts it and waits until it accepts connections."""
        self.spawn()
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            time.sleep(0.02)
        self.__exit__()
        raise CouldNotMeasure(f"{self.words[0]} does not answer\n{self.tail()}")

    def __exit__(self, *_):
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        with contextlib.suppress(ProcessLookupError):  # whoever did not end with it
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def spawn(self):
        self.port = self.given or free_port()
        words = [word.replace("{port}", str(self.port)) for word in self.words]
        environment = {name: value.replace("{port}", str(self.port)) for name, value in self.environment.items()}
        for path, text in self.files.items():
            path.write_text(text.replace("{port}", str(self.port)))
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(words, cwd=self.folder, env=os.environ | environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)

    def first_answer(self, data):
        """Starts it, asks until it answers, ends it. Seconds."""
        begun = time.perf_counter()
        self.spawn()
        try:
            while time.perf_counter() - begun < 60 and self.process.poll() is None:
                with contextlib.suppress(OSError):
                    exchange(self.port, data)
                    return time.perf_counter() - begun
                time.sleep(0.0002)
            raise CouldNotMeasure(f"{self.words[0]} does not answer\n{self.tail()}")
        finally:
            self.__exit__()

    def tail(self):
        return pathlib.Path(self.log).read_text(errors="replace")[-3000:]

    def processes(self):
        found, rest = [], [self.process.pid]
        while rest:
            found.append(pid := rest.pop())
            with contextlib.suppress(OSError):
                for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
                    rest += map(int, (thread / "children").read_text().split())
        return found

    def cpu(self):
        """Seconds of processor that its processes have used, in user and kernel mode."""
        ticks = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                ticks += sum(map(int, pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def resident(self, field="VmRSS"):
        """Megabytes of its one process: VmRSS now, VmHWM at most so far."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(f"{field}:")[1].split()[0]) * 1024 / 1e6

    def share(self):
        """Megabytes of all its processes, pages that they share counted once."""
        total = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                total += int(pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().split("\nPss:")[1].split()[0])
        return total * 1024 / 1e6


# --- a plain client ---


def request(method, path, headers=(), body=None):
    """The bytes of a request, so that every measured program is sent the same way."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in dict(headers).items())]
    if body is not None:
        body = json.dumps(body)
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + (body or "")).encode()


class Connection:
    """One kept-alive connection. A request goes out in one piece: two would wait for each other (Nagle)."""

    def __init__(self, port, address="127.0.0.1"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(address, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(self, data):
        self.send(data)
        return self.receive()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """Status, headers, body."""
        response = http.client.HTTPResponse(self.socket)
        try:
            response.begin()
            return response.status, response.headers, response.read()
        except http.client.HTTPException as fault:
            raise ConnectionError(str(fault)) from fault
        finally:
            response.close()


def exchange(port, data):
    connection = Connection(port)
    with connection.socket:
        return connection.exchange(data)


# --- Dateline's sidecar ---


def sidecar(programs, work, accounts, sessions, mail, environment="production", settings=(), media=(), database=None):
    """Dateline's sidecar with that many accounts and sessions in its database, not yet started, and the
    values of its first hundred session cookies. `media` are the manifest's dossiers, `database` is the address of one
    in PostgreSQL. A DATELINE_AUTH_… of the caller's environment wins."""
    manifest = {"version": 2, "base_url": "https://news.example.org", "default_language": "en", "languages": ["en"], "media": dict(media)}
    (work / "manifest.json").write_text(json.dumps(manifest))
    (work / "media").mkdir(exist_ok=True)
    database = database or f"sqlite:{work / 'accounts.db'}"
    known = UNLIMITED | {
        "DATELINE_AUTH_LISTEN": "127.0.0.1:{port}",
        "DATELINE_AUTH_MANIFEST": str(work / "manifest.json"),
        "DATELINE_AUTH_DATABASE": database,
        "DATELINE_AUTH_MEDIA": f"file:{work / 'media'}",
        "DATELINE_AUTH_MAIL": mail,
        "DATELINE_AUTH_MAIL_FROM": "newsroom@example.org",
        "DATELINE_AUTH_SECRET": "bench:" + base64.b64encode(bytes(range(32))).decode(),
        "DATELINE_AUTH_ENV": environment,
    } | dict(settings) | {name: value for name, value in os.environ.items() if name.startswith("DATELINE_AUTH_")}
    cookies = run(programs / "examples/fill", database.removeprefix("sqlite:"), accounts, sessions, env=os.environ | known).split()
    return Service([programs / "dateline-auth", "serve"], work / "sidecar.log", known, work), cookies


# --- wrk ---


def need_wrk():
    if shutil.which("wrk"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CouldNotMeasure("wrk is missing: install it (on Debian, apt-get install wrk)")
    run("apt-get", "-q", "update")
    run("apt-get", "-qy", "install", "--no-install-recommends", "wrk", env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})


class Load:
    """A running wrk that sends these requests in turn. `pause` is each connection's, in milliseconds,
    between an answer and its next request; `count` counts statuses, at the price of parsing in Lua."""

    def __init__(self, work, port, requests, seconds, connections, *, pause=0, count=False):
        self.file = tempfile.NamedTemporaryFile(dir=work, suffix=".requests")
        self.file.write(b"\0".join(requests))
        self.file.flush()
        script = pathlib.Path(__file__).with_name("load.lua")
        self.words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--timeout", "10", "-s", str(script),
                      f"http://127.0.0.1:{port}", "--", self.file.name, str(pause), str(int(count))]
        self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.patience = seconds + 30

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.file.close()

    def result(self, watched=None):
        """The figures; with a `watched` service also `peak`, its greatest share of memory meanwhile."""
        peak, deadline = 0, time.monotonic() + self.patience
        while True:
            try:
                output, _ = self.process.communicate(timeout=0.25)
                break
            except subprocess.TimeoutExpired:
                if watched:
                    peak = max(peak, watched.share())
                if time.monotonic() > deadline:
                    raise CouldNotMeasure("wrk does not end") from None
        _, found, figures = output.partition("figures ")
        if not found:
            raise CouldNotMeasure(f"wrk said:\n{output[-2000:]}")
        return json.loads(figures.splitlines()[0]) | {"peak": peak}


def load(*words, watched=None, expect=True, **options):
    """Runs one load to its end. With `expect`, an unsuccessful answer invalidates the measurement."""
    with Load(*words, **options) as running:
        figures = running.result(watched)
    if expect and (figures["refused"] or figures["failed"] or not figures["requests"]):
        raise CouldNotMeasure(f"not every answer was a success: {figures}")
    return figures
