"""Changes of people, organizations and duties."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import PROTECT, Exists, ManyToOneRel, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

import audit
from accounts.areas import covers
from accounts.duties import require_administrator
from accounts.errors import (
    AlreadySignedIn,
    DutyOver,
    DutySuspended,
    DutyTwice,
    InvitationOver,
    LastAdministrator,
    NoDuty,
    NotThisBodysDuty,
    OrganizationKnown,
    OwnDuty,
    PersonInactive,
    WrongDutyArea,
    WrongDutyDates,
)
from accounts.models import Duty, DutyKind, Invitation, Organization, OrganizationKind, User
from accounts.organizations import POLICE, is_top

INVITATION_LASTS = timedelta(hours=48)
UNUSED_FOR = timedelta(hours=24)
POLICE_DUTIES = frozenset({DutyKind.VERIFIER, DutyKind.GRANTOR, DutyKind.APPROVER, DutyKind.PROTECTION})
KELURAHAN_PARTS = 4


@transaction.atomic
def add_organization(
    *, name: str, kind: OrganizationKind, area_code: str, parent: Organization | None = None, contact: str = ""
) -> Organization:
    """Add a body together with its Django group, in whose name grants are written."""
    group = Group.objects.create(name=name)
    return Organization.objects.create(
        name=name, kind=kind, area_code=area_code, parent=parent, group=group, contact=contact
    )


@audit.atomic
def open_organization(
    *, name: str, kind: OrganizationKind, area_code: str, under: Organization, by: User, now: datetime
) -> Organization:
    """Add a body by the hand of an administrator of the Polres `under`.

    A Polsek becomes its unit, once for each area; any other body is nobody's unit. Raises OrganizationKnown for a
    name that is taken, also when two people add it at once.
    """
    require_administrator(by, _locked(under), now)
    if under.kind != OrganizationKind.POLRES or kind == OrganizationKind.POLRES:
        raise NoDuty
    if not covers(under.area_code, area_code):
        raise WrongDutyArea
    is_precinct = kind == OrganizationKind.POLSEK
    known = Organization.objects.filter(name__iexact=name)
    if is_precinct:
        known |= Organization.objects.filter(kind=kind, area_code=area_code)
    if known.exists():
        raise OrganizationKnown
    try:
        with transaction.atomic():
            body = add_organization(
                name=name, kind=kind, area_code=area_code, parent=under if is_precinct else None
            )
    except IntegrityError as problem:
        raise OrganizationKnown from problem
    audit.record("organization.added", actor=by, target=body, kind=kind, area=area_code)
    return body


def person_reached_by(*, email: str = "", phone: str = "") -> User:
    """The person with this address or number, added if new; two requests at once add one person."""
    known = User.objects.filter(email__iexact=email) if email else User.objects.filter(phone=phone)
    try:
        with transaction.atomic():
            return known.first() or User.objects.create_user(email=email, phone=phone)
    except IntegrityError:
        return known.get()


@audit.atomic
def give_duty(
    *,
    user: User,
    organization: Organization,
    kind: DutyKind,
    since: datetime,
    until: datetime | None = None,
    title: str = "",
    area_code: str = "",
    emergency: bool = False,
    by: User | None,
) -> Duty:
    """Give a person a duty for an organization; `by` is None when the command line does it."""
    duty = Duty.objects.create(
        user=user,
        organization=organization,
        kind=kind,
        since=since,
        until=until,
        title=title,
        area_code=area_code,
        emergency=emergency,
    )
    user.groups.add(organization.group)
    audit.record(
        "duty.given",
        actor=by,
        target=duty,
        user=str(user.public_id),
        organization=str(organization.public_id),
        kind=kind,
        area=area_code,
        emergency=emergency,
    )
    return duty


@audit.atomic
def appoint(
    *,
    organization: Organization,
    kind: DutyKind,
    since: datetime,
    until: datetime | None,
    by: User,
    now: datetime,
    email: str = "",
    phone: str = "",
    name: str = "",
    title: str = "",
    area_code: str = "",
    emergency: bool = False,
) -> Duty:
    """Give a duty by the hand of an administrator to whoever has this address or number, added if new.

    A name is kept for a person who has none; nobody is renamed. Two equal requests at once give one duty. Nobody
    comes round a supervisor's suspension by being given his duty anew: that raises DutySuspended.
    """
    require_administrator(by, _locked(organization), now)
    _check_terms(organization, kind, area_code, since, until, now)
    user = person_reached_by(email=email, phone=phone)
    if user == by:
        raise OwnDuty
    if not user.is_active:
        raise PersonInactive
    if Duty.objects.of(user).filter(organization=organization, kind=kind, suspended_at__isnull=False).exists():
        raise DutySuspended
    same = Duty.objects.of(user).filter(organization=organization, kind=kind, area_code=area_code)
    if same.standing(since).filter(*([Q(since__lt=until)] if until else [])).exists():
        raise DutyTwice
    if name and not user.name:
        user.name = name
        user.save(update_fields=["name"])
    return give_duty(
        user=user,
        organization=organization,
        kind=kind,
        since=since,
        until=until,
        title=title,
        area_code=area_code,
        emergency=emergency and kind == DutyKind.VIEWER,
        by=by,
    )


def _check_terms(
    organization: Organization,
    kind: DutyKind,
    area_code: str,
    since: datetime,
    until: datetime | None,
    now: datetime,
) -> None:
    if since < timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0):
        raise WrongDutyDates  # Nobody says afterwards that somebody was on duty then.
    if until is not None and until <= max(since, now):
        raise WrongDutyDates
    if kind in POLICE_DUTIES and organization.kind not in POLICE:
        raise NotThisBodysDuty
    if area_code and not covers(organization.area_code, area_code):
        raise WrongDutyArea
    if kind == DutyKind.VERIFIER and len(area_code.split(".")) != KELURAHAN_PARTS:
        raise WrongDutyArea(_("Verifikasi lapangan diberikan untuk satu kelurahan. Pilih kelurahannya."))
    if kind == DutyKind.ADMINISTRATOR and area_code:
        raise WrongDutyArea(_("Administrator bertugas untuk seluruh lembaga. Pilih seluruh wilayah lembaga."))


@audit.atomic
def make_first_administrator(*, email: str, organization_name: str, area_code: str, now: datetime) -> User:
    """Make this person administrator of the organization at the top, which is added if there is none at all.

    For the command line of an empty server; a second call changes nothing.
    """
    root = Organization.objects.filter(parent__isnull=True, kind=OrganizationKind.POLRES).order_by("pk").first()
    if root is None:
        root = add_organization(name=organization_name, kind=OrganizationKind.POLRES, area_code=area_code)
    user = person_reached_by(email=email)
    if not Duty.objects.of(user).in_force(now).filter(organization=root, kind=DutyKind.ADMINISTRATOR).exists():
        give_duty(user=user, organization=root, kind=DutyKind.ADMINISTRATOR, since=now, by=None)
    return user


@audit.atomic
def end_duty(*, duty: Duty, by: User | None, now: datetime) -> None:
    """End a duty now, and with it those who stand in for it. Ending it twice changes and records nothing."""
    if not Duty.objects.filter(pk=duty.pk, ended_at__isnull=True).update(ended_at=now):
        return
    for stand_in in Duty.objects.filter(stands_in_for=duty, ended_at__isnull=True).select_related(
        "user", "organization"
    ):
        end_duty(duty=stand_in, by=by, now=now)
    if not Duty.objects.filter(user=duty.user, organization=duty.organization, ended_at__isnull=True).exists():
        duty.user.groups.remove(duty.organization.group)
    audit.record("duty.ended", actor=by, target=duty, user=str(duty.user.public_id))


@audit.atomic
def suspend_duty(*, duty: Duty, by: User | None, now: datetime) -> bool:
    """Let a duty of looking open nothing from now on; False, and nothing recorded, where it is suspended already.

    What runs under it ends by the news of it. `by` is None when a deadline does it.
    """
    if not Duty.objects.filter(pk=duty.pk, suspended_at__isnull=True).update(suspended_at=now):
        return False
    audit.record("duty.suspended", actor=by, target=duty, user=str(duty.user.public_id))
    return True


@audit.atomic
def resume_duty(*, duty: Duty, by: User) -> bool:
    """Lift the suspension of a duty; False, and nothing recorded, where there is none.

    Who may is asked by the app that suspends.
    """
    if not Duty.objects.filter(pk=duty.pk, suspended_at__isnull=False).update(suspended_at=None):
        return False
    audit.record("duty.resumed", actor=by, target=duty, user=str(duty.user.public_id))
    return True


@audit.atomic
def relieve(*, duty: Duty, by: User, now: datetime) -> None:
    """End a duty by the hand of an administrator.

    Raises DutyOver if it was ended before, LastAdministrator for the last one of a Polres at the top. The body is
    locked first, so that two administrators who end each other's duty at once leave one of them.
    """
    organization = _locked(duty.organization)
    require_administrator(by, organization, now)
    duty.refresh_from_db()
    if duty.ended_at is not None:
        raise DutyOver
    if duty.kind == DutyKind.ADMINISTRATOR and is_top(organization):
        others = Duty.objects.in_force(now).filter(
            organization=organization, kind=DutyKind.ADMINISTRATOR, user__is_active=True
        )
        if not others.exclude(pk=duty.pk).exists():
            raise LastAdministrator
    end_duty(duty=duty, by=by, now=now)


def _locked(organization: Organization) -> Organization:
    return Organization.objects.select_for_update().get(pk=organization.pk)


@audit.atomic
def note_second_factor(*, user: User, change: str, kind: str) -> None:
    """Put on the trail that a second factor was added or removed (`change`), and of which kind."""
    audit.record(f"person.second_factor_{change}", actor=user, target=user, kind=kind)


@audit.atomic
def note_shift_change(*, user: User, last: User, duty: Duty) -> None:
    """Record that `user` took over the screen of `last`, in this duty."""
    audit.record(
        "person.shift_changed", actor=user, target=user, last=str(last.public_id), duty=str(duty.public_id)
    )


@audit.atomic
def note_sign_out(*, user: User, session: str) -> None:
    """Put on the trail that this person left this session; what ran in it ends by the news of it."""
    audit.record("person.signed_out", actor=user, target=user, session=session)


def invite(*, user: User, now: datetime, lasts: timedelta = INVITATION_LASTS) -> str:
    """A token for a one-time sign-in link; it is kept only as a hash and cannot be shown again."""
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(user=user, token_sha256=_digest(token), expires_at=now + lasts)
    return token


@audit.atomic
def invite_to_duty(*, duty: Duty, by: User, now: datetime) -> str:
    """A token for a person with a duty who never signed in; links made for him before are void.

    SECURITY: whoever holds the token signs in as this person, and an administrator sees it. So there is none for a
    person who has signed in: his account is his, and he comes in by a code to his own address.
    """
    require_administrator(by, duty.organization, now)
    if not Duty.objects.standing(now).filter(pk=duty.pk).exists():
        raise DutyOver
    user = User.objects.select_for_update().get(pk=duty.user_id)
    if not user.is_active:
        raise PersonInactive
    if user.last_login is not None:
        raise AlreadySignedIn
    Invitation.objects.filter(user=user, used_at__isnull=True, expires_at__gt=now).update(expires_at=now)
    token = invite(user=user, now=now)
    audit.record("person.invited", actor=by, target=user, duty=str(duty.public_id))
    return token


def accept_invitation(*, token: str, now: datetime) -> User:
    """The person the token was made for. It works once; raises InvitationOver otherwise."""
    won = Invitation.objects.filter(
        token_sha256=_digest(token), used_at__isnull=True, expires_at__gt=now, user__is_active=True
    ).update(used_at=now)
    if not won:
        raise InvitationOver
    return Invitation.objects.select_related("user").get(token_sha256=_digest(token)).user


def drop_unused_accounts(*, now: datetime) -> int:
    """Delete people who asked for a code a day ago or earlier and never signed in; how many.

    Whoever is named by any row that protects its person stays, whichever app it is in: an invited person with a
    duty, or an owner whom an officer enrolled.
    """
    unused = User.objects.filter(last_login__isnull=True, date_joined__lt=now - UNUSED_FOR).exclude(
        invitations__expires_at__gt=now
    )
    for relation in User._meta.get_fields(include_hidden=True):  # Hidden: those whose related_name is "+".
        if isinstance(relation, ManyToOneRel) and relation.on_delete is PROTECT:
            names_them = relation.field.model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            unused = unused.exclude(Exists(names_them))
    return unused.delete()[1].get(User._meta.label, 0)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
