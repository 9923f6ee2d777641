"""Changes of people, organizations and duties."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import PROTECT, Exists, ManyToOneRel, OuterRef

import audit
from accounts.errors import InvitationOver
from accounts.models import Duty, DutyKind, Invitation, Organization, OrganizationKind, User

INVITATION_LASTS = timedelta(hours=48)
UNUSED_FOR = timedelta(hours=24)


@transaction.atomic
def add_organization(
    *, name: str, kind: OrganizationKind, area_code: str, parent: Organization | None = None, contact: str = ""
) -> Organization:
    """Add a body together with its Django group, in whose name grants are written."""
    group = Group.objects.create(name=name)
    return Organization.objects.create(
        name=name, kind=kind, area_code=area_code, parent=parent, group=group, contact=contact
    )


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
    )
    return duty


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
    """End a duty now. Ending it twice changes and records nothing."""
    if not Duty.objects.filter(pk=duty.pk, ended_at__isnull=True).update(ended_at=now):
        return
    if not Duty.objects.filter(user=duty.user, organization=duty.organization, ended_at__isnull=True).exists():
        duty.user.groups.remove(duty.organization.group)
    audit.record("duty.ended", actor=by, target=duty, user=str(duty.user.public_id))


@audit.atomic
def note_second_factor(*, user: User, change: str, kind: str) -> None:
    """Put on the trail that a second factor was added or removed (`change`), and of which kind."""
    audit.record(f"person.second_factor_{change}", actor=user, target=user, kind=kind)


@audit.atomic
def note_sign_out(*, user: User, session: str) -> None:
    """Put on the trail that this person left this session; what ran in it ends by the news of it."""
    audit.record("person.signed_out", actor=user, target=user, session=session)


def invite(*, user: User, now: datetime, lasts: timedelta = INVITATION_LASTS) -> str:
    """A token for a one-time sign-in link; it is kept only as a hash and cannot be shown again."""
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(user=user, token_sha256=_digest(token), expires_at=now + lasts)
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
