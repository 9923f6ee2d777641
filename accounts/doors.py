"""Pages that open to whoever carries a duty."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from accounts.duties import duties_in_force
from accounts.models import Duty, DutyKind, OrganizationKind, User

View = Callable[..., HttpResponse]


def duty_for(user: User, *kinds: DutyKind, body: OrganizationKind | None = None) -> Duty:
    """The first duty of these kinds that this person carries now; raises Http404 for whoever has none."""
    duties = duties_in_force(user, timezone.now()).filter(kind__in=kinds)
    duty = (duties.filter(organization__kind=body) if body is not None else duties).first()
    if duty is None:
        raise Http404
    return duty


def for_duties(*kinds: DutyKind, body: OrganizationKind | None = None) -> Callable[[View], View]:
    """Open the page to people who carry one of these duties now; to all others it does not exist.

    The view gets the first such duty as `duty`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **options: object) -> HttpResponse:
            return view(request, duty=duty_for(request.user, *kinds, body=body), **options)

        return guarded

    return decorate
