"""Who asks."""

from django.http import HttpRequest

from accounts.models import User


def person_of(request: HttpRequest) -> User:
    """The signed-in person; the middleware has turned everybody else away."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
