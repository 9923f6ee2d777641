"""What would become of saved stills if consents ended now: told to an owner before he ends them.

It asks as `keeping.erase_of_ending` does afterwards.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import ngettext

from feeds.models import SavedStill
from registry.models import Consent, Site
from registry.rights import ANSWERED_BY, NEEDS_DEVICE, AccessRight


def stills_ahead(site: Site, consents: Sequence[Consent], now: datetime) -> list[str]:
    """Of those saved by bodies whose consents end and who keep no other consent to stills here: how many are
    deleted, and how many stay for a case and until when."""
    answering = ANSWERED_BY[AccessRight.VIEW_STILL]
    staying = Consent.objects.in_force(now).filter(site=site, right__in=answering)
    staying = staying.exclude(pk__in=[row.pk for row in consents])
    bodies = {row.recipient_id for row in consents if row.right in NEEDS_DEVICE}
    bodies -= set(staying.values_list("recipient", flat=True))
    saved = SavedStill.objects.filter(
        look__camera__site=site, look__organization__in=bodies, deleted_at__isnull=True, delete_at__gt=now
    )
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
