"""What can go wrong with a device, each with a stable code and words that an owner can act on.

`code` is the contract: services, tests and the command line branch on it. `message` and `remedy` are
Indonesian and may be shown to owners. `detail` is for logs and the operator's command only: it tells a
closed port from a filtered one, and to an owner that difference would be a port scanner.
No message ever holds a password, a stream address or text that a device sent.
"""

from __future__ import annotations

from typing import Any, ClassVar

from devices.words import gettext_noop


class DeviceError(Exception):
    """Base of every failure that this package lets out.

    `refusals` is how often this very secret has been refused by now: what the caller knew before and what this
    visit added, over ONVIF, snapshots and RTSP together. Whatever the failure is, callers keep the larger of
    this and what they had, for "at most two per secret ever".
    """

    code: ClassVar[str] = "device_error"
    message: str = gettext_noop("Terjadi gangguan saat menghubungi perangkat.")
    remedy: str = gettext_noop("Coba lagi beberapa saat lagi.")

    def __init__(self, detail: str = "", *, message: str = "", remedy: str = "", refusals: int = 0) -> None:
        self.detail = detail
        self.refusals = refusals
        if message:
            self.message = message
        if remedy:
            self.remedy = remedy
        super().__init__(self.message)

    def for_owner(self) -> DeviceError:
        """The same failure as an owner may be told it: without the detail."""
        return type(self)(message=self.message, remedy=self.remedy, refusals=self.refusals)


class AddressRefused(DeviceError):
    """The address, its name or its port is not one that we may dial; no socket was opened.

    `from_text` is true when the typed text alone shows it. A refusal that only the name server's answer
    revealed is told to owners as `Unreachable`, or the form would map our network for them.
    """

    code = "address_refused"
    message = gettext_noop("Alamat ini tidak dapat kami hubungi.")
    remedy = gettext_noop(
        "Periksa kembali penulisan alamat dan nomor port. Alamat yang hanya berlaku di rumah tidak dapat "
        "dijangkau dari luar; mohon jangan membuka port pada router Anda."
    )

    def __init__(
        self, detail: str = "", *, message: str = "", remedy: str = "", refusals: int = 0, from_text: bool = True
    ) -> None:
        super().__init__(detail, message=message, remedy=remedy, refusals=refusals)
        self.from_text = from_text

    def for_owner(self) -> DeviceError:
        if self.from_text:
            return super().for_owner()
        return Unreachable(refusals=self.refusals)


class Unreachable(DeviceError):
    """Nothing answered: `detail` is closed, filtered, silent, no_name or unrouted."""

    code = "unreachable"
    message = gettext_noop("Perangkat tidak menjawab di alamat ini.")
    remedy = gettext_noop("Pastikan perangkat menyala, tersambung ke internet, dan alamat serta portnya benar.")


class Unauthorized(DeviceError):
    """The device refused the credentials, or refused them twice before (`detail` is then `resting`).

    `detail` is `picture` where ONVIF took them, but neither the snapshot nor the stream did.
    """

    code = "unauthorized"
    message = gettext_noop("Kamera menolak nama pengguna atau kata sandi.")
    remedy = gettext_noop(
        "Periksa nama pengguna dan kata sandi ONVIF pada kamera (sering berbeda dari akun aplikasinya), lalu "
        "isi kembali. Kami tidak mencoba berulang-ulang agar akun Anda tidak terkunci."
    )


class DifferentDevice(DeviceError):
    """Another device answers at the address than the one that was verified."""

    code = "different_device"
    message = gettext_noop("Perangkat lain menjawab di alamat ini.")
    remedy = gettext_noop(
        "Bila Anda mengganti perangkat atau alamatnya berubah, mohon perbarui data kamera dan minta verifikasi "
        "ulang."
    )


class DifferentSource(DifferentDevice):
    """The device is the one that was verified, but this camera's video source is gone or its profile shows another:
    only this camera ends, not the others of the device."""

    code = "different_source"
    message = gettext_noop("Saluran kamera ini tidak lagi ada pada perangkatnya, atau menampilkan sumber lain.")
    remedy = gettext_noop(
        "Periksa sambungan kamera pada perekam dan pengaturan salurannya, lalu uji lagi perangkatnya."
    )

    def __init__(self, detail: str = "video_source", **told: Any) -> None:
        super().__init__(detail, **told)


class Misbehaving(DeviceError):
    """Something answered, but not as a camera should; `detail` names how."""

    code = "misbehaving"
    message = gettext_noop("Perangkat menjawab, tetapi jawabannya tidak dapat dipakai.")
    remedy = gettext_noop(
        "Pastikan port yang diisi adalah port ONVIF perangkat dan ONVIF sudah diaktifkan. Bila tetap gagal, "
        "petugas dapat membantu Anda."
    )


class Dropped(Misbehaving):
    """The device closed the connection in the middle of an answer (or before one)."""


class SecretMoved(Exception):
    """A stored secret was opened for another device, address or field than it was sealed for."""
