from django.apps import AppConfig


class ConductConfig(AppConfig):
    name = "conduct"
    verbose_name = "Kepatutan"

    def ready(self) -> None:
        from conduct.told import kept_back  # Needs the models, which are loaded by now.
        from feeds.ahead import leave_out

        leave_out(kept_back)
