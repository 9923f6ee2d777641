"""Change of shift: the screen goes to the next officer, what was asked for its cases stays, the looks end."""

from typing import Any, cast

from allauth.mfa.base.forms import AuthenticateForm
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from access.arrangement import Arrangement, arrangements_in, keep_all
from access.viewers import DUTY_IN_USE, Viewer, viewer_of
from access.views.desks import desk_for
from access.views.looks import at_desk
from accounts.models import Duty, DutyQuerySet
from accounts.shifts import take_over, who_may_take_over


class _Colleagues(forms.ModelChoiceField):
    def label_from_instance(self, obj: Duty) -> str:
        return f"{obj.user}, {obj.title or obj.get_kind_display()}"


class NextForm(forms.Form):
    """Who sits down, and the code of his app."""

    use_required_attribute = False

    duty = _Colleagues(
        label=gettext_lazy("Siapa yang menggantikan?"),
        queryset=Duty.objects.none(),
        to_field_name="public_id",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": gettext_lazy("Pilih siapa yang menggantikan.")},
    )
    code = forms.CharField(
        label=gettext_lazy("Kode dari aplikasi pengganti"),
        max_length=12,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": gettext_lazy("Ketik kode dari aplikasi pengganti.")},
    )

    def __init__(self, *args: Any, duties: DutyQuerySet, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(_Colleagues, self.fields["duty"]).queryset = duties


@require_http_methods(["GET", "POST"])
@never_cache
@at_desk
def shift_change(request: HttpRequest, desk: str, viewer: Viewer) -> HttpResponse:
    """One second factor, and the screen is the next officer's."""
    if viewer.duty is None:
        raise Http404
    duties = who_may_take_over(viewer.duty, timezone.now())
    form = NextForm(request.POST if request.method == "POST" else None, duties=duties)
    if form.is_valid():
        duty = form.cleaned_data["duty"]
        passed = AuthenticateForm({"code": form.cleaned_data["code"]}, user=duty.user)
        if passed.is_valid():
            kept = arrangements_in(request.session)
            take_over(request, passed, duty)
            keep_all(request.session, kept)
            request.session[DUTY_IN_USE] = str(duty.public_id)
            messages.success(
                request,
                _("%(name)s kini bertugas. Yang sedang dilihat sebelumnya sudah ditutup.") % {"name": duty.user},
            )
            return _to_the_newest_case(request, kept)
        form.add_error("code", passed.errors["code"])
    facts = {"desk": desk, "viewer": viewer, "form": form, "anybody": duties.exists()}
    return render(request, "access/shift_change.html", facts)


def _to_the_newest_case(request: HttpRequest, kept: list[Arrangement]) -> HttpResponse:
    """Where the work goes on, at the desk of who sits there now."""
    desk = desk_for(viewer_of(request))
    return redirect("access:arrangement", desk, kept[0].case) if kept else redirect("access:cameras", desk)
