"""Vital objects: naming the one officer who verifies."""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from notices.services import tell
from registry.errors import NotAVerifier, NotYours
from registry.models import Site
from registry.people import ACTING, people_at
from registry.vital import verifiers_for, vital_sites_of


@audit.atomic
def name_verifier(*, site: Site, officer: User, by: User, now: datetime) -> Site:
    """Name who verifies a vital object; from now on it exists for him, and no longer for the one named before.

    The Polres names him: NotYours for everybody else. He must carry the duty of a verifier there, be none of the
    object's own people and not the one who names him: NotAVerifier. He and the object's people are told.
    """
    if not vital_sites_of(by, now).filter(pk=site.pk).exists():
        raise NotYours
    kept = Site.objects.select_for_update().select_related("partner", "area").get(pk=site.pk)
    if officer.pk not in {duty.user_id for duty in verifiers_for(kept, by, now)}:
        raise NotAVerifier
    if kept.named_verifier_id == officer.pk:
        return kept
    kept.named_verifier = officer
    kept.save(update_fields=["named_verifier"])
    audit.record("site.verifier_named", actor=by, target=kept, officer=str(officer.public_id))
    _tell(kept, officer, now)
    return kept


def _tell(site: Site, officer: User, now: datetime) -> None:
    with translation.override(officer.language or "id"):
        tell(
            officer,
            code="vital.verifier",
            subject=_("Anda ditunjuk memeriksa objek vital"),
            body=_("Polres menunjuk Anda memeriksa kamera di %(address)s. Jangan teruskan kepada siapa pun.")
            % {"address": site.address},
            url="/petugas/",
            now=now,
        )
    for owner in people_at(site, ACTING):
        with translation.override(owner.language or "id"):
            tell(
                owner,
                code="vital.verifier",
                subject=_("Petugas pemeriksa sudah ditunjuk"),
                body=_("Polres menunjuk %(officer)s memeriksa kamera Anda di %(address)s. Hanya dia yang datang.")
                % {"officer": officer, "address": site.address},
                url="/mitra/",
                now=now,
            )
