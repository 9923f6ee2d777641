"""Which pages a person may open, and where he lands after signing in."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.duties import duties_in_force
from accounts.models import DutyKind, OrganizationKind, User
from registry.models import Partner


@dataclass(frozen=True)
class Link:
    """One entry of the page header."""

    url: str
    label: str | Promise
    current: bool


def pages_of(user: User) -> list[tuple[str, str | Promise]]:
    """(path, label) of each desk this person may open, the most used first."""
    pages: list[tuple[str, str | Promise]] = []
    duties = list(duties_in_force(user, timezone.now()))
    kinds = {duty.kind for duty in duties}
    if DutyKind.VERIFIER in kinds:
        pages.append(("/petugas/", _("Petugas")))
    if kinds & {DutyKind.GRANTOR, DutyKind.APPROVER, DutyKind.ADMINISTRATOR}:
        pages.append(("/polsek/", _("Polsek")))
    if DutyKind.ADMINISTRATOR in kinds:
        pages.append(("/polsek/administrasi/", _("Administrasi")))
    if any(d.kind == DutyKind.VIEWER and d.organization.kind == OrganizationKind.POLRES for d in duties):
        pages.append(("/pusat-komando/", _("Pusat komando")))
    if DutyKind.SUPERVISOR in kinds:
        pages.append(("/pengawas/", _("Pengawas")))
    if DutyKind.PROTECTION in kinds:
        pages.append(("/pelindungan-data/", _("Pelindungan data")))
    if not pages and DutyKind.VIEWER in kinds:
        pages.append(("/polsek/", _("Polsek")))
    if user.is_authenticated and (Partner.objects.of(user).exists() or not duties):
        pages.append(("/mitra/", _("Kamera saya")))
    return pages


def links(request: HttpRequest) -> list[Link]:
    """The page header's entries for this request."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return [Link("/daftar/", _("Daftar"), request.path.startswith("/daftar/"))]
    pages = pages_of(user)
    here = max((url for url, _label in pages if request.path.startswith(url)), key=len, default="")
    return [Link(url, label, url == here) for url, label in pages]
