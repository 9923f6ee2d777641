"""What every question shares."""

from typing import Any

from django import forms
from django.utils.functional import Promise

from onboarding.enrolment.draft import Draft


class PageForm(forms.Form):
    """What all questions share. `draft` gives the other answers; `stored` says that the data was cleaned before."""

    title: str | Promise = ""
    lead: str | Promise = ""
    not_kept: tuple[str, ...] = ()  # Never stored among the answers.

    def __init__(self, *args: Any, draft: Draft, page_key: str = "", stored: bool = False, **options: Any) -> None:
        self.draft, self.page_key, self.stored = draft, page_key, stored
        super().__init__(*args, **options)
        self.prepare()

    def prepare(self) -> None:
        """Fit the fields to the draft."""

    def first_values(self) -> dict[str, Any]:
        """What an unanswered page starts with."""
        return {}

    def dress(self) -> None:
        """Last touches before the page is shown; changes nothing that is judged."""

    def answers(self) -> dict[str, Any]:
        """The cleaned answers as they are stored; of a form with errors, its good part."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in self.fields and name not in self.not_kept and value is not None
        }
