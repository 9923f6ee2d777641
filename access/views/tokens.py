"""One's own keys for programs: made for the duty in use, shown once, taken back at any time."""

from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from access.viewers import Viewer
from access.views.cases import for_viewers
from accounts.errors import AccountsError
from accounts.tokens import SCOPES, make_token, revoke_token, tokens_of


class TokenForm(forms.Form):
    """What the key is for, and for how long."""

    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("Untuk program apa?"),
        max_length=80,
        help_text=gettext_lazy("Contoh: layar kesehatan kamera"),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Boleh membaca"), choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(
        label=gettext_lazy("Berlaku berapa hari?"), min_value=1, max_value=180, initial=90,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@never_cache
@for_viewers
def tokens(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The keys that stand, and a new one. The answer itself shows it: it is kept nowhere to be shown again."""
    now = timezone.now()
    form = TokenForm(request.POST if request.method == "POST" else None)
    secret = ""
    if form.is_valid() and viewer.duty is not None:
        data = form.cleaned_data
        try:
            _token, secret = make_token(
                duty=viewer.duty,
                name=data["name"],
                scopes=data["scopes"],
                expires_at=now + timedelta(days=data["days"]),
                by=viewer.user,
                now=now,
            )
        except AccountsError as refusal:
            form.add_error(None, str(refusal))
        else:
            form = TokenForm()
    standing = [
        {"token": token, "scopes": ", ".join(str(SCOPES[scope]) for scope in token.scopes if scope in SCOPES)}
        for token in tokens_of(viewer.user, now)
    ]
    facts = {"form": form, "secret": secret, "standing": standing, "viewer": viewer}
    return render(request, "access/tokens.html", facts)


@require_POST
@for_viewers
def token_revoke(request: HttpRequest, viewer: Viewer, public_id: UUID) -> HttpResponse:
    """Take a key of one's own back."""
    now = timezone.now()
    revoke_token(token=get_object_or_404(tokens_of(viewer.user, now), public_id=public_id), by=viewer.user, now=now)
    messages.success(request, _("Kunci dicabut. Program yang memakainya tidak dapat membaca lagi."))
    return redirect("access:tokens")
