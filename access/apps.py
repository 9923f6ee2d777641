from django.apps import AppConfig

# Whatever a running look rests on; each of these may end it.
ENDS_LOOKS = (
    "consent.withdrawn",
    "camera.withdrawn",
    "camera.paused",
    "camera.verification_ended",
    "device.different",
    "device.address_changed",
    "device.identity_forgotten",
    "grant.revoked",
    "case.closed",
    "duty.ended",
    "duty.lapsed",
    "duty.suspended",
    "grant.lapsed",
    "consent.lapsed",
    "consent.renewed",
    "reason.changed",
)


class AccessConfig(AppConfig):
    name = "access"
    verbose_name = "Akses"

    def ready(self) -> None:
        import audit
        from access.services import on_news, on_person, on_signed_out

        audit.subscribe("person.signed_out", on_signed_out)
        audit.subscribe("person.second_factor_removed", on_person)
        audit.subscribe("person.deactivated", on_person)
        for action in ENDS_LOOKS:
            audit.subscribe(action, on_news)
