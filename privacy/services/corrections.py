"""Correcting what is held: at once what a person typed himself, by an officer what was verified on site."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

import audit
from accounts.areas import covers
from accounts.models import Duty, DutyKind, User
from notices.services import in_language_of, tell
from privacy.errors import AlreadyAsked, AlreadyClosed, NothingChanged, NotYourDesk, ReasonNeeded
from privacy.law import RULES, Kind
from privacy.models import Outcome, SubjectRequest
from registry.models import Partner, Site
from registry.people import SIGNING, acts_for, is_of_partner
from registry.services import require_person


@audit.atomic
def correct_name(*, name: str, by: User) -> None:
    """A person says how he is called."""
    if not User.objects.filter(pk=by.pk).exclude(name=name).update(name=name):
        raise NothingChanged
    audit.record("person.corrected", actor=by, target=by, fields=["name"])


@audit.atomic
def correct_partner(*, partner: Partner, facts: Mapping[str, str], by: User, now: datetime) -> None:
    """What an owner said about himself: his name, and who answers for him."""
    require_person(by, partner, SIGNING)
    # A form may have written on the object that it was given; what stands on record is asked anew.
    changed = _changed(Partner.objects.select_for_update().get(pk=partner.pk), facts)
    if not changed:
        raise NothingChanged
    Partner.objects.filter(pk=partner.pk).update(**changed)
    audit.record("partner.corrected", actor=by, target=partner, fields=sorted(changed))
    _note_done(by, partner, None, now)


@audit.atomic
def correct_site(*, site: Site, facts: Mapping[str, str], by: User, now: datetime) -> SubjectRequest | None:
    """What an owner typed about a place. Where an officer has verified a camera there, the address is what he saw:
    then a new one is asked of the officers, with a clock, and that request is returned."""
    require_person(by, site, SIGNING)
    changed = _changed(Site.objects.select_for_update().get(pk=site.pk), facts)
    if not changed:
        raise NothingChanged
    asked = None
    if "address" in changed and site.cameras.filter(verified_at__isnull=False).exists():
        asked = _ask(site, changed.pop("address"), by, now)
    if changed:
        Site.objects.filter(pk=site.pk).update(**changed)
        audit.record("site.corrected", actor=by, target=site, fields=sorted(changed))
        _note_done(by, site.partner, site, now)
    return asked


def _changed(row: Partner | Site, facts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if getattr(row, name) != value}


def _note_done(by: User, partner: Partner, site: Site | None, now: datetime) -> None:
    SubjectRequest.objects.create(
        kind=Kind.CORRECT,
        asked_by=by,
        partner=partner,
        site=site,
        asked_at=now,
        due_at=now + RULES[Kind.CORRECT].lasts,
        closed_at=now,
        outcome=Outcome.DONE,
    )


def _ask(site: Site, wanted: str, by: User, now: datetime) -> SubjectRequest:
    if SubjectRequest.objects.open().filter(kind=Kind.CORRECT, site=site).exists():
        raise AlreadyAsked
    asked = SubjectRequest.objects.create(
        kind=Kind.CORRECT,
        asked_by=by,
        partner=site.partner,
        site=site,
        wanted=wanted,
        asked_at=now,
        due_at=now + RULES[Kind.CORRECT].lasts,
    )
    audit.record("correction.asked", actor=by, target=asked, site=str(site.public_id))
    for person in answerers_of(site, now):
        with in_language_of(person):
            tell(
                person,
                code="correction.asked",
                subject=_("Pemilik meminta pembetulan"),
                body=_("Yang pernah diperiksa di tempat perlu dibetulkan. Jawab paling lambat 3×24 jam."),
                url=reverse("privacy:answer", args=[asked.public_id]),
                now=now,
            )
    return asked


def answerers_of(site: Site, now: datetime) -> QuerySet[User]:
    """Who may answer for a place: whoever verifies there and who protects data there; for a vital object its named
    verifier alone. Nobody of the owner's own."""
    if site.vital:
        return User.objects.filter(pk__in=[site.named_verifier_id or 0], is_active=True)
    kinds = [DutyKind.VERIFIER, DutyKind.PROTECTION]
    duties = Duty.objects.in_force(now).filter(kind__in=kinds, user__is_active=True).select_related("organization")
    reaching = {duty.user_id for duty in duties if covers(duty.reach, site.area.code)}
    return User.objects.filter(pk__in=reaching).exclude(partnerperson__partner=site.partner_id).order_by("pk")


def may_answer(user: User, request: SubjectRequest, now: datetime) -> bool:
    """Whether this person is one of those who answer this correction."""
    site = request.site
    if request.kind != Kind.CORRECT or site is None or is_of_partner(user, site.partner_id):
        return False
    return answerers_of(site, now).filter(pk=user.pk).exists()


@audit.atomic
def answer_correction(
    *, request: SubjectRequest, accepted: bool, words: str, by: User, now: datetime
) -> SubjectRequest:
    """Correct what was asked, or say why not; the person who asked is told the result (UU 27/2022 art. 30)."""
    if not may_answer(by, request, now):
        raise NotYourDesk
    assert request.site is not None  # noqa: S101  (said by may_answer)
    if not accepted and not words.strip():
        raise ReasonNeeded
    outcome = Outcome.DONE if accepted else Outcome.REFUSED
    mine = SubjectRequest.objects.open().filter(pk=request.pk)
    if not mine.update(closed_at=now, answered_by=by, outcome=outcome, answer=words.strip()):
        raise AlreadyClosed
    if accepted:
        Site.objects.filter(pk=request.site.pk).update(address=request.wanted)
        audit.record("site.corrected", actor=by, target=request.site, fields=["address"])
    audit.record("correction.answered", actor=by, target=request, outcome=outcome)
    asker = request.asked_by
    if asker.is_active and acts_for(asker, request.site, SIGNING):
        with in_language_of(asker):
            tell(
                asker,
                code="correction.answered",
                subject=_("Permintaan pembetulan Anda dijawab"),
                body=_("Dibetulkan.") if accepted else _("Ditolak: %(why)s") % {"why": words.strip()},
                url=reverse("privacy:request", args=[request.public_id]),
                now=now,
            )
    request.refresh_from_db()
    return request
