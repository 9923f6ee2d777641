"""Which language a page speaks: the cookie's, else Indonesian.

The browser's language is not asked: phones here often speak English while their owners do not.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import get_supported_language_variant
from django.views.i18n import set_language


@login_not_required
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language that was chosen, in the cookie for pages, and for whoever is signed in for letters too."""
    response = set_language(request)
    chosen = response.cookies.get(settings.LANGUAGE_COOKIE_NAME)
    if chosen is not None and request.user.is_authenticated:
        request.user.language = chosen.value
        request.user.save(update_fields=["language"])
    return response


class LanguageMiddleware:
    """Activates the language for one request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = _supported(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)) or settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response


def _supported(code: str | None) -> str | None:
    try:
        return get_supported_language_variant(code or "")
    except LookupError:
        return None
