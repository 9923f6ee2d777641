"""How every API view pages and how it says no. Knows no app: every app may use it."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, NotFound, PermissionDenied, Throttled
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("Kiriman terlalu besar.")
    default_code = "too_large"


class Refusal(APIException):
    """A refusal of the domain, as problem details with its stable code: understood, and not done."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


def refused(error: Exception) -> APIException:
    """What an app's refusal (an exception with a `code` and words for the user) becomes, for every app alike.

    Not one's own: it does not exist, 404. No duty for it: 403. Everything else: 422.
    """
    code = getattr(error, "code", "error")
    if code == "not_yours":
        return NotFound()
    if code == "no_duty":
        return PermissionDenied(str(error), code=code)
    return Refusal(str(error), code=code)


class Nowhere(APIView):
    """What answers for every address under the API that is none, or whose id is no id: 404 in problem details."""

    permission_classes = (AllowAny,)
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound


class CursorPage(CursorPagination):
    """Pages by cursor, newest first."""

    ordering = "-pk"
    invalid_cursor_message = gettext_lazy("Halaman ini tidak ada. Mulailah lagi dari halaman pertama.")
    page_size_query_param = "page_size"
    max_page_size = 200


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Errors as problem details; the fields of a refused form stand under `errors`."""
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if isinstance(error, Throttled):
        error.detail = ErrorDetail(_("Terlalu banyak permintaan. Coba lagi sebentar lagi."), code="throttled")
    if isinstance(error, Http404):
        error = NotFound()  # Django's own words name the model, in English.
    response = exception_handler(error, context)
    if response is None:
        return None
    body: dict[str, Any] = {"type": "about:blank", "status": response.status_code}
    if isinstance(response.data, dict) and "detail" in response.data:
        body["title"] = str(response.data["detail"])
        body["code"] = getattr(response.data["detail"], "code", None) or "error"
    else:
        body["title"] = _("Permintaan tidak dapat diproses.")
        body["code"] = "invalid"
        body["errors"] = response.data
    response.data = body
    response.content_type = "application/problem+json"
    return response
