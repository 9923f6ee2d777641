"""Enrolling in one request: the same questions, forms and services as the pages, answered all together.

The consents are named one by one, each with the hash of the very text that the owner read (`texts_offered`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

import audit
from accounts.models import User
from onboarding.enrolment import pages
from onboarding.enrolment.draft import Draft, box, digest_of
from onboarding.enrolment.errors import AnswersRefused
from onboarding.enrolment.services import save_page, submit_enrolment
from onboarding.models import Enrolment
from registry.rights import Right
from registry.services import ConsentChoice
from registry.texts import ShownText

Answers = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Agreed:
    """One consent: the right, to whom (a public id), and the SHA-256 of the text that was read."""

    right: Right
    recipient: UUID
    shown: str


def texts_offered(
    *, user: User, answers: Answers, language: str, now: datetime
) -> list[tuple[ConsentChoice, ShownText]]:
    """What can be agreed to after these answers (`address.area`, `level`, `hours`), each with its text."""
    return _offered(Draft(user=user, now=now, language=language, enrolment=Enrolment(user=user, answers=answers)))


@audit.atomic
def enrol_at_once(
    *, by: User, answers: Answers, agreed: Sequence[Agreed], language: str, now: datetime
) -> Enrolment:
    """Answer every question in its order and send it, all or nothing; an open draft of the pages stays as it is.

    Raises AnswersRefused with what is wrong with which page: the first that is not answered well, an answer to no
    question, or a consent whose text is not (or no longer) the one that was read.
    """
    enrolment, left, asked = Enrolment.objects.create(user=by), dict(answers), set[str]()
    while True:
        enrolment.refresh_from_db()
        draft = Draft(user=by, now=now, language=language, enrolment=enrolment)
        page = pages.first_open(draft)
        if page is None:
            break
        if (page.key not in left and page is not pages.CONSENT) or page.key in asked:
            raise AnswersRefused({page.key: [_("Pertanyaan ini belum dijawab.")]})
        asked.add(page.key)
        typed = _ticked(draft, agreed) if page is pages.CONSENT else _as_typed(left.pop(page.key))
        form: Any = page.form(typed, draft=draft, page_key=page.key)
        if not form.is_valid():
            raise AnswersRefused({page.key: dict(form.errors)})
        secret = getattr(form, "secret", None)
        save_page(enrolment=enrolment, page=page.key, answers=form.answers(), by=by, secret=secret)
    if left:
        raise AnswersRefused({key: [_("Pertanyaan ini tidak diajukan.")] for key in left})
    return submit_enrolment(enrolment=enrolment, by=by, now=now, language=language, how="api")


def _as_typed(given: Mapping[str, Any]) -> dict[str, str]:
    """The answers as a person would have typed them."""
    said = {name: value for name, value in given.items() if value is not None and value is not False}
    return {name: "on" if value is True else str(value) for name, value in said.items()}


def _offered(draft: Draft) -> list[tuple[ConsentChoice, ShownText]]:
    return [(choice, choice.text(draft.language, draft.wording)) for choice in draft.offered(draft.fresh_until)]


def _ticked(draft: Draft, agreed: Sequence[Agreed]) -> dict[str, str]:
    """The consent page with the boxes of what was agreed to ticked."""
    offered = _offered(draft)
    known = {(choice.right, choice.recipient.public_id): (choice, text) for choice, text in offered}
    ticked = {"shown": digest_of([text for _choice, text in offered])}
    for item in agreed:
        found = known.get((item.right, item.recipient))
        if found is None:
            raise AnswersRefused({"consents": [_("Izin ini tidak ditawarkan untuk pilihan Anda.")]})
        if found[1].sha256 != item.shown:
            raise AnswersRefused({"consents": [_("Teks persetujuannya bukan yang dibaca. Ambil teksnya kembali.")]})
        ticked[box(found[0])] = "on"
    return ticked
