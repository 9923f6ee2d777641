"""What would become of saved stills if consents ended now: told to an owner before he ends them.

It asks the question of `keeping.erase_of_ending`, beforehand. Stills of looks of which the owner is not told yet
are deleted all the same, and are not among those he reads of: an upper app says which looks these are by
`leave_out`, in its AppConfig.ready.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import ngettext

from access.models import Look
from feeds.keeping import saved_under
from registry.models import Consent, Site

KeptBack = Callable[[datetime], "QuerySet[Look, int]"]

_left_out: list[KeptBack] = []


def leave_out(looks: KeptBack) -> None:
    """Tell nothing of the stills of these looks: `looks(now)` answers with their keys."""
    _left_out.append(looks)


def stills_ahead(site: Site, consents: Sequence[Consent], now: datetime) -> list[str]:
    """Of those saved by bodies whose consents end and who keep no other consent to stills here: how many are
    deleted, and how many stay for a case and until when."""
    saved = saved_under(site, consents, now).filter(delete_at__gt=now)
    for looks in _left_out:
        saved = saved.exclude(look__in=looks(now))
    case = Q(look__for_case=True)
    told = saved.aggregate(
        erased=Count("pk", filter=~case), kept=Count("pk", filter=case), last=Max("delete_at", filter=case)
    )
    points = []
    if told["erased"]:
        words = ngettext(
            "%(number)d gambar yang disimpan dihapus.", "%(number)d gambar yang disimpan dihapus.", told["erased"]
        )
        points.append(words % {"number": told["erased"]})
    if told["kept"]:
        words = ngettext(
            "%(number)d gambar yang disimpan untuk perkara tetap ada sampai tanggal hapusnya, paling lama %(day)s.",
            "%(number)d gambar yang disimpan untuk perkara tetap ada sampai tanggal hapusnya, paling lama %(day)s.",
            told["kept"],
        )
        day = date_format(timezone.localtime(told["last"]), "j F Y")
        points.append(words % {"number": told["kept"], "day": day})
    return points
