"""The second person's queue: what others granted and waits for his yes. To people without his duty it does
not exist."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from access import services
from access.errors import AccessError
from access.queries import preview_grant
from access.shown import WITH_SCOPE, approving_duties, scope_of, scope_words, waiting_for, who_sees_what
from access.viewers import person_of
from access.views.grants import grant_summary, with_duties
from accounts.errors import AccountsError
from accounts.models import Duty
from registry.rights import AccessRight, Purpose


class AnswerForm(forms.Form):
    """Yes, or no and why."""

    words = forms.CharField(
        label=gettext_lazy("Alasan bila tidak disetujui"),
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("Dibaca oleh yang memberi akses."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "tolak" in self.data and not data.get("words") and "words" not in self.errors:
            self.add_error("words", _("Tulis mengapa tidak disetujui."))
        return data


for_approvers = with_duties(approving_duties)


@require_safe
@for_approvers
def approval_list(request: HttpRequest, duties: list[Duty]) -> HttpResponse:
    """What waits, the longest first."""
    waiting = waiting_for(duties, timezone.now()).prefetch_related(*WITH_SCOPE).order_by("granted_at", "pk")
    rows = [{"grant": grant, "scope": scope_words(scope_of(grant))} for grant in waiting]
    return render(request, "access/approval_list.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@for_approvers
def approval(request: HttpRequest, duties: list[Duty], public_id: UUID) -> HttpResponse:
    """One grant that waits: its terms, who would see what, and the answer."""
    now = timezone.now()
    grant = get_object_or_404(waiting_for(duties, now).prefetch_related(*WITH_SCOPE), public_id=public_id)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if "tolak" in request.POST:
                services.decline_grant(
                    grant=grant, by=person_of(request), words=form.cleaned_data["words"], now=now
                )
                messages.success(request, _("Tidak disetujui. Yang memberi akses sudah diberi tahu."))
            else:
                services.approve_grant(grant=grant, by=person_of(request), now=now)
                messages.success(request, _("Disetujui. Akses ini kini berlaku."))
            return redirect("access:approvals")
        except (AccessError, AccountsError) as refusal:
            form.add_error(None, str(refusal))
    scope, right, purpose = scope_of(grant), AccessRight(grant.right), Purpose(grant.purpose)
    preview = preview_grant(grant.organization, scope, right, purpose, now)
    return render(
        request,
        "access/approval.html",
        {
            "grant": grant,
            "form": form,
            "own": grant.granted_by_id == person_of(request).pk,
            "summary": grant_summary(grant, scope_words(scope)),
            **who_sees_what(duties, grant.organization, scope, right, purpose, preview, now),
        },
    )
