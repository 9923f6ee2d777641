from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = "Pelindungan data pribadi"

    def ready(self) -> None:
        import audit
        from privacy.services.restrictions import hold_new_camera  # Needs the models, which are loaded by now.

        audit.subscribe("camera.listed", hold_new_camera)
