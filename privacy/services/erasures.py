"""Asking for erasure, and doing it: step by step, by a worker that holds the row, within 3×24 hours."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

import audit
from accounts.gateway import reaches_phones, send_text
from accounts.models import Duty, User
from notices.services import in_language_of, send_unkept, tell
from privacy.duties import protectors
from privacy.erasing import Step, steps_of
from privacy.errors import AlreadyAsked, AlreadyClosed, AnotherPersonNeeded, CarriesDuty, HandOverFirst
from privacy.law import RULES, Kind
from privacy.leaving import require_other_managers
from privacy.models import Outcome, RequestStep, SubjectRequest
from privacy.raw_file import empty_log
from privacy.seconding import is_second, someone_else_signs
from registry.errors import AlreadyWithdrawn, NotYours
from registry.models import Partner, Site
from registry.people import MANAGING, acts_for
from registry.services import require_person, withdraw_all

#: How long a worker may take over one erasure; whoever died over it is followed by another after that.
LEASE = timedelta(minutes=2)
AT_ONCE = 20
#: A reader may keep the log of the database from being emptied: for so long after an erasure every tick tries.
LOG_EMPTIED_FOR = timedelta(hours=1)

log = structlog.get_logger(__name__)


@audit.atomic
def ask_to_erase_partner(*, partner: Partner, by: User, now: datetime) -> SubjectRequest:
    """Owe the erasure of everything an owner gave us. Only who manages all his sites asks for it.

    Consents end in this very moment, and with them every look. Where two people sign for the owner and there is
    another one, nothing happens before he has agreed (`second_erasure`).
    """
    require_person(by, partner, MANAGING)
    Partner.objects.select_for_update().get(pk=partner.pk)
    second = someone_else_signs(partner, but=by)
    asked = _asked(by, partner, now, waits_for_second=second)
    if not second:
        _end_consents(partner, by, now)
    return asked


@audit.atomic
def second_erasure(*, request: SubjectRequest, by: User, now: datetime) -> None:
    """The second person agrees: consents end now and the erasure is owed."""
    assert request.partner is not None  # noqa: S101  (a person's own account waits for nobody)
    if by.pk == request.asked_by_id:
        raise AnotherPersonNeeded
    if not is_second(by, request.partner):
        raise NotYours
    waiting = SubjectRequest.objects.open().filter(pk=request.pk, waits_for_second=True)
    if not waiting.update(waits_for_second=False, seconded_by=by):
        raise AlreadyClosed
    _end_consents(request.partner, by, now)
    audit.record("erasure.seconded", actor=by, target=request)


@audit.atomic
def take_back_erasure(*, request: SubjectRequest, by: User, now: datetime) -> None:
    """While it waits for the second person, either of them may drop it."""
    assert request.partner is not None  # noqa: S101
    if by.pk != request.asked_by_id and not is_second(by, request.partner):
        raise NotYours
    waiting = SubjectRequest.objects.open().filter(pk=request.pk, waits_for_second=True)
    if not waiting.update(closed_at=now, outcome=Outcome.TAKEN_BACK, waits_for_second=False):
        raise AlreadyClosed
    audit.record("erasure.taken_back", actor=by, target=request)


@audit.atomic
def ask_to_erase_person(*, by: User, now: datetime) -> SubjectRequest:
    """Owe the erasure of a person's own account: he leaves the owners for whom he acts, and they stay.

    Refused while he is the last who manages a place (HandOverFirst; asked again when it is done), and for whoever
    ever carried a duty (CarriesDuty): a look must stay attributable to who looked.
    """
    if Duty.objects.of(by).exists():
        raise CarriesDuty
    require_other_managers(by)
    return _asked(by, None, now)


def _asked(by: User, partner: Partner | None, now: datetime, *, waits_for_second: bool = False) -> SubjectRequest:
    try:
        with transaction.atomic():
            asked = SubjectRequest.objects.create(
                kind=Kind.ERASE,
                asked_by=by,
                partner=partner,
                asked_at=now,
                due_at=now + RULES[Kind.ERASE].lasts,
                waits_for_second=waits_for_second,
            )
    except IntegrityError as problem:
        raise AlreadyAsked from problem
    of = str(partner.public_id) if partner else None
    audit.record("erasure.asked", actor=by, target=asked, partner=of, waits_for_second=waits_for_second)
    return asked


def _end_consents(partner: Partner, by: User, now: datetime) -> None:
    for site in Site.objects.filter(partner=partner).order_by("pk"):
        try:
            withdraw_all(site=site, by=by, now=now)
        except AlreadyWithdrawn:
            continue  # Nothing stood there any more.


def _wait_no_longer(now: datetime) -> None:
    """The second person has left since it was asked: nobody is there to agree, so it is owed from now on."""
    waiting = SubjectRequest.objects.open().filter(waits_for_second=True).select_related("partner", "asked_by")
    for request in waiting.order_by("due_at"):
        assert request.partner is not None  # noqa: S101  (a person's own account waits for nobody)
        if not someone_else_signs(request.partner, but=request.asked_by):
            _go_ahead(request, request.partner, now)


@audit.atomic
def _go_ahead(request: SubjectRequest, partner: Partner, now: datetime) -> None:
    partner = Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    alone = not someone_else_signs(partner, but=request.asked_by) and acts_for(request.asked_by, partner, MANAGING)
    if alone and SubjectRequest.objects.open().filter(pk=request.pk).update(waits_for_second=False):
        _end_consents(partner, request.asked_by, now)
        audit.record("erasure.waits_for_nobody", actor=None, target=request)


def erase_what_is_owed(*, now: datetime) -> int:
    """Do the open steps of the erasures that nobody holds, the most urgent first; how many are finished by it."""
    _wait_no_longer(now)
    finished = 0
    due = SubjectRequest.objects.erasures_due(now).select_related("partner", "asked_by").order_by("due_at")
    for request in due[:AT_ONCE]:
        lease = uuid.uuid4()
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
        mine = SubjectRequest.objects.open().filter(free, pk=request.pk, waits_for_second=False)
        if mine.update(lease=lease, lease_until=now + LEASE):
            request.lease = lease
            finished += _do(request, now)
    if SubjectRequest.objects.erased_since(now - LOG_EMPTIED_FOR).exists():
        empty_log(connection)
    return finished


def _do(request: SubjectRequest, now: datetime) -> bool:
    """Each step rests on those before it, so the first that cannot be done yet ends this visit. The lease is given
    back, that the next tick goes on at once."""
    say = _last_words(request)
    try:
        for step in steps_of(request):
            if not _did(request, step, now):
                return False
        if not _finished(request, now):
            return False
    except HandOverFirst:
        _refuse(request, now)
        return False
    except Exception:
        # The row stays owed, another worker tries once the lease is over, and it shows when it is overdue.
        log.exception("erasure.step_failed", request=str(request.public_id))
        return False
    finally:
        SubjectRequest.objects.filter(pk=request.pk, lease=request.lease).update(lease_until=now)
    if say is not None:
        say()  # After the commit: by now no table holds the address any more.
    return True


@audit.atomic
def _did(request: SubjectRequest, step: Step, now: datetime) -> bool:
    """Whether this step is done, now or before."""
    held = SubjectRequest.objects.open().select_for_update(of=("self",)).filter(pk=request.pk, lease=request.lease)
    if not held.exists():
        return False
    if RequestStep.objects.filter(request=request, code=step.code).exists():
        return True
    if not step.act(request, now):
        return False
    RequestStep.objects.create(request=request, code=step.code, done_at=now)
    return True


@audit.atomic
def _refuse(request: SubjectRequest, now: datetime) -> None:
    """The last other manager went while this one waited: he stays, and is told why; so is whoever protects data."""
    mine = SubjectRequest.objects.open().filter(pk=request.pk, lease=request.lease)
    with in_language_of(request.asked_by):
        why = str(HandOverFirst.message)
    if not mine.update(closed_at=now, outcome=Outcome.REFUSED, answer=why, lease=None, lease_until=None):
        return
    audit.record("erasure.refused", actor=None, target=request, because=HandOverFirst.code)
    page = reverse("privacy:request", args=[request.public_id])
    for person, url in [(request.asked_by, page), *((one, reverse("privacy:desk")) for one in protectors(now))]:
        with in_language_of(person):
            tell(
                person,
                code="erasure.refused",
                subject=_("Penghapusan akun belum dapat dilakukan"),
                body=_("Pengelola lain keluar sebelum penghapusan dikerjakan. %(why)s")
                % {"why": HandOverFirst.message},
                url=url,
                once_key=f"refused:{request.public_id}:{person.pk}",
                now=now,
            )


@audit.atomic
def _finished(request: SubjectRequest, now: datetime) -> bool:
    mine = SubjectRequest.objects.open().filter(pk=request.pk, lease=request.lease)
    if not mine.update(closed_at=now, outcome=Outcome.DONE, lease=None, lease_until=None):
        return False
    audit.record("erasure.finished", actor=None, target=request, due=request.due_at)
    return True


def _last_words(request: SubjectRequest) -> Callable[[], object] | None:
    """Written before the address is gone, sent after. If the worker dies right after the last step nobody gets
    them; the erasure is not waiting for a letter."""
    user = User.objects.get(pk=request.asked_by_id)
    with in_language_of(user):
        subject = _("Data Anda sudah dihapus")
        body = _(
            "Penghapusan yang Anda minta sudah selesai. Yang tetap ada: kode dan sidik jejak audit tanpa nama, "
            "dan gambar yang menjadi bagian sebuah perkara sampai tanggalnya (UU 27/2022 pasal 15). Surat ini "
            "tidak kami simpan."
        )
        briefly = _("Mitra Kamera: penghapusan data yang Anda minta sudah selesai.")
    if user.email:
        return partial(send_unkept, to=user.email, subject=subject, body=body)
    if user.phone and reaches_phones():
        return partial(send_text, user.phone, briefly)
    return None
