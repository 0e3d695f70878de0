"""Django's settings: all that an operator may choose comes from `env.py`."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext

from wschat_site.env import load_env

django_stubs_ext.monkeypatch()  # lets classes such as ModelAdmin take a type argument

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = load_env()

SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.csrf_trusted_origins

INSTALLED_APPS = [
    "daphne",  # first: it gives `runserver` WebSockets
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    *(["corsheaders"] if ENV.wschat_cors_origins else []),
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "chat",
]

MIDDLEWARE = [
    "chat.ops.health.HealthMiddleware",  # first: a monitor may not know what the site is called
    "chat.ops.static.StaticFilesMiddleware",
    *(["corsheaders.middleware.CorsMiddleware"] if ENV.wschat_cors_origins else []),
    "django.middleware.security.SecurityMiddleware",
    "chat.web.compression.PageCompressionMiddleware",
    "chat.web.cookies.CookieMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "chat.web.devices.DeviceCookieMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chat.web.security.AnswerHeadersMiddleware",
    "chat.web.faults.RefusalMiddleware",
]

ROOT_URLCONF = "wschat_site.urls"
ASGI_APPLICATION = "wschat_site.asgi.application"
APPEND_SLASH = False  # the `rooms` protocol answers with and without one

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chat.web.context.page",
            ],
            "libraries": {"times": "chat.web.times"},
        },
    }
]


def database_settings() -> dict[str, Any]:
    """The database, with the options that the log needs."""
    config: dict[str, Any] = dict(ENV.database)
    options = config.setdefault("OPTIONS", {})
    if config["ENGINE"].endswith("sqlite3"):
        config["ENGINE"] = "wschat_site.sqlite3"
        # WAL: readers never wait for the writer. IMMEDIATE: a transaction that will write says so first,
        # so that it waits for its turn instead of failing half way.
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
    else:
        # Clients are told within three seconds that the database is away. The pool must not wait
        # longer with each failed attempt, as it does by default, or it would be away for as long again.
        options.setdefault("connect_timeout", 2)
        options.setdefault("tcp_user_timeout", 3000)
        pool = {"min_size": 0, "max_size": 20, "timeout": 2, "reconnect_timeout": 1}
        options.setdefault("pool", pool)
    return config


DATABASES = {"default": database_settings()}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def channel_layers(redis_url: str) -> dict[str, dict[str, Any]]:
    """What carries events between processes; and requests for polled connections, apart from those."""
    if not redis_url:
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    # The layer waits 5 seconds for a message, then asks again. redis-py gives up a read after 5 seconds.
    host = {"address": redis_url, "socket_timeout": 15}
    of_polls = {"hosts": [host], "prefix": "wschat-polling", "capacity": 500, "expiry": 10}
    return {
        # By PUBLISH: the other layer asks Redis six times for each message. What it loses while Redis is away
        # the processes read from the database, as with the other one.
        "default": {
            "BACKEND": "chat.delivery.pubsub_layer.PubSubLayer",
            "CONFIG": {"hosts": [host], "prefix": "wschat"},
        },
        "polling": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": of_polls},
    }


CHANNEL_LAYERS = channel_layers(ENV.redis_url)

# Argon2id at 19 MiB (chat.passwords), for rooms and accounts alike: Django's own default takes 100 MiB
# and 8 lanes for one hash, and fifty people who sign in at once would take 5 GB.
PASSWORD_HASHERS = ["chat.passwords.Argon2idHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["chat.services.backend.AccountBackend"]  # Django's own, with a limit on tries
LOGIN_URL = "web:sign-in"
CSRF_FAILURE_VIEW = "chat.web.faults.show_forged"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["chat.api.identity.CallerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "chat.api.exceptions.handle",
    "UNAUTHENTICATED_USER": None,
}
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": SECRET_KEY,
    "CHECK_REVOKE_TOKEN": True,  # a new password of the account voids its tokens
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),  # of an account; room tokens have WSCHAT_TOKEN_LIFETIME
}
SPECTACULAR_SETTINGS = {
    "TITLE": "wschat",
    "DESCRIPTION": "Rooms and room tokens of a wschat server.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "PREPROCESSING_HOOKS": ["chat.api.schema.without_trailing_slash"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "chat.api.schema.say_what_serializers_cannot",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ReportReason": "chat.validation.REPORT_REASONS",
        "AnyReason": "chat.validation.ALL_REASONS",
        "DecisionName": "chat.validation.DECISIONS",
        "Outcome": "chat.validation.OUTCOMES",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # to each of the others belongs a folder of locale/
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = ENV.static_root
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "chat.web.storage.StaticFiles"},
}
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_STATIC_PREFIX = STATIC_URL  # below the prefix of a request, if it has one
WHITENOISE_ALLOW_ALL_ORIGINS = False  # `StaticFilesMiddleware` allows them the SDK
WHITENOISE_USE_FINDERS = True  # for files that are not collected yet: see `chat.web.storage`

# Of other sites, pages may ask REST for what any program may: a token tells who calls, never a cookie.
CORS_ALLOWED_ORIGINS = ENV.wschat_cors_origins
CORS_URLS_REGEX = r"^/(?:chats|api)(?:/|$)"
CORS_EXPOSE_HEADERS = ["X-Error-Detail", "Retry-After"]

DATA_UPLOAD_MAX_MEMORY_SIZE = ENV.wschat_max_body
SESSION_COOKIE_NAME = "wschat_session"  # in browsers with what `chat.web.cookies` puts before it
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if ENV.wschat_https:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 30

# Of `check --deploy`: HSTS for other hosts of the domain (W005), and in the lists of browsers (W021), is not
# ours to decide; the proxy, which alone sees plain HTTP, redirects (W008).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]

# At INFO uvicorn has two lines for each connection, and its start and end, which we tell ourselves. At DEBUG
# it and websockets write down every header and frame, tokens and cookies included: they are never set so low.
UVICORN_LEVEL = {"debug": "INFO", "info": "WARNING"}.get(ENV.wschat_log_level, ENV.wschat_log_level.upper())
logging.captureWarnings(ENV.wschat_log_format == "json")  # else they are no lines of JSON
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "without_query": {"()": "chat.ops.logs.WithoutQuery"},
        "without_client_trace": {"()": "chat.ops.logs.WithoutClientTrace"},
        "without_database_trace": {"()": "chat.ops.logs.WithoutDatabaseTrace"},
    },
    "formatters": {
        "text": {"()": "chat.ops.logs.OneLineFormatter"},
        "json": {"()": "chat.ops.logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": ENV.wschat_log_format,
            "filters": ["without_query", "without_client_trace"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "chat": {"level": ENV.wschat_log_level.upper()},
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.request": {"filters": ["without_database_trace"]},
        # They tell of each try; what comes of it we say ourselves.
        "psycopg.pool": {"level": "ERROR"},
        "channels_redis.pubsub": {"level": "CRITICAL"},
        "uvicorn": {"level": UVICORN_LEVEL},
        "websockets": {"level": "WARNING"},
    },
}
