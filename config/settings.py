"""Django settings.

Two modes, chosen by MITRA_MODE: `embedded` (the default, what `./run up` starts) and `production`, which
refuses to start with a missing or placeholder secret, or in demo mode. docs/operations.md lists every name.
"""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import embedded, env, schedule
from devices.changes import time_server_kind

BASE_DIR: Path = env.BASE_DIR
VAR_DIR: Path = env.VAR_DIR

MODE = env.text("MITRA_MODE", "embedded")
if MODE not in {"embedded", "production"}:
    raise ImproperlyConfigured("MITRA_MODE must be embedded or production.")
PRODUCTION = MODE == "production"

# Demo mode changes two rules and no others: devices on loopback may be dialled, and one-time links sign in. Its
# pages under /peragaan/ also show the letters and the virtual cameras to whoever reaches this machine's loopback.
DEMO = env.flag("MITRA_DEMO", default=False)
if PRODUCTION and DEMO:
    raise ImproperlyConfigured("MITRA_DEMO must be off in production: its sign-in links skip every check.")

DEBUG = False
if PRODUCTION:
    SECRET_KEY = env.secret("MITRA_SECRET_KEY")
    DEVICE_KEYS = env.keys("MITRA_DEVICE_KEYS")
    AUDIT_KEYS = env.keys("MITRA_AUDIT_KEYS")
    ALLOWED_HOSTS = env.names("MITRA_HOSTS")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("Set MITRA_HOSTS to the host names of this site, separated by commas.")
    BASE_URL = env.text("MITRA_BASE_URL").rstrip("/")
    if not BASE_URL.startswith("https://"):
        raise ImproperlyConfigured("MITRA_BASE_URL must start with https:// in production.")
    DATABASES = {"default": env.database("DATABASE_URL", default=env.text("DATABASE_URL"))}
    REDIS_URL = env.text("REDIS_URL")
    CELERY_BROKER_URL = REDIS_URL
else:
    SECRET_KEY = embedded.secret_key()
    DEVICE_KEYS = embedded.device_keys()
    AUDIT_KEYS = embedded.audit_keys()
    ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
    BASE_URL = env.text("MITRA_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    DATABASES = {"default": env.database("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
    REDIS_URL = env.text("REDIS_URL", f"unix://{embedded.broker_socket()}")
    CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")

# BEGIN IMMEDIATE: a transaction that will write takes the lock at once instead of failing later.
# secure_delete: what is erased is not left in the file to be read there.
SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    if PRODUCTION:
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database in production.")
    DATABASES["default"]["OPTIONS"] = dict(SQLITE_OPTIONS)
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "leaflet",
    "csp",
    "guardian",
    "django_structlog",
    "audit",
    "devices",
    "accounts",
    "notices",
    "registry",
    "access",
    "health",
    "feeds",
    "coverage",
    "conduct",
    "onboarding",
    "incidents",
    "privacy",
    "transparency",
    "desks",
    "upkeep",
]
if DEMO:
    INSTALLED_APPS.append("demo")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.static.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

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
                "csp.context_processors.nonce",
                "config.context.site",
            ],
        },
    }
]

# --- Sign-in -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "access.backends.ScopeBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "/mulai/"
LOGOUT_REDIRECT_URL = "/"

# One page asks for a phone number or an e-mail address and sends a code; whoever is new gets an account by it.
# Nobody has a password, so allauth's own sign-up and password pages are closed (accounts/urls.py).
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"request_login_code": "accounts.forms.RequestCodeForm"}
ACCOUNT_LOGIN_METHODS = {"email"} if PRODUCTION else {"email", "phone"}  # Phones need a text gateway.
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email", "phone"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PHONE_VERIFICATION_ENABLED = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Mitra Kamera: "
SILENCED_SYSTEM_CHECKS = [
    "guardian.W001",  # Its stock backend stays out on purpose (docs/adr/0002).
    "auth.W004",  # The e-mail address is unique without regard to case, by a constraint.
    "security.W005",  # HSTS for the subdomains of a host name that we do not own,
    "security.W021",  # nor may put on the browsers' list.
    "account.W001",  # Sign-in methods and sign-up fields differ: sign-up is closed.
]
# Codes per address or number (`key`), per sender (`ip`), and per day.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/d/key,3/5m/key,30/h/ip",
    "verify_phone": "20/d/key,3/5m/key,30/h/ip",
    "confirm_email": "20/d/key,3/5m/key,30/h/ip",
    "signup": "20/h/ip",
    "login": "30/5m/ip",
    "login_failed": "10/5m/ip,5/5m/key",
}
# Guessed too low, all users behind a proxy share its address and one limit; too high, anybody writes his own.
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("MITRA_PROXIES", None if PRODUCTION else 0)

MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Mitra Kamera"
MFA_TOTP_TOLERANCE = 1
SECOND_FACTOR_LASTS = timedelta(hours=12)

SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

# --- Transport and browser ------------------------------------------------------------------------------
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # Asked by the orchestrator, inside the network.
    SECURE_HSTS_SECONDS = 31536000
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- Words and time --------------------------------------------------------------------------------------
LANGUAGE_CODE = "id"
LANGUAGES = [("id", _("Bahasa Indonesia")), ("en", _("Inggris"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "bahasa"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Jakarta"
FORMAT_MODULE_PATH = "config.formats"

# --- Files -------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION  # Production collects them; elsewhere they are found where they lie.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns where it is missing.
MEDIA_ROOT = VAR_DIR / "files"

# --- Broker, cache, work -----------------------------------------------------------------------------------
CACHES = {"default": {"BACKEND": "config.cache.RedisCache", "LOCATION": REDIS_URL}}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "work"
# One queue per kind, so that what is slow holds up nothing but its like: devices that use up their deadline wait in
# `slow`, and what a person waits for (a probe, a change of settings) stands behind none of them. config/up.py and
# docker-compose.yml say which workers take which queue.
CELERY_TASK_ROUTES = {
    "health.tasks.check_slow_batch": {"queue": "slow"},
    "health.tasks.check_signed_in": {"queue": "slow"},
    "health.tasks.check_pictures": {"queue": "slow"},
    "health.tasks.tell_of_falls": {"queue": "letters"},
    "health.tasks.*": {"queue": "sweeps"},
    "onboarding.tasks.*": {"queue": "probes"},
    "onboarding.settings.tasks.*": {"queue": "probes"},
    "notices.tasks.*": {"queue": "letters"},
}
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# What a killed worker held is given to another after 600 s, longer than any task; looked for every 10 s.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "unacked_restore_throttle": 1}
CELERY_TIMEZONE = TIME_ZONE

# --- Mail -----------------------------------------------------------------------------------------------------
OUTBOX = env.text("MITRA_OUTBOX", "")  # A folder for codes and letters in demo mode and tests; empty: none.
if PRODUCTION and OUTBOX:
    raise ImproperlyConfigured("MITRA_OUTBOX must be empty in production: letters in a folder reach nobody.")
EMAIL_HOST = env.text("EMAIL_HOST", "")
if OUTBOX:
    EMAIL_BACKEND = "config.mail.OutboxBackend"
elif EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
EMAIL_PORT = env.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Mitra Kamera <noreply@mitra-kamera.example>")
if PRODUCTION and not EMAIL_HOST:
    raise ImproperlyConfigured("Set EMAIL_HOST: without mail nobody can receive a sign-in code.")

# --- API ------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "accounts.tokens.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "accounts.tokens.WithinScope"],
    "DEFAULT_THROTTLE_CLASSES": ["config.throttle.PerPerson"],
    "DEFAULT_THROTTLE_RATES": {"person": env.text("MITRA_API_RATE", "600/min")},
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.bodies.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "config.schema.Schema",
    "DEFAULT_PAGINATION_CLASS": "config.rest.CursorPage",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "config.rest.problem",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Mitra Kamera API",
    "DESCRIPTION": "Cameras shared with the police by consent.",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "ENUM_NAME_OVERRIDES": {
        "AccessRightEnum": "registry.rights.AccessRight",
        "ConsentRightEnum": "registry.rights.Right",
        "DeviceChangeStateEnum": "onboarding.models.ChangeState",
        "WorkStateEnum": "onboarding.models.ProbeState",
    },
}

# --- guardian ------------------------------------------------------------------------------------------------
# Its app is installed for its abstract bases, which access/ builds on; its stock backend is not, because there an
# expired row still answers has_perm (docs/adr/0002).
ANONYMOUS_USER_NAME = None

# --- Rules of the product that an operator may set ----------------------------------------------------------
VERIFICATION_LASTS = timedelta(days=365)
CONSENT_LASTS = timedelta(days=365)
ENDING_LASTS = timedelta(hours=72)  # 3×24 hours from the end of a consent to its erasure: UU 27/2022 art. 9 and 40.
LOOK_LASTS = timedelta(minutes=15)
EMERGENCY_LASTS = timedelta(minutes=15)
EMERGENCY_SECOND_FACTOR_LASTS = timedelta(minutes=5)  # How fresh it must be when an emergency look begins.
CASE_LASTS = timedelta(hours=4)
CASE_NUMBER_FOLLOWS = timedelta(hours=24)  # Then the supervisor is told of a case that still has no number.
QUESTION_ANSWER_DAYS = env.number("MITRA_QUESTION_ANSWER_DAYS", 7, least=1)  # To answer an owner.
# Whether a supervisor may keep an entry of Buku Tamu from its owner for 14 days, on a letter.
LOOK_DEFERRAL = env.flag("MITRA_LOOK_DEFERRAL", default=False)
# A saved still is deleted after this; one that is saved for a case may be kept for as long as the second.
STILL_KEPT = timedelta(days=env.number("MITRA_STILL_DAYS", 30, least=1))
STILL_KEPT_FOR_A_CASE = timedelta(days=env.number("MITRA_CASE_STILL_DAYS", 180, least=1))
SAMPLE_PERCENT = 5  # Of each body's looks of a month: they are judged, and nobody chose which.
JUDGED_WITHIN = timedelta(days=env.number("MITRA_JUDGE_DAYS", 7, least=1))
# An explanation that is not given within this suspends the duty in which somebody looked.
EXPLAIN_WITHIN = timedelta(days=env.number("MITRA_EXPLAIN_DAYS", 7, least=1))
# What a supervisor is shown as odd: one person at one camera on so many nights; so many cameras without a case.
ODD_NIGHTS = env.number("MITRA_ODD_NIGHTS", 3, least=2)
ODD_NIGHT_HOURS = (22, 5)  # Local: from ten in the evening until five in the morning.
ODD_WITHIN = timedelta(days=30)
ODD_BURST_CAMERAS = env.number("MITRA_ODD_BURST_CAMERAS", 10, least=2)
ODD_BURST_WITHIN = timedelta(minutes=env.number("MITRA_ODD_BURST_MINUTES", 10, least=1))
STICKER_REQUIRED_FOR_LIVE = True
# Live video at a vital object always needs a second person's approval; with this, live video anywhere does.
LIVE_NEEDS_TWO_PEOPLE = env.flag("MITRA_LIVE_NEEDS_TWO_PEOPLE", default=False)
PIN_DISTANCE_WARNING_METRES = 50
# Public keys of age: whoever holds the secret half of one can restore the backups of this server.
BACKUP_RECIPIENTS = env.names("MITRA_BACKUP_RECIPIENT")
PROBES_PER_OWNER_PER_DAY = env.number("MITRA_PROBES_PER_OWNER", 20, least=1)
PROBES_PER_ADDRESS_PER_DAY = env.number("MITRA_PROBES_PER_ADDRESS", 20, least=1)
PROBE_DEADLINE_SECONDS = 20
# How long it takes to say that an address which never answered did not answer: longer than a silent device
# (`devices.conversation`, 6 s) and the search for another port (`devices.seek`, 3 s) take together.
PROBE_FAILURE_SECONDS = (9.5, 11.0)
POSSESSION_PICTURES_PER_VISIT = 10
POSSESSION_PICTURES_PER_OFFICER_PER_DAY = 60
SWEEP_PERIOD = timedelta(seconds=env.number("MITRA_SWEEP_SECONDS", 10 if DEMO else 60, least=1))
SWEEP_DEADLINE_SECONDS = 5
SWEEP_BATCH = 500
# A picture that shows a fault is a fault only if another shows one so much later: somebody may stand at the lens.
PICTURE_AGAIN_AFTER = timedelta(seconds=env.number("MITRA_PICTURE_AGAIN_SECONDS", 60 if DEMO else 3600, least=1))
PICTURE_DEADLINE_SECONDS = 12
# How often a device is signed in to (identity, clock, password, stream), and how often its pictures are looked at.
SIGNED_IN_PERIOD = timedelta(seconds=env.number("MITRA_SIGNED_IN_SECONDS", 120 if DEMO else 3600, least=10))
FULL_PERIOD = timedelta(seconds=env.number("MITRA_FULL_CHECK_SECONDS", 300 if DEMO else 24 * 3600, least=10))
SIGNED_IN_DEADLINE_SECONDS = 15
SIGNED_IN_BATCH = 20
# How long each change of a camera's state is kept, and its days, packed (`health.services.days`).
INTERVALS_KEPT = timedelta(days=env.number("MITRA_INTERVAL_DAYS", 100, least=30))
CAMERA_DAYS_KEPT = timedelta(days=env.number("MITRA_CAMERA_DAY_DAYS", 800, least=100))
DOWN_LETTER_PAUSE = timedelta(hours=6)  # The fewest hours between two letters that the same device is down.
# How long what may pass by itself (a wrong clock, a flapping line, no stream) lasts before its owner is told.
DISTURBANCE_LETTER_AFTER = timedelta(minutes=env.number("MITRA_DISTURBANCE_MINUTES", 2 if DEMO else 60, least=1))
# How long a disturbance must stay away before its owner is told that it is over: what comes with each night is not
# over in the morning.
MENDED_LETTER_AFTER = timedelta(minutes=5) if DEMO else timedelta(days=1)
# An outage: more than this share of the devices of a site, network or kelurahan, and at least so many, fell within
# so long.
OUTAGE_WINDOW = timedelta(minutes=env.number("MITRA_OUTAGE_MINUTES", 1 if DEMO else 5, least=1))
OUTAGE_PERCENT = env.number("MITRA_OUTAGE_PERCENT", 50)
if OUTAGE_PERCENT > 99:
    raise ImproperlyConfigured("MITRA_OUTAGE_PERCENT must be below 100: an outage is more than this share.")
OUTAGE_DEVICES = env.number("MITRA_OUTAGE_DEVICES", 3, least=2)
# After its owner, who is told of a camera that stays down, and when; how long a letter of news waits for the next.
ALERT_OFFICER_AFTER = timedelta(hours=env.number("MITRA_OFFICER_TOLD_HOURS", 24, least=1))
ALERT_PRECINCT_AFTER = timedelta(hours=env.number("MITRA_PRECINCT_TOLD_HOURS", 72, least=1))
ALERT_DIGEST = {
    "owner": timedelta(minutes=env.number("MITRA_DIGEST_MINUTES", 1 if DEMO else 15, least=1)),
    "officer": timedelta(hours=env.number("MITRA_POLICE_DIGEST_HOURS", 24, least=1)),
    "precinct": timedelta(hours=env.number("MITRA_POLICE_DIGEST_HOURS", 24, least=1)),
}
# How long it is known that a device fell, who was told of it and what its owner said.
FALLS_KEPT = timedelta(days=env.number("MITRA_FALL_DAYS", 365, least=30))
# Letters to residents wait from the first of these hours until the second (local). The same twice: never.
QUIET_HOURS = (env.number("MITRA_QUIET_FROM", 21), env.number("MITRA_QUIET_UNTIL", 6))
if max(QUIET_HOURS) > 23:
    raise ImproperlyConfigured("MITRA_QUIET_FROM and MITRA_QUIET_UNTIL are hours from 0 to 23.")
# How often the head of the audit trail is signed, where it is written, and whom it is mailed to.
ANCHOR_EVERY = timedelta(minutes=env.number("MITRA_ANCHOR_MINUTES", 1 if DEMO else 24 * 60, least=1))
ANCHOR_FOLDER = Path(env.text("MITRA_ANCHOR_FOLDER", str(VAR_DIR / "anchors")))
ANCHOR_MAIL = env.names("MITRA_ANCHOR_MAIL")
CELERY_BEAT_SCHEDULE = schedule.entries(sweep_period=SWEEP_PERIOD)
CELERY_BEAT_SCHEDULER = "config.beat:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
# Private ranges the command line and the demo may dial, as 10.20.30.0/24:80,554; never the product.
PROBE_ALLOW = env.text("PROBE_ALLOW", "")
# Networks of our own beside those of this machine's interfaces; see registry/own_networks.py.
OWN_NETWORKS = env.networks("MITRA_OWN_NETWORKS")
# The time server that is named to a device whose clock is set by hand and that has none, once its owner agrees.
NTP_SERVER = env.text("MITRA_NTP_SERVER", "pool.ntp.org")
if not time_server_kind(NTP_SERVER):
    raise ImproperlyConfigured(
        f"MITRA_NTP_SERVER must be a host name in small letters or an IPv4 address, not {NTP_SERVER!r}."
    )
DATA_PROTECTION_AUTHORITY = env.text("MITRA_PDP_AUTHORITY", "Kementerian Komunikasi dan Digital")
PORTRAIT_OF_PLACE = {"lat": -6.1683, "lng": 106.7588, "zoom": 12}  # Jakarta Barat

# --- Logs ----------------------------------------------------------------------------------------------------
LOGGING_CONFIG = "config.logs.configure"
LOGGING = {"level": env.text("MITRA_LOG_LEVEL", "INFO")}
DJANGO_STRUCTLOG_CELERY_ENABLED = False
