from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "health"
    verbose_name = "Kesehatan"

    def ready(self) -> None:
        from health import metrics  # Needs the models, which are loaded by now.

        metrics.register()
