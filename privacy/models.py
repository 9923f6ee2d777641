"""What people asked for about their own data, what is restricted, how data are processed, and what leaked."""

import uuid
from datetime import datetime

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from privacy.law import RULES, Kind, Rule
from registry.models import Camera, Partner, PartnerPerson, Site
from registry.people import MANAGING


def _person(*, null: bool = False) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=null, blank=null
    )


class Outcome(models.TextChoices):
    DONE = "done", _("Selesai")
    REFUSED = "refused", _("Ditolak")
    TAKEN_BACK = "taken_back", _("Dibatalkan")


class RequestQuerySet(models.QuerySet["SubjectRequest"]):
    """Questions about requests."""

    def of(self, user: object) -> "RequestQuerySet":
        """What this person asked for, and what was asked at the owners for whom he manages all sites."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        managed = PartnerPerson.objects.of(user).in_roles(MANAGING).for_all_sites()
        return self.filter(Q(asked_by=user) | Q(partner__in=managed.values("partner")))

    def open(self) -> "RequestQuerySet":
        return self.filter(closed_at__isnull=True)

    def overdue(self, now: datetime) -> "RequestQuerySet":
        """Still open after the time that the law gives."""
        return self.open().filter(due_at__lte=now)

    def erasures_due(self, now: datetime) -> "RequestQuerySet":
        """Erasures that wait for no second person, and that no worker holds."""
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
        return self.open().filter(free, kind=Kind.ERASE, waits_for_second=False)

    def erased_since(self, moment: datetime) -> "RequestQuerySet":
        """Erasures that were finished after this moment."""
        return self.filter(kind=Kind.ERASE, outcome=Outcome.DONE, closed_at__gt=moment)


class SubjectRequest(models.Model):
    """A person asked for one of his rights; it is owed until `due_at`.

    `partner`: the owner whose data it is about; without it the person's own account. A correction of what an
    officer verified names the `site` and what it should say (`wanted`: the address, or with `camera` its name; the
    point where it should be), and the officer answers. An erasure is done step by step by a worker who holds the
    row by a lease, `messages_read` the last message that was looked into; `waits_for_second`: two people sign at
    this owner, and the second has still to agree. Erasure empties what was wanted and the answer too: the row and
    its clock stay.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    asked_by = _person()
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, blank=True, related_name="subject_requests"
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    wanted = models.CharField(max_length=200, blank=True)
    wanted_lat = models.FloatField(null=True, blank=True)
    wanted_lng = models.FloatField(null=True, blank=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    waits_for_second = models.BooleanField(default=False)
    seconded_by = _person(null=True)
    messages_read = models.BigIntegerField(default=0)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    answered_by = _person(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    answer = models.CharField(max_length=400, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["due_at"], name="privacy_request_open", condition=Q(closed_at__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(name="privacy_subjectrequest_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="privacy_subjectrequest_closed_somehow",
                condition=Q(closed_at__isnull=True, outcome="")
                | Q(closed_at__isnull=False, outcome__in=Outcome.values),
            ),
            models.CheckConstraint(
                name="privacy_subjectrequest_point_whole",
                condition=Q(wanted_lat__isnull=True, wanted_lng__isnull=True)
                | Q(wanted_lat__isnull=False, wanted_lng__isnull=False),
            ),
            models.CheckConstraint(name="privacy_subjectrequest_due_ahead", condition=Q(due_at__gt=F("asked_at"))),
            models.CheckConstraint(
                name="privacy_subjectrequest_seconded_by_another",
                condition=Q(seconded_by__isnull=True) | ~Q(seconded_by=F("asked_by")),
            ),
            models.UniqueConstraint(
                name="privacy_subjectrequest_one_erasure_of_a_partner",
                fields=["partner"],
                condition=Q(kind=Kind.ERASE, closed_at__isnull=True, partner__isnull=False),
            ),
            models.UniqueConstraint(
                name="privacy_subjectrequest_one_erasure_of_a_person",
                fields=["asked_by"],
                condition=Q(kind=Kind.ERASE, closed_at__isnull=True, partner__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.asked_at:%Y-%m-%d}"

    @property
    def wanted_words(self) -> str:
        """What it should say, to be read: a name or an address, a point, or both."""
        point = "" if self.wanted_lat is None else f"{self.wanted_lat:.6f}, {self.wanted_lng:.6f}"
        return " · ".join(filter(None, [self.wanted, point]))

    @property
    def rule(self) -> Rule:
        return RULES[Kind(self.kind)]

    def is_overdue(self, now: datetime) -> bool:
        return self.closed_at is None and self.due_at <= now


class RequestStep(models.Model):
    """One thing that a request owed and that is done."""

    request = models.ForeignKey(SubjectRequest, on_delete=models.PROTECT, related_name="steps")
    code = models.CharField(max_length=20)
    done_at = models.DateTimeField()

    class Meta:
        ordering = ["done_at", "pk"]
        constraints = [models.UniqueConstraint(name="privacy_requeststep_once", fields=["request", "code"])]

    def __str__(self) -> str:
        return self.code


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    """Questions about restrictions."""

    def standing(self) -> "RestrictionQuerySet":
        return self.filter(lifted_at__isnull=True)


class Restriction(models.Model):
    """An owner's data are only kept (UU 27/2022 art. 11): his cameras open for nobody until he lifts it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="restrictions")
    since = models.DateTimeField()
    since_by = _person()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = _person(null=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(
                name="privacy_restriction_one_standing", fields=["partner"], condition=Q(lifted_at__isnull=True)
            ),
            models.CheckConstraint(
                name="privacy_restriction_lifted_by_somebody",
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.since:%Y-%m-%d}"


class Activity(models.Model):
    """One version of one line of the record of processing (UU 27/2022 art. 31).

    Version 1 of each is shipped in code (`privacy.record`) and no row; a version is never changed.
    """

    code = models.SlugField(max_length=30)
    version = models.PositiveIntegerField(validators=[MinValueValidator(2)])
    name = models.CharField(_("nama kegiatan"), max_length=120)
    purpose = models.TextField(_("tujuan"), max_length=1000)
    basis = models.TextField(_("dasar pemrosesan"), max_length=1000)
    categories = models.TextField(_("jenis data dan subjeknya"), max_length=1000)
    recipients = models.TextField(_("penerima"), max_length=1000)
    retention = models.TextField(_("masa simpan"), max_length=1000)
    written_at = models.DateTimeField()
    written_by = _person()

    class Meta:
        ordering = ["code", "-version"]
        constraints = [models.UniqueConstraint(name="privacy_activity_version_once", fields=["code", "version"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.version})"


class BreachQuerySet(models.QuerySet["Breach"]):
    """Questions about the breach register."""

    def untold(self) -> "BreachQuerySet":
        """Those of which the subjects or the authority have still to be told."""
        untold = Q(authority_told_at__isnull=True) | Q(subjects_told_at__isnull=True)
        return self.filter(untold, cancelled_at__isnull=True)

    def being_told(self) -> "BreachQuerySet":
        """Those whose owners are to be told now."""
        return self.filter(telling_since__isnull=False, subjects_told_at__isnull=True, cancelled_at__isnull=True)


class Breach(models.Model):
    """A failure of protection: what leaked, when and how, and what is done about it (UU 27/2022 art. 46).

    `known_at` starts the clock of 3×24 hours; the written notice holds `data`, `how` with `happened_at`, and
    `measures`, as art. 46 (2) demands. `area_code`: the owners in this area are the ones affected.
    An entry is corrected (`amended_at`) or cancelled, never deleted; `why` is the reason for the last of it, and
    what it said before stands in the trail. Whoever was told before a correction may be told again.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("judul singkat"), max_length=120)
    happened_at = models.DateTimeField(_("kapan terjadi"))
    known_at = models.DateTimeField(_("kapan diketahui"))
    due_at = models.DateTimeField()
    data = models.TextField(_("data pribadi yang terungkap"), max_length=2000)
    how = models.TextField(_("bagaimana terungkap"), max_length=2000)
    measures = models.TextField(_("upaya penanganan dan pemulihan"), max_length=2000)
    how_many = models.PositiveIntegerField(_("berapa orang"), null=True, blank=True)
    area_code = models.CharField(max_length=13)
    noted_at = models.DateTimeField()
    noted_by = _person()
    telling_since = models.DateTimeField(null=True, blank=True)
    subjects_told_at = models.DateTimeField(null=True, blank=True)
    subjects_told = models.PositiveIntegerField(default=0)
    authority_told_at = models.DateTimeField(null=True, blank=True)
    authority_letter = models.CharField(max_length=80, blank=True)
    amended_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = _person(null=True)
    why = models.CharField(_("alasan"), max_length=400, blank=True)

    objects = BreachQuerySet.as_manager()

    class Meta:
        ordering = ["-known_at"]
        verbose_name_plural = "breaches"
        constraints = [
            models.CheckConstraint(
                name="privacy_breach_known_after_it_happened", condition=Q(known_at__gte=F("happened_at"))
            ),
            models.CheckConstraint(
                name="privacy_breach_authority_told_by_letter",
                condition=Q(authority_told_at__isnull=True, authority_letter="")
                | (Q(authority_told_at__isnull=False) & ~Q(authority_letter="")),
            ),
            models.CheckConstraint(
                name="privacy_breach_cancelled_by_somebody",
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
            ),
            models.CheckConstraint(
                name="privacy_breach_changed_for_a_reason",
                condition=Q(amended_at__isnull=True, cancelled_at__isnull=True) | ~Q(why=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_told(self) -> bool:
        return self.subjects_told_at is not None and self.authority_told_at is not None

    @property
    def may_be_told(self) -> bool:
        """Not yet told, or corrected since."""
        if self.cancelled_at is not None:
            return False
        return self.telling_since is None or (self.amended_at is not None and self.amended_at > self.telling_since)

    def is_overdue(self, now: datetime) -> bool:
        return self.cancelled_at is None and not self.is_told and self.due_at <= now
