"""What an owner's home shows, gathered in a fixed number of queries."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Prefetch
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.models import User
from health.acknowledged import back_on
from health.models import State
from health.queries import StateNow, states_of
from onboarding.models import Verification
from onboarding.queries import refusals_of
from registry import texts
from registry.endings import Mark, time_line
from registry.models import Camera, Consent, Device, Ending, PersonRole, Receipt, Site
from registry.people import ACTING, KEEPING, MANAGING, SIGNING, roles_at
from registry.renewals import has_older_words, up_for_renewal
from registry.rights import NEEDS_DEVICE, Right
from registry.services.endings import steps


@dataclass(frozen=True)
class CameraCard:
    """A camera with its health at this moment. `refusal`: what an officer refused and this person may mend."""

    camera: Camera
    state: StateNow
    paused: bool
    refusal: Verification | None = None
    waits_for_visit: bool = False
    """Its device has answered and nothing is known of its health yet: what it waits for is an officer."""
    back_on: date | None = None
    """While it is down: the day on which the owner says that it is back."""
    like: str = ""
    """The name of a channel of the same device, further up, with which the same is wrong."""


@dataclass(frozen=True)
class Step:
    """One step of a place on its way to a working camera: `done`, `next` (it is somebody's turn) or `waiting`."""

    state: str
    label: str
    detail: str = ""
    url: str = ""
    action: str = ""


@dataclass(frozen=True)
class Closing:
    """What follows from consents that ended, as a time line with its legal end."""

    ending: Ending
    marks: list[Mark]
    overdue: bool


@dataclass(frozen=True)
class Place:
    """A site, its cameras, its devices, the consents in force, and what comes next (empty once all is done).

    `may_sign`: this person may change the consents; `may_keep` the devices, `may_act` pause, `may_manage` say who
    else acts here; `roles`: his roles in words. `to_renew`: the keys of the consents that end soon or rest on
    older words; `older`, of the latter alone. `closings`: what follows from those that ended. `device_url`: where a
    device is to be added; empty where none is due or this person does not keep the cameras.
    """

    site: Site
    cameras: list[CameraCard]
    devices: list[Device]
    consents: list[Consent]
    steps: list[Step]
    may_sign: bool = False
    may_keep: bool = False
    may_act: bool = False
    may_manage: bool = False
    roles: tuple[str, ...] = ()
    device_url: str = ""
    to_renew: frozenset[int] = frozenset()
    older: frozenset[int] = frozenset()
    closings: tuple[Closing, ...] = ()

    @property
    def receipts(self) -> list[Receipt]:
        """The receipts of what is in force, the newest first."""
        return sorted({row.receipt for row in self.consents}, key=lambda receipt: receipt.created_at, reverse=True)

    @property
    def device_link(self) -> str:
        """`device_url`, unless one of the steps leads there already."""
        return "" if self.device_url in {step.url for step in self.steps} else self.device_url

    @property
    def is_listed(self) -> bool:
        """Whether somebody may know of this place, so that another camera can be listed there."""
        return any(row.right == Right.LISTED for row in self.consents)

    @property
    def withdrawn(self) -> bool:
        return not self.consents


def places_of(user: User, now: datetime) -> list[Place]:
    """The places at which this person acts for the owner, the newest first."""
    sites = (
        Site.objects.owned_by(user)
        .select_related("partner", "area__parent", "named_verifier")
        .prefetch_related(
            Prefetch("cameras", Camera.objects.listed().select_related("device"), to_attr="listed_cameras"),
            Prefetch("devices", Device.objects.all(), to_attr="all_devices"),
            Prefetch(
                "consents",
                Consent.objects.in_force(now).select_related("recipient", "receipt", "text"),
                to_attr="in_force",
            ),
            Prefetch(
                "endings", Ending.objects.told_to_owner(now).prefetch_related("steps"), to_attr="told_endings"
            ),
        )
        .order_by("-created_at")
    )
    places = list(sites)
    everything = [camera for site in places for camera in site.listed_cameras]
    states, refusals, said = states_of(everything), refusals_of(everything), back_on(everything, now)
    version, roles = texts.in_force().version, roles_at(user, places)
    return [_place(site, roles[site.pk], states, refusals, said, version, now) for site in places]


def _place(
    site: Site,
    roles: frozenset[PersonRole],
    states: dict[int, StateNow],
    refusals: dict[int, Verification],
    said: dict[int, date],
    version: str,
    now: datetime,
) -> Place:
    cameras: list[Camera] = site.listed_cameras  # type: ignore[attr-defined]
    devices: list[Device] = site.all_devices  # type: ignore[attr-defined]
    consents: list[Consent] = site.in_force  # type: ignore[attr-defined]
    needed = any(row.right in NEEDS_DEVICE for row in consents)
    due = needed and any(one.device_id is None for one in cameras)
    keeps, acts = bool(roles & KEEPING), bool(roles & ACTING)
    device_url = reverse("onboarding:site-device", args=[site.public_id]) if due and keeps else ""
    return Place(
        site=site,
        cameras=_told_once(
            CameraCard(
                camera,
                states[camera.pk],
                camera.is_paused(now),
                refusals.get(camera.pk) if acts else None,
                _waits_for_visit(camera, states[camera.pk], now),
                said.get(camera.pk),
            )
            for camera in cameras
        ),
        devices=devices if needed else [],
        consents=consents,
        steps=_steps(site, cameras, _device_step(devices if needed else [], device_url, keeps=keeps), now)
        if cameras and consents
        else [],
        may_sign=bool(roles & SIGNING) and bool(cameras or consents),
        may_keep=keeps,
        may_act=acts,
        may_manage=bool(roles & MANAGING),
        roles=tuple(str(role.label) for role in PersonRole if role in roles),
        device_url=device_url,
        to_renew=frozenset(row.pk for row in up_for_renewal(consents, version, now)),
        older=frozenset(row.pk for row in consents if has_older_words(row, version)),
        closings=tuple(
            Closing(
                ending,
                time_line(ending, steps(), ending.steps.all()),
                not ending.finished_at and ending.due_at <= now,
            )
            for ending in site.told_endings  # type: ignore[attr-defined]
        ),
    )


def _told_once(cards: Iterable[CameraCard]) -> list[CameraCard]:
    """The cards, those marked that would repeat what is wrong with another channel of their device."""
    first: dict[Hashable, str] = {}
    marked = []
    for card in cards:
        state, like = card.state, card.camera.label
        if card.camera.device_id and state.state != State.NORMAL:
            told = (card.camera.device_id, state.state, state.sentence, state.since, card.waits_for_visit)
            like = first.setdefault(told, like)
        marked.append(card if like == card.camera.label else replace(card, like=like))
    return marked


def _waits_for_visit(camera: Camera, state: StateNow, now: datetime) -> bool:
    answered = camera.device is not None and camera.device.answered_at is not None and camera.channel is not None
    return answered and state.state == State.UNKNOWN and not state.cause and not camera.is_verified(now)


# --- what comes next ---------------------------------------------------------------------------------------


def _steps(site: Site, cameras: list[Camera], device_steps: list[Step], now: datetime) -> list[Step]:
    """Listed, device, visit, sticker. The first that waits is next; a device for an agent holds up nothing."""
    listed = _("Sejak %(day)s.") % {"day": _day(min(camera.listed_at for camera in cameras))}
    steps = [Step("done", _("Kamera terdata"), listed), *device_steps]
    visited = all(camera.verified_until and camera.verified_until > now for camera in cameras)
    if visited:
        steps.append(Step("done", _("Kunjungan petugas")))
    else:
        steps.append(Step("waiting", _("Kunjungan petugas"), _visit_words(site)))
    if all(camera.stickered_at for camera in cameras):
        steps.append(Step("done", _("Stiker di lokasi")))
    else:
        steps.append(Step("waiting", _("Stiker di lokasi"), _("Petugas membawa dan memasangnya bersama Anda.")))
    if all(step.state == "done" for step in steps):
        return []
    return _with_next(steps)


def _visit_words(site: Site) -> str:
    """Who comes. A vital object is nobody's to visit before the Polres has named an officer for it."""
    if not site.vital:
        return _(
            "Bhabinkamtibmas kelurahan Anda datang memeriksa di tempat. Anda tidak perlu melakukan apa-apa; "
            "siapkan tanda pengenal untuk dilihat, bukan disalin."
        )
    if site.named_verifier is None:
        return _("Polres menunjuk seorang petugas untuk objek vital Anda. Kami beri tahu Anda siapa yang datang.")
    return _("%(officer)s, petugas yang ditunjuk Polres, datang memeriksa. Hanya dia.") % {
        "officer": site.named_verifier
    }


def _device_step(devices: list[Device], device_url: str, *, keeps: bool) -> list[Step]:
    """The step of the devices that a consent needs; none for a place that is only listed."""
    label = _("Sambungkan perangkat")
    silent = next((device for device in devices if device.answered_at is None), None)
    if silent is None and device_url:
        words = _("Izin Anda memerlukan sambungan ke kamera. Anda mengisi alamatnya, atau petugas membantu.")
        return [Step("waiting", _("Tambah perangkat"), words, device_url, _("Tambah perangkat"))]
    if silent is None:
        return [Step("done", label)] if devices else []
    if silent.waits_for_agent:
        words = _("Alamatnya hanya berlaku di rumah Anda: menunggu agen. Mohon jangan membuka port pada router.")
        return [Step("later", label, words)]
    if silent.wants_help and not silent.has_secret:
        words = _("Petugas membantu saat berkunjung. Anda yang mengetik kata sandinya, di ponsel Anda sendiri.")
        return [Step("later", label, words)]
    words = _("Kami menghubungi perangkat Anda sekali. Gambarnya hanya Anda yang melihat.")
    if not keeps:
        return [Step("waiting", label, words)]
    return [Step("waiting", label, words, reverse("onboarding:connect", args=[silent.public_id]), _("Sambungkan"))]


def _with_next(steps: list[Step]) -> list[Step]:
    first = next((step for step in steps if step.state == "waiting"), None)
    return [replace(step, state="next") if step is first else step for step in steps]


def _day(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "j F Y")
