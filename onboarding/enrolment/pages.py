"""The order of the questions. Which there are depends on the answers; one is answered when its form says so."""

from dataclasses import dataclass

from django.urls import reverse

from onboarding.enrolment import forms
from onboarding.enrolment.draft import Draft
from registry.rights import NEEDS_DEVICE


@dataclass(frozen=True)
class Page:
    """One question. `stage` is the step people see; several pages may share one."""

    key: str
    slug: str
    stage: str
    form: type[forms.PageForm]
    template: str = "onboarding/enrol_question.html"
    camera: int = 0

    @property
    def url(self) -> str:
        if self.camera:
            return reverse("onboarding:enrol-camera", args=[self.camera])
        return reverse("onboarding:enrol-page", args=[self.slug])


PARTNER = Page("partner", "atas-nama", "who", forms.PartnerForm)
KIND = Page("kind", "siapa", "who", forms.KindForm)
NAME = Page("name", "nama", "who", forms.NameForm)
ADDRESS = Page("address", "alamat", "where", forms.AddressForm)
PIN = Page("pin", "pin", "where", forms.PinForm, "onboarding/enrol_pin.html")
LEVEL = Page("level", "pilihan", "level", forms.LevelForm, "onboarding/enrol_level.html")
HOURS = Page("hours", "jam", "level", forms.HoursForm)
COUNT = Page("count", "jumlah", "cameras", forms.CountForm)
CONSENT = Page("consent", "persetujuan", "consent", forms.ConsentForm, "onboarding/enrol_consent.html")
CONNECT = Page("connect", "sambungan", "device", forms.ConnectForm)
DEVICE = Page("device", "perangkat", "device", forms.DeviceForm, "onboarding/enrol_device.html")


def camera_page(number: int) -> Page:
    return Page(f"camera-{number}", "kamera", "cameras", forms.CameraForm, camera=number)


def pages_of(draft: Draft) -> list[Page]:
    """Every question of this draft in order, before the check page."""
    pages = [PARTNER] if draft.partners else []
    if not draft.partner:
        pages += [KIND, NAME]
    pages += [ADDRESS, PIN, LEVEL]
    if draft.asks_hours:
        pages.append(HOURS)
    pages.append(COUNT)
    pages += [camera_page(number) for number in range(1, draft.cameras + 1)]
    pages.append(CONSENT)
    if draft.needs_device:
        pages.append(CONNECT)
        if draft.get("connect", "mode") == "now":
            pages.append(DEVICE)
    return pages


def bound(page: Page, draft: Draft) -> forms.PageForm:
    """The page's form with its stored answers, to be judged again."""
    return page.form(draft.answers.get(page.key) or {}, draft=draft, page_key=page.key, stored=True)


def is_answered(page: Page, draft: Draft) -> bool:
    """Whether the stored answers still hold beside the other answers."""
    return page.key in draft.answers and bound(page, draft).is_valid()


def first_open(draft: Draft) -> Page | None:
    """The first question without a good answer; None when all are answered."""
    return next((page for page in pages_of(draft) if not is_answered(page, draft)), None)


def find(draft: Draft, slug: str, camera: int = 0) -> Page | None:
    """The page of this address, if this draft has it."""
    return next((page for page in pages_of(draft) if page.slug == slug and page.camera == camera), None)


def may_open(page: Page, draft: Draft) -> bool:
    """Whether every question before it is answered."""
    for other in pages_of(draft):
        if other.key == page.key:
            return True
        if not is_answered(other, draft):
            return False
    return False


def before(page: Page, draft: Draft) -> Page | None:
    """The question before this one."""
    pages = pages_of(draft)
    place = [other.key for other in pages].index(page.key)
    return pages[place - 1] if place else None


def progress(stage: str, draft: Draft) -> tuple[int, int]:
    """(this step, all steps) as people count them; the check of the answers is the last."""
    stages = ["who", "where", "level", "cameras", "consent"]
    if draft.needs_device or ("consent" not in draft.answers and _may_need_device(draft)):
        stages.append("device")
    stages.append("check")
    return stages.index(stage) + 1 if stage in stages else len(stages), len(stages)


def _may_need_device(draft: Draft) -> bool:
    return not draft.asks_two and (draft.level is None or bool(set(draft.rights) & NEEDS_DEVICE))
