"""`Idempotency-Key` on POST: sending the same request twice does its work once.

Under one key of one person in one duty at one address, for 24 hours: the same body gets the same answer again, as
long as the view still lets him in (`check_permissions` comes first); another body is refused with 422; a key whose
first request still runs is refused with 409. Only answers of success are kept, so that a refused request may be
tried again under the same key.
"""

import hashlib
import json
from typing import Any

from django.core.cache import cache
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

LASTS_SECONDS = 24 * 60 * 60
RUNS_SECONDS = 60  # A first request that died frees its key after this.
LONGEST_KEY = 128


class KeyRefused(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = _("Idempotency-Key harus 1 sampai 128 karakter ASCII.")
    default_code = "idempotency_key_refused"


class KeyTakenByAnother(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = _("Idempotency-Key ini sudah dipakai untuk isi yang lain.")
    default_code = "idempotency_key_reused"


class StillRunning(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = _("Permintaan pertama dengan Idempotency-Key ini masih berjalan.")
    default_code = "idempotency_running"


class _Replay(Exception):
    """The answer is already known."""

    def __init__(self, kept: dict[str, Any]) -> None:
        self.kept = kept


class IdempotentPosts:
    """A mixin for API views, before the view class in the bases.

    Whoever may not open the view must be refused in `check_permissions`, so that no answer is replayed to him.
    """

    _idempotency: tuple[str, str] | None = None

    def acts_as(self) -> str:
        """The duty in use, where the answer depends on it: a key of another duty is another key."""
        return ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        typed = request.headers.get("Idempotency-Key")
        if request.method != "POST" or typed is None:
            return
        if not (0 < len(typed) <= LONGEST_KEY and typed.isascii() and typed.isprintable()):
            raise KeyRefused
        place = f"{request.user.pk}|{self.acts_as()}|{request.path}|{typed}"
        key = "idempotency:" + hashlib.sha256(place.encode()).hexdigest()
        body = salted_hmac("idempotency", request._request.body, algorithm="sha256").hexdigest()
        if cache.add(key, {"body": body, "running": True}, RUNS_SECONDS):
            self._idempotency = (key, body)
            return
        kept = cache.get(key) or {"body": body, "running": True}
        if kept["body"] != body:
            raise KeyTakenByAnother
        if kept.get("running"):
            raise StillRunning
        raise _Replay(kept)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _Replay):
            return Response(exc.kept["data"], status=exc.kept["status"], headers={"Idempotency-Replayed": "true"})
        return super().handle_exception(exc)  # type: ignore[misc]

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        if self._idempotency is not None:
            key, body = self._idempotency
            if response.status_code < 400:
                data = json.loads(JSONRenderer().render(response.data))  # As it was told, times and all.
                cache.set(key, {"body": body, "status": response.status_code, "data": data}, LASTS_SECONDS)
            else:
                cache.delete(key)
        return response
