"""What the clock ends, and what owners are asked and told before: renewal 30 and 7 days ahead, then the lapse.

Each tick claims its rows by UPDATE, so that two of them tell nobody twice. The end itself waits for none of this.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

import audit
from notices.services import in_language_of, tell
from registry import texts
from registry.models import Consent, EndedHow, EndingCause, Site
from registry.models.consents import ConsentQuerySet
from registry.people import SIGNING, people_at
from registry.renewals import ASKED_AHEAD
from registry.rights import Right
from registry.services.consents import close, note_lapsed, take_cameras_off
from registry.services.endings import begin_ending

SITES_AT_ONCE = 200


def lapse_consents(*, now: datetime) -> int:
    """Note what the clock has ended, take off what rested on it, and tell the owner; how many sites."""
    sites = Consent.objects.run_out(now).order_by().values_list("site_id", flat=True).distinct()
    return sum(_lapse(site_id, now) for site_id in list(sites[:SITES_AT_ONCE]))


@audit.atomic
def _lapse(site_id: int, now: datetime) -> bool:
    """With the last `listed` of a recipient all his rights end; with the last of all, the cameras leave the
    register as if the owner had withdrawn, only by nobody's hand."""
    site = Site.objects.select_related("partner", "area").get(pk=site_id)
    rows = Consent.objects.select_for_update().filter(site=site, withdrawn_at__isnull=True).order_by("pk")
    standing = list(rows)
    lapsed = note_lapsed([row for row in standing if row.valid_until <= now], now)
    if not lapsed:
        return False
    in_force = [row for row in standing if row.valid_until > now]
    listed = {row.recipient_id for row in in_force if row.right == Right.LISTED}
    along = [row for row in in_force if row.recipient_id not in listed]
    close(along, None, now, how=EndedHow.UNLISTED)
    taken = [] if listed else take_cameras_off(site, None, now)
    begin_ending(site=site, consents=[*lapsed, *along], cause=EndingCause.LAPSED, by=None, now=now)
    _tell_lapse(site, off=bool(taken), now=now)
    return True


def _tell_lapse(site: Site, *, off: bool, now: datetime) -> None:
    def words() -> tuple[str, str]:
        body = _("%(place)s: persetujuan yang tidak Anda perbarui sudah berakhir. Itu pilihan yang sah.")
        if off:
            body += " " + _(
                "Kameranya tidak lagi terdata. Bila Anda ingin ikut lagi, daftarkan tempat itu kembali."
            )
        else:
            body += " " + _("Yang lain tetap berlaku. Anda dapat memberi izin lagi kapan saja.")
        return _("Persetujuan Anda berakhir"), body % {"place": site.address}

    tell_signers(site, "consent.lapsed", words, key=f"lapsed:{now:%Y%m%d%H%M}", now=now)


def ask_for_renewal(*, now: datetime) -> int:
    """Ask the owners whose consents end within 30 days, and once more within 7; how many sites were asked."""
    return sum(_ask_all(days, now) for days in sorted(ASKED_AHEAD))


def _ask_all(days: int, now: datetime) -> int:
    sites = _to_ask(days, now).order_by().values_list("site_id", flat=True).distinct()
    return sum(_ask(site_id, days, now) for site_id in list(sites[:SITES_AT_ONCE]))


def _to_ask(days: int, now: datetime) -> ConsentQuerySet:
    unasked = Q(asked_days__isnull=True) | Q(asked_days__gt=days)
    soon = Q(valid_until__lte=now + timedelta(days=days), lapsed_at__isnull=True)  # As the index has it.
    return Consent.objects.in_force(now).filter(unasked, soon)


@transaction.atomic
def _ask(site_id: int, days: int, now: datetime) -> bool:
    ends = list(_to_ask(days, now).filter(site=site_id).values_list("valid_until", flat=True))
    if not ends or not _to_ask(days, now).filter(site=site_id).update(asked_days=days):
        return False
    site = Site.objects.select_related("partner").get(pk=site_id)
    first = texts.last_day(min(ends))

    def words() -> tuple[str, str]:
        day = date_format(first, "j F Y")
        body = _(
            "%(place)s: persetujuan Anda berakhir sesudah %(day)s. Baca dan perbarui yang ingin Anda teruskan. "
            "Bila Anda diam, persetujuan itu berakhir sendiri dan tidak ada yang perlu Anda lakukan."
        )
        return _("Persetujuan Anda berakhir %(day)s") % {"day": day}, body % {"place": site.address, "day": day}

    tell_signers(site, "consent.ends", words, key=f"ends{days}:{first}", now=now, url=renewal_of(site))
    return True


def tell_of_new_words(*, now: datetime) -> int:
    """Tell owners whose consents rest on older words that there are newer ones, once each; how many sites."""
    version = texts.in_force().version
    older = _older(version, now).order_by().values_list("site_id", flat=True).distinct()
    return sum(_tell_new_words(site_id, version, now) for site_id in list(older[:SITES_AT_ONCE]))


def _older(version: str, now: datetime) -> ConsentQuerySet:
    """In force under other words than these, and its owner has not been told of these."""
    return Consent.objects.in_force(now).exclude(text__version=version).exclude(told_of_version=version)


@transaction.atomic
def _tell_new_words(site_id: int, version: str, now: datetime) -> bool:
    rows = _older(version, now).filter(site=site_id).values_list("pk", flat=True)
    if (
        not Consent.objects.filter(pk__in=list(rows))
        .exclude(told_of_version=version)
        .update(told_of_version=version)
    ):
        return False
    site = Site.objects.select_related("partner").get(pk=site_id)

    def words() -> tuple[str, str]:
        body = _(
            "Kata-kata persetujuan berbagi kamera diperbarui. Persetujuan Anda untuk %(place)s tetap persis "
            "seperti yang Anda baca, sampai berakhir. Yang baru hanya berlaku bila Anda membaca dan "
            "menandatanganinya."
        )
        return _("Teks persetujuan diperbarui"), body % {"place": site.address}

    tell_signers(site, "texts.published", words, key=f"texts:{version}", now=now, url=renewal_of(site))
    return True


def renewal_of(site: Site) -> str:
    """The page on which the consents of a place are renewed."""
    return reverse("onboarding:site-renew", args=[site.public_id])


def tell_signers(
    site: Site, code: str, words: Callable[[], tuple[str, str]], *, key: str, now: datetime, url: str = ""
) -> None:
    """Tell everybody who signs for the owner, each in his language, once per `key` and site. `words` gives the
    subject and the body in the language that is active."""
    for person in people_at(site, SIGNING):
        with in_language_of(person):
            subject, body = words()
            tell(
                person,
                code=code,
                subject=subject,
                body=body,
                url=url or reverse("desks:owner"),
                once_key=f"{key}:{site.public_id}:{person.pk}",
                now=now,
            )
