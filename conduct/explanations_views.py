"""The page on which somebody explains his own look to the supervisor."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from access.viewers import person_of
from conduct.errors import ConductError
from conduct.judging import explain
from conduct.judging_forms import ExplanationForm
from conduct.models import CardState, Explanation


@require_http_methods(["GET", "POST"])
@never_cache
def explanation(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What is asked, until when, and the answer: for the one who looked, also while his duty is suspended."""
    asked = get_object_or_404(
        Explanation.objects.select_related(
            "card__look__case", "card__look__reason", "card__look__organization", "card__look__camera__site"
        ),
        public_id=public_id,
        card__look__viewer=person_of(request).pk,
    )
    now = timezone.now()
    form = ExplanationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            explain(explanation=asked, words=form.cleaned_data["words"], by=person_of(request), now=now)
        except ConductError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Penjelasan terkirim. Pengawas menilainya."))
            return redirect("conduct:explanation", asked.public_id)
    look = asked.card.look
    summary = [
        {"label": _("Waktu"), "value": f"{date_format(timezone.localtime(look.started_at), 'j F Y, H.i')} WIB"},
        {"label": _("Lembaga"), "value": look.organization},
        {"label": _("Kamera"), "value": look.camera},
        {"label": _("Alasan"), "value": look.reason},
        {"label": _("Perkara"), "value": look.case or _("Tanpa perkara")},
    ]
    return render(
        request,
        "conduct/explanation.html",
        {
            "asked": asked,
            "form": form,
            "summary": summary,
            "waits": asked.card.state == CardState.EXPLAIN and asked.answered_at is None,
            "late": asked.due_at <= now,
        },
    )
