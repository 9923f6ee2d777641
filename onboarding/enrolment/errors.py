"""Refusals about an enrolment."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from onboarding.errors import OnboardingError


class EnrolmentClosed(OnboardingError):
    """The draft was sent or dropped, perhaps in another tab."""

    code = "enrolment_closed"
    message = _("Pendataan ini sudah dikirim atau dihapus.")


class EnrolmentIncomplete(OnboardingError):
    code = "enrolment_incomplete"
    message = _("Masih ada pertanyaan yang belum dijawab.")


class EnrolmentChanged(OnboardingError):
    """What is stored is no longer what the owner has just read."""

    code = "enrolment_changed"
    message = _("Jawaban Anda berubah di halaman atau tab lain. Periksa kembali sebelum mengirim.")


class AnswersRefused(OnboardingError):
    """Answers that came all together; `errors` says what is wrong, page by page."""

    code = "answers_refused"
    message = _("Ada jawaban yang perlu diperbaiki.")

    def __init__(self, errors: dict[str, Any]) -> None:
        super().__init__()
        self.errors = errors
