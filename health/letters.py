"""What stands in a letter about falls, outages and disturbances: composed when it leaves, of what its reader may
know then.
"""

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
from health.causes import Cause, offset_of
from health.models import Acknowledgement, Alert, Audience, Event, Fall, Outage, State, StatusInterval
from health.recipients import known_to
from registry.models import Camera, Device, Site

DOWN, BACK, DISTURBED, MENDED = "health.down", "health.back", "health.disturbed", "health.mended"
_CODES = {Audience.OFFICER: "health.officer", Audience.PRECINCT: "health.precinct"}
_PAGES = {Audience.OWNER: "/mitra/", Audience.OFFICER: "/petugas/", Audience.PRECINCT: "/polsek/kesehatan/"}
_MOST_NAMED = 20
_SALT = "health.acknowledge"


@dataclass(frozen=True, slots=True)
class Words:
    """A letter, ready to be sent; `lines` are the keys of those that it carries."""

    code: str
    subject: str
    body: str
    url: str
    lines: list[int]


@dataclass(slots=True)
class _Item:
    """One fall or one outage, with the cameras in it that the reader may know of."""

    outage: Outage | None
    falls: list[Fall]
    cameras: dict[int, list[Camera]]
    lines: list[Alert]

    @property
    def events(self) -> set[str]:
        return {line.event for line in self.lines}

    @property
    def all(self) -> list[Camera]:
        return [camera for fall in self.falls for camera in self.cameras.get(fall.pk, [])]

    @property
    def back(self) -> list[Camera]:
        return [camera for fall in self.falls if fall.until for camera in self.cameras.get(fall.pk, [])]

    @property
    def is_over(self) -> bool:
        return Event.BACK in self.events


@dataclass(slots=True)
class _Trouble:
    """One disturbance of the cameras of one device, those that the reader may know of, or its end: a recorder whose
    clock is off is one paragraph."""

    cause: str
    is_over: bool
    cameras: list[Camera] = field(default_factory=list)
    lines: list[Alert] = field(default_factory=list)


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
    items = [
        item for item in _items(user, audience, [one for one in lines if not one.disturbance], now) if item.all
    ]
    troubles = _troubles(user, audience, [one for one in lines if one.disturbance], now)
    if not items and not troubles:
        return None
    acknowledged = _acknowledged(items) if audience != Audience.OWNER else {}
    down = [item for item in items if not item.is_over]
    is_owner = audience == Audience.OWNER
    parts = [_paragraph(item, audience, acknowledged) for item in items] + [_trouble(one) for one in troubles]
    if is_owner and down:
        parts.append(
            gettext(
                "Sudah tahu dan sedang diurus? Sebutkan kapan kamera kembali lewat tautan di bawah ini. Sampai "
                "hari itu polisi tidak kami kirimi surat; mereka membaca bahwa Anda tahu."
            )
        )
    return Words(
        code=_CODES.get(audience) or _code(items, troubles),
        subject=_subject(items, troubles),
        body="\n\n".join(parts),
        url=reverse("health:acknowledge-letter", args=[token_of(letter)])
        if is_owner and down
        else _PAGES[audience],
        lines=[line.pk for one in [*items, *troubles] for line in one.lines],
    )


def _code(items: Sequence[_Item], troubles: Sequence[_Trouble]) -> str:
    """What the letter of an owner is about: falls before disturbances, and what goes on before what is over."""
    if items:
        return BACK if all(item.is_over for item in items) else DOWN
    return MENDED if all(one.is_over for one in troubles) else DISTURBED


def _items(user: User, audience: Audience, lines: Sequence[Alert], now: datetime) -> list[_Item]:
    """The lines by what they are about, the oldest first; a camera that went and came is one item."""
    about: dict[tuple[int | None, int | None], list[Alert]] = defaultdict(list)
    for line in lines:
        about[line.outage_id, line.fall_id].append(line)
    wanted = Fall.objects.filter(pk__in=[fall for _, fall in about if fall]) | Fall.objects.filter(
        outage__in=[outage for outage, _ in about if outage]
    )
    known = known_to(user, audience, now)
    # Of an outage of thousands only the falls that this reader may know of are loaded.
    wanted = wanted.filter(device__in=known.order_by().values("device"))
    members: dict[tuple[int | None, int | None], list[Fall]] = defaultdict(list)
    for fall in wanted.select_related("outage", "device").order_by("since", "pk"):
        members[None, fall.pk].append(fall)
        members[fall.outage_id, None].append(fall)
    cameras: dict[int, list[Camera]] = defaultdict(list)
    devices = {fall.device_id for falls in members.values() for fall in falls}
    for camera in known.filter(device__in=devices).select_related("site__area").order_by("pk"):
        cameras[camera.device_id or 0].append(camera)
    items = []
    for key, held in about.items():
        latest = list({fall.device_id: fall for fall in members[key]}.values())
        items.append(_Item(held[0].outage, latest, {fall.pk: cameras[fall.device_id] for fall in latest}, held))
    return items


def _troubles(user: User, audience: Audience, lines: Sequence[Alert], now: datetime) -> list[_Trouble]:
    """Those that still go on and those that are over, by device and cause, the oldest first."""
    known = known_to(user, audience, now).filter(
        pk__in={one.disturbance.camera_id for one in lines if one.disturbance}
    )
    cameras = {camera.pk: camera for camera in known.select_related("site", "device__check_state")}
    found: dict[tuple[int | None, str, bool], _Trouble] = {}
    for line in lines:
        disturbance, is_over = line.disturbance, line.event == Event.MENDED
        if disturbance is None or (disturbance.until is not None) != is_over:
            continue
        camera = cameras.get(disturbance.camera_id)
        if camera is None:
            continue
        key = camera.device_id, disturbance.cause, is_over
        trouble = found.setdefault(key, _Trouble(disturbance.cause, is_over))
        trouble.cameras.append(camera)
        trouble.lines.append(line)
    return list(found.values())


def _subject(items: Sequence[_Item], troubles: Sequence[_Trouble]) -> str:
    if troubles:
        return _subject_of_troubles(items, troubles)
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


def _subject_of_troubles(items: Sequence[_Item], troubles: Sequence[_Trouble]) -> str:
    """It names the one fault there is, so that nobody has to open the letter to know what to look at."""
    if not items and len({(one.cause, one.is_over) for one in troubles}) == 1:
        cameras = [camera for one in troubles for camera in one.cameras]
        facts = {"names": _names(cameras), "cause": str(Cause(troubles[0].cause).label)}
        if troubles[0].is_over:
            return gettext("Kamera normal kembali, tadinya %(cause)s: %(names)s") % facts
        return gettext("Kamera perlu diperiksa, %(cause)s: %(names)s") % facts
    parts = [_subject(items, [])] if items else []
    if count := _how_many([one for one in troubles if not one.is_over]):
        told = ngettext("%(count)d kamera perlu diperiksa", "%(count)d kamera perlu diperiksa", count)
        parts.append(told % {"count": count})
    if count := _how_many([one for one in troubles if one.is_over]):
        told = ngettext("%(count)d kamera normal kembali", "%(count)d kamera normal kembali", count)
        parts.append(told % {"count": count})
    return "; ".join(parts)


def _how_many(troubles: Sequence[_Trouble]) -> int:
    return len({camera.pk for one in troubles for camera in one.cameras})


def _trouble(one: _Trouble) -> str:
    """Which cameras, since when, what it means and what to do; or which cameras, and since when they are well."""
    held = [line.disturbance for line in one.lines if line.disturbance]
    site, device = one.cameras[0].site, one.cameras[0].device
    facts = {
        "names": _names(one.cameras),
        "address": site.address,
        "cause": str(Cause(one.cause).label),
        "since": words.moment(min(row.since for row in held)),
    }
    if one.is_over:
        well = StatusInterval.objects.open().filter(camera__in=one.cameras).values_list("since", flat=True)
        facts["until"] = words.moment(max([*well, *(row.until for row in held if row.until)]))
        return gettext("%(names)s di %(address)s: tadinya %(cause)s, normal kembali sejak %(until)s.") % facts
    told = gettext("%(names)s di %(address)s, sejak %(since)s:") % facts
    return "\n".join([told, words.sentence(State.DEGRADED, one.cause, _offset(device)), maintainer(site)])


def _offset(device: Device | None) -> float | None:
    if device is None:
        return None
    state = getattr(device, "check_state", None)
    return offset_of(state and state.clock_offset_seconds, device.clock_offset_seconds)


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
