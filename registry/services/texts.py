"""Publishing a new version of the consent texts."""

from datetime import datetime

from django.db import IntegrityError, transaction

import audit
from accounts.models import Organization, User
from registry import texts
from registry.errors import NotYours, WordsMoved, WordsNotWhole, WordsUnchanged
from registry.models import TextVersion
from registry.networks import attaching_bodies
from registry.wording import LANGUAGES, Words, digest_of, is_whole


@audit.atomic
def publish_words(*, words: Words, note: str, based_on: int, by: User, now: datetime) -> TextVersion:
    """Put new words in force, from this moment and in every process. What was signed before keeps its own words.

    Only an administrator of the Polres at the top may: NotYours for everybody else. `based_on` is the number of the
    version that he changed; WordsMoved when another came between, WordsNotWhole when a sentence or one of its
    places is missing, WordsUnchanged when nothing is new.
    """
    body = publishing_body(by, now)
    if body is None:
        raise NotYours
    if not is_whole(words):
        raise WordsNotWhole
    now_in_force = texts.in_force()
    if now_in_force.number != based_on:
        raise WordsMoved
    sha256 = digest_of(words)
    if sha256 == now_in_force.sha256:
        raise WordsUnchanged
    try:
        with transaction.atomic():
            published = TextVersion.objects.create(
                number=based_on + 1,
                words={language: dict(words[language]) for language in LANGUAGES},
                sha256=sha256,
                note=note,
                organization=body,
                published_at=now,
                published_by=by,
            )
    except IntegrityError as other:  # Two administrators pressed at once: one wins.
        raise WordsMoved from other
    audit.record(
        "texts.published",
        actor=by,
        target=published,
        number=published.number,
        sha256=sha256,
        organization=str(body.public_id),
    )
    return published


def publishing_body(user: User, now: datetime) -> Organization | None:
    """The Polres at the top in whose name this person publishes; nothing for all others."""
    return next(iter(attaching_bodies(user, now)), None)
