"""Telling an owner of a look later (`settings.LOOK_DEFERRAL`, off): asked for, approved, renewed once if that is
asked for too, told."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

import audit
from access.models import Look
from accounts.duties import duties_in_force
from accounts.models import DutyKind, User
from conduct.errors import (
    DecidedAlready,
    DeferredAlready,
    EmergencyNotDeferred,
    NobodyJudges,
    NoDeferrals,
    NotOfThisBody,
    NotRenewed,
    NotTheJudge,
    OwnerHasAsked,
    RenewalAskedAlready,
    SameLetter,
    TooEarlyToRenew,
    TooLateToDefer,
)
from conduct.judges import judged_by, judges_of, may_judge
from conduct.models import Deferral, DeferralQuerySet, Question
from notices.services import in_language_of, tell
from registry.people import people_at

LASTS = timedelta(days=14)
#: An owner who may have read an entry long since is not made to forget it.
ASKED_AND_APPROVED_WITHIN = timedelta(hours=24)
TOLD_AT_ONCE = 200


@audit.atomic
def request_deferral(*, look: Look, by: User, letter_number: str, reason: str, now: datetime) -> Deferral:
    """Ask that the owner be told of a look later; until a supervisor approves, he reads it like any other.

    By somebody who looks for the body that looked, within 24 hours of the look's beginning. Raises NoDeferrals,
    NotOfThisBody, EmergencyNotDeferred, TooLateToDefer, OwnerHasAsked, NobodyJudges, and DeferredAlready.
    """
    _require_of_body(look, by, now)
    _check(look, now)
    judges = _judges_besides(by, look, now)
    deferral = Deferral(look=look, letter_number=letter_number, reason=reason, requested_by=by, requested_at=now)
    try:
        with transaction.atomic():
            deferral.save()
    except IntegrityError:
        raise DeferredAlready from None
    audit.record(
        "deferral.requested",
        actor=by,
        target=deferral,
        look=str(look.public_id),
        texts={"letter_number": letter_number, "reason": reason},
    )
    for judge in judges:
        with in_language_of(judge):
            tell(
                judge,
                code="deferral.requested",
                subject=_("Permintaan penundaan Buku Tamu"),
                body=_(
                    "%(body)s meminta agar pemilik diberi tahu kemudian tentang satu kunjungan. Putuskan sebelum "
                    "%(due)s."
                )
                % {"body": look.organization, "due": _moment(look.started_at + ASKED_AND_APPROVED_WITHIN)},
                url=reverse("conduct:deferral", args=[deferral.public_id]),
                now=now,
            )
    return deferral


@audit.atomic
def approve_deferral(*, deferral: Deferral, by: User, now: datetime) -> Deferral:
    """Keep the look from its owner for LASTS, by a supervisor who may judge it and did not ask for this.

    Raises NoDeferrals, NotTheJudge, TooLateToDefer, OwnerHasAsked, and DecidedAlready.
    """
    _require_judge(deferral, by, now)
    # A question about the same look waits for this, or this for it.
    _check(Look.objects.select_for_update().get(pk=deferral.look_id), now)
    until = now + LASTS
    won = Deferral.objects.waiting().filter(pk=deferral.pk).update(approved_at=now, approved_by=by, until=until)
    if not won:
        raise DecidedAlready
    audit.record("deferral.approved", actor=by, target=deferral, look=str(deferral.look.public_id), until=until)
    return _decided(deferral, now)


@audit.atomic
def decline_deferral(*, deferral: Deferral, by: User, now: datetime) -> Deferral:
    """The owner reads the look like any other. Raises NoDeferrals, NotTheJudge, and DecidedAlready."""
    _require_judge(deferral, by, now)
    if not Deferral.objects.waiting().filter(pk=deferral.pk).update(declined_at=now, declined_by=by):
        raise DecidedAlready
    audit.record("deferral.declined", actor=by, target=deferral, look=str(deferral.look.public_id))
    return _decided(deferral, now)


@audit.atomic
def request_renewal(*, deferral: Deferral, by: User, letter_number: str, now: datetime) -> Deferral:
    """Ask that a deferral go on, in its last RENEWAL_ASKED_WITHIN, once, on another letter; nothing changes by it.

    By somebody who looks for the body that looked. Raises NoDeferrals, NotOfThisBody, SameLetter, TooEarlyToRenew,
    RenewalAskedAlready, NobodyJudges, and NotRenewed for one that is over or was renewed.
    """
    look = deferral.look
    _require_of_body(look, by, now)
    if letter_number.casefold() == deferral.letter_number.casefold():
        raise SameLetter
    deferral.refresh_from_db()
    if deferral.asks_again:
        raise RenewalAskedAlready
    begins = deferral.renewable_from
    if begins is None or deferral.until is None or deferral.until <= now:
        raise NotRenewed
    if now < begins:
        raise TooEarlyToRenew
    judges = _judges_besides(by, look, now)
    mine = Deferral.objects.in_force(now).filter(pk=deferral.pk, renewal_asked_at__isnull=True)
    if not mine.update(renewal_asked_at=now, renewal_asked_by=by, renewal_letter_number=letter_number):
        raise RenewalAskedAlready
    audit.record(
        "deferral.renewal_requested",
        actor=by,
        target=deferral,
        look=str(look.public_id),
        texts={"letter_number": letter_number},
    )
    for judge in judges:
        with in_language_of(judge):
            tell(
                judge,
                code="deferral.renewal_requested",
                subject=_("Permintaan perpanjangan penundaan"),
                body=_("%(body)s meminta penundaan satu kunjungan diperpanjang. Tanpa keputusan ia tampil %(due)s.")
                % {"body": look.organization, "due": _moment(deferral.until)},
                url=reverse("conduct:deferral", args=[deferral.public_id]),
                now=now,
            )
    deferral.refresh_from_db()
    return deferral


@audit.atomic
def renew_deferral(*, deferral: Deferral, by: User, now: datetime) -> Deferral:
    """Let a deferral that runs go on for another LASTS from its end, once, as the body that looked has asked.

    Raises NoDeferrals, NotTheJudge, also for whoever asked, and NotRenewed for one that is over, was renewed, or of
    which nobody asked it.
    """
    _require_judge(deferral, by, now)
    deferral.refresh_from_db()
    if not deferral.renewal_waits(now) or deferral.until is None:
        raise NotRenewed
    if by.pk == deferral.renewal_asked_by_id:
        raise NotTheJudge
    until = deferral.until + LASTS
    mine = Deferral.objects.in_force(now).filter(
        pk=deferral.pk, renewed_at__isnull=True, renewal_asked_at__isnull=False
    )
    if not mine.update(renewed_at=now, renewed_by=by, until=until):
        raise NotRenewed
    audit.record("deferral.renewed", actor=by, target=deferral, look=str(deferral.look.public_id), until=until)
    return _decided(deferral, now)


def deferrals_for(judge: User, now: datetime) -> DeferralQuerySet:
    """What this person may decide or renew: what waits, and what keeps a look back now; never what he asked for."""
    looks = judged_by(judge, now).order_by().values("pk")
    pending = Deferral.objects.waiting() | Deferral.objects.in_force(now)
    return pending.filter(look__in=looks).exclude(requested_by=judge).order_by("approved_at", "requested_at", "pk")


def tell_of_ended_deferrals(*, now: datetime) -> int:
    """Tell owners of the looks that have appeared, once each; how many."""
    owed = Deferral.objects.over(now).filter(told_at__isnull=True).select_related("look__camera__site")
    return sum(_tell_owner(deferral, now) for deferral in owed.order_by("until", "pk")[:TOLD_AT_ONCE])


@audit.atomic
def _tell_owner(deferral: Deferral, now: datetime) -> bool:
    if not Deferral.objects.over(now).filter(pk=deferral.pk, told_at__isnull=True).update(told_at=now):
        return False
    look = deferral.look
    audit.record("deferral.ended", actor=None, target=deferral, look=str(look.public_id))
    for owner in people_at(look.camera.site):
        with in_language_of(owner):
            tell(
                owner,
                code="deferral.ended",
                subject=_("Kunjungan yang ditunda kini tampil"),
                body=_(
                    "Pada %(at)s, %(body)s melihat %(camera)s. Catatannya ditunda dengan surat %(letter)s dan kini "
                    "tampil di Buku Tamu Kamera. Anda dapat menanyakannya kepada pengawas."
                )
                % {
                    "at": _moment(look.started_at),
                    "body": look.organization,
                    "camera": look.camera,
                    "letter": deferral.letter_number,
                },
                url="/mitra/buku-tamu/",
                now=now,
            )
    return True


def _check(look: Look, now: datetime) -> None:
    """Whether the owner may still be told later of this look."""
    if look.emergency:
        raise EmergencyNotDeferred
    if now >= look.started_at + ASKED_AND_APPROVED_WITHIN:
        raise TooLateToDefer
    if Question.objects.filter(look=look).exists():
        raise OwnerHasAsked


def _require_of_body(look: Look, by: User, now: datetime) -> None:
    if not settings.LOOK_DEFERRAL:
        raise NoDeferrals
    if not duties_in_force(by, now).filter(kind=DutyKind.VIEWER, organization=look.organization_id).exists():
        raise NotOfThisBody


def _judges_besides(asker: User, look: Look, now: datetime) -> list[User]:
    judges = [judge for judge in judges_of(look, now) if judge.pk != asker.pk]
    if not judges:
        raise NobodyJudges
    return judges


def _require_judge(deferral: Deferral, by: User, now: datetime) -> None:
    if not settings.LOOK_DEFERRAL:
        raise NoDeferrals
    if by.pk == deferral.requested_by_id or not may_judge(by, deferral.look, now):
        raise NotTheJudge


def _decided(deferral: Deferral, now: datetime) -> Deferral:
    deferral.refresh_from_db()
    asker = deferral.renewal_asked_by or deferral.requested_by
    with in_language_of(asker):
        body = _("Penundaan dengan surat %(letter)s ditolak; pemilik membaca kunjungan itu seperti biasa.")
        if deferral.until is not None:
            body = _(
                "Penundaan dengan surat %(letter)s disetujui sampai %(until)s. Sesudah itu pemilik membacanya."
            )
        if deferral.renewable_from is not None:
            body += " " + _("Bila masih perlu, perpanjangan dapat diminta satu kali mulai %(from)s.")
        facts = {
            "letter": deferral.letters[-1],
            "until": _moment(deferral.until) if deferral.until else "",
            "from": _moment(deferral.renewable_from) if deferral.renewable_from else "",
        }
        tell(
            asker,
            code="deferral.decided",
            subject=_("Keputusan atas permintaan penundaan"),
            body=body % facts,
            url=reverse("conduct:defer", args=["polsek", deferral.look.public_id]) if deferral.until else "",
            now=now,
        )
    return deferral


def _moment(moment: datetime) -> str:
    return date_format(localtime(moment), "j F Y, H.i") + " WIB"
