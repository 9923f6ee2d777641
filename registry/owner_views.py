"""What an owner changes himself: pause, resume, withdraw. Each acts at once and waits for nobody."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from registry.errors import RegistryError
from registry.models import Camera, Consent, Site
from registry.people import ACTING, SIGNING, roles_at
from registry.receipts import state_of
from registry.services import (
    LONGEST_PAUSE,
    end_ownership,
    ended_with,
    pause_camera,
    resume_camera,
    what_follows,
    withdraw_all,
    withdraw_camera,
    withdraw_consent,
)

HOUR, TONIGHT, UNTIL = "hour", "tonight", "until"


class PauseForm(forms.Form):
    """For how long nobody may look: an hour, tonight, or until a day of the owner's choice."""

    span = forms.ChoiceField(
        label=gettext_lazy("Jeda berapa lama?"),
        choices=[
            (HOUR, gettext_lazy("Satu jam")),
            (TONIGHT, gettext_lazy("Malam ini, sampai pukul 06.00")),
            (UNTIL, gettext_lazy("Sampai tanggal tertentu")),
        ],
        widget=forms.RadioSelect,
        initial=HOUR,
    )
    day = forms.DateField(
        label=gettext_lazy("Sampai tanggal"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Isi hanya bila Anda memilih tanggal tertentu. Paling lama 90 hari."),
    )

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        today = timezone.localdate()
        day = data.get("day")
        if data.get("span") == UNTIL and not self.errors:
            if day is None:
                self.add_error("day", _("Pilih tanggalnya."))
            elif not today < day <= today + LONGEST_PAUSE:
                self.add_error("day", _("Pilih tanggal setelah hari ini, paling lama 90 hari lagi."))
        return data

    def until(self, now: datetime) -> datetime:
        """The moment the pause ends."""
        span = self.cleaned_data["span"]
        if span == HOUR:
            return now + timedelta(hours=1)
        local = timezone.localtime(now)
        if span == TONIGHT:
            morning = local.replace(hour=6, minute=0, second=0, microsecond=0)
            return morning if morning > local else morning + timedelta(days=1)
        return timezone.make_aware(datetime.combine(self.cleaned_data["day"], time.max))


@require_http_methods(["GET", "POST"])
def camera(request: HttpRequest, public_id: str) -> HttpResponse:
    """One camera of the owner: its facts, and the pause. Of one that has left it says since when."""
    now = timezone.now()
    owned = Camera.objects.owned_by(request.user).select_related("site__area", "device")
    camera = get_object_or_404(owned, public_id=public_id)
    if camera.withdrawn_at is not None:
        messages.info(
            request,
            _("%(camera)s tidak lagi terdata sejak %(moment)s WIB.")
            % {"camera": camera, "moment": date_format(timezone.localtime(camera.withdrawn_at), "j F Y, H.i")},
        )
        return redirect("desks:owner")
    form = PauseForm(request.POST or None)
    if request.method == "POST":
        try:
            if "resume" in request.POST:
                resume_camera(camera=camera, by=request.user, now=now)
                messages.success(request, _("Jeda dibuka."))
                return redirect("registry:camera", camera.public_id)
            if form.is_valid():
                pause_camera(camera=camera, by=request.user, until=form.until(now), now=now)
                messages.success(request, _("Kamera dijeda. Tidak seorang pun dapat melihatnya."))
                return redirect("registry:camera", camera.public_id)
        except RegistryError as refusal:
            form.add_error(None, str(refusal))
    roles = roles_at(request.user, [camera.site])[camera.site_id]
    return render(
        request,
        "registry/camera.html",
        {
            "camera": camera,
            "form": form,
            "paused": camera.is_paused(now),
            "may_act": bool(roles & ACTING),
            "may_sign": bool(roles & SIGNING),
        },
    )


@require_http_methods(["GET", "POST"])
def camera_withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take one camera off the register."""
    camera = get_object_or_404(Camera.objects.owned_by(request.user, SIGNING).listed(), public_id=public_id)
    return _confirmed(
        request,
        title=_("Keluarkan kamera ini?"),
        words=_(
            "%(camera)s tidak lagi terdata dan tidak dapat dilihat siapa pun. Riwayat siapa yang pernah melihat "
            "tetap ada di Buku Tamu Anda."
        )
        % {"camera": camera},
        button=_("Keluarkan kamera"),
        act=lambda now: withdraw_camera(camera=camera, by=request.user, now=now),
        done=_("Kamera sudah dikeluarkan dari pendataan."),
    )


@require_http_methods(["GET", "POST"])
def consent_withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Withdraw one consent. Of one that is over, and of a second press, it says since when."""
    owned = Consent.objects.owned_by(request.user, SIGNING).select_related("recipient", "site__partner")
    consent = get_object_or_404(owned, public_id=public_id)
    now = timezone.now()
    if not Consent.objects.in_force(now).filter(pk=consent.pk).exists():
        messages.info(request, _over_since(consent, now))
        return redirect("desks:owner")
    return _confirmed(
        request,
        title=_("Tarik persetujuan ini?"),
        words=_("%(right)s, untuk %(recipient)s. Berlaku seketika dan tidak menunggu siapa pun.")
        % {"right": consent.get_right_display(), "recipient": consent.recipient},
        points=what_follows(consent.site, ended_with(consent, now), now),
        button=_("Tarik persetujuan"),
        act=lambda now: withdraw_consent(consent=consent, by=request.user, now=now),
        done=_("Persetujuan sudah ditarik."),
    )


@require_http_methods(["GET", "POST"])
def site_withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Withdraw every consent of a place."""
    site = get_object_or_404(Site.objects.owned_by(request.user, SIGNING), public_id=public_id)
    now = timezone.now()
    standing = list(Consent.objects.in_force(now).filter(site=site))
    if not standing and not Camera.objects.listed().filter(site=site).exists():
        messages.info(request, _("Di tempat ini semua persetujuan sudah ditarik atau berakhir."))
        return redirect("desks:owner")
    return _confirmed(
        request,
        title=_("Tarik semua persetujuan?"),
        words=_("Semua persetujuan untuk %(address)s berakhir seketika.") % {"address": site.address},
        points=what_follows(site, standing, now),
        button=_("Tarik semua persetujuan"),
        act=lambda now: withdraw_all(site=site, by=request.user, now=now),
        done=_("Semua persetujuan sudah ditarik."),
    )


@require_http_methods(["GET", "POST"])
def site_leave(request: HttpRequest, public_id: str) -> HttpResponse:
    """The owner says that a place is no longer his."""
    site = get_object_or_404(Site.objects.owned_by(request.user, SIGNING), public_id=public_id)
    return _confirmed(
        request,
        title=_("Tempat ini bukan milik Anda lagi?"),
        words=_(
            "Semua persetujuan untuk %(address)s berakhir seketika, kameranya tidak lagi terdata, dan alamat serta "
            "kata sandi perangkatnya dihapus. Persetujuan Anda tidak berpindah: pemilik yang baru mendaftar "
            "sendiri bila ia mau."
        )
        % {"address": site.address},
        button=_("Ya, bukan milik saya lagi"),
        act=lambda now: end_ownership(site=site, by=request.user, now=now),
        done=_("Semua persetujuan di tempat itu sudah berakhir. Penerimanya diberi tahu."),
    )


def _confirmed(
    request: HttpRequest,
    *,
    title: str,
    words: str,
    button: str,
    act: Callable[[datetime], object],
    done: str,
    points: Sequence[str] = (),
) -> HttpResponse:
    """Ask once, with what will follow point by point, then act and say so on the owner's home."""
    refusal = None
    if request.method == "POST":
        try:
            act(timezone.now())
        except RegistryError as error:
            refusal = error
        else:
            messages.success(request, done)
            return redirect("desks:owner")
    return render(
        request,
        "registry/confirm.html",
        {"title": title, "words": words, "points": points, "button": button, "refusal": refusal},
    )


def _over_since(consent: Consent, now: datetime) -> str:
    ended = consent.withdrawn_at or consent.valid_until
    words = _("Persetujuan ini sudah berakhir pada %(moment)s WIB.")
    if state_of(consent, now) == "withdrawn":
        words = _("Persetujuan ini sudah ditarik pada %(moment)s WIB.")
    return words % {"moment": date_format(timezone.localtime(ended), "j F Y, H.i")}
