"""What an outage is called, and what may be behind it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from health.models import Outage, OutageKind

_TITLES: dict[str, Promise] = {
    OutageKind.SITE: _("Gangguan di satu tempat"),
    OutageKind.NETWORK: _("Gangguan jaringan"),
    OutageKind.AREA: _("Gangguan di kelurahan"),
}
_SENTENCES: dict[str, Promise] = {
    OutageKind.SITE: _(
        "Hampir semua kamera di satu tempat: listrik atau internet di sana mungkin padam. Mohon periksa daya dan "
        "router lebih dahulu."
    ),
    OutageKind.NETWORK: _(
        "Kamera-kamera pada jaringan internet yang sama jatuh bersamaan: penyedia internet mungkin terganggu."
    ),
    OutageKind.AREA: _(
        "Sebagian besar kamera di kelurahan ini jatuh bersamaan: listrik atau internet di wilayah ini mungkin "
        "padam."
    ),
}


def title(outage: Outage) -> str:
    """Its kind in two or three words."""
    return str(_TITLES[outage.kind])


def sentence(outage: Outage) -> str:
    """What may be behind it, and what to look at first."""
    return str(_SENTENCES[outage.kind])
