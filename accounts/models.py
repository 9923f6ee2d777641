"""People, organizations, and the duties that people carry for them."""

import uuid
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.spelling import spellings


class UserManager(BaseUserManager["User"]):
    """Makes people; nobody has a password, sign-in is by code."""

    def create_user(self, email: str = "", phone: str = "", **facts: object) -> "User":
        user = self.model(email=self.normalize_email(email or "") or None, phone=phone or None, **facts)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, **facts: object) -> "User":
        facts.pop("password", None)
        return self.create_user(email=email, is_superuser=True, **facts)

    def get_by_natural_key(self, username: str) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in: an owner, or somebody with a duty.

    Signs in by a code to the phone or the e-mail address. A superuser has no right to look (docs/adr/0004).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("nama"), max_length=120, blank=True)
    email = models.EmailField(_("surel"), max_length=254, null=True, blank=True)
    phone = models.CharField(_("nomor HP"), max_length=20, null=True, blank=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=2, default="id")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [
            models.UniqueConstraint(models.functions.Lower("email"), name="accounts_user_email_once"),
            models.UniqueConstraint(fields=["phone"], name="accounts_user_phone_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or str(self.public_id)

    def get_full_name(self) -> str:
        return str(self)

    @property
    def is_staff(self) -> bool:
        """Nobody enters an admin site; allauth and Django ask."""
        return False


class OrganizationKind(models.TextChoices):
    POLRES = "polres", _("Polres")
    POLSEK = "polsek", _("Polsek")
    MILITARY = "military", _("Kodim/Koramil")
    GOVERNMENT = "government", _("Pemerintah")
    PROSECUTION = "prosecution", _("Kejaksaan")
    OVERSIGHT = "oversight", _("Pengawas dari luar")  # Judges what supervisors of the topmost body looked at.
    OPERATOR = "operator", _("Pengelola objek vital")
    COMMUNITY = "community", _("Masyarakat")


class OrganizationQuerySet(models.QuerySet["Organization"]):
    """Questions about organizations."""

    def named(self, words: str) -> "OrganizationQuerySet":
        """Those whose name holds these words."""
        return self.filter(_holding(words, "name"))


class Organization(models.Model):
    """A body that can be named in a consent and be given a grant.

    `area_code` is the Kemendagri code of the area it serves; areas below it share the code as a prefix.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=OrganizationKind)
    area_code = models.CharField(max_length=13, db_index=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="units")
    group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="organization")
    contact = models.CharField(max_length=120, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="accounts_organization_kind_known", condition=Q(kind__in=OrganizationKind.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DutyKind(models.TextChoices):
    VIEWER = "viewer", _("Melihat")
    VERIFIER = "verifier", _("Verifikasi lapangan")
    GRANTOR = "grantor", _("Memberi akses")
    APPROVER = "approver", _("Menyetujui akses")
    SUPERVISOR = "supervisor", _("Pengawas")
    ADMINISTRATOR = "administrator", _("Administrator")
    PROTECTION = "protection", _("Petugas pelindungan data")


class DutyQuerySet(models.QuerySet["Duty"]):
    """Questions about duties."""

    def in_force(self, now: datetime) -> "DutyQuerySet":
        """Duties whose window holds at `now` and that were not ended or suspended."""
        return self.filter(
            Q(until__isnull=True) | Q(until__gt=now),
            since__lte=now,
            ended_at__isnull=True,
            suspended_at__isnull=True,
        )

    def of(self, user: "User") -> "DutyQuerySet":
        return self.filter(user=user)

    def standing(self, now: datetime) -> "DutyQuerySet":
        """Duties in force, those that begin later, and those that are suspended meanwhile."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=now), ended_at__isnull=True)

    def held_by(self, words: str) -> "DutyQuerySet":
        """Duties of people whose name, address, number or title holds these words."""
        return self.filter(_holding(words, "user__name", "user__email", "user__phone", "title"))


def _holding(words: str, *fields: str) -> Q:
    found = Q(pk__in=[])
    for spelling in spellings(words):
        for field in fields:
            found |= Q(**{f"{field}__icontains": spelling})
    return found


class Duty(models.Model):
    """What a person does for one organization, from one day to another.

    `area_code` narrows it (a Bhabinkamtibmas verifies in one kelurahan); empty means the organization's area.
    `emergency` allows a viewer emergency looks (akses darurat). `stands_in_for` is the duty whose holder is away: a
    stand-in always has a last day. Since `suspended_at` a duty of looking opens nothing; it goes on when that is
    lifted, and ends by its date all the same.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="duties")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="duties")
    kind = models.CharField(max_length=14, choices=DutyKind)
    title = models.CharField(max_length=80, blank=True)
    area_code = models.CharField(max_length=13, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    emergency = models.BooleanField(_("akses darurat"), default=False)
    stands_in_for = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="stand_ins"
    )

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "duties"
        constraints = [
            models.CheckConstraint(name="accounts_duty_kind_known", condition=Q(kind__in=DutyKind.values)),
            models.CheckConstraint(
                name="accounts_duty_ends_after_it_began",
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
            ),
            models.CheckConstraint(
                name="accounts_duty_emergency_is_looking",
                condition=Q(emergency=False) | Q(kind=DutyKind.VIEWER),
            ),
            models.CheckConstraint(
                name="accounts_duty_suspended_is_looking",
                condition=Q(suspended_at__isnull=True) | Q(kind=DutyKind.VIEWER),
            ),
            models.CheckConstraint(
                name="accounts_duty_stand_in_ends",
                condition=Q(stands_in_for__isnull=True) | Q(until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.organization}"

    @property
    def reach(self) -> str:
        """The area code within which this duty holds."""
        return self.area_code or self.organization.area_code


class Invitation(models.Model):
    """A one-time link that signs its person in once; only the SHA-256 of its token is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    token_sha256 = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user} {self.expires_at}"


class ApiToken(models.Model):
    """A program's key to the API, for one duty and a few scopes; only the SHA-256 of it is kept.

    It opens nothing that its duty does not, ends with the duty, and never shows a picture: a program passes no
    second factor.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("nama"), max_length=80)
    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="tokens")
    scopes = models.JSONField(default=list)
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name
