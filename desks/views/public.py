"""What anybody may open, and where each person lands after signing in."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from desks.navigation import pages_of


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What Mitra Kamera is."""
    return render(request, "public/home.html")


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Send the person to the desk he uses most."""
    return redirect(pages_of(request.user)[0][0])
