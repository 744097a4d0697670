"""Settings, in Django's order. Everything an operator may change comes from the environment; README.md lists it. A
value that makes no sense stops the start with the name of the variable."""

import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from csp import constants as csp_constants
from django.core.exceptions import ImproperlyConfigured

from mindnet.base import private, uploads
from mindnet.base.env import (
    env_bool,
    env_choice,
    env_database,
    env_folder,
    env_hosts,
    env_int,
    env_limits,
    env_list,
    env_networks,
    env_path,
    is_loopback,
)

BASE_DIR = Path(__file__).resolve().parent.parent


# Core

DEBUG = env_bool("DEBUG", False)
HOST = os.environ.get("HOST", "").strip() or "127.0.0.1"
PORT = env_int("PORT", 8000, 1, 65535)
WORKERS = env_int("WORKERS", 1, 1, 256)
DATA_DIR = env_folder("DATA_DIR", BASE_DIR / "var")
REDIS_URL = os.environ.get("REDIS_URL", "")
if WORKERS > 1 and not REDIS_URL:
    raise ImproperlyConfigured("WORKERS above 1 needs REDIS_URL: without Redis there is one process only.")
if DEBUG and not is_loopback(HOST):
    raise ImproperlyConfigured(
        f"DEBUG shows code and settings to whoever makes an error, so HOST must be 127.0.0.1 with it, not {HOST!r}."
    )


def secret_key():
    """SECRET_KEY, or one made once and kept in DATA_DIR."""
    key = os.environ.get("SECRET_KEY", "")
    if key:
        if len(key) < 32:
            raise ImproperlyConfigured("SECRET_KEY must have at least 32 characters.")
        return key
    path = DATA_DIR / "secret_key"
    if not path.exists():
        # Written aside and linked, so that two processes starting at once agree on one key.
        draft = DATA_DIR / f"secret_key.{os.getpid()}"
        draft.unlink(missing_ok=True)  # of a process that died right here
        private.write_file(draft, secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        draft.unlink()
    private.narrow(path)
    return path.read_text().strip()


SECRET_KEY = secret_key()

UPLOADS_ACCEL = env_path("UPLOADS_ACCEL")
# Of a request's body, and of an uploaded file: what is larger goes through a temporary file.
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

# Loopback names are always good; what else this server is called, the operator says.
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
ALLOWED_HOSTS = [*env_hosts("ALLOWED_HOSTS"), *sorted(LOOPBACK_HOSTS)]
# Full origins (https://mind.example) from which a browser may open a socket or post, beside the server's own.
TRUSTED_ORIGINS = env_list("TRUSTED_ORIGINS")
for _origin in TRUSTED_ORIGINS:
    _parts = urlsplit(_origin)
    if _parts.scheme not in ("http", "https") or not _parts.netloc or _parts.path not in ("", "/"):
        raise ImproperlyConfigured(f"TRUSTED_ORIGINS takes origins like https://mind.example, not {_origin!r}.")
CSRF_TRUSTED_ORIGINS = [origin.rstrip("/") for origin in TRUSTED_ORIGINS]
# Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed.
TRUSTED_PROXIES = env_networks("TRUSTED_PROXIES")
# Behind HTTPS: cookies are sent over HTTPS only.
HTTPS = any(origin.startswith("https:") for origin in TRUSTED_ORIGINS)

LIMITS = env_limits()
LIMITS_ENFORCED = env_choice("MINDNET_LIMITS", "on", ("on", "off")) == "on"
PRESENCE_AUDIENCE = env_choice("PRESENCE_AUDIENCE", "everyone", ("everyone", "rooms"))
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")

INSTALLED_APPS = [
    # It serves `manage.py runserver`, and costs any other process half a second at its start.
    *(["daphne"] if "runserver" in sys.argv else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "axes",
    "allauth",
    "allauth.account",
    "csp",
    "mindnet",
    "presence",
    "rooms",
    "messaging",
    "analytics",
]

# Static files are answered before (mindnet.serving.handler).
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "mindnet.pages.compression.PageGZipMiddleware",
    "mindnet.pages.policy.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "presence.signed_in.SignedInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "mindnet.pages.refusals.RefusalMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "mindnet.urls"
ASGI_APPLICATION = "mindnet.asgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "mindnet.base.templates.Templates",
        "NAME": "django",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "mindnet.pages.csrf.csrf",
                "mindnet.pages.page.plain_data",
            ],
            "builtins": ["mindnet.templatetags.addresses", "mindnet.templatetags.inherited"],
        },
    }
]

# Database and channel layer


def database():
    """SQLite in WAL mode by default, or what DATABASE_URL says."""
    config = env_database("DATABASE_URL", DATA_DIR / "mindnet.sqlite3")
    if config["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE takes the write lock when a transaction begins: SQLite cannot upgrade a read to a write once
        # another has written. With synchronous=NORMAL a commit survives any crash of the process, not of the machine.
        config["ENGINE"] = "mindnet.database.sqlite"
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000;",
        }
    else:
        pool_size = env_int("DATABASE_POOL", 20, 1, 500)
        # Sized for our own threads and the HTTP requests under way; more wait for their turn.
        config["ENGINE"] = "mindnet.database.postgresql"
        config["OPTIONS"] = config.get("OPTIONS", {}) | {
            "pool": {"min_size": min(2, pool_size), "max_size": pool_size, "timeout": 2},
            "connect_timeout": 3,
            # A database that a broken network swallowed is noticed in seconds, not when the kernel gives up.
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 8000,
        }
        config["CONN_MAX_AGE"] = 0
    return config


DATABASES = {"default": database()}

if REDIS_URL:
    if urlsplit(REDIS_URL).scheme not in ("redis", "rediss", "unix"):
        raise ImproperlyConfigured(f"REDIS_URL must begin with redis://, rediss:// or unix://, not {REDIS_URL!r}.")
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            # redis-py 8 closes an idle socket after 5 s unless told otherwise; a subscriber is idle by nature, and
            # publish.py has its own time limit.
            "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": 30, "socket_connect_timeout": 2}]},
        }
    }
else:
    CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}},
    }

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Accounts

AUTH_USER_MODEL = "presence.Psychic"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "mindnet.pages.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Accounts: allauth, axes, knox

# Ends sockets with the login session that let them in.
SESSION_ENGINE = "presence.login_sessions"
ACCOUNT_ADAPTER = "presence.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "presence.forms.SignupForm",
    "change_password": "presence.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
# Sign-ups and failed logins are counted by SIGNUP_RATE and axes, for pages, REST and admin together.
ACCOUNT_RATE_LIMITS = False

AXES_ENABLED = LIMITS_ENFORCED
AXES_FAILURE_LIMIT = int(LIMITS["LOGIN_FAILURES"])
AXES_COOLOFF_TIME = timedelta(minutes=15)
# Before these are asked, presence.guesses counts what is under way, and by address alone.
# Name and address together: nobody can lock the owner out from elsewhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "presence.guesses.request_address"
AXES_USERNAME_CALLABLE = "presence.guesses.attempted_username"
AXES_LOCKOUT_CALLABLE = "mindnet.pages.errors.locked_out"

REST_KNOX = {
    "TOKEN_TTL": timedelta(days=min(30, LIMITS["LOGIN_DAYS"])),
    "AUTO_REFRESH": True,
    "AUTO_REFRESH_MAX_TTL": timedelta(days=LIMITS["LOGIN_DAYS"]),
    "MIN_REFRESH_INTERVAL": 24 * 3600,
}

# REST

REST_FRAMEWORK = {
    # Tokens first: the first class says how a 401 asks to sign in.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "mindnet.rest.access.TokenAuthentication",
        "mindnet.rest.access.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["mindnet.rest.access.Throttle"],
    "DEFAULT_RENDERER_CLASSES": ["mindnet.rest.rendering.JSONRenderer", "mindnet.rest.rendering.BrowsableAPIRenderer"],
    "DEFAULT_PARSER_CLASSES": ["mindnet.rest.input.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "mindnet.rest.schema.Schema",
    "EXCEPTION_HANDLER": "mindnet.rest.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "mindnet",
    "DESCRIPTION": "The Telepathic Mind Network over HTTP. The socket's commands and events: /schema/connect.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # The whole server is one origin, whatever it is called.
    "SERVERS": [{"url": "/", "description": "This server"}],
    "CONTACT": {"name": "The people who run this server"},
    "TAGS": [
        {"name": "auth", "description": "Tokens, for clients without a browser's cookie."},
        {"name": "psychics", "description": "People: accounts, profiles, pictures, the directory."},
        {"name": "presence", "description": "Who is here, and how psychics wish to be reached."},
        {"name": "rooms", "description": "Where minds meet, and what is in them: messages, participants, sessions."},
        {"name": "guides", "description": "What guided sessions follow."},
        {"name": "sessions", "description": "Who sat in a guided session."},
        {"name": "attachments", "description": "Files in rooms, for who may read them."},
        {
            "name": "devices",
            "description": "What sealed mind-links are read with; their log, recovery and handed-on keys.",
        },
        {"name": "messages", "description": "One message, wherever it is; search and broadcast."},
        {"name": "mentions", "description": "What mentions you."},
        {"name": "reports", "description": "What was reported to the operators, and what came of it."},
        {"name": "analytics", "description": "Figures for operators."},
        {"name": "admin", "description": "What operators do."},
    ],
    # The serializers of input and the structs of answers are different things already.
    "COMPONENT_SPLIT_REQUEST": False,
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": ["mindnet.rest.schema.complete"],
}

# Content security policy

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'", csp_constants.NONCE],
        "style-src": ["'self'", csp_constants.NONCE],
        # 'self' covers the socket: the same host over ws: or wss:.
        "connect-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        # blob: what somebody has just recorded, to listen to it before it is sent.
        "media-src": ["'self'", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# Language and time

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
# Compressed, and named after their content, so that a browser keeps them and an upgrade is seen at once.
STORAGES = {
    # What people upload. It has no address of its own: views hand out what may be seen, after asking who asks.
    "default": uploads.storage(DATA_DIR, group_reads=bool(UPLOADS_ACCEL)),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "mindnet.serving.packed_files.PackedFilesStorage"
    },
}

# Logging: one line an event on standard error.

LOG_LEVEL = env_choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "mindnet.base.logs.LineFormatter"}},
    "filters": {"now_and_then": {"()": "mindnet.base.logs.NowAndThen", "seconds": 60}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # uvicorn writes the whole address of each socket, with a token that somebody wrongly put there.
        "uvicorn.error": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        # Where it has found its keys and its server, for each process.
        "botocore": {"level": "WARNING"},
        # A traceback for every second without Redis; mindnet.realtime.layer says once that it is away.
        "channels_redis": {"level": "CRITICAL"},
        # Anybody can send a wrong Host, as often as they like; who runs this server should see the name all the same.
        "django.security.DisallowedHost": {"filters": ["now_and_then"]},
    },
}
