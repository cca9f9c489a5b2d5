"""The measured programs: Dateline's sidecar and its peers, each with the same accounts and sessions,
the same Argon2 cost and the same durability, and how to ask each for the same thing."""
import json, os, shutil

from harness import KEPT, PASSWORD, ROOT, CouldNotMeasure, Service, exchange, request, run, sidecar, venv

PEERS = ROOT / "bench/peers"
COOKIES = 100  # session checks go round so many sessions


class App:
    name = check_path = login_path = ""
    login_headers = {}

    def login(self, who, password=PASSWORD):
        return request("POST", self.login_path, self.login_headers, {"email": f"{who}@example.org", "password": password})

    def check(self, cookie):
        return request("GET", self.check_path, {"Cookie": cookie})

    def signed_in(self, answer):
        raise NotImplementedError

    def cookies(self):
        """Logs in as the first accounts. Needs the running service."""
        found = []
        for n in range(COOKIES):
            status, headers, body = exchange(self.service.port, self.login(f"user{n}"))
            if status != 200:
                raise CouldNotMeasure(f"{self.name} refused a login: {status} {body[:500]}")
            found.append("; ".join(cookie.split(";")[0] for cookie in headers.get_all("Set-Cookie", [])))
        return found

    def checks(self):
        """Requests of as many sessions, each tried once: a refused session answers 200 as well."""
        requests = [self.check(cookie) for cookie in self.cookies()]
        for one in requests:
            status, _, body = exchange(self.service.port, one)
            if status != 200 or not self.signed_in(json.loads(body)):
                raise CouldNotMeasure(f"{self.name} does not know a session: {status} {body[:500]}")
        return requests


class Dateline(App):
    check_path, login_path = "/api/session", "/api/login"

    def __init__(self, programs, work, accounts, sessions, name="dateline-auth", **options):
        self.name, self.work, self.binary = name, work, programs / "dateline-auth"
        # No mail is sent here, but production requires TLS.
        self.service, self.values = sidecar(programs, work, accounts, sessions, "smtps://127.0.0.1:9", **options)

    def cookies(self):
        return [f"__Host-dateline-session={value}" for value in self.values]

    def signed_in(self, answer):
        return answer["signed_in"]

    def empty_calls(self):
        """Calls that change nothing: made-up cookies, and settings that hold already."""
        token = "A" * 43
        session, flow = f"__Host-dateline-session={token}", f"__Host-dateline-flow=s.{token}"
        return [request("POST", f"/api/{call}", {"Cookie": cookie}, body) for call, cookie, body in (
            ("logout", session, {}),
            ("verify", flow, {"code": "12345678"}),
            ("reset/verify", flow, {"code": "12345678"}),
            ("code", flow, {}),
            ("newsletter", session, {"subscribed": False}),
            ("newsletter", self.cookies()[0], {"subscribed": False}),
        )]


class BetterAuth(App):
    name, check_path, login_path = "better-auth", "/api/auth/get-session", "/api/auth/sign-in/email"
    login_headers = {"Origin": "http://127.0.0.1"}

    def __init__(self, work, accounts, sessions):
        source, folder = PEERS / "better-auth", KEPT / "better-auth"
        lock = folder / "package-lock.json"
        fresh = not lock.exists() or lock.read_bytes() != (source / lock.name).read_bytes()
        shutil.copytree(source, folder, dirs_exist_ok=True)
        if fresh or not (folder / "node_modules/better-sqlite3/build").exists():
            run("npm", "ci", cwd=folder)
            # Scripts are off but for the one that compiles SQLite, which would rather download it.
            run("npm", "rebuild", "better-sqlite3", "--ignore-scripts=false", cwd=folder, env=os.environ | {"npm_config_build_from_source": "true"})
        database = work / "better-auth.db"
        run("node", "server.mjs", "fill", database, accounts, sessions, cwd=folder)
        self.service = Service(["node", "server.mjs", "serve", database, "{port}"], work / "better-auth.log",
                               {"NODE_ENV": "production"}, folder)

    def signed_in(self, answer):
        return bool(answer)


class Allauth(App):
    name, check_path, login_path = "django-allauth", "/_allauth/browser/v1/auth/session", "/_allauth/browser/v1/auth/login"
    token = "a" * 32  # its protection from cross-site requests compares a header and a cookie
    login_headers = {"X-CSRFToken": token, "Cookie": f"csrftoken={token}"}

    def __init__(self, work, accounts, sessions):
        source = PEERS / "django-allauth"
        programs = venv("django-allauth", *(source / "requirements.txt").read_text().split())
        environment = {"DATABASE": str(work / "allauth.db"), "PYTHONDONTWRITEBYTECODE": "1"}
        run(programs / "python", "app.py", "fill", accounts, sessions, cwd=source, env=os.environ | environment)
        # As good as any that was tried on two cores: 2 or 5 workers, of one, two or four threads.
        words = [programs / "gunicorn", "app:application", "--bind", "127.0.0.1:{port}", "--workers", "2", "--threads", "4"]
        self.service = Service(words, work / "allauth.log", environment, source)

    def signed_in(self, answer):
        return answer["meta"]["is_authenticated"]
