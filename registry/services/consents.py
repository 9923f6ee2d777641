"""Giving and withdrawing consent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

import audit
from accounts.models import Organization, User
from registry import receipts, texts
from registry.endings import leaves_register
from registry.errors import (
    AlreadyWithdrawn,
    ChosenTwice,
    HoursNeeded,
    ListedNeeded,
    RecipientNotOffered,
    SecondSignatureNeeded,
    TooLong,
)
from registry.models import Camera, Consent, ConsentText, EndedHow, EndingCause, Receipt, SecondSignature, Site
from registry.people import SIGNING
from registry.queries import recipients_for
from registry.rights import IN_HOURS, PURPOSE_OF, Right
from registry.services.cameras import take_off
from registry.services.endings import begin_ending
from registry.services.people import require_person
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
    countersigned_by: User | None = None,
    signed_at: datetime | None = None,
) -> Receipt:
    """Sign these consents; they hold from `now`. Returns the receipt. `how` is kept as the way they were signed.
    `wording` is the version of the texts that was read (nothing: the one in force), and the one that is signed.
    Where the owner asks for two people, `countersigned_by` is the second and `signed_at` when the first signed
    (`services.signatures`); without a second SecondSignatureNeeded is raised there.

    Refused unless each recipient is offered for the site and has `listed` among the choices or in force already. A
    choice that is already in force is renewed: the new row takes the place of the old one in the same moment.
    """
    require_person(by, site, SIGNING)
    if countersigned_by is not None:
        require_person(countersigned_by, site, SIGNING)
    if SecondSignature.objects.over(site).exists() and countersigned_by in {None, by}:
        raise SecondSignatureNeeded
    standing = list(_open(site))
    _check(site, choices, standing, now)

    wording = wording or texts.in_force()
    receipt = Receipt(
        code=receipts.new_code(), partner=site.partner, site=site, created_at=now, shape=receipts.SHAPE
    )
    receipt.save()
    for choice in choices:
        renewed = _replace(standing, choice, by, now)
        shown = choice.text(language, wording)
        consent = _signed(site, choice, shown, receipt, by, now, how, signed_at or now, countersigned_by)
        audit.record(
            "consent.given",
            actor=by,
            target=consent,
            site=str(site.public_id),
            right=consent.right,
            purpose=consent.purpose,
            recipient=str(choice.recipient.public_id),
            valid_until=consent.valid_until,
            hours=[consent.hours_from, consent.hours_until],
            text=consent.text.sha256,
            receipt=receipt.pk,
            countersigned_by=str(countersigned_by.public_id) if countersigned_by else None,
        )
        for row in renewed:
            audit.record("consent.renewed", actor=by, target=row, by=str(consent.public_id), **_of(row))
    receipt.sha256 = receipts.digest(receipts.record_of(receipt, receipts.consents_of(receipt)))
    receipt.save(update_fields=["sha256"])
    return receipt


@audit.atomic
def withdraw_consent(*, consent: Consent, by: User, now: datetime) -> list[Consent]:
    """Withdraw one consent at once. Returns all that was withdrawn by it.

    Withdrawing `listed` withdraws everything given to the same recipient at that site; with the last `listed` gone,
    the whole site and its cameras leave the register. What is erased and told after it is owed from now on
    (`Ending`). Of two people who press at once, one wins and the other is told AlreadyWithdrawn; so is he whose
    consent the clock has ended.
    """
    site = consent.site
    require_person(by, site, SIGNING)
    standing = [row for row in _open(site) if row.valid_until > now]
    if consent.pk not in {row.pk for row in standing}:
        raise AlreadyWithdrawn
    ended = _falls_with(consent, standing)
    if leaves_register(standing, ended):
        take_cameras_off(site, by, now)
    close(ended, by, now, how=EndedHow.WITHDRAWN)
    begin_ending(site=site, consents=ended, cause=EndingCause.WITHDRAWN, by=by, now=now)
    return ended


def ended_with(consent: Consent, now: datetime) -> list[Consent]:
    """What `withdraw_consent` would withdraw now."""
    return _falls_with(consent, list(Consent.objects.in_force(now).filter(site=consent.site_id)))


def _falls_with(consent: Consent, standing: Sequence[Consent]) -> list[Consent]:
    if consent.right != Right.LISTED:
        return [row for row in standing if row.pk == consent.pk]
    of_it = [row for row in standing if row.recipient_id == consent.recipient_id]
    return list(standing) if leaves_register(standing, of_it) else of_it


@audit.atomic
def withdraw_all(
    *, site: Site, by: User, now: datetime, cause: EndingCause = EndingCause.WITHDRAWN
) -> list[Consent]:
    """Withdraw every consent at a site and take its cameras off the register, at once."""
    require_person(by, site, SIGNING)
    return end_all(site, by, now, cause)


def end_all(site: Site, by: User, now: datetime, cause: EndingCause) -> list[Consent]:
    """What `withdraw_all` does, inside the caller's audit block, for whoever was found to be allowed."""
    standing = [row for row in _open(site) if row.valid_until > now]
    taken = take_cameras_off(site, by, now)
    if not standing and not taken:
        raise AlreadyWithdrawn
    moved = cause == EndingCause.OWNER_CHANGED
    close(standing, by, now, how=EndedHow.OWNER_CHANGED if moved else EndedHow.WITHDRAWN)
    begin_ending(site=site, consents=standing, cause=cause, by=by, now=now)
    return standing


def check_choices(site: Site, choices: Sequence[ConsentChoice], now: datetime) -> None:
    """Raises what `give_consents` would raise of these choices now."""
    _check(site, choices, list(Consent.objects.filter(site=site, withdrawn_at__isnull=True)), now)


def _open(site: Site) -> Iterable[Consent]:
    """The site's consents that are not closed, those that have run out among them, locked: granting locks the same
    rows. They are asked for anew once they are locked: a statement that had to wait does not see what was given
    meanwhile, and a withdrawal would leave it in force."""
    rows = Consent.objects.select_for_update().filter(site=site, withdrawn_at__isnull=True).order_by("pk")
    list(rows.values_list("pk"))
    return rows


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


def _replace(standing: Sequence[Consent], choice: ConsentChoice, by: User, now: datetime) -> list[Consent]:
    """Close what is on record for the same right and recipient, so that the new row takes its place."""
    same = [row for row in standing if row.right == choice.right and row.recipient_id == choice.recipient.pk]
    note_lapsed([row for row in same if row.valid_until <= now], now)
    for row in same:
        row.withdrawn_at, row.withdrawn_by, row.ended_how = now, by, EndedHow.RENEWED
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "ended_how"])
    return [row for row in same if row.lapsed_at is None]


def _signed(
    site: Site,
    choice: ConsentChoice,
    shown: texts.ShownText,
    receipt: Receipt,
    by: User,
    now: datetime,
    how: str,
    signed_at: datetime,
    countersigned_by: User | None,
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
        signed_at=signed_at,
        signed_how=how,
        countersigned_by=countersigned_by,
        countersigned_at=now if countersigned_by else None,
    )


def close(rows: Sequence[Consent], by: User | None, now: datetime, *, how: EndedHow) -> None:
    """End these consents at once, inside the caller's audit block."""
    for row in rows:
        row.withdrawn_at, row.withdrawn_by, row.ended_how = now, by, how
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "ended_how"])
        audit.record("consent.withdrawn", actor=by, target=row, how=str(how), **_of(row))


def note_lapsed(rows: Iterable[Consent], now: datetime) -> list[Consent]:
    """Note once that the clock has ended these consents, inside the caller's audit block; those noted now."""
    noted = []
    for row in rows:
        if Consent.objects.filter(pk=row.pk, lapsed_at__isnull=True).update(lapsed_at=now):
            row.lapsed_at = now
            audit.record("consent.lapsed", actor=None, target=row, valid_until=row.valid_until, **_of(row))
            noted.append(row)
    return noted


def take_cameras_off(site: Site, by: User | None, now: datetime) -> list[Camera]:
    """All listed cameras of a site leave the register, inside the caller's audit block."""
    cameras = list(Camera.objects.select_for_update().filter(site=site, withdrawn_at__isnull=True).order_by("pk"))
    for camera in cameras:
        take_off(camera, by, now)
    return cameras


def _of(row: Consent) -> dict[str, Any]:
    return {"site": str(row.site.public_id), "right": row.right, "recipient": str(row.recipient.public_id)}
