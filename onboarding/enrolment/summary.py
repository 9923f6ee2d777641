"""The answers in words, for the page on which they are checked."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from devices.brands import brand_of
from onboarding.enrolment import forms, pages
from onboarding.enrolment.draft import Draft
from registry import targets


@dataclass(frozen=True)
class Item:
    """One answer with the way to change it (components/summary_list.html)."""

    label: str
    value: str
    url: str


@dataclass(frozen=True)
class Section:
    title: str | Promise
    items: list[Item]


def sections(draft: Draft) -> list[Section]:
    """Every answer but the consents, which are shown word for word beside them."""
    found = []
    for page in pages.pages_of(draft):
        if page.key == "consent":
            continue
        items = _device_items(draft) if page.key == "device" else _items(page, draft)
        found.append(Section(pages.bound(page, draft).title, items))
    return found


def _items(page: pages.Page, draft: Draft) -> list[Item]:
    form = pages.bound(page, draft)
    form.is_valid()
    items = []
    for name, field in form.fields.items():
        if field.widget.is_hidden or name == "outside_is_right":
            continue
        value = form.cleaned_data.get(name)
        words = str(forms.DIRECTION_NAMES[value]) if name == "direction" and value else _words(field, value)
        items.append(Item(str(field.label), words, page.url))
    return items


def _words(field: Any, value: Any) -> str:
    if value in (None, ""):
        return _("Tidak tahu") if hasattr(field, "choices") else ""
    if hasattr(field, "choices"):
        return str(_choices(field).get(str(value), value))
    if isinstance(value, float):
        return f"{value:.6f}".replace(".", ",")
    return str(value)


def _choices(field: Any) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for value, label in field.choices:
        flat |= {str(v): w for v, w in label} if isinstance(label, list | tuple) else {str(value): label}
    return flat


def _device_items(draft: Draft) -> list[Item]:
    url = pages.DEVICE.url
    host = draft.get("device", "host")
    items = [Item(_("Alamat perangkat"), host, url)]
    if targets.is_home_only(host):
        waits = draft.get("device", "home") == "agent"
        return [*items, Item(_("Sambungan"), _("Menunggu agen") if waits else _("Tanpa sambungan"), url)]
    secret = _("Tersimpan terkunci") if draft.has_secret else ""
    brand = draft.get("device", "brand")
    return [
        *([Item(_("Merek"), _(brand_of(brand).name), url)] if brand else []),
        *items,
        *_way_items(draft, url),
        Item(_("Nama pengguna dan kata sandi"), secret, url),
    ]


def _way_items(draft: Draft, url: str) -> list[Item]:
    """The ports; of a device without ONVIF the path of its streams too."""
    path = draft.get("device", "rtsp_path")
    names = ("rtsp_port",) if path else ("onvif_port", "rtsp_port")
    ports = {name: str(draft.get("device", name)) for name in names if draft.get("device", name)}
    if not path:
        called = {"onvif_port": "ONVIF", "rtsp_port": "RTSP"}
        return [Item(_("Port"), " · ".join(f"{called[name]} {port}" for name, port in ports.items()), url)]
    scheme = "RTSPS" if draft.get("device", "rtsp_tls", False) else "RTSP"
    port = ports.get("rtsp_port") or str(draft.get("device", "onvif_port"))
    return [Item(_("Tanpa ONVIF"), f"{scheme} {port}, {path}", url)]
