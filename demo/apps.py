from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Installed only in demo mode (MITRA_DEMO); nothing in the product imports it."""

    name = "demo"
    verbose_name = "Peragaan"
