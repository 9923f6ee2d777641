"""Where a person lands after signing in, and one-time invitations."""

from allauth.account.utils import perform_login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.errors import InvitationOver
from accounts.services import accept_invitation


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in once by invitation. GET only asks, so that a mail scanner does not use the link up."""
    if request.method == "GET":
        return render(request, "accounts/invitation.html")
    try:
        user = accept_invitation(token=token, now=timezone.now())
    except InvitationOver as refusal:
        return render(request, "accounts/invitation.html", {"refusal": refusal}, status=410)
    perform_login(request, user, email_verification="none")
    return redirect("home")
