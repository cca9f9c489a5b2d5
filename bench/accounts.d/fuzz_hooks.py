"""Loaded by schemathesis: half of all calls come with a session, and a new one when it was ended; most calls to
files name one that exists."""
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


def wrong_cookie(case):
    """Whether what this call tests is a cookie that is missing or wrong: a good one would spoil it."""
    wrong = {name: part.mode for name, part in case.meta.components.items()} if case.meta else {}
    where = getattr(case.meta.phase.data, "parameter_location", None) if case.meta else None
    return where == "cookie" or any(name == "cookie" and mode.is_negative for name, mode in wrong.items())


@schemathesis.hook
def before_call(context, case, kwargs):
    global session
    # As from a page of the site; without this header forms are refused, and nothing behind that is reached.
    case.headers = {**(case.headers or {}), "Sec-Fetch-Site": "same-origin"}
    if "{rendition}" in case.operation.path and chance.random() < 0.7:
        case.path_parameters = {"id": "clip", "rendition": chance.choice(["broadcast", "preview"])}
    if chance.random() < 0.5 and not wrong_cookie(case):
        session = session or log_in()
        case.headers["Cookie"] = f"{COOKIE}={session}"


@schemathesis.hook
def after_call(context, case, response):
    global session
    if "Cookie" in (case.headers or {}) and (response.status_code == 401 or case.operation.path in ENDING):
        session = None
