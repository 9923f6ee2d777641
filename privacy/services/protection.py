"""The work of whoever protects data: the record of processing, the breach register, and what is due."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

import audit
from accounts.areas import covers, within
from accounts.models import User
from notices.services import in_language_of, tell
from privacy.duties import protectors, require_protection
from privacy.errors import AlreadyTold, NothingChanged, NotYourDesk
from privacy.law import BREACH_TOLD_WITHIN
from privacy.models import Activity, Breach, SubjectRequest
from privacy.record import FIELDS, line_of
from registry.models import PartnerPerson, Site

AT_ONCE = 500


@audit.atomic
def write_line(*, code: str, words: Mapping[str, str], by: User, now: datetime) -> Activity:
    """A new version of one line of the record; the older ones stay."""
    require_protection(by, now)
    before = line_of(code)
    if before is None:
        raise NotYourDesk
    if all(getattr(before, name) == words[name] for name in FIELDS):
        raise NothingChanged
    last = Activity.objects.filter(code=code).aggregate(last=Max("version"))["last"] or 1
    try:
        with transaction.atomic():
            row = Activity.objects.create(
                code=code, version=last + 1, written_at=now, written_by=by, **{name: words[name] for name in FIELDS}
            )
    except IntegrityError as problem:  # Somebody else wrote the same version at this moment.
        raise NothingChanged(_("Orang lain baru saja mengubah baris ini. Baca dulu yang baru.")) from problem
    audit.record("record.written", actor=by, target=row, code=code, version=row.version)
    return row


@audit.atomic
def note_breach(*, facts: Mapping[str, Any], by: User, now: datetime) -> Breach:
    """Enter a breach; its clock runs from when it was known (UU 27/2022 art. 46)."""
    duty = require_protection(by, now)
    if not covers(duty.reach, facts["area_code"]):
        raise NotYourDesk
    breach = Breach.objects.create(
        **facts,
        organization=duty.organization,
        due_at=facts["known_at"] + BREACH_TOLD_WITHIN,
        noted_at=now,
        noted_by=by,
    )
    audit.record("breach.noted", actor=by, target=breach, known_at=breach.known_at, due=breach.due_at)
    return breach


@audit.atomic
def begin_telling(*, breach: Breach, by: User, now: datetime) -> None:
    """Owe a message to every owner in the area of the breach; a tick sends them (`tell_subjects`). Once, and once
    more after each correction."""
    require_protection(by, now)
    due = Q(telling_since__isnull=True) | Q(telling_since__lt=F("amended_at"))
    mine = Breach.objects.filter(due, pk=breach.pk, cancelled_at__isnull=True)
    if not mine.update(telling_since=now, subjects_told_at=None, subjects_told=0):
        raise AlreadyTold
    audit.record("breach.telling", actor=by, target=breach)


@audit.atomic
def note_authority_told(*, breach: Breach, letter: str, by: User, now: datetime) -> None:
    """The authority has our letter, with this number."""
    require_protection(by, now)
    open_ = Breach.objects.filter(pk=breach.pk, authority_told_at__isnull=True, cancelled_at__isnull=True)
    if not open_.update(authority_told_at=now, authority_letter=letter):
        raise AlreadyTold
    audit.record("breach.authority_told", actor=by, target=breach, letter=letter)


def affected_by(breach: Breach) -> QuerySet[User]:
    """Whoever acts for an owner with a place in the area, of vital objects too: the message names no place, and
    how many they are is told to nobody."""
    sites = Site.objects.filter(within(breach.area_code, "area__code"))
    roles = PartnerPerson.objects.filter(partner__in=sites.values("partner"))
    return User.objects.filter(pk__in=roles.values("user"), is_active=True).order_by("pk")


def tell_subjects(*, now: datetime) -> int:
    """Write to those who were not yet told; how many. Twice does no harm: each message has its own key."""
    told = 0
    for breach in Breach.objects.being_told():
        told += _tell_some(breach, now)
    return told


@audit.atomic
def _tell_some(breach: Breach, now: datetime) -> int:
    found = Breach.objects.being_told().select_for_update(of=("self",)).select_related("organization")
    held = found.filter(pk=breach.pk).first()
    if held is None:
        return 0
    breach, key = held, key_of(held)
    waiting = affected_by(breach).exclude(notices__once_key__startswith=key)
    people = list(waiting[:AT_ONCE])
    for person in people:
        with in_language_of(person):
            tell(
                person,
                code="breach.told",
                subject=_("Pemberitahuan kegagalan pelindungan data"),
                body=letter_of(breach),
                url=reverse("privacy:mine"),
                once_key=f"{key}{person.pk}",
                now=now,
            )
    count = breach.subjects_told + len(people)
    Breach.objects.filter(pk=breach.pk).update(subjects_told=count)
    if len(people) < AT_ONCE and breach.subjects_told_at is None:
        Breach.objects.filter(pk=breach.pk).update(subjects_told_at=now)
        audit.record("breach.subjects_told", actor=None, target=breach, people=count)
    return len(people)


def key_of(breach: Breach) -> str:
    """The beginning of the keys of the messages by which the owners were told, this time."""
    return f"breach:{breach.public_id}:{breach.telling_since:%y%m%d%H%M%S%f}:"


def letter_of(breach: Breach) -> str:
    """What art. 46 (2) says the notice must hold: which data, when and how, and what is done about it."""
    return _(
        "Data pribadi yang terungkap: %(data)s\n\nKapan dan bagaimana: %(when)s WIB. %(how)s\n\n"
        "Upaya penanganan dan pemulihan: %(measures)s"
    ) % {
        "data": breach.data,
        "when": date_format(localtime(breach.happened_at), "j F Y, H.i"),
        "how": breach.how,
        "measures": breach.measures,
    }


def remind_of_overdue(*, now: datetime) -> int:
    """Tell whoever protects data, once for each, what is over its time; how many messages."""
    due: list[tuple[uuid.UUID, str, str]] = []
    for row in SubjectRequest.objects.overdue(now).exclude(partner__sites__vital=True).distinct()[:AT_ONCE]:
        due.append((row.public_id, row.get_kind_display(), reverse("privacy:desk")))
    for breach in Breach.objects.untold().filter(due_at__lte=now)[:AT_ONCE]:
        due.append(
            (breach.public_id, _("Kegagalan pelindungan data"), reverse("privacy:breach", args=[breach.public_id]))
        )
    if not due:
        return 0
    people = list(protectors(now))
    for person in people:
        with in_language_of(person):
            for public_id, what, url in due:
                tell(
                    person,
                    code="privacy.overdue",
                    subject=_("Lewat batas 3×24 jam"),
                    body=_("%(what)s belum selesai padahal tenggatnya sudah lewat.") % {"what": what},
                    url=url,
                    once_key=f"overdue:{public_id}:{person.pk}",
                    now=now,
                )
    return len(due) * len(people)
