"""The product's addresses with the demo's beside them: tests run outside demo mode."""

from django.conf import settings
from django.urls import include, path

from config.urls import urlpatterns as product

urlpatterns = [*product, *([] if settings.DEMO else [path("peragaan/", include("demo.urls"))])]
