"""Vital objects: naming the three people, each for one task."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from notices.services import in_language_of, tell
from registry.errors import NotNameable, NotYours
from registry.models import Site
from registry.people import ACTING, people_at
from registry.vital import Task, vital_sites_of, who_can_be


@audit.atomic
def name_person(*, site: Site, task: Task, person: User, by: User, now: datetime) -> Site:
    """Name who verifies a vital object, who grants access to it, or who approves that. From now on it exists for
    him, and no longer for the one who was named before.

    An administrator of the Polres names: NotYours for everybody else. The person must be one of `who_can_be`:
    NotNameable. He and the object's people are told.
    """
    if not vital_sites_of(by, now).filter(pk=site.pk).exists():
        raise NotYours
    kept = (
        Site.objects.select_for_update(of=("self",), no_key=True).select_related("partner", "area").get(pk=site.pk)
    )
    if person.pk not in {duty.user_id for duty in who_can_be(task, kept, by, now)}:
        raise NotNameable
    if getattr(kept, f"{task.field}_id") == person.pk:
        return kept
    setattr(kept, task.field, person)
    try:
        with transaction.atomic():
            kept.save(update_fields=[task.field])
    except IntegrityError as problem:
        raise NotNameable from problem
    audit.record("site.person_named", actor=by, target=kept, task=task.value, person=str(person.public_id))
    _tell(kept, task, person, now)
    return kept


def _owner_words(site: Site, task: Task, person: User) -> str:
    """To the owner only he who comes to his door has a name."""
    if task == Task.VERIFIER:
        words = _("Polres menunjuk %(officer)s memeriksa kamera Anda di %(address)s. Hanya dia yang datang.")
        return words % {"officer": person, "address": site.address}
    words = _("%(address)s: %(task)s sudah ditunjuk. %(work)s")
    return words % {"address": site.address, "task": task.label, "work": task.work}


def _tell(site: Site, task: Task, person: User, now: datetime) -> None:
    with in_language_of(person):
        at_polres = task != Task.VERIFIER
        tell(
            person,
            code="vital.named",
            subject=_("Anda ditunjuk untuk sebuah objek vital"),
            body=_("%(task)s, %(address)s: %(work)s Jangan teruskan kepada siapa pun.")
            % {"task": task.label, "address": site.address, "work": task.work},
            url=reverse("registry:vital-site", args=[site.public_id]) if at_polres else "/petugas/",
            now=now,
        )
    for owner in people_at(site, ACTING):
        with in_language_of(owner):
            tell(
                owner,
                code="vital.named",
                subject=_("Polres menunjuk orang untuk kamera Anda"),
                body=_owner_words(site, task, person),
                url="/mitra/",
                now=now,
            )
