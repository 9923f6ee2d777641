"""Static files, in one piece each."""

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise, whose answers are read before they leave.

    Its own are read piece by piece by a synchronous iterator. Under ASGI Django reads such a one to its end first
    too, and warns of it for each file of each page.
    """

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        streamed = WhiteNoiseMiddleware.serve(static_file, request)
        try:
            whole = HttpResponse(b"".join(streamed), status=streamed.status_code, headers=streamed.headers)
        finally:
            streamed.close()
        if "content-type" not in streamed.headers:
            del whole["content-type"]  # Of "not modified".
        return whole
