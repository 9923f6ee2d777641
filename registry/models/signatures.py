"""The second signature that an owner may ask for, and what waits for one."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.models.consents import Receipt
from registry.models.partners import Partner, Site
from registry.models.people import SIGNING, PartnerPerson


def _person() -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )


class SecondSignatureQuerySet(models.QuerySet["SecondSignature"]):
    """Questions about the switch."""

    def on(self) -> "SecondSignatureQuerySet":
        return self.filter(off_at__isnull=True)

    def over(self, site: Site) -> "SecondSignatureQuerySet":
        """Those that hold at this site: switched on for it, or for all sites of its partner."""
        return self.on().filter(Q(site__isnull=True) | Q(site=site.pk), partner=site.partner_id)

    def over_all_of(self, partner: Partner) -> "SecondSignatureQuerySet":
        """The one that holds at all sites of this partner, so at a new one too."""
        return self.on().filter(partner=partner, site__isnull=True)


class SecondSignature(models.Model):
    """An owner's own rule: consent at this site, or with `site` empty at all his sites, is given by two people.

    One person switches it on; switching it off takes two, like giving a consent. Withdrawing never does.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="second_signatures")
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="second_signatures"
    )
    on_at = models.DateTimeField()
    on_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    off_at = models.DateTimeField(null=True, blank=True)
    off_by = _person()
    off_countersigned_by = _person()

    objects = SecondSignatureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="registry_secondsignature_once_a_site",
                fields=["site"],
                condition=Q(off_at__isnull=True, site__isnull=False),
            ),
            models.UniqueConstraint(
                name="registry_secondsignature_once_for_all",
                fields=["partner"],
                condition=Q(off_at__isnull=True, site__isnull=True),
            ),
            models.CheckConstraint(
                name="registry_secondsignature_off_by_two",
                condition=Q(off_at__isnull=True, off_by__isnull=True, off_countersigned_by__isnull=True)
                | (
                    Q(off_at__isnull=False, off_by__isnull=False, off_countersigned_by__isnull=False)
                    & ~Q(off_by=F("off_countersigned_by"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self.site or self.partner)


class ProposalKind(models.TextChoices):
    CONSENTS = "consents", _("Beri persetujuan")
    SWITCH_OFF = "switch_off", _("Matikan tanda tangan kedua")


class ProposalEnd(models.TextChoices):
    COUNTERSIGNED = "countersigned", _("Ditandatangani orang kedua")
    DECLINED = "declined", _("Ditolak")
    TAKEN_BACK = "taken_back", _("Ditarik kembali")
    LAPSED = "lapsed", _("Lewat waktu")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Questions about what waits for a second signature."""

    def open_at(self, now: datetime) -> "ProposalQuerySet":
        """Neither ended nor run out: it can be countersigned now."""
        return self.filter(ended_at__isnull=True, expires_at__gt=now)

    def run_out(self, now: datetime) -> "ProposalQuerySet":
        """Ended by the clock, and nobody has noted it yet."""
        return self.filter(ended_at__isnull=True, expires_at__lte=now)

    def owned_by(self, user: object) -> "ProposalQuerySet":
        """Those at the sites at which this person signs for the owner, and those for all sites where he signs for
        all."""
        signs = PartnerPerson.objects.of(user).in_roles(SIGNING)
        everywhere = signs.for_all_sites().values("partner")
        return self.filter(Q(site__in=signs.site_ids()) | Q(site__isnull=True, partner__in=everywhere))


class Proposal(models.Model):
    """What one person signed and a second has still to sign: consents at a site, or switching the second signature
    off.

    `choices` holds what was chosen, and with each choice the version, language and SHA-256 of the words that were
    read: the second person signs exactly those or nothing. It lapses at `expires_at`.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=ProposalKind)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="proposals")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals")
    switch = models.ForeignKey(
        SecondSignature, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    choices = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=2, default="id")
    signed_how = models.CharField(max_length=20, default="web_form")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_how = models.CharField(max_length=13, choices=ProposalEnd, blank=True)
    ended_by = _person()
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        indexes = [
            models.Index(
                fields=["expires_at"], name="registry_proposal_open_until", condition=Q(ended_at__isnull=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(name="registry_proposal_kind_known", condition=Q(kind__in=ProposalKind.values)),
            models.CheckConstraint(
                name="registry_proposal_of_something",
                condition=Q(kind=ProposalKind.CONSENTS, site__isnull=False, switch__isnull=True)
                | Q(kind=ProposalKind.SWITCH_OFF, switch__isnull=False),
            ),
            models.CheckConstraint(
                name="registry_proposal_ended_somehow",
                condition=Q(ended_at__isnull=True, ended_how="", ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_how=ProposalEnd.LAPSED, ended_by__isnull=True)
                | Q(
                    ended_at__isnull=False,
                    ended_how__in=[ProposalEnd.COUNTERSIGNED, ProposalEnd.DECLINED, ProposalEnd.TAKEN_BACK],
                    ended_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="registry_proposal_countersigned_by_another",
                condition=~Q(ended_how=ProposalEnd.COUNTERSIGNED) | ~Q(ended_by=F("proposed_by")),
                violation_error_message=_("Tanda tangan kedua diberikan orang lain."),
            ),
            models.CheckConstraint(
                name="registry_proposal_ends_after_it_began", condition=Q(expires_at__gt=F("proposed_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.site or self.partner}"
