"""Requests, pages, signing in, API, security and logs."""

from __future__ import annotations

import os

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.logs import LOGGING  # noqa: F401
from config.paths import LOCALE_BUILD, ROOT, STATIC_BUILD

from .environment import CRM_ENV, PRODUCTION, said  # noqa: F401

SECRET_KEY = said("SECRET_KEY", "local-only-" + "x" * 40)
#: Keys of fields encrypted at rest, newest first, separated by commas (Fernet keys).
FIELD_KEYS = [
    key.strip()
    for key in said("FIELD_KEYS", "bG9jYWwtb25seS1sb2NhbC1vbmx5LWxvY2FsLW9ubHk=").split(",")
    if key.strip()
]
DEBUG = False
BASE_DIR = ROOT
#: The platform's host, with its port where it has one; clinics are `<name>.BASE_DOMAIN`.
BASE_DOMAIN = said("BASE_DOMAIN", "localhost:8000")
BASE_HOST, _colon, _port = BASE_DOMAIN.partition(":")
BASE_PORT = f":{_port}" if _port else ""  # what an address of a clinic's own host needs too
#: Who letters come from.
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "") or f"Tái Khám <no-reply@{BASE_HOST}>"
BASE_SCHEME = "https" if PRODUCTION else "http"
#: The registry of clinics is the list of allowed hosts: an unknown one is a plain 404.
ALLOWED_HOSTS = ["*"]

ROOT_URLCONF = "config.urls"
PUBLIC_SCHEMA_URLCONF = "config.platform_urls"
WSGI_APPLICATION = "config.wsgi.application"

MIDDLEWARE = [
    "config.health.HealthMiddleware",  # above the clinic: a probe has no clinic's host
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.logs.RequestLogMiddleware",
    "messaging.webhooks.ReportMiddleware",  # above all that providers need not
    "clinics.middleware.ClinicMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

_LOADERS = [
    "django_cotton.cotton_loader.Loader",
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [("django.template.loaders.cached.Loader", _LOADERS)],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.frame.context",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Words and times: Vietnamese first; rows are UTC, screens are the clinic's clock.
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [LOCALE_BUILD]
FORMAT_MODULE_PATH = ["config.formats"]
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False  # years and ids are numbers too; money has its own filter
TIME_ZONE = "Asia/Ho_Chi_Minh"

# Files a browser loads: all ours, with a hash in the name.
STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "var" / "collected"
STATICFILES_DIRS = [STATIC_BUILD] if STATIC_BUILD.is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION  # a rebuilt style is seen without a restart

# Signing in: by username; e-mail is optional; nobody signs up by himself.
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
_DEFAULT_HASHER = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
if not PRODUCTION:  # a demo hires twenty people at once, with a password that guards nothing
    PASSWORD_HASHERS = ["config.signin.QuickHasher", _DEFAULT_HASHER]
ACCOUNT_ADAPTER = "config.signin.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no letter to who does not work here
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "1" if PRODUCTION else "0"))
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # htmx reads it from the page's head, not from the cookie
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    if SECRET_KEY.startswith("local-only"):
        raise ImproperlyConfigured("SECRET_KEY of a local start must not reach production.")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src-elem": [SELF],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_standardized_errors.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tái Khám",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
PHONENUMBER_DEFAULT_REGION = "VN"
