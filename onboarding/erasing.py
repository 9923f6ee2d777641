"""What this app keeps of a device rests on the consents that need one: without any, it is erased."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding.models import DeviceChange, Probe, SettingsWork
from registry.endings import owes, pictures_are_due
from registry.models import Consent, Ending, Site


def subscribe() -> None:
    """Owe this step after every ending."""
    owes("tests", _("Gambar dan hasil uji perangkat dihapus"), erase_tests, tests_ahead)


def tests_ahead(site: Site, consents: Sequence[Consent], now: datetime) -> list[str]:
    """What `erase_tests` would do if these consents ended now."""
    if not pictures_are_due(site, now, without=consents):
        return []
    kept = Probe.objects.filter(Q(report__isnull=False) | Q(picture__isnull=False), device__site=site).exists()
    kept = kept or SettingsWork.objects.filter(device__site=site, findings__isnull=False).exists()
    return [gettext("Gambar dan hasil uji perangkat dihapus.")] if kept else []


def erase_tests(ending: Ending, now: datetime) -> bool:
    """Empty every picture, address and report of the tests at the site; not while a worker is at one of them.

    That a test, a visit or a change took place stays on record, for it stands in the owner's guest book.
    """
    if not pictures_are_due(ending.site, now):
        return True
    probes = Probe.objects.filter(device__site=ending.site)
    works = SettingsWork.objects.filter(device__site=ending.site)
    if probes.filter(finished_at__isnull=True).exists() or works.filter(finished_at__isnull=True).exists():
        return False
    told = {"picture": None, "address": "", "steps": [], "message": "", "remedy": ""}
    probes.update(report=None, proves=None, **told)
    works.update(identity={}, findings=None, **told)
    DeviceChange.objects.filter(device__site=ending.site).update(identity={}, address="", seen=None)
    return True
