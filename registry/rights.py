"""The rights an owner can consent to, their purposes, and the four levels in which he meets them.

A consent names one right, one purpose and one recipient. A grant asks for an access right and is answered by
the consents listed here for it.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Right(models.TextChoices):
    """What an owner may allow (design, section 5)."""

    LISTED = "listed", _("Terdata dan dihubungi bila ada kejadian")
    HEALTH_SNAPSHOT = "health_snapshot", _("Pemeriksaan gambar untuk kesehatan kamera")
    RECORDING_ON_REQUEST = "recording_on_request", _("Diminta rekaman, Anda yang memutuskan")
    STILL_IN_INCIDENT = "still_in_incident", _("Gambar diam saat ada kejadian")
    LIVE_IN_INCIDENT = "live_in_incident", _("Tayangan langsung saat ada kejadian")
    STILL_IN_HOURS = "still_in_hours", _("Gambar diam pada jam tertentu")
    LIVE_IN_HOURS = "live_in_hours", _("Tayangan langsung pada jam tertentu")


def told_to_others(right: str) -> str:
    """The right in words for whoever is not the owner; the label of a right speaks to the owner."""
    if right == Right.RECORDING_ON_REQUEST:
        return str(_("Diminta rekaman, pemilik yang memutuskan"))
    return str(Right(right).label)


class Purpose(models.TextChoices):
    """Why personal data is processed (UU 27/2022 art. 21: told before consent)."""

    SECURITY = "security", _("Keamanan lingkungan")
    INCIDENT = "incident", _("Penanganan kejadian")
    INVESTIGATION = "investigation", _("Pembuktian perkara")
    MAINTENANCE = "maintenance", _("Perawatan kamera")


PURPOSE_OF: dict[Right, Purpose] = {
    Right.LISTED: Purpose.SECURITY,
    Right.HEALTH_SNAPSHOT: Purpose.MAINTENANCE,
    Right.RECORDING_ON_REQUEST: Purpose.INVESTIGATION,
    Right.STILL_IN_INCIDENT: Purpose.INCIDENT,
    Right.LIVE_IN_INCIDENT: Purpose.INCIDENT,
    Right.STILL_IN_HOURS: Purpose.SECURITY,
    Right.LIVE_IN_HOURS: Purpose.SECURITY,
}

# Rights for which a device must be connected; listing and recordings on request need none.
NEEDS_DEVICE = frozenset(
    {
        Right.HEALTH_SNAPSHOT,
        Right.STILL_IN_INCIDENT,
        Right.LIVE_IN_INCIDENT,
        Right.STILL_IN_HOURS,
        Right.LIVE_IN_HOURS,
    }
)
IN_INCIDENT = frozenset({Right.STILL_IN_INCIDENT, Right.LIVE_IN_INCIDENT})
IN_HOURS = frozenset({Right.STILL_IN_HOURS, Right.LIVE_IN_HOURS})


class AccessRight(models.TextChoices):
    """What an organization may be granted (design, section 6)."""

    SEE_POSITION = "see_position", _("Melihat letak kamera")
    SEE_HEALTH = "see_health", _("Melihat kesehatan kamera")
    REQUEST_RECORDING = "request_recording", _("Meminta rekaman")
    VIEW_STILL = "view_still", _("Melihat gambar diam")
    VIEW_LIVE = "view_live", _("Melihat tayangan langsung")


# Which consents answer an access right. A live right includes the still.
ANSWERED_BY: dict[AccessRight, frozenset[Right]] = {
    AccessRight.SEE_POSITION: frozenset({Right.LISTED}),
    AccessRight.SEE_HEALTH: frozenset({Right.LISTED}),
    AccessRight.REQUEST_RECORDING: frozenset({Right.RECORDING_ON_REQUEST}),
    AccessRight.VIEW_STILL: IN_INCIDENT | IN_HOURS,
    AccessRight.VIEW_LIVE: frozenset({Right.LIVE_IN_INCIDENT, Right.LIVE_IN_HOURS}),
}
SHOWS_PICTURE = frozenset({AccessRight.VIEW_STILL, AccessRight.VIEW_LIVE})


def purposes_for(right: AccessRight) -> list[Purpose]:
    """The purposes under which this access right can be granted: those its consents carry."""
    return sorted({PURPOSE_OF[consent] for consent in ANSWERED_BY[right]})


@dataclass(frozen=True)
class Level:
    """One of the four ways to take part, as the owner meets them; `rights` are offered, none is pre-ticked."""

    code: str
    title: Promise
    words: Promise
    rights: tuple[Right, ...]


LEVELS: tuple[Level, ...] = (
    Level(
        "listed",
        _("Terdata saja"),
        _("Polisi tahu ada kamera di tempat Anda dan dapat menghubungi Anda. Tidak ada gambar yang dibuka."),
        (Right.LISTED,),
    ),
    Level(
        "recording",
        _("Boleh diminta rekaman"),
        _("Bila ada kejadian, petugas dapat meminta rekaman. Anda yang memilih memberi atau tidak."),
        (Right.LISTED, Right.RECORDING_ON_REQUEST),
    ),
    Level(
        "incident",
        _("Langsung saat ada kejadian"),
        _("Selama ada kejadian di sekitar Anda, petugas yang diberi akses dapat melihat gambar, dengan alasan."),
        (Right.LISTED, Right.RECORDING_ON_REQUEST, Right.STILL_IN_INCIDENT, Right.LIVE_IN_INCIDENT),
    ),
    Level(
        "hours",
        _("Langsung pada jam tertentu"),
        _("Pada jam yang Anda tentukan, petugas yang diberi akses dapat melihat gambar, dengan alasan."),
        (
            Right.LISTED,
            Right.RECORDING_ON_REQUEST,
            Right.STILL_IN_INCIDENT,
            Right.LIVE_IN_INCIDENT,
            Right.STILL_IN_HOURS,
            Right.LIVE_IN_HOURS,
        ),
    ),
)


def level(code: str) -> Level:
    """The level with this code; raises KeyError for an unknown one."""
    return {item.code: item for item in LEVELS}[code]
