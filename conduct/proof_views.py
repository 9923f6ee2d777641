"""The owner's proof that a look through his camera stands in the audit trail."""

from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.models import Look
from access.viewers import person_of
from audit.models import Entry
from audit.proofs import proofs_of
from conduct.told import looks_told_to
from feeds.models import SavedStill


@never_cache
@require_safe
def look_proof(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """All that the trail holds of one look in the person's Buku Tamu, with the paths to the published anchors: also
    that a picture was saved in it, and each time that one was fetched, until it was deleted.

    Of the officer it says the number of his row, never his name.
    """
    look = get_object_or_404(looks_told_to(person_of(request), timezone.now()), public_id=public_id)
    entries = Entry.objects.about(Look._meta.label_lower, look.public_id)
    stills = SavedStill.objects.filter(look=look).values_list("public_id", flat=True)
    entries |= Entry.objects.about(SavedStill._meta.label_lower, *stills)
    answer = JsonResponse(
        {"look": str(look.public_id), "proofs": proofs_of(entries)}, json_dumps_params={"indent": 1}
    )
    answer["Content-Disposition"] = f'attachment; filename="kunjungan-{look.public_id}.json"'
    return answer
