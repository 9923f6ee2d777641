from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class HealthConfig(AppConfig):
    name = "health"
    verbose_name = "Kesehatan"

    def ready(self) -> None:
        from config.database import compile_nothing
        from health import metrics, services  # They need the models, which are loaded by now.
        from registry.endings import owes

        connection_created.connect(compile_nothing)
        metrics.register()
        words = _("Gambar acuan untuk pemeriksaan kesehatan dihapus, bila persetujuannya berakhir")
        owes("health_views", words, services.erase_views, services.views_ahead)
