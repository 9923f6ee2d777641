"""How changes of a device are told on a page: what stands now beside what it would be, in plain words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from devices.changes import Values, why_words
from onboarding.errors import DeviceBusy
from onboarding.models import ChangeKind, ChangeState, DeviceChange, SettingsWork
from onboarding.probe_runs import INTERRUPTED
from onboarding.settings.accounts import needs_account
from onboarding.settings.errors import NotKept
from onboarding.settings.present import Present
from onboarding.settings.tasks import STEP, STEP_WORDS
from onboarding.shown import StepLine, clock_words

LONGEST = 80
FARTHEST_SECONDS = 50 * 365 * 86_400  # A clock farther off than this is said by its distance alone.
NOTHING = "–"


@dataclass(frozen=True)
class ValueLine:
    """One value: its name, and what it is and would be."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class ChangeCard:
    """A change as its owner meets it. `old_areas` and `new_areas` are outlines in percent of the picture, `picture`
    is the one they were drawn on. `closed` says why there is no way back: it was done on another device."""

    change: DeviceChange
    title: str
    reason: str
    ended: str
    lines: list[ValueLine]
    old_areas: list[str]
    new_areas: list[str]
    needs_account: bool
    loses_secret: bool
    closed: str = ""
    picture: SettingsWork | None = None

    @property
    def has_areas(self) -> bool:
        return self.change.kind == ChangeKind.MASKS


@dataclass(frozen=True)
class FoundLine:
    """A setting at which there is nothing to change: right, unsupported or unread."""

    title: str
    state: str
    words: str


def card_of(
    change: DeviceChange, *, ours: bool, present: Present, picture: SettingsWork | None = None
) -> ChangeCard:
    """The card of one change; `ours`: the secret on record is a user that we made (`holds_our_user`). `picture` is
    of its camera as it is now."""
    offered = change.state == ChangeState.OFFERED
    return ChangeCard(
        change=change,
        title=_title(change.kind, change.camera.label if change.camera else ""),
        reason=_reason(change) if offered and change.why else "",
        ended="" if offered else _ended(change),
        lines=_lines(change),
        old_areas=_outlines(change.old),
        new_areas=_outlines(change.new),
        needs_account=needs_account(change, ours=ours),
        loses_secret=ours and change.kind == ChangeKind.USER and change.may_be_undone,
        closed=_closed(change, present),
        picture=picture if change.kind == ChangeKind.MASKS else None,
    )


def work_steps(work: SettingsWork) -> list[StepLine]:
    """The one step of a conversation that is not over."""
    began = any(step["code"] == STEP for step in work.steps)
    return [StepLine(_(STEP_WORDS[work.kind]), "running" if began else "waiting")]


def found_lines(findings: list[dict[str, Any]] | None, cameras: dict[str, str]) -> list[FoundLine]:
    """What needs no change or allows none; `cameras` are labels by video source."""
    return [
        FoundLine(
            title=_title(finding["kind"], cameras.get(finding.get("of", ""), "")),
            state=finding["state"],
            words=_(why_words(finding["why"])) if finding["why"] else "",
        )
        for finding in findings or []
        if finding["state"] != "differs" or not finding.get("change")
    ]


def _title(kind: str, camera: str) -> str:
    name = str(ChangeKind(kind).label)
    return f"{name} · {camera}" if camera else name


def _reason(change: DeviceChange) -> str:
    words = _(why_words(change.why))
    if change.kind == ChangeKind.CLOCK:
        words += " " + _("Disetel satu kali; bila lama-kelamaan meleset lagi, perangkat perlu memakai NTP.")
    return words


def _closed(change: DeviceChange, present: Present) -> str:
    if present.is_of(change):
        return ""
    if any(present.identity.values()):
        return _("Dilakukan pada perangkat lama.")
    return _("Dilakukan di alamat lama. Sambungkan dulu; baru terlihat apakah ini perangkat yang sama.")


def _ended(change: DeviceChange) -> str:
    """How it ended, in a sentence; nothing where the state says it all."""
    if change.state == ChangeState.IGNORED:
        return _("Perangkat bilang ya, tetapi tidak berubah.")
    if change.state == ChangeState.DONE and change.kind == ChangeKind.NTP:
        return _(
            "Apakah perangkat menjangkau server waktunya tidak terlihat oleh kami; keadaan kamera menunjukkan bila "
            "jamnya meleset."
        )
    if change.state != ChangeState.FAILED:
        return ""
    own: dict[str, str] = {
        INTERRUPTED: _("Percakapan terputus di tengah jalan; mungkin sebagian sudah berubah."),
        "unauthorized": _("Perangkat menolak nama pengguna atau kata sandi; tidak ada yang diubah."),
        "unreachable": _("Perangkat tidak menjawab; tidak ada yang diubah."),
        "misbehaving": _("Jawaban perangkat tidak dapat dipakai; tidak ada yang diubah."),
        "different_device": _("Perangkat lain menjawab di alamat ini; tidak ada yang diubah."),
        "busy": str(DeviceBusy.message),
        NotKept.code: str(NotKept.message),
    }
    return own.get(change.why) or _(why_words(change.why))


# --- values --------------------------------------------------------------------------------------------------


def _lines(change: DeviceChange) -> list[ValueLine]:
    old, new = change.old, change.new
    labels = _labels(change.kind)
    lines = []
    if change.kind == ChangeKind.CLOCK:
        lines.append(ValueLine(_("Jam"), _clock(change, old), _clock(change, new)))
    for name, (label, words) in labels.items():
        before, after = words(old, name), words(new, name)
        if before != after or name == "servers":  # Which server it will follow, also where it stays.
            lines.append(ValueLine(label, before, after))
    if change.kind == ChangeKind.USER:
        lines.append(
            ValueLine(
                _("Kata sandi yang kami simpan"),
                _("milik Anda"),
                _("milik akun itu; kata sandi Anda kami hapus"),
            )
        )
    return lines


Told = Callable[[Values, str], str]


def _labels(kind: str) -> dict[str, tuple[str, Told]]:
    """The values of a kind that a person understands, by name."""
    if kind == ChangeKind.CLOCK:
        return {
            "type": (_("Cara menyetel"), _clock_type),
            "time_zone": (_("Zona waktu"), _plain),
            "dst": (_("Waktu musim panas"), _yes_no),
        }
    if kind == ChangeKind.NTP:
        return {
            "type": (_("Cara menyetel"), _clock_type),
            "servers": (_("Server waktu"), _listed),
            "from_dhcp": (_("Server waktu dari jaringan"), _yes_no),
            "time_zone": (_("Zona waktu"), _plain),
            "dst": (_("Waktu musim panas"), _yes_no),
        }
    if kind == ChangeKind.SUBSTREAM:
        return {
            "codec": (_("Format video"), _plain),
            "width": (_("Ukuran"), _size),
            "fps": (_("Gambar per detik"), _plain),
            "bitrate_kbps": (_("Laju data"), _rate),
            "gov_length": (_("Jarak gambar kunci"), _frames),
            "profile": (_("Profil"), _plain),
        }
    if kind == ChangeKind.USER:
        return {"name": (_("Nama pengguna"), _plain), "level": (_("Kuasa"), _level)}
    return {"polygons": (_("Area yang ditutup"), _count)}


def _plain(values: Values, name: str) -> str:
    value = values.get(name)
    return NOTHING if value in (None, "") else str(value)[:LONGEST]


def _clock(change: DeviceChange, values: Values) -> str:
    """What the device's clock showed, or would have shown, when it was read: the time, and how far off that is."""
    offset = values.get("offset_seconds")
    if not isinstance(offset, int | float) or abs(offset) > FARTHEST_SECONDS:
        return NOTHING if not isinstance(offset, int | float) else clock_words(float(offset))
    true = timezone.localtime(change.offered_at)
    shown = true + timedelta(seconds=offset)
    words = date_format(shown, "H.i.s" if shown.date() == true.date() else "j F Y, H.i.s")
    if offset == 0:
        return _("%(time)s WIB, dari jam server kami") % {"time": words}
    return _("%(time)s WIB (%(off)s)") % {"time": words, "off": clock_words(float(offset)).lower()}


def _clock_type(values: Values, name: str) -> str:
    known = {"Manual": _("dengan tangan"), "NTP": _("sendiri, lewat NTP")}
    return known.get(str(values.get(name)), _plain(values, name))


def _listed(values: Values, name: str) -> str:
    value = values.get(name)
    return ", ".join(map(str, value))[:LONGEST] if isinstance(value, list) and value else NOTHING


def _yes_no(values: Values, name: str) -> str:
    value = values.get(name)
    return NOTHING if value is None else (_("ya") if value else _("tidak"))


def _size(values: Values, name: str) -> str:
    width, height = values.get("width"), values.get("height")
    return f"{width} × {height}" if width and height else NOTHING


def _rate(values: Values, name: str) -> str:
    value = values.get(name)
    return _("%(n)s kbit per detik") % {"n": value} if value else NOTHING


def _frames(values: Values, name: str) -> str:
    value = values.get(name)
    return ngettext("%(n)s gambar", "%(n)s gambar", value) % {"n": value} if value else NOTHING


def _level(values: Values, name: str) -> str:
    known = {"User": _("hanya melihat"), "Operator": _("melihat dan mengarahkan"), "Administrator": _("pengelola")}
    return known.get(str(values.get(name)), _plain(values, name))


def _count(values: Values, name: str) -> str:
    count = len(values.get(name) or [])
    return ngettext("%(n)d area", "%(n)d area", count) % {"n": count} if count else _("belum ada")


def _outlines(values: Values) -> list[str]:
    """Areas as SVG draws them in a box of 100 by 100."""
    return [
        " ".join(f"{round((x + 1) * 50, 1):g},{round((1 - y) * 50, 1):g}" for x, y in area)
        for area in values.get("polygons") or []
    ]
