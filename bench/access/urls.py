"""The product's addresses, and the same list of cameras with nobody asked whether he may see it."""

from django.urls import path

from bench.access.endpoint import WITHOUT, Unguarded
from config.urls import urlpatterns as of_the_product

# First: whatever stands under /api/v1/ and is not the product's own is answered there with "not found".
urlpatterns = [path(WITHOUT.lstrip("/"), Unguarded.as_view({"get": "list"})), *of_the_product]
