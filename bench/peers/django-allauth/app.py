"""django-allauth as one would run it in production, for comparison: its interface for browsers,
sessions in SQLite, Argon2id at Dateline's cost.

    DATABASE=FILE python app.py fill ACCOUNTS SESSIONS
    DATABASE=FILE gunicorn app:application
"""
import os, secrets, sys
from datetime import timedelta

import django
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.urls import include, path


class Argon2(Argon2PasswordHasher):
    memory_cost, time_cost, parallelism = 19456, 2, 1


settings.configure(
    SECRET_KEY="a secret for measuring only, known to everybody, with many characters",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    LOGGING_CONFIG=None,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "allauth", "allauth.account",
                    "allauth.headless"],
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware", "allauth.account.middleware.AccountMiddleware"],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    PASSWORD_HASHERS=[f"{__name__}.Argon2"],
    # Kept open between requests, and as durable as Dateline's.
    DATABASES={"default": {
        "ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"], "CONN_MAX_AGE": None,
        "OPTIONS": {"timeout": 5, "transaction_mode": "IMMEDIATE", "init_command": "pragma journal_mode=wal; pragma synchronous=full"},
    }},
    # allauth's rate limits count in a cache, which is never asked when they are off.
    ACCOUNT_RATE_LIMITS=False,
    ACCOUNT_LOGIN_METHODS={"email"},
    ACCOUNT_SIGNUP_FIELDS=["email*", "password1*"],
    ACCOUNT_EMAIL_VERIFICATION="mandatory",
    HEADLESS_ONLY=True,
    HEADLESS_CLIENTS=["browser"],
)
django.setup()

from allauth.account.models import EmailAddress  # noqa: E402: models need the settings above
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.utils import timezone  # noqa: E402

urlpatterns = [path("_allauth/", include("allauth.headless.urls"))]


def fill(accounts, sessions):
    """Rows as allauth writes them. One hash serves all accounts: checking it costs the same."""
    call_command("migrate", verbosity=0)
    password = make_password("Correct-Horse-42!")
    names = [f"user{n}" for n in range(accounts)]
    User.objects.bulk_create(User(username=n, email=f"{n}@example.org", password=password) for n in names)
    users = list(User.objects.order_by("id"))
    EmailAddress.objects.bulk_create(EmailAddress(user=u, email=u.email, verified=True, primary=True) for u in users)
    later = timezone.now() + timedelta(days=14)

    def session(user):
        data = {"_auth_user_id": str(user.pk), "_auth_user_backend": settings.AUTHENTICATION_BACKENDS[0],
                "_auth_user_hash": user.get_session_auth_hash()}
        return Session(session_key=secrets.token_hex(16), session_data=SessionStore().encode(data), expire_date=later)

    Session.objects.bulk_create((session(users[n % accounts]) for n in range(sessions)), batch_size=1000)


if __name__ == "__main__":
    fill(int(sys.argv[2]), int(sys.argv[3]))
else:
    application = get_wsgi_application()
