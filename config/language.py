"""Which language a page speaks: the cookie's, else Indonesian.

The browser's language is not asked: phones here often speak English while their owners do not.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import get_supported_language_variant


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
