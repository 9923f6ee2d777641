"""Receipts: a code that cannot be guessed, and a hash over what was agreed that anyone can check again."""

import hashlib
import re
import secrets
from datetime import UTC, datetime
from typing import Any

from audit.chain import canonical
from audit.models import Entry
from registry.models import Consent, EndedHow, Receipt
from registry.rights import NEEDS_DEVICE, Right

# Crockford's base 32: no I, L, O or U, so that a code can be read aloud and typed.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16  # 16 × 5 bits: 80 bits.
#: The shape of the record that is signed today; `Receipt.shape` says in which an older one was.
SHAPE = 2
_CATEGORIES: dict[Right, tuple[str, ...]] = {
    Right.LISTED: ("name", "contact", "address", "position", "camera_state"),
    Right.HEALTH_SNAPSHOT: ("picture", "device_address", "device_credentials"),
    Right.RECORDING_ON_REQUEST: ("recording",),
    **dict.fromkeys(
        (Right.STILL_IN_INCIDENT, Right.STILL_IN_HOURS), ("picture", "device_address", "device_credentials")
    ),
    **dict.fromkeys(
        (Right.LIVE_IN_INCIDENT, Right.LIVE_IN_HOURS), ("picture", "video", "device_address", "device_credentials")
    ),
}
_MISREAD = str.maketrans("ILO", "110")


def new_code() -> str:
    """80 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """The code as it is printed: groups of four."""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def parse_code(text: str) -> str | None:
    """The code that somebody typed, with or without dashes and spaces; None if it can be none."""
    code = re.sub(r"[\s-]", "", text[:60]).upper().translate(_MISREAD)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def record_of(receipt: Receipt, consents: list[Consent]) -> dict[str, Any]:
    """The consent record in the shape in which this receipt was signed; ids and codes only, no names of people.

    It holds what was agreed at signing. Withdrawal is told beside it, never in it, so the hash stays true.
    """
    return (_record_1 if receipt.shape == 1 else _record_2)(receipt, consents)


def _record_1(receipt: Receipt, consents: list[Consent]) -> dict[str, Any]:
    """The first shape, for the receipts that were signed in it; never changed."""
    return {
        "schema_version": "ISO-IEC-TS-27560:2023",
        "record_id": receipt.code,
        "pii_principal_id": str(receipt.partner.public_id),
        "site_id": str(receipt.site.public_id),
        "created": _utc(receipt.created_at),
        "consents": sorted(
            (
                {
                    "id": str(consent.public_id),
                    "right": consent.right,
                    "purpose": consent.purpose,
                    "recipient_id": str(consent.recipient.public_id),
                    "valid_from": _utc(consent.valid_from),
                    "valid_until": _utc(consent.valid_until),
                    "hours": [consent.hours_from, consent.hours_until],
                    "notice": {
                        "version": consent.text.version,
                        "language": consent.text.language,
                        "sha256": consent.text.sha256,
                    },
                    "event": {
                        "state": "given",
                        "time": _utc(consent.signed_at),
                        "entity_id": str(consent.signed_by.public_id),
                        "method": consent.signed_how,
                    },
                }
                for consent in consents
            ),
            key=lambda row: row["id"],
        ),
    }


def _record_2(receipt: Receipt, consents: list[Consent]) -> dict[str, Any]:
    """Shaped after ISO/IEC TS 27560:2023: a header, then for each consent its notice, its processing and its event.

    What no column holds is a constant of the product and stands here in codes, so that the same receipt always
    gives the same record: what is collected follows from the right, and so does how long it is kept.
    """
    return {
        "schema_version": "ISO-IEC-TS-27560:2023",
        "shape": SHAPE,
        "record_id": receipt.code,
        "pii_principal_id": str(receipt.partner.public_id),
        "created": _utc(receipt.created_at),
        "jurisdiction": "ID",
        "language": consents[0].text.language if consents else "id",
        "site_id": str(receipt.site.public_id),
        "withdrawal_method": "/mitra/",
        "consents": sorted((_consent_2(consent) for consent in consents), key=lambda row: str(row["id"])),
    }


def _consent_2(consent: Consent) -> dict[str, Any]:
    right = Right(consent.right)
    return {
        "id": str(consent.public_id),
        "lawful_basis": "consent",
        "notice": {
            "version": consent.text.version,
            "language": consent.text.language,
            "sha256": consent.text.sha256,
        },
        "processing": {
            "service": right.value,
            "purpose": consent.purpose,
            "purpose_type": "explicit_consent",
            "pii_categories": list(_CATEGORIES[right]),
            "pii_controllers": [str(consent.recipient.public_id)],
            "recipients": [str(consent.recipient.public_id)],
            "collection_method": "device" if right in NEEDS_DEVICE else "owner",
            "storage_location": "ID",
            "retention": "until_consent_ends",
            "valid_from": _utc(consent.valid_from),
            "valid_until": _utc(consent.valid_until),
            "hours": [consent.hours_from, consent.hours_until],
        },
        "event": {
            "state": "given",
            "time": _utc(consent.signed_at),
            "valid_until": _utc(consent.valid_until),
            "entity_id": str(consent.signed_by.public_id),
            "method": consent.signed_how,
            "type": "explicit",
            **_second(consent),
        },
    }


def _second(consent: Consent) -> dict[str, Any]:
    """The second person, where the owner asks for two; nothing else in the record changes with it."""
    if consent.countersigned_by is None or consent.countersigned_at is None:
        return {}
    return {
        "countersigned": {
            "time": _utc(consent.countersigned_at),
            "entity_id": str(consent.countersigned_by.public_id),
        }
    }


def digest(record: dict[str, Any]) -> str:
    """SHA-256 over the record's canonical JSON."""
    return hashlib.sha256(canonical(record)).hexdigest()


def consents_of(receipt: Receipt) -> list[Consent]:
    """Its consents with all that the record and the pages need, from the least right to the most."""
    found = receipt.consents.select_related("recipient", "text", "signed_by", "countersigned_by")
    return sorted(found, key=lambda consent: (Right.values.index(consent.right), consent.recipient.name))


def entries_about(consents: list[Consent]) -> list[Entry]:
    """What the audit trail holds of these consents: that they were given, and how they ended."""
    ids = [str(consent.public_id) for consent in consents]
    about = Entry.objects.filter(target_kind=Consent._meta.label_lower, target_id__in=ids)
    return list(about.order_by("number"))


def is_genuine(receipt: Receipt, consents: list[Consent]) -> bool:
    """Whether the record still hashes to what was fixed at signing, and the kept texts to their own hashes."""
    texts_sound = all(
        hashlib.sha256(consent.text.body.encode()).hexdigest() == consent.text.sha256 for consent in consents
    )
    return texts_sound and bool(consents) and digest(record_of(receipt, consents)) == receipt.sha256


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def state_of(consent: Consent, now: datetime) -> str:
    """What a receipt says of one consent: in_force, withdrawn, renewed, moved (the owner changed) or over."""
    if consent.lapsed_at or (consent.withdrawn_at is None and consent.valid_until <= now):
        return "over"
    if consent.withdrawn_at is None:
        return "in_force"
    return {EndedHow.RENEWED: "renewed", EndedHow.OWNER_CHANGED: "moved", EndedHow.UNLISTED: "over"}.get(
        EndedHow(consent.ended_how or EndedHow.WITHDRAWN), "withdrawn"
    )


def events_of(consent: Consent) -> list[dict[str, str]]:
    """What happened to a consent after it was given, in the record's terms; it stands beside what was signed."""
    events = []
    if consent.lapsed_at:
        events.append({"state": "expired", "time": _utc(consent.valid_until)})
    elif consent.withdrawn_at:
        how = consent.ended_how or EndedHow.WITHDRAWN
        state = {EndedHow.RENEWED: "renewed", EndedHow.UNLISTED: "expired"}.get(EndedHow(how), "withdrawn")
        events.append({"state": state, "time": _utc(consent.withdrawn_at), "reason": str(how)})
    return events
