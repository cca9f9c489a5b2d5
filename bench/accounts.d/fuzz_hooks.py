"""Loaded by schemathesis: half of all calls come with a session, and a new one when it was ended; most calls to
files name one that exists. What is asked of answers beyond the checks that come with it."""
import itertools, os, random

import requests
import schemathesis

BASE, COOKIE = os.environ["FUZZ_BASE"], "__Host-dateline-session"
accounts = itertools.count()
chance = random.Random(1)
session = None
ENDING = {"/api/logout", "/api/account/sessions/revoke"}  # a form of theirs is answered 303, whatever happened


def log_in():
    answer = requests.post(f"{BASE}/api/login", timeout=30, json={
        "email": f"user{next(accounts) % int(os.environ['FUZZ_ACCOUNTS'])}@example.org", "password": os.environ["FUZZ_PASSWORD"]})
    answer.raise_for_status()
    return answer.cookies[COOKIE]


def is_wrong(case, part):
    """Whether what this call tests is a `part` that is missing or wrong: a good one would spoil it."""
    wrong = {name: part.mode for name, part in case.meta.components.items()} if case.meta else {}
    where = getattr(case.meta.phase.data, "parameter_location", None) if case.meta else None
    return where == part or any(name == part and mode.is_negative for name, mode in wrong.items())


@schemathesis.auth(refresh_interval=None)
class Session:
    def get(self, case, context):
        global session
        if chance.random() < 0.5 and not is_wrong(case, "cookie"):
            session = session or log_in()
            return session

    def set(self, case, data, context):
        case.cookies = {**(case.cookies or {}), COOKIE: data}


@schemathesis.hook
def before_call(context, case, kwargs):
    # As from a page of the site; without this header forms are refused, and nothing behind that is reached.
    case.headers = {**(case.headers or {}), "Sec-Fetch-Site": "same-origin"}
    if "{rendition}" in case.operation.path and chance.random() < 0.7:
        case.path_parameters = {"id": "clip", "rendition": chance.choice(["broadcast", "preview"])}
    # The schema alone generates common passwords.
    if case.operation.path == "/api/register" and not is_wrong(case, "body") and chance.random() < 0.5:
        case.body["password"] = f"Quiet-{chance.randbytes(9).hex()}-Lamp!"


@schemathesis.hook
def after_call(context, case, response):
    global session
    if response.status_code == 401 or case.operation.path in ENDING:
        session = None


@schemathesis.check
def good_data_is_refused_for_what_it_means(ctx, response, case):
    """`schemathesis.toml` lets good data be answered 422. Only a password may be: no schema says which are common."""
    if response.status_code == 422 and case.meta and case.meta.generation.mode.is_positive:
        kind = response.json()["type"].rsplit(":", 1)[1]
        assert kind.startswith("password-"), f"good data was refused as {kind}"
