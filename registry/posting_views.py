"""When people move: transfer, a stand-in, an account that is closed. For the administrator who keeps the body."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.errors import AccountsError
from accounts.forms import ContactField, reached_by
from accounts.models import OrganizationQuerySet
from accounts.postings import stand_in, transfer
from registry.administration_views import duty_or_404, for_administrators, given_page, person_of, summary_of
from registry.services.administration import close_account, tell_of_posting


class SuccessorForm(forms.Form):
    """Who follows."""

    use_required_attribute = False

    contact = ContactField()
    name = forms.CharField(
        label=gettext_lazy("Nama"),
        max_length=120,
        help_text=gettext_lazy("Dengan pangkat, seperti di surat perintahnya."),
    )

    @property
    def terms(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {**reached_by(data["contact"]), "name": data["name"]}


class StandInForm(SuccessorForm):
    """Who stands in, and from which day to which."""

    since = forms.DateField(
        label=gettext_lazy("Mulai"),
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        initial=timezone.localdate,
    )
    until = forms.DateField(
        label=gettext_lazy("Sampai dengan"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("since", "until"):
            if data.get(name) and not 2000 <= data[name].year <= 2100:
                self.add_error(name, _("Tulis tanggal yang benar."))
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", _("Tanggal terakhir tidak boleh sebelum tanggal mulai."))
        return data

    @property
    def terms(self) -> dict[str, Any]:
        data = self.cleaned_data
        days = {"since": _start_of(data["since"]), "until": _start_of(data["until"] + timedelta(days=1))}
        return super().terms | days


@never_cache
@require_http_methods(["GET", "POST"])
@for_administrators
def duty_transfer(request: HttpRequest, bodies: OrganizationQuerySet, public_id: UUID) -> HttpResponse:
    """The holder moves on, and his successor has the same duty from now."""
    found = duty_or_404(bodies, public_id)
    form = SuccessorForm(request.POST if request.method == "POST" else None)
    now = timezone.now()
    if form.is_valid():
        try:
            given = transfer(duty=found, by=person_of(request), now=now, **form.terms)
        except AccountsError as refusal:
            form.add_error(None, str(refusal))
        else:
            invited = tell_of_posting(duty=given, by=person_of(request), now=now)
            return given_page(request, given, invited, _("Tugas dialihkan"))
    return _asked(request, found, form, _("Mutasi"), TRANSFER_WORDS, _("Alihkan tugas"))


@never_cache
@require_http_methods(["GET", "POST"])
@for_administrators
def duty_stand_in(request: HttpRequest, bodies: OrganizationQuerySet, public_id: UUID) -> HttpResponse:
    """Somebody else for dated days."""
    found = duty_or_404(bodies, public_id)
    form = StandInForm(request.POST if request.method == "POST" else None)
    now = timezone.now()
    if form.is_valid():
        try:
            given = stand_in(duty=found, by=person_of(request), now=now, **form.terms)
        except AccountsError as refusal:
            form.add_error(None, str(refusal))
        else:
            invited = tell_of_posting(duty=given, by=person_of(request), now=now)
            return given_page(request, given, invited, _("Pengganti ditunjuk"))
    return _asked(request, found, form, _("Pengganti"), STAND_IN_WORDS, _("Tunjuk pengganti"))


@require_http_methods(["GET", "POST"])
@for_administrators
def account_close(request: HttpRequest, bodies: OrganizationQuerySet, public_id: UUID) -> HttpResponse:
    """Ask once more, then close the account of somebody who left."""
    found = duty_or_404(bodies, public_id)
    refusal = None
    if request.method == "POST":
        try:
            close_account(user=found.user, by=person_of(request), now=timezone.now())
        except AccountsError as error:
            refusal = error
        else:
            messages.success(request, _("Akun ditutup. Semua yang sedang dilihatnya sudah berakhir."))
            return redirect("registry:administration")
    return render(
        request,
        "registry/confirm.html",
        {
            "title": _("Tutup akun ini?"),
            "words": _(
                "%(who)s keluar seketika dari semua perangkatnya dan tidak dapat masuk lagi. Tugasnya berakhir; "
                "catatan tentang apa yang pernah dilihatnya tetap ada."
            )
            % {"who": found.user},
            "button": _("Tutup akun"),
            "refusal": refusal,
        },
    )


TRANSFER_WORDS = gettext_lazy(
    "Tugas yang lama berakhir saat ini juga, bersama semua yang sedang dilihat di bawahnya. Penggantinya mendapat "
    "tugas, wilayah dan antrean yang sama."
)
STAND_IN_WORDS = gettext_lazy(
    "Penggantinya bertugas pada hari-hari ini saja, paling lama 92 hari, di wilayah yang sama. Tugas yang "
    "digantikan tetap berlaku."
)
EMERGENCY_WORDS = gettext_lazy(
    "Akses darurat tidak ikut: bila penggantinya memerlukannya, berikan tugas dengan akses darurat tersendiri."
)


def _asked(request: HttpRequest, duty: Any, form: forms.Form, title: str, words: Any, button: str) -> HttpResponse:
    if duty.emergency:
        words = f"{words} {EMERGENCY_WORDS}"
    facts = {
        "duty": duty,
        "summary": summary_of(duty),
        "form": form,
        "title": title,
        "words": words,
        "button": button,
    }
    return render(request, "registry/posting.html", facts)


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
