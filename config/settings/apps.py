"""Which apps stand in `public`, and which in every clinic's schema."""

#: Public: who the clinics are. accounts, auth, contenttypes, sessions and allauth stand in both
#: lists: public rows are operators, a clinic's rows are its staff.
SHARED_APPS = [
    "clinics.registry",  # first: its `migrate` visits only the clinics that lack something
    "django_tenants",
    "clinics.accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "csp",
    "config.apps.HouseConfig",
]

TENANT_APPS = [
    "clinics.accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "rest_framework.authtoken",
    "clinics",
    "patients",
    "messaging",
    "followup",
    "kpi",
]

#: HouseConfig last: it needs all the others.
INSTALLED_APPS = [
    *(
        app
        for app in dict.fromkeys([*SHARED_APPS, *TENANT_APPS])
        if app != "config.apps.HouseConfig"
    ),
    "config.apps.HouseConfig",
]

TENANT_MODEL = "registry.Clinic"
TENANT_DOMAIN_MODEL = "registry.Domain"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TENANT_LIMIT_SET_CALLS = True
PUBLIC_SCHEMA_NAME = "public"
