"""The API under /api/v1/: each app's routes, joined here."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

import access.api
import health.api
import onboarding.api
import registry.api
from config.rest import Nowhere

router = SimpleRouter(use_regex_path=False)
for app in (registry, access, health, onboarding):
    for prefix, viewset, name in app.api.routes:
        router.register(prefix, viewset, basename=name)

# The documentation writes its own style sheet into the page; its script is a file of ours.
docs = csp_replace({"style-src": [SELF, UNSAFE_INLINE]})(SpectacularSwaggerSplitView.as_view(url_name="schema"))

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    *router.urls,
    path("", Nowhere.as_view(), name="root"),
    path("<path:address>", Nowhere.as_view(), name="nowhere"),
]
