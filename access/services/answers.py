"""What is answered to a request for access, and how the asker learns it; of a second person's answer too."""

from datetime import datetime

from django.utils.translation import gettext as _

import audit
from access.models import AccessRequest, Grant, RequestOutcome
from access.shown import scope_words
from accounts.models import User
from notices.services import in_language_of, tell


def answer_request(
    request: AccessRequest,
    outcome: RequestOutcome,
    by: User,
    now: datetime,
    *,
    words: str = "",
    grant: Grant | None = None,
) -> AccessRequest:
    """Note the answer and tell the asker, inside the caller's audit block."""
    request.answered_at, request.answered_by, request.outcome = now, by, outcome
    request.answer, request.grant = words, grant
    request.save(update_fields=["answered_at", "answered_by", "outcome", "answer", "grant"])
    audit.record(
        "request.answered",
        actor=by,
        target=request,
        outcome=outcome,
        grant=str(grant.public_id) if grant else None,
        texts={"words": words} if words else {},
    )
    tell_asker(request, now)
    return request


def follow_second_answer(grant: Grant, by: User, now: datetime) -> None:
    """The second person has answered a grant that came of a request: after a yes the asker reads that it is in
    force; after a no the request itself is answered with the no and its words, and may be asked again."""
    for request in grant.requests.select_for_update(of=("self",)).select_related("asked_by", "area"):
        if grant.approved_at is not None:
            tell_asker(request, now)
        else:
            answer_request(request, RequestOutcome.DECLINED, by, now, words=grant.declined_words)


def tell_asker(request: AccessRequest, now: datetime) -> None:
    """What was given, which may be other than what was asked; of a grant that waits for its second person, that."""
    with in_language_of(request.asked_by):
        facts = {"right": request.get_right_display(), "area": request.place_words, "words": request.answer}
        body = _("%(right)s, %(area)s: tidak diberi. %(words)s")
        if request.grant is not None:
            facts |= {"right": request.grant.get_right_display(), "area": scope_words(request.grant.scope)}
            body = _("%(right)s, %(area)s: diberi. Kamera terbuka sejauh pemiliknya setuju.")
            if request.grant.takes_two and request.grant.approved_at is None:
                body = _("%(right)s, %(area)s: diberi, dan menunggu persetujuan orang kedua.")
        tell(
            request.asked_by,
            code="request.answered",
            subject=_("Jawaban atas permintaan akses"),
            body=body % facts,
            url="/polsek/minta-akses/",
            now=now,
        )
