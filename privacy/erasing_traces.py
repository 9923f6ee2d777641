"""The traces that an owner leaves beside his own rows: texts of the trail, and messages about him."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

import audit
from access.models import AccessRequest, Look
from accounts.models import User
from audit.models import Entry, Text
from conduct.models import Card, Deferral, Explanation, Question
from feeds.models import SavedStill
from notices.models import Notice
from notices.services import in_language_of, tell
from onboarding.models import DeviceChange, Enrolment, Verification
from privacy.models import SubjectRequest
from registry.models import (
    Camera,
    Consent,
    Device,
    Ending,
    MaintainerHandover,
    Network,
    Partner,
    PartnerPerson,
    Proposal,
    SecondSignature,
    Site,
)

#: Shorter words stand in messages that are about somebody else.
LONG_ENOUGH = 8


def objects_of(partner: Partner) -> list[QuerySet[Model]]:
    """Everything of an owner that the trail may speak of."""
    site = Q(site__partner=partner)
    return [
        Partner.objects.filter(pk=partner.pk),
        Site.objects.filter(partner=partner),
        Camera.objects.filter(site),
        Device.objects.filter(site),
        Consent.objects.filter(site),
        Ending.objects.filter(site),
        Network.objects.filter(site),
        Proposal.objects.filter(partner=partner),
        SecondSignature.objects.filter(partner=partner),
        Verification.objects.filter(camera__site__partner=partner),
        DeviceChange.objects.filter(device__site__partner=partner),
        Enrolment.objects.filter(site),
        SavedStill.objects.filter(look__camera__site__partner=partner),
        SubjectRequest.objects.filter(partner=partner),
        Question.objects.filter(look__camera__site__partner=partner),
        *_words_on_looks(partner),
    ]


def _words_on_looks(partner: Partner) -> list[QuerySet[Model]]:
    """Looks of which somebody wrote in his own words, and where he did: nobody can tell from outside whether they
    name the owner, so none of them stays."""
    looks = Look.objects.filter(camera__site__partner=partner)
    return [
        looks.filter(Q(card__isnull=False) | Q(deferrals__isnull=False)).distinct(),
        Card.objects.filter(look__in=looks),
        Explanation.objects.filter(card__look__in=looks),
        Deferral.objects.filter(look__in=looks),
    ]


def erase_trail_of(partner: Partner) -> None:
    """Empty the texts of every object of this owner; their salted hashes stay in the entries."""
    for objects in objects_of(partner):
        for one in objects.only("pk", *(["public_id"] if _has_public_id(objects.model) else [])).iterator():
            audit.erase_texts(one)


def _has_public_id(model: type[Model]) -> bool:
    return any(field.name == "public_id" for field in model._meta.get_fields())


def erase_called(target: Model, person: User) -> None:
    """Empty the name by which a person was added, in the entries about this target that gave him a role."""
    about = Entry.objects.filter(
        action="site.role_given",
        target_kind=target._meta.label_lower,
        target_id=str(getattr(target, "public_id")),  # noqa: B009
    )
    of_him = [
        row.pk for row in about if json.loads(bytes(row.body))["facts"].get("person") == str(person.public_id)
    ]
    Text.objects.filter(entry__in=of_him).delete()


def erase_messages_about(partner: Partner, *, after: int, at_most: int) -> tuple[int, bool]:
    """Delete what was written to anybody about this owner: it leads to one of his pages, or it holds his words.

    No column says whom a message is about, so all of them are read, some at a time: those `after` this one, at most
    so many. Which was the last, and whether no more are left."""
    ids = {str(public_id) for objects in _with_pages(partner) for public_id in objects}
    own = set(PartnerPerson.objects.filter(partner=partner).values_list("user_id", flat=True))
    labels = set(Camera.objects.filter(site__partner=partner).values_list("label", flat=True))
    words, gone, read = _words_of(partner), [], 0
    messages = Notice.objects.filter(pk__gt=after).order_by("pk")[:at_most]
    rows = messages.values_list("pk", "user_id", "url", "subject", "body")
    for pk, user_id, url, subject, body in rows.iterator(chunk_size=2000):
        after, read = pk, read + 1
        sought = words | labels if user_id in own else words
        if any(part in ids for part in url.split("/")) or any(word in subject or word in body for word in sought):
            gone.append(pk)
    for start in range(0, len(gone), 500):
        Notice.objects.filter(pk__in=gone[start : start + 500]).delete()
    return after, read < at_most


def _with_pages(partner: Partner) -> Iterator[QuerySet[Any, Any]]:
    """The public ids of what has a page of its own."""
    for objects in objects_of(partner):
        if _has_public_id(objects.model):
            yield objects.values_list("public_id", flat=True)


def _words_of(partner: Partner) -> set[str]:
    found = {partner.name, partner.responsible_name, partner.authority_letter}
    for site in Site.objects.filter(partner=partner):
        found |= {site.address, site.maintainer_name, site.maintainer_phone}
    for row in MaintainerHandover.objects.filter(site__partner=partner):
        found |= {row.name, row.phone, row.before_name, row.before_phone}
    for called in PartnerPerson.objects.filter(partner=partner).values_list("called", flat=True):
        found.add(called)
    _looks, cards, explanations, deferrals = _words_on_looks(partner)
    found |= set(cards.values_list("words", flat=True)) | set(deferrals.values_list("reason", flat=True))
    for pair in explanations.values_list("question", "answer"):
        found |= set(pair)
    return {words for words in found if len(words) >= LONG_ENOUGH}


def erase_questions_of(partner: Partner, erased: str) -> None:
    """The owner's words about looks, and what a supervisor answered him. That he asked stays, and when; what nobody
    has answered yet is asked no more."""
    asked = Question.objects.filter(look__camera__site__partner=partner)
    for question in asked.open():
        audit.erase_texts(question)
    asked.open().delete()
    asked.update(text=erased, answer=erased)


def erase_words_on_looks(partner: Partner, erased: str) -> None:
    """What supervisors and officers wrote about looks through his cameras. The verdict stays with its day, and the
    letter a deferral rests on by its number."""
    _looks, cards, explanations, deferrals = _words_on_looks(partner)
    cards.exclude(words="").update(words=erased)
    explanations.update(question=erased)
    explanations.exclude(answer="").update(answer=erased)
    deferrals.update(reason=erased)


def erase_name_in_requests(partner: Partner, erased: str) -> None:
    """An officer who asked for access named the owner in his own words: they are found by the owner's name."""
    if len(partner.name) < LONG_ENOUGH:
        return
    for request in AccessRequest.objects.filter(owner__icontains=partner.name):
        audit.erase_texts(request)
        AccessRequest.objects.filter(pk=request.pk).update(owner=erased, words=erased)


def say_goodbye(partner: Partner, *, but: User, now: datetime) -> None:
    """The owner's other people learn that they act for him no more; the message names nobody."""
    others = User.objects.filter(
        pk__in=PartnerPerson.objects.filter(partner=partner).values("user"), is_active=True
    )
    for person in others.exclude(pk=but.pk).order_by("pk"):
        with in_language_of(person):
            tell(
                person,
                code="partner.erased",
                subject=_("Data seorang mitra sudah dihapus"),
                body=_(
                    "Pengelolanya meminta seluruh data dihapus. Peran Anda di sana berakhir. Akun Anda tetap ada; "
                    "Anda dapat menghapusnya sendiri di halaman Data saya."
                ),
                url=reverse("privacy:mine"),
                once_key=f"goodbye:{partner.public_id}:{person.pk}",
                now=now,
            )
