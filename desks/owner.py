"""What an owner's home shows, gathered in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from accounts.models import User
from health.queries import StateNow, states_of
from registry.models import Camera, Consent, Device, Site


@dataclass(frozen=True)
class CameraCard:
    """A camera with its health at this moment."""

    camera: Camera
    state: StateNow
    paused: bool


@dataclass(frozen=True)
class Place:
    """A site with its cameras, its devices and the consents in force."""

    site: Site
    cameras: list[CameraCard]
    devices: list[Device]
    consents: list[Consent]

    @property
    def withdrawn(self) -> bool:
        return not self.consents


def places_of(user: User, now: datetime) -> list[Place]:
    """The places of the partners this person acts for, the newest first."""
    sites = (
        Site.objects.owned_by(user)
        .select_related("partner", "area__parent")
        .prefetch_related(
            Prefetch("cameras", Camera.objects.listed().select_related("device"), to_attr="listed_cameras"),
            Prefetch("devices", Device.objects.all(), to_attr="all_devices"),
            Prefetch(
                "consents", Consent.objects.in_force(now).select_related("recipient", "receipt"), to_attr="in_force"
            ),
        )
        .order_by("-created_at")
    )
    places = list(sites)
    states = states_of([camera for site in places for camera in site.listed_cameras])
    return [
        Place(
            site=site,
            cameras=[
                CameraCard(camera, states[camera.pk], camera.is_paused(now)) for camera in site.listed_cameras
            ],
            devices=site.all_devices,
            consents=site.in_force,
        )
        for site in places
    ]
