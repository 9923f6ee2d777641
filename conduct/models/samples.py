"""The monthly samples, the cards that a supervisor judges, and the explanations that he asks for."""

import uuid
from datetime import datetime

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from access.models import Look
from accounts.models import Organization, User


class Sample(models.Model):
    """The looks of one body in one month that the anchored head of the audit trail chose.

    `month` is its first day, `head` the SHA-256 (hex) of the first anchor that was made after the month, `looks`
    how many there were to choose from. Looks through vital objects are not among them: they exist for no supervisor
    (design, section 6). Whoever has the head and the looks can draw it again: `manage.py draw_sample --check`.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    month = models.DateField()
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    anchor_number = models.BigIntegerField()
    head = models.CharField(max_length=64, validators=[RegexValidator(r"^[0-9a-f]{64}$")])
    percent = models.PositiveSmallIntegerField()
    looks = models.PositiveIntegerField()
    drawn = models.PositiveIntegerField()
    drawn_at = models.DateTimeField()

    class Meta:
        ordering = ["-month", "organization"]
        constraints = [
            models.UniqueConstraint(name="conduct_sample_once_a_month", fields=["month", "organization"]),
            models.CheckConstraint(name="conduct_sample_month_by_its_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(name="conduct_sample_percent_known", condition=Q(percent__range=(1, 100))),
            models.CheckConstraint(
                name="conduct_sample_draws_some", condition=Q(drawn__gte=1, drawn__lte=F("looks"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.month:%Y-%m}"


class CardSource(models.TextChoices):
    SAMPLE = "sample", _("Sampel bulanan")
    EMERGENCY = "emergency", _("Akses darurat")
    CHOSEN = "chosen", _("Dipilih pengawas")


class CardState(models.TextChoices):
    OPEN = "open", _("Belum dinilai")
    EXPLAIN = "explain", _("Diminta penjelasan")
    IN_ORDER = "in_order", _("Sesuai")
    NOT_IN_ORDER = "not_in_order", _("Tidak sesuai")


UNDECIDED = (CardState.OPEN, CardState.EXPLAIN)
DECIDED = (CardState.IN_ORDER, CardState.NOT_IN_ORDER)


class CardQuerySet(models.QuerySet["Card"]):
    """Questions about cards."""

    def undecided(self) -> "CardQuerySet":
        return self.filter(state__in=UNDECIDED)

    def to_remind_of(self, now: datetime) -> "CardQuerySet":
        """Nobody has looked at them in their time, and nobody was told so."""
        return self.filter(state=CardState.OPEN, due_at__lte=now, reminded_at__isnull=True)


class Card(models.Model):
    """One look before a supervisor: in order, not in order, or to be explained first.

    A look has one card, whatever brought it here first. `sample` names the sample that drew it, also where it was
    here before. A verdict is given once. `reminded_at`: when it was said that it is overdue.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    look = models.OneToOneField(Look, on_delete=models.PROTECT, related_name="card")
    source = models.CharField(max_length=9, choices=CardSource)
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, null=True, blank=True, related_name="cards")
    state = models.CharField(max_length=12, choices=CardState, default=CardState.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)
    judged_at = models.DateTimeField(null=True, blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    words = models.TextField(blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    objects = CardQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(name="conduct_card_source_known", condition=Q(source__in=CardSource.values)),
            models.CheckConstraint(name="conduct_card_state_known", condition=Q(state__in=CardState.values)),
            models.CheckConstraint(
                name="conduct_card_sample_named",
                condition=~Q(source=CardSource.SAMPLE) | Q(sample__isnull=False),
            ),
            models.CheckConstraint(
                name="conduct_card_judged_by_somebody",
                condition=Q(state__in=UNDECIDED, judged_at__isnull=True, judged_by__isnull=True)
                | Q(state__in=DECIDED, judged_at__isnull=False, judged_by__isnull=False),
            ),
            models.CheckConstraint(
                name="conduct_card_not_in_order_in_words",
                condition=~Q(state=CardState.NOT_IN_ORDER) | ~Q(words=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.look} ({self.get_state_display()})"

    @property
    def is_undecided(self) -> bool:
        return self.state in UNDECIDED

    def is_overdue(self, now: datetime) -> bool:
        return self.is_undecided and self.due_at <= now


class ExplanationQuerySet(models.QuerySet["Explanation"]):
    """Questions about explanations."""

    def unanswered(self) -> "ExplanationQuerySet":
        """Those that are waited for: not given, and the look not judged without."""
        return self.filter(answered_at__isnull=True, card__state=CardState.EXPLAIN)

    def owed_by(self, user: User) -> "ExplanationQuerySet":
        """What this person was asked and has not answered, and what keeps a duty of his suspended."""
        return (self.unanswered() | self.suspending()).filter(card__look__viewer=user)

    def to_suspend(self, now: datetime) -> "ExplanationQuerySet":
        return self.unanswered().filter(due_at__lte=now, suspended_at__isnull=True)

    def suspending(self) -> "ExplanationQuerySet":
        """Those for which a duty is suspended now."""
        return self.filter(suspended_at__isnull=False, lifted_at__isnull=True)


class Explanation(models.Model):
    """What a supervisor asks the one who looked, once for a look. Left unanswered until `due_at` it suspends his
    duties of looking for that body, from `suspended_at` until a supervisor lifts it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    card = models.OneToOneField(Card, on_delete=models.PROTECT, related_name="explanation")
    question = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(db_index=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ExplanationQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(name="conduct_explanation_due_later", condition=Q(due_at__gt=F("asked_at"))),
            models.CheckConstraint(
                name="conduct_explanation_answered_in_words",
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="conduct_explanation_lifted_by_somebody",
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(suspended_at__isnull=False, lifted_at__isnull=False, lifted_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.card} {self.due_at:%Y-%m-%d}"

    @property
    def suspends(self) -> bool:
        """Whether a duty is suspended for it now."""
        return self.suspended_at is not None and self.lifted_at is None
