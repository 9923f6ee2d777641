"""Every URL of the product. Each app's pages stand in its own urls.py."""

from django.conf import settings
from django.urls import include, path

from config import probes
from config.language import choose_language
from desks.views import public

urlpatterns = [
    path("", public.home, name="public-home"),
    path("mulai/", public.landing, name="home"),
    path("akun/", include("accounts.urls")),
    path("bahasa/setlang/", choose_language, name="set_language"),
    path("api/v1/", include("config.api")),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", probes.metrics, name="metrics"),
    path("", include("audit.urls")),
    path("", include("registry.urls")),
    path("", include("access.urls")),
    path("", include("health.urls")),
    path("", include("feeds.urls")),
    path("", include("conduct.urls")),
    path("", include("onboarding.urls")),
    path("", include("privacy.urls")),
    path("", include("transparency.urls")),
    path("", include("desks.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("peragaan/", include("demo.urls")))
