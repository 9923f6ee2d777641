"""The consent texts: what is in force, how it was before, and a new version. For an administrator of the Polres."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Organization
from registry import texts
from registry.errors import RegistryError
from registry.models import Consent, TextVersion
from registry.models.consents import ConsentQuerySet
from registry.rights import IN_HOURS, Right
from registry.services.texts import publish_words, publishing_body
from registry.texts import ShownText
from registry.texts_forms import TONGUES, WordsForm, chapters_of_keys
from registry.wording import LANGUAGES, SHIPPED_WORDING, Wording

_TEN_AT_NIGHT, _FIVE = 22 * 60, 5 * 60


@dataclass(frozen=True)
class Edition:
    """One version in the history; the shipped one has nobody who published it."""

    wording: Wording
    published: TextVersion | None
    in_force: bool
    consents: int


@dataclass(frozen=True)
class Change:
    """A sentence that would read otherwise."""

    name: str | Promise
    tongue: str | Promise
    language: str
    before: str
    after: str


@never_cache
@require_safe
def editions(request: HttpRequest) -> HttpResponse:
    """The history of versions, the newest first."""
    _body_or_404(request)
    now, current = timezone.now(), texts.in_force()
    counts = dict(_standing(now).values_list("text__version").annotate(count=Count("pk")))
    published = TextVersion.objects.select_related("published_by", "organization")
    found = [(texts.wording_of(row), row) for row in published] + [(SHIPPED_WORDING, None)]
    shown = [
        Edition(wording, row, wording.number == current.number, counts.get(wording.version, 0))
        for wording, row in found
    ]
    return render(request, "registry/texts.html", {"editions": shown})


@never_cache
@require_safe
def edition(request: HttpRequest, number: int) -> HttpResponse:
    """One version, both languages side by side, as an owner reads it."""
    body = _body_or_404(request)
    row = TextVersion.objects.filter(number=min(number, 1_000_000)).first()  # SQLite takes no larger number.
    if row is None and number != SHIPPED_WORDING.number:
        raise Http404
    wording = texts.wording_of(row) if row else SHIPPED_WORDING
    context = {
        "wording": wording,
        "published": row,
        "samples": _samples(wording, body, timezone.now()),
        "current": texts.in_force(),
    }
    return render(request, "registry/texts_edition.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def edition_new(request: HttpRequest) -> HttpResponse:
    """Edit, read as an owner will, and be asked once more; only that last yes publishes.

    `dari` starts from an earlier version, so that its words can be put in force again.
    """
    body = _body_or_404(request)
    now, current = timezone.now(), texts.in_force()
    start = _start(request.GET.get("dari", ""), current)
    typed = request.POST if request.method == "POST" else None
    form = WordsForm(typed, start=start, based_on=current.number)
    if typed is not None and "ubah" not in typed and form.is_valid():
        draft = Wording(current.number + 1, str(current.number + 1), form.words)
        changes = _changes(current, draft)
        if "terbit" in typed:
            try:
                published = publish_words(
                    words=form.words,
                    note=form.cleaned_data["note"],
                    based_on=form.cleaned_data["based_on"],
                    by=request.user,
                    now=now,
                )
            except RegistryError as refusal:
                form.add_error(None, str(refusal))
            else:
                words = _("Versi %(number)d berlaku mulai sekarang.")
                messages.success(request, words % {"number": published.number})
                return redirect("registry:texts")
        elif not changes:
            form.add_error(None, _("Belum ada kata yang berubah."))
        else:
            facts = {
                "form": form,
                "number": draft.number,
                "changes": changes,
                "samples": _samples(draft, body, now),
                "standing": _standing(now).count(),
                "owners": _standing(now).values("site__partner").distinct().count(),
            }
            return render(request, "registry/texts_check.html", facts)
    return render(request, "registry/texts_new.html", {"form": form, "start": start, "current": current})


def _standing(now: datetime) -> ConsentQuerySet:
    """The consents in force, to count them: those of vital objects are in no count."""
    return Consent.objects.in_force(now).filter(site__vital=False).order_by()


def _body_or_404(request: HttpRequest) -> Organization:
    """The Polres in whose name this person publishes; to all others these pages do not exist."""
    body = publishing_body(request.user, timezone.now())
    if body is None:
        raise Http404
    return body


def _start(asked: str, current: Wording) -> Wording:
    if not asked.isascii() or not asked.isdigit() or len(asked) > 6:
        return current
    if int(asked) == SHIPPED_WORDING.number:
        return SHIPPED_WORDING
    row = TextVersion.objects.filter(number=int(asked)).first()
    return texts.wording_of(row) if row else current


def _changes(before: Wording, after: Wording) -> list[Change]:
    return [
        Change(name, TONGUES[language], language, before.words[language][key], after.words[language][key])
        for _title, keys in chapters_of_keys()
        for key, name in keys
        for language in LANGUAGES
        if before.words[language][key] != after.words[language][key]
    ]


def _samples(wording: Wording, body: Organization, now: datetime) -> list[list[ShownText]]:
    """Each right as an owner reads it, in each language, as if he named the Polres today."""
    until = timezone.localtime(now).replace(hour=23, minute=59, second=59) + settings.CONSENT_LASTS
    return [
        [
            texts.consent_text(
                wording=wording,
                right=right,
                recipient=body.name,
                valid_until=until,
                language=language,
                hours_from=_TEN_AT_NIGHT if right in IN_HOURS else None,
                hours_until=_FIVE if right in IN_HOURS else None,
            )
            for language in LANGUAGES
        ]
        for right in Right
    ]
