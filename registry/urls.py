"""Pages of the register: what an owner changes, and receipts."""

from registry.owner_urls import urlpatterns as owner_patterns

app_name = "registry"
urlpatterns = [*owner_patterns]
