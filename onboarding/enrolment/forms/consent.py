"""What the owner wants to allow, and each consent as a box of its own."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.enrolment.draft import box, digest_of
from onboarding.enrolment.forms.base import PageForm
from registry.fields import ClockField
from registry.rights import LEVELS, Right
from registry.services import ConsentChoice
from registry.texts import ShownText


class LevelForm(PageForm):
    title = _("Apa yang ingin Anda izinkan?")
    lead = _("Anda dapat mengubahnya kapan saja. Setiap izin masih Anda setujui satu per satu nanti.")

    level = forms.ChoiceField(
        label=_("Yang Anda izinkan"), widget=forms.RadioSelect, choices=[(item.code, item.title) for item in LEVELS]
    )

    def first_values(self) -> dict[str, Any]:
        return {"level": LEVELS[0].code}


class HoursForm(PageForm):
    title = _("Pada jam berapa?")
    lead = _("Di luar jam ini, gambar tertutup. Jam boleh melewati tengah malam.")

    begin = ClockField(label=_("Mulai"), help_text=_("Contoh: 22.00"))
    end = ClockField(label=_("Sampai"), help_text=_("Contoh: 05.00"))

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("begin") and data.get("begin") == data.get("end"):
            self.add_error("end", _("Jam mulai dan jam selesai tidak boleh sama."))
        return data


class ConsentForm(PageForm):
    title = _("Apa yang Anda setujui?")
    lead = _(
        "Centang hanya yang Anda setujui, untuk siapa saja yang Anda mau. Tidak ada yang dicentang sebelumnya."
    )

    nothing_ticked: str | Promise = _("Centang “Terdata” untuk sedikitnya satu penerima.")

    shown = forms.CharField(max_length=64, required=False)  # The template writes it: always the fresh digest.

    def prepare(self) -> None:
        self.day = self.draft.until if self.stored else self.draft.fresh_until
        self.tongue = self.draft.consent_language if self.stored else self.draft.language
        self.boxes: list[tuple[ConsentChoice, ShownText]] = [
            (choice, choice.text(self.tongue, self.draft.wording)) for choice in self.draft.offered(self.day)
        ]
        self.digest = digest_of([text for _choice, text in self.boxes])
        for choice, text in self.boxes:
            lines = {line.code: line.words for line in text.lines}
            labels = {line.code: line.label for line in text.lines}
            self.fields[box(choice)] = forms.BooleanField(
                required=False,
                label=_("Ya, untuk %(name)s") % {"name": choice.recipient.name},
                help_text=f"{lines['recipient']} {labels['until']} {lines['until']}",
            )

    def groups(self) -> list[dict[str, Any]]:
        """The boxes right by right, with the words they share."""
        groups: dict[Right, dict[str, Any]] = {}
        for choice, text in self.boxes:
            group = groups.setdefault(
                choice.right,
                {
                    "right": choice.right,
                    "title": text.title,
                    "needed": choice.right == Right.LISTED,
                    "lines": [line for line in text.lines if line.code in {"what", "data", "purpose", "hours"}],
                    "fields": [],
                },
            )
            group["fields"].append(self[box(choice)])
        return list(groups.values())

    def shared_lines(self) -> list[Any]:
        """What holds for every box: how to withdraw, and the rights of the owner."""
        if not self.boxes:
            return []
        return [line for line in self.boxes[0][1].lines if line.code in {"withdraw", "rights"}]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.boxes:
            raise ValidationError(_("Belum ada Polres atau Polsek terdaftar untuk kelurahan ini."), code="nobody")
        if data.get("shown") != self.digest or self.day <= timezone.localdate(self.draft.now):
            raise ValidationError(
                _("Teks persetujuannya berubah sejak halaman ini dibuka. Baca kembali, lalu centang lagi."),
                code="changed",
            )
        ticked = self.ticked()
        listed = self.draft.listed | {choice.recipient.pk for choice in ticked if choice.right == Right.LISTED}
        for choice in ticked:
            if choice.recipient.pk not in listed:
                self.add_error(
                    _first_box(self.boxes, choice),
                    ValidationError(
                        _("Izin lain untuk %(name)s memerlukan centang “Terdata” untuk %(name)s juga."),
                        code="listed",
                        params={"name": choice.recipient.name},
                    ),
                )
                break
        if not ticked:
            self.add_error(
                box(self.boxes[0][0]),
                ValidationError(self.nothing_ticked, code="listed"),
            )
        return data

    def ticked(self) -> list[ConsentChoice]:
        """The choices whose boxes are ticked, in the order they stand."""
        return [choice for choice, _text in self.boxes if self.cleaned_data.get(box(choice))]

    def answers(self) -> dict[str, Any]:
        return super().answers() | {"until": self.day.isoformat(), "language": self.tongue}


def _first_box(boxes: list[tuple[ConsentChoice, ShownText]], wrong: ConsentChoice) -> str:
    return next(
        box(choice)
        for choice, _text in boxes
        if choice.right == Right.LISTED and choice.recipient == wrong.recipient
    )
