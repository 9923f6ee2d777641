"""The words of the consent texts, sentence by sentence and language by language, as an administrator edits them."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from registry.rights import Purpose, Right
from registry.wording import KEYS, LANGUAGES, LONGEST, PLACES, SHIPPED, Wording, Words, places_hold


@dataclass(frozen=True)
class Sentence:
    """One sentence as the page shows it: what it is called, and its field in each language."""

    key: str
    name: str | Promise
    fields: tuple[Any, ...]


@dataclass(frozen=True)
class Chapter:
    """Sentences that are read together."""

    title: str | Promise
    sentences: list[Sentence]


def chapters_of_keys() -> list[tuple[str | Promise, list[tuple[str, str | Promise]]]]:
    """Every key with its name, in the order in which it is edited and read."""
    names = SHIPPED.get(get_language() or "id", SHIPPED["id"])
    data = {
        "listing": _("Saat terdata"),
        "recording": _("Saat rekaman diminta"),
        "picture": _("Saat gambar dilihat"),
    }
    return [
        *(
            (right.label, [(f"title.{right}", _("Judul")), (f"what.{right}", _("Yang diizinkan"))])
            for right in Right
        ),
        (_("Data"), [(f"data.{code}", name) for code, name in data.items()]),
        (_("Tujuan"), [(f"purpose.{purpose}", purpose.label) for purpose in Purpose]),
        (
            _("Kalimat yang ada di setiap izin"),
            [
                ("recipient", _("Penerima")),
                ("hours", _("Jam")),
                ("until", _("Berlaku sampai")),
                ("withdraw", _("Cara menarik")),
                ("rights", _("Hak pemilik")),
            ],
        ),
        (
            _("Nama baris"),
            [(key, names[key]) for key in KEYS if key.startswith("label.")],
        ),
    ]


class WordsForm(forms.Form):
    """All sentences in both languages, the note of what changed, and the version they started from."""

    use_required_attribute = False

    note = forms.CharField(
        label=_("Apa yang berubah, dan mengapa"),
        max_length=200,
        help_text=_("Terbaca dalam riwayat versi. Contoh: nama lembaga pengawas berubah, saran penasihat hukum."),
    )
    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=1_000_000)

    def __init__(self, *args: Any, start: Wording, based_on: int, **options: Any) -> None:
        given = {name_of(language, key): start.words[language][key] for language in LANGUAGES for key in KEYS}
        super().__init__(*args, initial={**given, "based_on": based_on}, **options)
        self.names = {key: name for _title, keys in chapters_of_keys() for key, name in keys}
        for key in KEYS:
            long = len(start.words["id"][key]) > 60
            for language in LANGUAGES:
                self.fields[name_of(language, key)] = forms.CharField(
                    label=format_lazy("{}, {}", self.names[key], TONGUES[language]),
                    help_text=_places_in_words(key),
                    max_length=LONGEST,
                    widget=forms.Textarea({"rows": 4 if long else 2, "lang": language}),
                )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for language in LANGUAGES:
            for key in KEYS:
                name = name_of(language, key)
                if name not in data:
                    continue
                data[name] = " ".join(data[name].split())
                if not places_hold(key, data[name]):
                    wanted = _places_in_words(key) or _(
                        "Kalimat ini tidak punya isian; hapus tanda kurung kurawal."
                    )
                    self.add_error(name, ValidationError(wanted, code="places"))
        return data

    @property
    def words(self) -> Words:
        """The sentences of a valid form."""
        return {
            language: {key: self.cleaned_data[name_of(language, key)] for key in KEYS} for language in LANGUAGES
        }

    def chapters(self) -> list[Chapter]:
        """The fields as the page shows them, both languages side by side."""
        return [
            Chapter(
                title,
                [
                    Sentence(key, name, tuple(self[name_of(language, key)] for language in LANGUAGES))
                    for key, name in keys
                ],
            )
            for title, keys in chapters_of_keys()
        ]

    def as_typed(self) -> list[tuple[str, str]]:
        """Every answer under its name, to be carried over the question that is asked before publishing."""
        return [(name, str(self.cleaned_data[name])) for name in self.fields]


def name_of(language: str, key: str) -> str:
    """The name of a sentence's field."""
    return f"{language}-{key.replace('.', '-')}"


TONGUES: dict[str, str | Promise] = {"id": _("bahasa Indonesia"), "en": _("bahasa Inggris")}


def _places_in_words(key: str) -> str:
    places = PLACES.get(key)
    if not places:
        return ""
    return str(_("Harus memuat: %(places)s") % {"places": ", ".join(f"{{{place}}}" for place in sorted(places))})
