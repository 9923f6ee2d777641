from django.apps import AppConfig

# Whatever a running look rests on; each of these may end it.
ENDS_LOOKS = (
    "consent.withdrawn",
    "camera.withdrawn",
    "camera.paused",
    "device.different",
    "grant.revoked",
    "case.closed",
    "duty.ended",
)


class AccessConfig(AppConfig):
    name = "access"
    verbose_name = "Akses"

    def ready(self) -> None:
        import audit
        from access.services import on_news

        for action in ENDS_LOOKS:
            audit.subscribe(action, on_news)
