"""Giving and withdrawing consent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

import audit
from accounts.models import Organization, User
from registry import receipts, texts
from registry.errors import (
    AlreadyWithdrawn,
    ChosenTwice,
    HoursNeeded,
    ListedNeeded,
    RecipientNotOffered,
    TooLong,
)
from registry.models import Camera, Consent, ConsentText, Receipt, Site
from registry.queries import recipients_for
from registry.rights import IN_HOURS, PURPOSE_OF, Right
from registry.services.cameras import take_off
from registry.services.people import SIGNING, require_person
from registry.wording import Wording


@dataclass(frozen=True)
class ConsentChoice:
    """One ticked box: one right to one recipient, until a moment; hours are minutes of the local day."""

    right: Right
    recipient: Organization
    valid_until: datetime
    hours_from: int | None = None
    hours_until: int | None = None

    def text(self, language: str, wording: Wording) -> texts.ShownText:
        """The words of this choice in this version, as they are shown before signing and kept after."""
        return texts.consent_text(
            wording=wording,
            right=self.right,
            recipient=self.recipient.name,
            valid_until=self.valid_until,
            language=language,
            hours_from=self.hours_from,
            hours_until=self.hours_until,
        )


@audit.atomic
def give_consents(
    *,
    site: Site,
    choices: Sequence[ConsentChoice],
    by: User,
    now: datetime,
    language: str = "id",
    how: str = "web_form",
    wording: Wording | None = None,
) -> Receipt:
    """Sign these consents; they hold from `now`. Returns the receipt. `how` is kept as the way they were signed.
    `wording` is the version of the texts that was read (nothing: the one in force), and the one that is signed.

    Refused unless each recipient is offered for the site and has `listed` among the choices or in force already. A
    choice that is already in force is renewed: the new row takes the place of the old one in the same moment.
    """
    require_person(by, site.partner, SIGNING)
    standing = list(_open(site))
    _check(site, choices, standing, now)

    wording = wording or texts.in_force()
    receipt = Receipt(code=receipts.new_code(), partner=site.partner, site=site, created_at=now)
    receipt.save()
    for choice in choices:
        _replace(standing, choice, by, now)
        consent = _signed(site, choice, choice.text(language, wording), receipt, by, now, how)
        audit.record(
            "consent.given",
            actor=by,
            target=consent,
            site=str(site.public_id),
            right=consent.right,
            purpose=consent.purpose,
            recipient=str(choice.recipient.public_id),
            valid_until=consent.valid_until,
            text=consent.text.sha256,
            receipt=receipt.pk,
        )
    receipt.sha256 = receipts.digest(receipts.record_of(receipt, receipts.consents_of(receipt)))
    receipt.save(update_fields=["sha256"])
    return receipt


@audit.atomic
def withdraw_consent(*, consent: Consent, by: User, now: datetime) -> list[Consent]:
    """Withdraw one consent at once. Returns all that was withdrawn by it.

    Withdrawing `listed` withdraws everything given to the same recipient at that site; with the last `listed` gone,
    the whole site and its cameras leave the register. Of two people who press at once, one wins and the other is
    told AlreadyWithdrawn.
    """
    site = consent.site
    require_person(by, site.partner, SIGNING)
    standing = list(_open(site))
    if consent.pk not in {row.pk for row in standing}:
        raise AlreadyWithdrawn
    if consent.right != Right.LISTED:
        return _withdraw([row for row in standing if row.pk == consent.pk], by, now)
    still_listed = any(
        row.right == Right.LISTED and row.recipient_id != consent.recipient_id and row.valid_until > now
        for row in standing
    )
    if still_listed:
        return _withdraw([row for row in standing if row.recipient_id == consent.recipient_id], by, now)
    _take_cameras_off(site, by, now)
    return _withdraw(standing, by, now)


@audit.atomic
def withdraw_all(*, site: Site, by: User, now: datetime) -> list[Consent]:
    """Withdraw every consent at a site and take its cameras off the register, at once."""
    require_person(by, site.partner, SIGNING)
    standing = list(_open(site))
    taken = _take_cameras_off(site, by, now)
    if not standing and not taken:
        raise AlreadyWithdrawn
    return _withdraw(standing, by, now)


def _open(site: Site) -> Iterable[Consent]:
    """The site's consents that are not withdrawn, locked: granting locks the same rows."""
    return Consent.objects.select_for_update().filter(site=site, withdrawn_at__isnull=True).order_by("pk")


def _check(site: Site, choices: Sequence[ConsentChoice], standing: Sequence[Consent], now: datetime) -> None:
    offered = {body.pk for body in recipients_for(site.area)}
    listed = {choice.recipient.pk for choice in choices if choice.right == Right.LISTED}
    listed |= {row.recipient_id for row in standing if row.right == Right.LISTED and row.valid_until > now}
    if not choices or not listed:
        raise ListedNeeded
    latest = now + settings.CONSENT_LASTS + timedelta(days=1)  # To the end of that local day.
    for choice in choices:
        if choice.recipient.pk not in offered:
            raise RecipientNotOffered
        if choice.recipient.pk not in listed:
            raise ListedNeeded
        if not now < choice.valid_until <= latest:
            raise TooLong
        _check_hours(choice)
    if len({(choice.right, choice.recipient.pk) for choice in choices}) != len(choices):
        raise ChosenTwice


def _check_hours(choice: ConsentChoice) -> None:
    hours = (choice.hours_from, choice.hours_until)
    if choice.right not in IN_HOURS:
        if hours != (None, None):
            raise HoursNeeded
        return
    if choice.hours_from is None or choice.hours_until is None or choice.hours_from == choice.hours_until:
        raise HoursNeeded
    if not (0 <= choice.hours_from <= 1440 and 0 <= choice.hours_until <= 1440):
        raise HoursNeeded


def _replace(standing: Sequence[Consent], choice: ConsentChoice, by: User, now: datetime) -> None:
    same = [row for row in standing if row.right == choice.right and row.recipient_id == choice.recipient.pk]
    _withdraw(same, by, now, renewed=True)


def _signed(
    site: Site,
    choice: ConsentChoice,
    shown: texts.ShownText,
    receipt: Receipt,
    by: User,
    now: datetime,
    how: str,
) -> Consent:
    kept, _created = ConsentText.objects.get_or_create(
        version=shown.version, language=shown.language, sha256=shown.sha256, defaults={"body": shown.body}
    )
    return Consent.objects.create(
        site=site,
        right=choice.right,
        purpose=PURPOSE_OF[choice.right],
        recipient=choice.recipient,
        valid_from=now,
        valid_until=choice.valid_until,
        hours_from=choice.hours_from,
        hours_until=choice.hours_until,
        text=kept,
        receipt=receipt,
        signed_by=by,
        signed_at=now,
        signed_how=how,
    )


def _withdraw(rows: Sequence[Consent], by: User, now: datetime, *, renewed: bool = False) -> list[Consent]:
    for row in rows:
        row.withdrawn_at, row.withdrawn_by = now, by
        row.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.record(
            "consent.withdrawn",
            actor=by,
            target=row,
            site=str(row.site.public_id),
            right=row.right,
            recipient=str(row.recipient.public_id),
            renewed=renewed,
        )
    return list(rows)


def _take_cameras_off(site: Site, by: User, now: datetime) -> list[Camera]:
    cameras = list(Camera.objects.select_for_update().filter(site=site, withdrawn_at__isnull=True).order_by("pk"))
    for camera in cameras:
        take_off(camera, by, now)
    return cameras
