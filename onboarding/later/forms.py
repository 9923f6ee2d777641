"""The enrolment's questions, fitted to a place that is on record."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from onboarding.enrolment import forms
from onboarding.enrolment.draft import box
from onboarding.later.draft import RenewalDraft, SiteDraft
from registry.models import Camera
from registry.rights import Right


class LevelForm(forms.LevelForm):
    """No level is chosen beforehand; the one in force is marked on the picture."""

    title = _("Ubah izin")
    lead = _("Yang sudah berlaku tetap berlaku sampai Anda tarik. Izin baru Anda setujui satu per satu nanti.")

    def first_values(self) -> dict[str, Any]:
        return {}


class HoursForm(forms.HoursForm):
    """Starts with the hours in force."""

    draft: SiteDraft

    def first_values(self) -> dict[str, Any]:
        return self.draft.hours_now


class ConsentForm(forms.ConsentForm):
    """Only the boxes that would change something, none of them ticked."""

    draft: SiteDraft
    title = _("Apa yang Anda setujui?")
    lead = _("Centang hanya yang Anda setujui. Yang tidak Anda centang tetap seperti sekarang.")
    nothing_ticked = _("Centang sedikitnya satu izin, atau kembali.")

    def prepare(self) -> None:
        super().prepare()
        for choice, _text in self.boxes:
            if self.draft.standing_for(choice):
                self.fields[box(choice)].label = _("Ya, perbarui untuk %(name)s") % {"name": choice.recipient.name}

    def groups(self) -> list[dict[str, Any]]:
        groups = super().groups()
        for group in groups:
            group["needed"] = group["right"] == Right.LISTED and not self.draft.listed
        return groups

    def clean(self) -> dict[str, Any]:
        if not self.boxes:
            raise ValidationError(_("Izin ini sudah berlaku."), code="changed")
        return super().clean()


class RenewalForm(ConsentForm):
    """What ends soon or rests on older words, in the words in force; nothing is ticked beforehand."""

    draft: RenewalDraft
    title = _("Perbarui persetujuan")
    lead = _(
        "Baca dan centang yang ingin Anda teruskan, untuk satu tahun lagi. Yang tidak Anda centang tetap seperti "
        "yang Anda tanda tangani dan berakhir sendiri pada harinya."
    )

    def groups(self) -> list[dict[str, Any]]:
        """Nothing is needed here: what is not renewed simply ends."""
        return [group | {"needed": False} for group in super().groups()]


class CameraForm(forms.CameraForm):
    """One more camera; its name must be new among those still listed there."""

    draft: SiteDraft
    title = _("Tambah kamera")  # type: ignore[assignment]
    lead = _("Kamera ini dilihat petugas di tempat dahulu. Sebelum itu, tidak ada yang dapat membuka gambarnya.")

    def first_values(self) -> dict[str, Any]:
        return {}

    def clean_label(self) -> str:
        label = self.cleaned_data["label"]
        others = Camera.objects.listed().filter(site=self.draft.site).values_list("label", flat=True)
        if label.casefold() in {other.casefold() for other in others}:
            raise ValidationError(_("Kamera lain sudah bernama sama. Beri nama yang berbeda."), code="twice")
        return label


class ChannelForm(CameraForm):
    """The same questions about a channel of a device; only its name is proposed."""

    lead = _("Saluran ini menjadi kamera hanya bila Anda mendaftarkannya di sini.")
    proposed = ""

    def first_values(self) -> dict[str, Any]:
        return {"label": self.proposed}
