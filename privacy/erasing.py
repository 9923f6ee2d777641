"""What erasing means, step by step: every field that may say something of a person is destroyed.

The rows stay, because the history of who looked hangs on them, and so do codes, times and hashes: the trail
verifies as before. A table that is added later and holds anything of an owner is found by
`tests/privacy/test_erased_everywhere.py`, and gets its line here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

import audit
from access.models import Look
from accounts.models import Duty
from feeds.keeping import delete_still
from feeds.models import SavedStill
from health.models import CameraView, CheckState
from onboarding.models import DeviceChange, Enrolment, Probe, SettingsWork, Verification
from privacy import erasing_account, erasing_traces, leaving
from privacy.models import Outcome, Restriction, SubjectRequest
from registry import geo
from registry.errors import AlreadyWithdrawn
from registry.models import (
    Camera,
    Consent,
    Device,
    Ending,
    MaintainerHandover,
    Network,
    Partner,
    PartnerKind,
    PartnerPerson,
    Proposal,
    Site,
)
from registry.services import withdraw_all
from registry.services.devices import erase_device

#: What stands where a name was and a name must stand. No language: it is a mark in the record, not a sentence.
ERASED = "(dihapus)"
#: So many messages are read in one visit of the worker: seconds, not the minutes after which he is stopped.
MESSAGES_AT_ONCE = 50_000


@dataclass(frozen=True)
class Step:
    """One thing that an erasure owes. `act(request, now)` says whether it is done; it does no harm twice."""

    code: str
    words: str | Promise
    act: Callable[[SubjectRequest, datetime], bool]


def steps_of(request: SubjectRequest) -> list[Step]:
    """What is owed, in the order in which it is done."""
    account = [
        Step("messages", _("Pesan kepada dan tentang Anda dihapus"), erasing_account.erase_messages),
        Step("account", _("Nama, kontak, dan cara masuk Anda dihapus"), erasing_account.erase_account),
    ]
    if request.partner_id is None:
        return [Step("roles", _("Peran Anda berakhir"), leaving.end_roles), *account]
    return [
        Step("consents", _("Persetujuan berakhir, perangkat dan gambar dilepas"), _consents_are_over),
        Step("devices", _("Alamat dan kata sandi perangkat dihapus"), _erase_devices),
        Step("pictures", _("Gambar, hasil uji, dan catatan kunjungan dihapus"), _erase_pictures),
        Step("messages_about", _("Pesan tentang Anda dihapus"), _erase_messages_about),
        Step("record", _("Nama, alamat, titik, dan kontak dihapus"), _erase_record),
        Step("trail", _("Teks dalam jejak audit dikosongkan"), _erase_trail),
        Step("own", _("Akun yang meminta, bila tidak lagi bertindak untuk siapa pun"), _erase_asker),
    ]


# --- an owner ------------------------------------------------------------------------------------------------


def _partner(request: SubjectRequest) -> Partner:
    assert request.partner_id is not None  # noqa: S101  (only the steps of an owner's erasure ask)
    return Partner.objects.get(pk=request.partner_id)


def _sites(request: SubjectRequest) -> list[Site]:
    return list(Site.objects.filter(partner=request.partner_id).select_related("area", "partner").order_by("pk"))


def _consents_are_over(request: SubjectRequest, now: datetime) -> bool:
    """What follows from their end is the registry's (`registry.endings`), and must be over first. Somebody may have
    given a new one meanwhile: it ends too."""
    over = True
    for site in _sites(request):
        if Consent.objects.filter(site=site, withdrawn_at__isnull=True, valid_until__gt=now).exists():
            _withdraw(site, request, now)
            over = False
    return over and not Ending.objects.open().filter(site__partner=request.partner_id).exists()


def _withdraw(site: Site, request: SubjectRequest, now: datetime) -> None:
    for by in (request.asked_by, request.seconded_by):
        if by is not None:
            try:
                withdraw_all(site=site, by=by, now=now)
            except AlreadyWithdrawn:
                return
            return


def _erase_devices(request: SubjectRequest, now: datetime) -> bool:
    devices = Device.objects.filter(site__partner=request.partner_id)
    for device in devices.select_related("site").order_by("pk"):
        erase_device(device=device, reason="owner_erased", now=now)
    CheckState.objects.filter(device__in=devices).delete()
    # A maker and model say nothing of a person, unless somebody typed more there.
    devices.update(maker="", model="", firmware="", brand="")
    return True


def _erase_pictures(request: SubjectRequest, now: datetime) -> bool:
    """Stills that rest on a case are evidence and stay until their own date (UU 27/2022 art. 15)."""
    partner = request.partner_id
    kept = SavedStill.objects.filter(
        look__camera__site__partner=partner, look__for_case=False, deleted_at__isnull=True
    )
    for still in kept.select_related("look").order_by("pk"):
        delete_still(still=still, how="owner_erased", now=now)
    probes = Probe.objects.filter(device__site__partner=partner)
    works = SettingsWork.objects.filter(device__site__partner=partner)
    if probes.filter(finished_at__isnull=True).exists() or works.filter(finished_at__isnull=True).exists():
        return False  # A worker is at it and would write its picture after us.
    told: dict[str, Any] = {"picture": None, "address": "", "steps": [], "message": "", "remedy": ""}
    probes.update(report=None, proves=None, **told)
    works.update(identity={}, findings=None, wishes=[], account_mark="", **told)
    changes = DeviceChange.objects.filter(device__site__partner=partner)
    changes.update(identity={}, address="", seen=None, old={}, new={}, subject="", why="")
    CameraView.objects.filter(camera__site__partner=partner).delete()
    visits = Verification.objects.filter(camera__site__partner=partner)
    visits.exclude(note="").update(note=ERASED)
    visits.update(lat=None, lng=None, accuracy_m=None, distance_m=None)
    Look.objects.filter(camera__site__partner=partner).update(case_distance_m=None)
    return True


def _erase_messages_about(request: SubjectRequest, now: datetime) -> bool:
    last, whole = erasing_traces.erase_messages_about(
        _partner(request), after=request.messages_read, at_most=MESSAGES_AT_ONCE
    )
    request.messages_read = last
    SubjectRequest.objects.filter(pk=request.pk).update(messages_read=last)
    return whole


def _erase_record(request: SubjectRequest, now: datetime) -> bool:
    """The newest messages first, for they are found by the words that go now."""
    if not _erase_messages_about(request, now):
        return False
    partner = _partner(request)
    erasing_traces.erase_questions_of(partner, ERASED)
    erasing_traces.erase_words_on_looks(partner, ERASED)
    erasing_traces.erase_name_in_requests(partner, ERASED)
    Enrolment.objects.filter(site__partner=partner).update(answers={}, sealed_user="", sealed_password="")
    cameras = Camera.objects.filter(site__partner=partner)
    cameras.update(label=ERASED, direction=None, video_source_token="", profile_token="", stream_path="", codec="")
    Network.objects.filter(site__partner=partner, detached_at__isnull=True).update(
        detached_at=now, detached_by=request.asked_by
    )
    Network.objects.filter(site__partner=partner).update(name=ERASED, range=ERASED, ports=[])
    Proposal.objects.filter(partner=partner).update(choices=[])
    MaintainerHandover.objects.filter(site__partner=partner).planned().delete()
    MaintainerHandover.objects.filter(site__partner=partner).update(
        name=ERASED, phone="", before_name=ERASED, before_phone=""
    )
    for site in _sites(request):
        _blank(site)
    Restriction.objects.standing().filter(partner=partner).update(lifted_at=now, lifted_by=request.asked_by)
    asked = SubjectRequest.objects.filter(partner=partner).exclude(pk=request.pk)
    asked.open().update(closed_at=now, outcome=Outcome.TAKEN_BACK)  # There is nothing left to correct.
    asked.update(wanted="", answer="", wanted_lat=None, wanted_lng=None)
    named = "" if partner.kind == PartnerKind.RESIDENT else ERASED
    Partner.objects.filter(pk=partner.pk).update(
        name=ERASED, responsible_name=named, responsible_office=named, authority_letter=named
    )
    erasing_traces.say_goodbye(partner, but=request.asked_by, now=now)
    PartnerPerson.objects.filter(partner=partner).delete()
    audit.record("partner.erased", actor=request.asked_by, target=partner, request=str(request.public_id))
    return True


def _blank(site: Site) -> None:
    """Of the place stays its kelurahan: the point becomes the middle of it, as coarse as the counts need."""
    lat = site.area.lat if site.area.lat is not None else round(site.lat, 1)
    lng = site.area.lng if site.area.lng is not None else round(site.lng, 1)
    Site.objects.filter(pk=site.pk).update(
        address=ERASED,
        maintainer_name=ERASED,
        maintainer_phone="",
        position_source="typed",
        position_accuracy_m=None,
        lat=lat,
        lng=lng,
        **geo.cells(lat, lng),
    )


def _erase_trail(request: SubjectRequest, now: datetime) -> bool:
    erasing_traces.erase_trail_of(_partner(request))
    return True


def _erase_asker(request: SubjectRequest, now: datetime) -> bool:
    """The account goes along unless its person still acts for another owner or ever carried a duty."""
    user = request.asked_by
    if not PartnerPerson.objects.of(user).exists() and not Duty.objects.of(user).exists():
        erasing_account.erase_messages(request, now)
        erasing_account.erase_account(request, now)
    return True
