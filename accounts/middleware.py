"""Second factor for people with a duty."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.duties import has_duty
from accounts.second_factor import has_authenticator, passed_at

# What a person with a duty may open before the second factor: setting it up, signing out, the public pages.
_OPEN = ("/akun/", "/static/", "/bahasa/", "/healthz", "/readyz", "/peragaan/")


class SecondFactorMiddleware:
    """Sends a person with a duty to the second factor before any page, and refuses the API until then."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            user.is_authenticated
            and not request.path.startswith(_OPEN)
            and passed_at(request) is None
            and has_duty(user, timezone.now())
        ):
            if request.path.startswith("/api/"):
                return JsonResponse(
                    {"type": "about:blank", "title": _("Faktor kedua diperlukan."), "status": 403},
                    status=403,
                    content_type="application/problem+json",
                )
            return redirect("mfa_reauthenticate" if has_authenticator(user) else "mfa_activate_totp")
        return self.get_response(request)
