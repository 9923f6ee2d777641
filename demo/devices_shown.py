"""The virtual devices as the demo's pages and its data name them."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext, gettext_noop

from config import env
from demo import faults, fleet

WORDS = {
    "good": gettext_noop("Kamera yang baik: menjawab dengan kata sandi pemilik."),
    "other-password": gettext_noop("Kata sandinya lain: kata sandi pemilik ditolak."),
    "wrong-clock": gettext_noop("Jamnya tujuh menit terlalu cepat."),
    "restless": gettext_noop("Mati dan hidup sendiri setiap beberapa menit."),
    "encrypted": gettext_noop(
        "Tayangannya lewat TLS: petugas melihat sidik sertifikatnya, dan kamera ini menunggu verifikasi."
    ),
    "recorder": gettext_noop(
        "Perekam dengan empat kanal; setiap kanal menjadi satu kamera. Setelannya dapat diubah: jamnya meleset 38 "
        "detik, tayangan kecil kanal 4 memakai H.265, dan perekam ini mengenal pengguna dan bidang privasi."
    ),
}

FAULT_WORDS = {
    faults.OFF: gettext_noop("Tanpa listrik"),
    faults.BLACK: gettext_noop("Gambar gelap"),
    faults.COVERED: gettext_noop("Lensa tertutup"),
    faults.TURNED: gettext_noop("Arah bergeser"),
    faults.FROZEN: gettext_noop("Gambar macet"),
}


@dataclass(frozen=True)
class ShownDevice:
    """One device on the page. `password` is empty where the operator chose one of his own: it is not shown."""

    spec: fleet.DeviceSpec
    words: str
    password: str
    wrong_password: str
    sign: str
    fault: str
    answering: bool


def specs() -> list[fleet.DeviceSpec]:
    """The devices of this run of `./run up`."""
    base_port = env.number("MITRA_DEMO_PORT", fleet.BASE_PORT)
    return fleet.specs(base_port, state=settings.VAR_DIR / "demo")


def spec_named(name: str) -> fleet.DeviceSpec | None:
    return next((spec for spec in specs() if spec.name == name), None)


def shown() -> list[ShownDevice]:
    """What the page tells of each device; asks each whether it answers."""
    return [_shown(spec) for spec in specs()]


def _shown(spec: fleet.DeviceSpec) -> ShownDevice:
    public = spec.password in (fleet.OWNER_PASSWORD, fleet.OTHER_PASSWORD)
    return ShownDevice(
        spec=spec,
        words=gettext(WORDS[spec.name]) if spec.name in WORDS else "",
        password=spec.password if public else "",
        wrong_password=fleet.OWNER_PASSWORD if public and spec.password != fleet.OWNER_PASSWORD else "",
        sign=_sign(spec),
        fault=faults.read_fault(spec.sign_path),
        answering=fleet.is_answering(spec),
    )


def _sign(spec: fleet.DeviceSpec) -> str:
    try:
        return spec.sign_path.read_text(encoding="utf-8", errors="replace")[:12].strip()
    except OSError:
        return ""
