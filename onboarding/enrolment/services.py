"""Changes of an enrolment: answers saved page by page, and the one moment they become facts of record."""

from datetime import datetime
from typing import Any

from django.db import transaction

import audit
from accounts.models import User
from onboarding.enrolment import pages
from onboarding.enrolment.draft import Draft
from onboarding.enrolment.errors import EnrolmentChanged, EnrolmentClosed, EnrolmentIncomplete
from onboarding.models import Enrolment
from registry import targets
from registry.errors import NotYours
from registry.models import Camera, PartnerKind, Receipt, Site
from registry.rotation import reseal, reseal_rows
from registry.services import (
    CameraFacts,
    PartnerFacts,
    SiteFacts,
    attach_device,
    give_consents,
    list_site,
    propose_consents,
)


@transaction.atomic
def open_enrolment(*, by: User) -> Enrolment:
    """The person's one open draft, begun if there is none. Two tabs that begin at once share it."""
    User.objects.select_for_update().get(pk=by.pk)
    return Enrolment.objects.of(by).drafts().first() or Enrolment.objects.create(user=by)


@transaction.atomic
def save_page(
    *,
    enrolment: Enrolment,
    page: str,
    answers: dict[str, Any],
    by: User,
    secret: tuple[str, str] | None = None,
    forget_secret: bool = False,
) -> Enrolment:
    """Store the cleaned answers of one page.

    Typed device credentials are sealed here and kept nowhere else; `forget_secret` erases sealed ones that the
    answers no longer have a use for.
    """
    draft = _locked(enrolment, by)
    draft.answers = {**draft.answers, page: answers, "parked": _without(draft.answers.get("parked"), page)}
    if forget_secret:
        draft.sealed_user = draft.sealed_password = ""
    if secret:
        user, password = secret
        sealed = targets.seal_credentials(
            device_id=draft.device_id,
            host=answers["host"],
            port=answers["onvif_port"],
            user=user,
            password=password,
        )
        draft.sealed_user, draft.sealed_password = sealed.user, sealed.password
    draft.save()
    return draft


@transaction.atomic
def forget_secret(*, enrolment: Enrolment, by: User) -> Enrolment:
    """Erase the sealed credentials of a draft: they were for an address that is no longer meant."""
    draft = _locked(enrolment, by)
    draft.sealed_user = draft.sealed_password = ""
    draft.save(update_fields=["sealed_user", "sealed_password"])
    return draft


@transaction.atomic
def park_page(*, enrolment: Enrolment, page: str, answers: dict[str, Any], by: User) -> Enrolment:
    """Keep the good part of a page that is left by "Kembali", apart from the answers that count."""
    draft = _locked(enrolment, by)
    draft.answers = {**draft.answers, "parked": {**(draft.answers.get("parked") or {}), page: answers}}
    draft.save()
    return draft


@transaction.atomic
def drop_enrolment(*, enrolment: Enrolment, by: User, now: datetime) -> None:
    """Throw an unsent draft away: its answers and its sealed credentials are erased."""
    draft = _locked(enrolment, by)
    draft.answers, draft.sealed_user, draft.sealed_password, draft.dropped_at = {}, "", "", now
    draft.save()


def reseal_drafts() -> tuple[int, int]:
    """Seal the secrets of unsent drafts with the newest key: how many anew, and how many do not open."""
    return reseal_rows(Enrolment.objects.drafts(), _reseal_draft)


@transaction.atomic
def _reseal_draft(*, pk: int) -> int:
    draft = Enrolment.objects.select_for_update().get(pk=pk)
    place = draft.answers.get("device") or {}
    if not draft.sealed_password or "host" not in place:
        return 0
    fresh = reseal(
        targets.Sealed(draft.sealed_user, draft.sealed_password),
        device_id=draft.device_id,
        host=place["host"],
        port=place["onvif_port"],
    )
    if fresh is None:
        return 0
    draft.sealed_user, draft.sealed_password = fresh.user, fresh.password
    draft.save(update_fields=["sealed_user", "sealed_password"])
    return 1


@audit.atomic
def submit_enrolment(
    *,
    enrolment: Enrolment,
    by: User,
    now: datetime,
    language: str = "id",
    seen: str | None = None,
    how: str = "web_form",
) -> Enrolment:
    """Turn a complete draft into partner, site, cameras, consents, receipt and device, all or nothing.

    Sent twice, or from two tabs, it happens once and both get the same enrolment. `seen` is `Draft.seen` of the
    answers that were read; raises EnrolmentChanged when others are stored by now, EnrolmentIncomplete when a
    question is open. `how` it was signed stands in the consents. Where the owner asks for two signatures, the
    consents wait for the second: then there is neither a receipt nor a device yet.
    """
    if enrolment.user_id != by.pk:
        raise NotYours
    kept = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if kept.submitted_at:
        return kept
    if kept.dropped_at:
        raise EnrolmentClosed
    draft = Draft(user=by, now=now, language=language, enrolment=kept)
    if pages.first_open(draft):
        raise EnrolmentIncomplete
    if seen is not None and seen != draft.seen:
        raise EnrolmentChanged

    site = _listed(draft, now)
    sign = propose_consents if draft.asks_two else give_consents
    signed = sign(
        site=site,
        choices=draft.ticked,
        by=by,
        now=now,
        language=draft.consent_language,
        how=how,
        wording=draft.wording,
    )
    if draft.needs_device:
        _attached(draft, site, now)
    kept.site, kept.submitted_at = site, now
    kept.receipt = signed if isinstance(signed, Receipt) else None
    kept.number = f"MK-{now.year}-{kept.pk:06d}"
    kept.sealed_user = kept.sealed_password = ""  # The device has them now.
    kept.answers = {}  # So do the facts of record.
    kept.save()
    audit.record("enrolment.submitted", actor=by, target=kept, site=str(site.public_id), number=kept.number)
    return kept


def _locked(enrolment: Enrolment, by: User) -> Enrolment:
    if enrolment.user_id != by.pk:
        raise NotYours
    draft = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if draft.submitted_at or draft.dropped_at:
        raise EnrolmentClosed
    return draft


def _without(parked: dict[str, Any] | None, page: str) -> dict[str, Any]:
    return {key: value for key, value in (parked or {}).items() if key != page}


def _listed(draft: Draft, now: datetime) -> Site:
    pin = pages.bound(pages.PIN, draft)
    pin.is_valid()
    assert draft.area is not None  # noqa: S101 -- AddressForm was valid a moment ago
    return list_site(
        partner=draft.partner or _partner_facts(draft),
        site=SiteFacts(
            area=draft.area,
            address=draft.get("address", "address"),
            lat=pin.cleaned_data["latitude"],
            lng=pin.cleaned_data["longitude"],
            maintainer_name=draft.get("count", "maintainer_name"),
            maintainer_phone=draft.get("count", "maintainer_phone"),
            position_source=pin.position_source,  # type: ignore[attr-defined]
            position_accuracy_m=float(pin.cleaned_data["accuracy_m"]) if pin.cleaned_data["accuracy_m"] else None,
        ),
        cameras=[camera_facts(draft, number) for number in range(1, draft.cameras + 1)],
        by=draft.user,
        now=now,
    )


def _partner_facts(draft: Draft) -> PartnerFacts:
    named = ("responsible_name", "responsible_office", "authority_letter")
    resident = draft.kind == PartnerKind.RESIDENT
    return PartnerFacts(
        kind=PartnerKind(draft.kind),
        name=draft.get("name", "name"),
        **{field: "" if resident else draft.get("name", field) for field in named},
    )


def camera_facts(draft: Draft, number: int) -> CameraFacts:
    """The answers of this camera's page as facts."""
    page = f"camera-{number}"
    direction = draft.get(page, "direction")
    return CameraFacts(
        label=draft.get(page, "label"),
        sees=draft.get(page, "sees"),
        indoor=draft.get(page, "place") == "indoor",
        street_facing=draft.get(page, "street_facing") == "yes",
        direction=int(direction) if direction else None,
        private_areas=draft.get(page, "private_areas"),
        audio=draft.get(page, "audio") == "yes",
        retention_days=draft.get(page, "retention_days", None),
    )


def _attached(draft: Draft, site: Site, now: datetime) -> None:
    """The device as far as it was given: with its address, waiting for help, or waiting for an agent."""
    mode = draft.get("connect", "mode")
    host = draft.get("device", "host") if mode == "now" else ""
    home = bool(host) and targets.is_home_only(host)
    if mode == "later" or (home and draft.get("device", "home") != "agent"):
        return
    assert draft.enrolment is not None  # noqa: S101 -- submit_enrolment made the draft from it
    given = bool(host) and not home
    attach_device(
        site=site,
        by=draft.user,
        now=now,
        public_id=draft.enrolment.device_id,
        host=host,
        onvif_port=draft.get("device", "onvif_port", 80) if given else 80,
        rtsp_port=draft.get("device", "rtsp_port", None) if given else None,
        rtsp_path=draft.get("device", "rtsp_path") if given else "",
        rtsp_tls=draft.get("device", "rtsp_tls", False) if given else False,
        brand=draft.get("device", "brand") if host else "",
        sealed_user=draft.enrolment.sealed_user if given else "",
        sealed_password=draft.enrolment.sealed_password if given else "",
        waits_for_agent=home,
        wants_help=mode == "help",
        cameras=_covered(draft, site, mode),
    )


def _covered(draft: Draft, site: Site, mode: str) -> list[Camera]:
    """The cameras behind the device: as the owner said, else all of them."""
    cameras = list(site.cameras.order_by("pk"))
    covers = (draft.get("device", "covers") if mode == "now" else "") or "all"
    return cameras if covers == "all" else [cameras[int(covers) - 1]]
