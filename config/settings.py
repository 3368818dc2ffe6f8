"""Settings: what the operator gives by environment variables (`config/environment.py`), and wiring."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import database, secrets
from config.environment import number, switch, text, words

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(text("LINLI_DATA", str(BASE_DIR / "var"), "Folder for SQLite, photos and generated secrets.")).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = switch("LINLI_DEBUG", False, "Detailed error pages; never in production.")
LINLI_DEMO = switch("LINLI_DEMO", False, "Demo district: one-click sign-in, Open311 key demo-open311. Never in production.")
SECRET_KEY = secrets.secret_key(text("LINLI_SECRET_KEY", "", "Signing key; made and kept if not given."), DATA_DIR)
LINLI_KEYS = secrets.field_keys(
    words("LINLI_KEYS", "", "Base64 keys of field encryption, present one first; made and kept if not given."), DATA_DIR
)
LINLI_CRYPTO = text("LINLI_CRYPTO", "aes", "Cipher suite of field encryption: aes (AES-GCM, SHA-256) or sm (SM4-GCM, SM3).")
ALLOWED_HOSTS = words("LINLI_HOSTS", "localhost,127.0.0.1,[::1]", "Host names served, comma separated.")
BASE_URL = text("LINLI_BASE_URL", "http://127.0.0.1:8000", "Address of this server as people type it; used in messages.")
IS_HTTPS = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if "://" in BASE_URL else []
LINLI_PACKS = words("LINLI_PACKS", "china", "Packs loaded by default, in this order.")
LINLI_LEASE_SECONDS = number("LINLI_LEASE_SECONDS", 60, "After how long a job of a dead worker is done again.")
LINLI_PROXIES = number("LINLI_PROXIES", 0, "How many reverse proxies stand in front (for the client's address).")
LINLI_WEBHOOK_NETWORKS = words(
    "LINLI_WEBHOOK_NETWORKS", "", "Networks of our own that webhooks may reach besides the public net, as 10.1.0.0/16, comma separated."
)
LINLI_THREADS = number("LINLI_THREADS", 8, "Threads of one web process; also the size of its PostgreSQL pool.")

DATABASES = {
    "default": database.from_url(
        text(
            "LINLI_DATABASE_URL",
            "",
            "sqlite:///path or postgres://user:password@host:port/name; SQLite in the data folder if empty.",
        ),
        DATA_DIR,
        pool_size=LINLI_THREADS + 2,
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "linli.kernel",
    "linli.places",
    "linli.people",
    "linli.organizations",
    "linli.notifications",
    "linli.catalogue",
    "linli.ledger",
    "linli.cases",
    "linli.insight",
    "linli.portal",
    # after ours, so that our templates and texts win
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "template_partials",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "linli.kernel.middleware.DatabaseAway",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "linli.kernel.middleware.Language",
    "linli.kernel.middleware.KnownLength",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "linli.organizations.middleware.ActorOfRequest",
    "linli.kernel.middleware.DomainErrors",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "linli" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "linli.portal.context.page",
            ],
        },
    },
]

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["linli.people.backends.AccountBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_ADAPTER = "linli.people.adapters.AccountAdapter"
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None, "signup": None}  # ours count for all processes together
ALLAUTH_TRUSTED_PROXY_COUNT = LINLI_PROXIES
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_USERNAME_VALIDATORS = "linli.people.forms.USERNAME_VALIDATORS"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_FORMS = {
    "login": "linli.people.forms.SignInForm",
    "signup": "linli.people.forms.SignUpForm",
    "change_password": "linli.people.forms.ChangePasswordForm",
    "set_password": "linli.people.forms.SetPasswordForm",
    "reauthenticate": "linli.people.forms.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Linli"
MFA_ADAPTER = "linli.people.adapters.MfaAdapter"
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "activate_totp": "linli.people.forms.ActivateTotpForm",
    "authenticate": "linli.people.forms.SecondStepForm",
    "reauthenticate": "linli.people.forms.SecondStepAgainForm",
}
SOCIALACCOUNT_ADAPTER = "linli.people.adapters.SocialAccountAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""  # the return address is /accounts/oidc/login/callback/
OIDC_CLAIM = text(
    "LINLI_OIDC_CLAIM",
    "",
    "OpenID Connect claim that carries the sign-in name of an existing account; empty links none by itself.",
)
OIDC_SERVER = text("LINLI_OIDC_SERVER", "", "OpenID Connect issuer address; empty turns it off.")
_oidc = {  # read whether used or not, so that the reference lists every variable
    "provider_id": "oidc",
    "name": text("LINLI_OIDC_NAME", "OpenID Connect", "Name on the OpenID Connect button."),
    "client_id": text("LINLI_OIDC_CLIENT", "", "OpenID Connect client id."),
    "secret": text("LINLI_OIDC_SECRET", "", "OpenID Connect client secret."),
    "settings": {"server_url": OIDC_SERVER},
}
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [_oidc] if OIDC_SERVER else []}}

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "linli.kernel.middleware.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if IS_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if LINLI_PROXIES else None
X_FRAME_OPTIONS = "DENY"
TILES_URL = text("LINLI_TILES_URL", "", "Tianditu WMTS address with key, shown under the map; empty: the own sketch only.")
_tile_host = ["/".join(TILES_URL.split("/")[:3])] if TILES_URL else []
# Browsers apply form-action to the redirect that follows the press on the OpenID Connect button.
_openid_host = ["/".join(OIDC_SERVER.split("/")[:3])] if OIDC_SERVER else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_tile_host],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, *_openid_host],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "linli" / "locale"]
LANGUAGE_COOKIE_NAME = "linli_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = text("LINLI_ZONE", "Asia/Shanghai", "Time zone of the district; pages show it, business clocks run on it.")

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "linli" / "static"]
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # empty unless collected: the server warns of a folder that is not there
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600


def _immutable(path: str, url: str) -> bool:
    return "/dist/assets/" in url


WHITENOISE_IMMUTABLE_FILE_TEST = _immutable
MEDIA_ROOT = DATA_DIR / "photos"
LINLI_S3_BUCKET = text("LINLI_S3_BUCKET", "", "Bucket for photos; empty keeps them in the data folder.")
_s3 = {
    "bucket_name": LINLI_S3_BUCKET,
    "endpoint_url": text("LINLI_S3_ENDPOINT", "", "Address of the S3 service.") or None,
    "access_key": text("LINLI_S3_KEY", "", "S3 access key.") or None,
    "secret_key": text("LINLI_S3_SECRET", "", "S3 secret key.") or None,
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(DATA_DIR / "files")}},
    "photos": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _s3}
    if LINLI_S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

EMAIL_BACKEND = text("LINLI_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend", "Django e-mail backend.")
EMAIL_HOST = text("LINLI_SMTP_HOST", "", "SMTP server; empty turns e-mail off.")
EMAIL_PORT = number("LINLI_SMTP_PORT", 25, "SMTP port.")
EMAIL_HOST_USER = text("LINLI_SMTP_USER", "", "SMTP user.")
EMAIL_HOST_PASSWORD = text("LINLI_SMTP_PASSWORD", "", "SMTP password.")
EMAIL_USE_TLS = switch("LINLI_SMTP_TLS", False, "STARTTLS for SMTP.")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = text("LINLI_MAIL_FROM", "linli@localhost", "Sender of e-mail.")
LINLI_GATEWAYS = words(
    "LINLI_GATEWAYS",
    "",
    "Group and SMS gateways as apprise addresses (wecombot://, dingtalk://, feishu:// …), name=address, comma separated.",
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": text("LINLI_LOG_LEVEL", "WARNING", "DEBUG, INFO, WARNING or ERROR.")},
    "loggers": {"psycopg.pool": {"level": "ERROR"}, "django.request": {"level": "ERROR"}},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
LINLI_NAME = _("Linli")
