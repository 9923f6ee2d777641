"""The people of an owner: giving and ending roles, at one site or at all of them."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from notices.services import in_language_of, tell
from registry.errors import LastManager, NamedHere, NotYours, RoleHeld, TooManyPeople
from registry.models import Partner, PartnerPerson, PersonRole, Site
from registry.people import MANAGING
from registry.services.people import require_person

#: How many roles a partner may give: each of them sends somebody a letter.
MOST_ROLES = 200


@audit.atomic
def give_role(
    *, site: Site, user: User, role: PersonRole, by: User, now: datetime, everywhere: bool = False, called: str = ""
) -> PartnerPerson:
    """Let somebody act for the owner in this role, at this site or `everywhere` at all of the owner's.

    Managers of the site give it there, managers of all sites everywhere: NotYours for the others. Raises RoleHeld
    where the person has it already, NamedHere for whom the Polres named for this vital object: nobody keeps it
    on both sides. The person is told, and may leave at any time; so are the other managers, whoever got the role,
    also a manager who gave it to himself. Whoever is known to the partner keeps the name by which he is known.
    """
    partner = _locked(site.partner_id)
    require_person(by, partner if everywhere else site, MANAGING)
    named = Site.objects.filter(partner=partner, vital=True) if everywhere else Site.objects.filter(pk=site.pk)
    for place in named:
        if user.pk in {place.named_verifier_id, place.named_grantor_id, place.named_approver_id}:
            raise NamedHere
    of_partner = PartnerPerson.objects.filter(partner=partner)
    known = of_partner.filter(user=user).order_by("pk").first()
    called = known.called if known else called.strip()
    if of_partner.filter(user=user, role=role).over(partner.pk, None if everywhere else site).exists():
        raise RoleHeld
    if of_partner.count() >= MOST_ROLES:
        raise TooManyPeople
    try:
        with transaction.atomic():
            held = PartnerPerson.objects.create(
                partner=partner, user=user, role=role, site=None if everywhere else site, called=called
            )
    except IntegrityError as problem:
        raise RoleHeld from problem
    audit.record(
        "site.role_given",
        actor=by,
        target=partner if everywhere else site,
        texts={"called": called} if called else None,
        person=str(user.public_id),
        role=role,
        everywhere=everywhere,
    )
    _tell_given(held, site, now)
    _tell_managers(held, site, by, now)
    return held


@audit.atomic
def end_role(*, held: PartnerPerson, by: User, now: datetime) -> None:
    """End a role at once: by a manager of where it holds, or by the person himself. The person is told.

    The partner's row is locked, so that of two managers who leave at once one stays: LastManager. Of two who press
    at once one ends it and the other gets NotYours.
    """
    partner = _locked(held.partner_id)
    row = PartnerPerson.objects.select_related("site", "user", "partner").filter(pk=held.pk).first()
    if row is None:
        raise NotYours
    if row.user_id != by.pk:
        require_person(by, row.site or partner, MANAGING)
    if row.role == PersonRole.MANAGER and not _others_manage(row):
        raise LastManager
    audit.record(
        "site.role_ended",
        actor=by,
        target=row.site or partner,
        person=str(row.user.public_id),
        role=row.role,
        everywhere=row.site is None,
    )
    row.delete()
    _tell_ended(row, own=row.user_id == by.pk, now=now)


def _locked(partner_id: int) -> Partner:
    return Partner.objects.select_for_update(no_key=True).get(pk=partner_id)


def _others_manage(row: PartnerPerson) -> bool:
    """Whether somebody active still manages where this role holds: for all sites, or at least there."""
    others = PartnerPerson.objects.in_roles(MANAGING).filter(user__is_active=True).exclude(pk=row.pk)
    return others.over(row.partner_id, row.site).exists()


def _where(row: PartnerPerson) -> str:
    return row.site.address if row.site else _("semua tempat %(partner)s") % {"partner": row.partner}


def _tell_given(row: PartnerPerson, site: Site, now: datetime) -> None:
    with in_language_of(row.user):
        body = _("%(where)s: Anda kini %(role)s. %(may)s Bila ini keliru, Anda dapat keluar di halaman yang sama.")
        tell(
            row.user,
            code="people.role_given",
            subject=_("Anda bertindak untuk %(partner)s") % {"partner": row.partner},
            body=body % {"where": _where(row), "role": row.get_role_display(), "may": may_words(row.role)},
            url=reverse("registry:person", args=[site.public_id, row.user.public_id]),
            now=now,
        )


def _tell_managers(row: PartnerPerson, site: Site, by: User, now: datetime) -> None:
    """The other managers of where the role holds: nobody gets more than they know of."""
    managing = PartnerPerson.objects.filter(partner=row.partner).in_roles(MANAGING)
    if row.site is not None:
        managing = managing.over(row.partner_id, row.site)
    others = User.objects.filter(is_active=True, pk__in=managing.values("user_id")).exclude(
        pk__in=[by.pk, row.user_id]
    )
    for person in others.order_by("pk"):
        with in_language_of(person):
            tell(
                person,
                code="people.role_added",
                subject=_("Peran baru di %(partner)s") % {"partner": row.partner},
                body=_("%(where)s: %(name)s kini juga %(role)s. Yang menambahkannya %(by)s.")
                % {
                    "where": _where(row),
                    "name": _known_as(row.user, row.partner),
                    "role": row.get_role_display(),
                    "by": _known_as(by, row.partner),
                },
                url=reverse("registry:people", args=[site.public_id]),
                now=now,
            )


def _known_as(user: User, partner: Partner) -> str:
    """The name by which the partner's people know him."""
    row = PartnerPerson.objects.filter(partner=partner, user=user).order_by("pk").first()
    return row.called if row and row.called else str(user)


def _tell_ended(row: PartnerPerson, *, own: bool, now: datetime) -> None:
    with in_language_of(row.user):
        words = _("%(where)s: Anda bukan lagi %(role)s.")
        if own:
            words = _("%(where)s: Anda sudah keluar sebagai %(role)s.")
        tell(
            row.user,
            code="people.role_ended",
            subject=_("Peran Anda untuk %(partner)s berakhir") % {"partner": row.partner},
            body=words % {"where": _where(row), "role": row.get_role_display()},
            url=reverse("desks:owner"),
            now=now,
        )


def may_words(role: str) -> str:
    """What this role may do, in one sentence."""
    return {
        PersonRole.MANAGER: _("Boleh semuanya, juga menambah dan mengeluarkan orang."),
        PersonRole.SIGNATORY: _("Boleh memberi dan menarik persetujuan, menjeda kamera, dan membaca Buku Tamu."),
        PersonRole.TECHNICIAN: _("Boleh mengurus perangkat, menjeda kamera, dan membaca Buku Tamu."),
        PersonRole.CONTACT: _("Boleh menjeda kamera dan membaca Buku Tamu; dihubungi bila ada kejadian."),
        PersonRole.READER: _("Boleh membaca Buku Tamu dan keadaan kamera, tidak lebih."),
    }[PersonRole(role)]
