"""The public page of the audit trail: its anchors, the keys that signed them, and the program for owners."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from audit.anchors import file_name, file_text
from audit.models import Anchor
from audit.statements import key_id, pem, public_keys

A_PAGE = 30
A_FILE = 1_000
CHECKER = settings.BASE_DIR / "docs" / "check_receipt.py"


@login_not_required
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """What the trail is, and its anchors, the newest first."""
    page = Paginator(Anchor.objects.order_by("-last"), A_PAGE).get_page(request.GET.get("page"))
    rows = [(anchor, bytes(anchor.head).hex(), bytes(anchor.root).hex()) for anchor in page.object_list]
    keys = [(key_id(public), pem(public)) for public in public_keys()]
    return render(request, "audit/trail.html", {"page": page, "rows": rows, "keys": keys})


@login_not_required
@require_safe
def anchors(request: HttpRequest, last: int | None = None) -> HttpResponse:
    """The newest anchors in the order of the trail, or those that end at the entry `last` and before it."""
    found = Anchor.objects.order_by("-last")
    if last is not None:
        found = found.filter(last__lte=min(last, 2**63 - 1))
    newest = list(found[: A_FILE + 1])
    earlier = newest[A_FILE:]
    body: dict[str, Any] = {
        "public_keys": [{"key": key_id(public), "pem": pem(public)} for public in public_keys()],
        "anchors": [anchor.document() for anchor in reversed(newest[:A_FILE])],
        "earlier": reverse("audit:anchors-until", args=[earlier[0].last]) if earlier else None,
    }
    answer = JsonResponse(body, json_dumps_params={"indent": 1})
    answer["Content-Disposition"] = 'attachment; filename="jangkar.json"'
    return answer


@login_not_required
@require_safe
def anchor(request: HttpRequest, last: int) -> HttpResponse:
    """One anchor, byte for byte as it was filed and mailed."""
    found = get_object_or_404(Anchor, last=min(last, 2**63 - 1))
    answer = HttpResponse(file_text(found), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{file_name(found)}"'
    return answer


@login_not_required
@require_safe
def checker(request: HttpRequest) -> FileResponse:
    """The program that checks a receipt without this server; it needs nothing but Python."""
    return FileResponse(CHECKER.open("rb"), as_attachment=True, filename=CHECKER.name, content_type="text/x-python")
