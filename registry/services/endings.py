"""Doing what is owed after consents ended: erasing and telling, within 3×24 hours."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import audit
from accounts.areas import covers
from accounts.models import Duty, DutyKind, User
from notices.services import in_language_of, tell
from registry.endings import Step, further_steps, leaves_register, pictures_are_due
from registry.models import Consent, Device, Ending, EndingCause, EndingStep, Site
from registry.people import people_at
from registry.rights import IN_HOURS, IN_INCIDENT
from registry.services.devices import erase_device
from registry.vital import may_grant

#: How long a worker may take over one ending; whoever died over it is followed by another after that.
LEASE = timedelta(minutes=2)
AT_ONCE = 50

log = structlog.get_logger(__name__)


def begin_ending(
    *, site: Site, consents: Sequence[Consent], cause: EndingCause, by: User | None, now: datetime
) -> Ending:
    """Owe what follows from the end of these consents, inside the caller's audit block."""
    ending = Ending.objects.create(
        site=site, cause=cause, began_at=now, began_by=by, due_at=now + settings.ENDING_LASTS
    )
    Consent.objects.filter(pk__in=[row.pk for row in consents]).update(ending=ending)
    return ending


def steps() -> list[Step]:
    """Everything that is owed after an ending, in the order in which the owner reads it; he is told last."""
    return [
        Step("device", gettext_lazy("Alamat dan kata sandi perangkat dihapus"), _erase_devices, _devices_ahead),
        *further_steps(),
        Step("recipients", gettext_lazy("Penerima persetujuan diberi tahu"), _tell_recipients),
        Step("owner", gettext_lazy("Anda diberi tahu bahwa semuanya selesai"), _tell_owner),
    ]


def what_follows(site: Site, consents: Sequence[Consent], now: datetime) -> list[str]:
    """What will happen if these consents of the site end now, in sentences for its owner: the same steps, asked
    beforehand."""
    standing = list(Consent.objects.in_force(now).filter(site=site))
    names = ", ".join(sorted({str(row.recipient) for row in consents}))
    points = []
    if any(row.right in IN_INCIDENT | IN_HOURS for row in consents):
        points.append(_("Yang sedang melihat atas persetujuan ini dihentikan saat itu juga."))
    if len(consents) > 1:
        points.append(_("%(number)d persetujuan berakhir sekaligus.") % {"number": len(consents)})
    if leaves_register(standing, consents):
        points.append(_("Tempat ini dan semua kameranya tidak lagi terdata."))
    for step in steps():
        points += step.ahead(site, consents, now) if step.ahead else []
    if names:
        points.append(_("Diberi tahu: %(names)s.") % {"names": names})
    due = _moment(now + settings.ENDING_LASTS)
    points.append(
        _("Penghapusan dan pemberitahuan selesai paling lambat 3×24 jam, yaitu %(moment)s; Anda diberi tahu.")
        % {"moment": due}
    )
    points.append(_("Catatan siapa yang pernah melihat tetap ada di Buku Tamu."))
    return points


def do_what_is_owed(*, now: datetime) -> int:
    """Do the open steps of the endings that nobody holds, the oldest first; how many endings are finished by it.

    A step that fails keeps no other from being done; it is tried again when the lease is over.
    """
    finished = 0
    due = Ending.objects.due(now).select_related("site__area", "site__partner").order_by("due_at")
    for ending in due[:AT_ONCE]:
        lease = uuid.uuid4()
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
        mine = Ending.objects.open().filter(free, pk=ending.pk)
        if mine.update(lease=lease, lease_until=now + LEASE):
            ending.lease = lease
            finished += _do(ending, now)
    return finished


def _do(ending: Ending, now: datetime) -> bool:
    done = set(ending.steps.values_list("code", flat=True))
    for step in steps():
        if step.code in done:
            continue
        if step.code == "owner" and len(done) < len(steps()) - 1:
            return False  # He is told once everything else is done, and not before.
        try:
            if _did(ending, step, now):
                done.add(step.code)
        except Exception:
            # Whatever one app stumbles over, the others go on; the row stays owed and shows when it is overdue.
            log.exception("ending.step_failed", ending=str(ending.public_id), step=step.code)
    return _finished(ending, done, now)


@audit.atomic
def _did(ending: Ending, step: Step, now: datetime) -> bool:
    held = Ending.objects.select_for_update().filter(pk=ending.pk, lease=ending.lease, finished_at__isnull=True)
    if not held.exists() or EndingStep.objects.filter(ending=ending, code=step.code).exists():
        return False
    if not step.act(ending, now):
        return False
    EndingStep.objects.create(ending=ending, code=step.code, done_at=now)
    return True


@audit.atomic
def _finished(ending: Ending, done: set[str], now: datetime) -> bool:
    if {step.code for step in steps()} - done:
        return False
    open_ = Ending.objects.open().filter(pk=ending.pk, lease=ending.lease)
    if not open_.update(finished_at=now, lease=None, lease_until=None):
        return False
    audit.record("ending.finished", actor=None, target=ending, site=str(ending.site.public_id), due=ending.due_at)
    return True


# --- the registry's own steps ------------------------------------------------------------------------------


def _erase_devices(ending: Ending, now: datetime) -> bool:
    """Whoever signs anew at this moment waits for the row of the site, or this waits for him."""
    site = Site.objects.select_for_update(of=("self",)).get(pk=ending.site_id)
    if pictures_are_due(site, now):
        for device in Device.objects.filter(site=site).select_related("site").order_by("pk"):
            erase_device(device=device, reason="consents_ended", now=now)
    return True


def _devices_ahead(site: Site, consents: Sequence[Consent], now: datetime) -> list[str]:
    kept = Q(sealed_password__gt="") | Q(host__gt="") | Q(cameras__verified_at__isnull=False)
    if not Device.objects.filter(kept, site=site).exists():
        return []
    if not pictures_are_due(site, now, without=consents):
        return [_("Perangkat tetap tersambung: persetujuan lain di tempat ini masih memerlukannya.")]
    return [
        _("Alamat dan kata sandi perangkat dihapus, karena tidak ada lagi persetujuan yang memerlukannya."),
        _("Sambungan kamera dan verifikasinya ikut berakhir. Petugas memeriksa kameranya lagi."),
    ]


def _tell_recipients(ending: Ending, now: datetime) -> bool:
    """Those who give access in the name of a recipient learn what ended, never whose it was or where exactly."""
    bodies: dict[int, list[str]] = {}
    for consent in ending.consents.select_related("recipient"):
        bodies.setdefault(consent.recipient_id, []).append(consent.right)
    for duty in _grantors(ending.site, bodies, now):
        ended = ending.consents.filter(recipient=duty.organization_id)
        with in_language_of(duty.user):
            rights = "; ".join(sorted({consent.told_to_others for consent in ended}))
            tell(
                duty.user,
                code="consent.ended",
                subject=_("Persetujuan seorang pemilik berakhir"),
                body=_(
                    "%(area)s, %(day)s: %(rights)s. Penerimanya %(body)s. Akses yang bersandar padanya sudah "
                    "berhenti seketika; hapus salinan yang tidak lagi punya dasar."
                )
                % {
                    "area": ending.site.area,
                    "day": _moment(ending.began_at),
                    "rights": rights,
                    "body": duty.organization,
                },
                url="/polsek/akses/",
                once_key=f"ended:{ending.public_id}:{duty.organization_id}:{duty.user_id}",
                now=now,
            )
    return True


def _grantors(site: Site, bodies: dict[int, list[str]], now: datetime) -> list[Duty]:
    """Of a vital object only the one who is named for it: to all others it does not exist."""
    duties = Duty.objects.in_force(now).filter(organization__in=bodies, kind=DutyKind.GRANTOR, user__is_active=True)
    found = duties.select_related("user", "organization").order_by("pk")
    reaching = [duty for duty in found if covers(duty.reach, site.area.code)]
    return [duty for duty in reaching if not site.vital or may_grant(duty.user, site, now)]


def _tell_owner(ending: Ending, now: datetime) -> bool:
    for person in people_at(ending.site):
        with in_language_of(person):
            tell(
                person,
                code="consent.closed",
                subject=_("Semua yang harus dihapus sudah dihapus"),
                body=_(
                    "%(place)s: persetujuan Anda berakhir %(day)s, dan yang kami simpan atas dasar itu sudah "
                    "kami hapus. Penerimanya sudah diberi tahu. Catatan siapa yang pernah melihat tetap ada di "
                    "Buku Tamu."
                )
                % {"place": ending.site.address, "day": _moment(ending.began_at)},
                url=reverse("desks:owner"),
                once_key=f"closed:{ending.public_id}:{person.pk}",
                now=now,
            )
    return True


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j F Y, H.i") + " WIB"
