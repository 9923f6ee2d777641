"""What stands in a letter about falls and outages: composed when it leaves, of what its reader may know then."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core import signing
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from accounts.models import User
from health import outage_words, words
from health.models import Acknowledgement, Alert, Audience, Event, Fall, Outage, State
from health.recipients import known_to
from registry.models import Camera, Site

DOWN, BACK = "health.down", "health.back"
_CODES = {Audience.OFFICER: "health.officer", Audience.PRECINCT: "health.precinct"}
_PAGES = {Audience.OWNER: "/mitra/", Audience.OFFICER: "/petugas/", Audience.PRECINCT: "/polsek/kesehatan/"}
_MOST_NAMED = 20
_SALT = "health.acknowledge"


@dataclass(frozen=True, slots=True)
class Words:
    """A letter, ready to be sent."""

    code: str
    subject: str
    body: str
    url: str


@dataclass(slots=True)
class _Item:
    """One fall or one outage, with the cameras in it that the reader may know of."""

    outage: Outage | None
    falls: list[Fall]
    cameras: dict[int, list[Camera]]
    events: set[str] = field(default_factory=set)

    @property
    def all(self) -> list[Camera]:
        return [camera for fall in self.falls for camera in self.cameras.get(fall.pk, [])]

    @property
    def back(self) -> list[Camera]:
        return [camera for fall in self.falls if fall.until for camera in self.cameras.get(fall.pk, [])]

    @property
    def is_over(self) -> bool:
        return Event.BACK in self.events


def token_of(letter: uuid.UUID) -> str:
    """What the link in a letter carries, so that nobody makes up another."""
    return signing.Signer(sep=".", salt=_SALT).sign(letter.hex)


def letter_of(token: str) -> uuid.UUID | None:
    """The letter that a link came from; None for whatever we did not sign."""
    try:
        return uuid.UUID(signing.Signer(sep=".", salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def compose(
    user: User, audience: Audience, lines: Sequence[Alert], letter: uuid.UUID, now: datetime
) -> Words | None:
    """The letter in the language of the running block; None if nothing is left in it that the reader may know."""
    items = [item for item in _items(user, audience, lines, now) if item.all]
    if not items:
        return None
    acknowledged = _acknowledged(items) if audience != Audience.OWNER else {}
    down = [item for item in items if not item.is_over]
    is_owner = audience == Audience.OWNER
    parts = [_paragraph(item, audience, acknowledged) for item in items]
    if is_owner and down:
        parts.append(
            gettext(
                "Sudah tahu dan sedang diurus? Sebutkan kapan kamera kembali lewat tautan di bawah ini. Sampai "
                "hari itu kami tidak memberi tahu polisi."
            )
        )
    return Words(
        code=_CODES.get(audience) or (DOWN if down else BACK),
        subject=_subject(items),
        body="\n\n".join(parts),
        url=reverse("health:acknowledge-letter", args=[token_of(letter)])
        if is_owner and down
        else _PAGES[audience],
    )


def _items(user: User, audience: Audience, lines: Sequence[Alert], now: datetime) -> list[_Item]:
    """The lines by what they are about, the oldest first; a camera that went and came is one item."""
    about: dict[tuple[int | None, int | None], list[Alert]] = defaultdict(list)
    for line in lines:
        about[line.outage_id, line.fall_id].append(line)
    wanted = Fall.objects.filter(pk__in=[fall for _, fall in about if fall]) | Fall.objects.filter(
        outage__in=[outage for outage, _ in about if outage]
    )
    falls = list(wanted.select_related("outage", "device").order_by("since", "pk"))
    cameras: dict[int, list[Camera]] = defaultdict(list)
    known = known_to(user, audience, now).filter(device__in={fall.device_id for fall in falls})
    for camera in known.select_related("site__area").order_by("pk"):
        cameras[camera.device_id or 0].append(camera)
    items = []
    for (outage_id, fall_id), held in about.items():
        members = [fall for fall in falls if fall.pk == fall_id or (outage_id and fall.outage_id == outage_id)]
        latest = list({fall.device_id: fall for fall in members}.values())
        items.append(
            _Item(
                held[0].outage,
                latest,
                {fall.pk: cameras[fall.device_id] for fall in latest},
                {line.event for line in held},
            )
        )
    return items


def _subject(items: Sequence[_Item]) -> str:
    if len(items) == 1:
        item = items[0]
        shown = (item.back or item.all) if item.is_over else item.all
        facts = {"count": len(shown), "names": _names(shown)}
        if item.is_over:
            return ngettext("Kamera kembali: %(names)s", "%(count)d kamera kembali: %(names)s", len(shown)) % facts
        if item.outage is not None:
            return gettext("Gangguan, %(count)d kamera terputus: %(names)s") % facts
        return ngettext("Kamera terputus: %(names)s", "%(count)d kamera terputus: %(names)s", len(shown)) % facts
    down = sum(len(item.all) for item in items if not item.is_over)
    back = sum(len(item.back) for item in items if item.is_over)
    if not back:
        return gettext("%(count)d kamera terputus") % {"count": down}
    if not down:
        return gettext("%(count)d kamera kembali") % {"count": back}
    return gettext("Kabar kamera: %(down)d terputus, %(back)d kembali") % {"down": down, "back": back}


def _paragraph(item: _Item, audience: Audience, acknowledged: dict[int, Acknowledgement]) -> str:
    lines = (
        _outage_lines(item, audience, acknowledged) if item.outage else _fall_lines(item, audience, acknowledged)
    )
    return "\n".join(lines)


def _fall_lines(item: _Item, audience: Audience, acknowledged: dict[int, Acknowledgement]) -> list[str]:
    fall, cameras = item.falls[0], item.all
    site = cameras[0].site
    facts = {
        "names": _names(cameras),
        "address": _where(site, audience),
        "since": words.moment(fall.since),
        "until": words.moment(fall.until) if fall.until else "",
    }
    if item.is_over and fall.until:
        if Event.DOWN in item.events:
            return [
                gettext("%(names)s di %(address)s terputus sejak %(since)s dan menjawab lagi sejak %(until)s.")
                % facts
            ]
        return [gettext("%(names)s di %(address)s menjawab lagi sejak %(until)s.") % facts]
    lines = [gettext("%(names)s di %(address)s terputus sejak %(since)s.") % facts]
    if audience == Audience.OWNER:
        lines.append(words.sentence(State.DOWN, fall.cause))
    elif fall.pk in acknowledged:
        lines.append(known_until(acknowledged[fall.pk]))
    return [*lines, maintainer(site, phone=audience != Audience.PRECINCT)]


def _where(site: Site, audience: Audience) -> str:
    """The address for whoever goes there; the precinct reads the kelurahan, as on its page (ADR 0007)."""
    return site.area.name if audience == Audience.PRECINCT else site.address


def _outage_lines(item: _Item, audience: Audience, acknowledged: dict[int, Acknowledgement]) -> list[str]:
    assert item.outage is not None  # noqa: S101  (asked before)
    sites = {camera.site_id: camera.site for camera in item.all}
    facts = {
        "since": words.moment(item.outage.since),
        "until": words.moment(item.outage.until) if item.outage.until else "",
        "count": len(item.all),
        "back": len(item.back),
    }
    if item.is_over:
        told = gettext(
            "Gangguan sejak %(since)s berakhir pada %(until)s: %(back)d dari %(count)d kamera menjawab lagi."
        )
        return [told % facts]
    told = gettext("%(count)d kamera terputus hampir bersamaan sejak %(since)s.") % facts
    lines = [told, outage_words.sentence(item.outage)]
    for site in sites.values():
        names = _names([camera for camera in item.all if camera.site_id == site.pk])
        said = [acknowledged[fall.pk] for fall in item.falls if fall.pk in acknowledged]
        known = [known_until(row) for row in said if row.fall.device.site_id == site.pk][:1]
        who = maintainer(site, phone=audience != Audience.PRECINCT)
        lines.append(" ".join([f"- {_where(site, audience)}: {names}.", who, *known]))
    return lines


def _acknowledged(items: Sequence[_Item]) -> dict[int, Acknowledgement]:
    falls = [fall.pk for item in items for fall in item.falls]
    rows = Acknowledgement.objects.filter(fall__in=falls, replaced_at__isnull=True)
    return {row.fall_id: row for row in rows.select_related("fall__device")}


def known_until(acknowledgement: Acknowledgement) -> str:
    """What the police read of an owner who has spoken."""
    return gettext("Pemilik tahu; katanya kembali pada %(day)s.") % {
        "day": date_format(acknowledgement.back_on, "j F Y")
    }


def maintainer(site: Site, *, phone: bool = True) -> str:
    """Who looks after the cameras of a site, and by which number he is reached where that is to be told."""
    number = f" ({site.maintainer_phone})" if phone and site.maintainer_phone else ""
    return gettext("Yang merawat kamera ini: %(name)s.") % {"name": site.maintainer_name + number}


def _names(cameras: Sequence[Camera]) -> str:
    named = ", ".join(camera.label for camera in cameras[:_MOST_NAMED])
    more = len(cameras) - _MOST_NAMED
    return gettext("%(names)s dan %(more)d lagi") % {"names": named, "more": more} if more > 0 else named
