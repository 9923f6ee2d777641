"""What can go wrong between an allowed look and its picture, in words for the person who looks."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass
class CameraSilent(Exception):
    """The look is allowed, but the camera gave no picture. `code` is stable; the words name a remedy."""

    code: str
    message: str | Promise
    remedy: str | Promise

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"


class SavingRefused(Exception):
    """A still was not saved, or cannot be fetched, in words for the person who asked."""

    code = "saving_refused"
    message: str | Promise = _("Gambar tidak dapat disimpan.")

    def __str__(self) -> str:
        return str(self.message)


class KeptTooLong(SavingRefused):
    code = "kept_too_long"
    message = _("Gambar tidak boleh disimpan selama itu. Lebih lama hanya untuk sebuah perkara.")


class NotKept(SavingRefused):
    code = "not_kept"
    message = _("Gambar tidak tersimpan. Coba sekali lagi; bila terulang, beri tahu administrator.")


_REFUSED: tuple[str | Promise, str | Promise] = (
    _("Kamera menolak kata sandi yang tersimpan."),
    _("Beri tahu pemilik; hanya pemilik yang dapat mengisinya. Kami tidak mencoba berulang-ulang."),
)
_ASK_OWNER = _("Hubungi pemilik atau perawat kamera bila keadaan ini menetap.")

# Words for the viewer: the words of `devices.errors` speak to the owner.
FAILURES: dict[str, tuple[str | Promise, str | Promise]] = {
    "no_device": (
        _("Kamera ini terdata tanpa sambungan."),
        _("Mintalah rekaman kepada pemilik, atau minta pemilik menyambungkan kameranya."),
    ),
    "no_credentials": (
        _("Kata sandi kamera perlu diisi ulang oleh pemilik."),
        _("Beri tahu pemilik; hanya pemilik yang dapat mengisinya."),
    ),
    "unauthorized": _REFUSED,
    "secret_rests": _REFUSED,  # Refused twice before; the device is not asked again.
    "secret_unclear": (
        _("Kamera tidak menjawab dengan jelas saat kami masuk, jadi kata sandinya tidak kami coba lagi."),
        _("Beri tahu pemilik; di halaman perangkatnya pemilik dapat meminta satu kali coba lagi."),
    ),
    "unreachable": (
        _("Kamera tidak menjawab."),
        _("Muat ulang sebentar lagi. Listrik atau internet mungkin padam."),
    ),
    "address_refused": (_("Alamat kamera tidak dapat kami hubungi."), _ASK_OWNER),
    "busy": (_("Kamera sedang melayani orang lain."), _("Muat ulang sebentar lagi.")),
    "misbehaving": (_("Kamera menjawab tanpa gambar yang dapat dipakai."), _("Muat ulang sebentar lagi.")),
    "different_device": (
        _("Perangkat lain menjawab di alamat kamera ini. Tidak ada gambar yang dibuka."),
        _("Kamera ini tertutup sampai diverifikasi ulang di lokasi."),
    ),
    "different_source": (
        _("Perekamnya kini menampilkan sumber lain untuk kamera ini. Tidak ada gambar yang dibuka."),
        _("Kamera ini tertutup sampai diverifikasi ulang di lokasi."),
    ),
}


def silent(code: str) -> CameraSilent:
    """The failure with this code in words; an unknown code reads as an unusable answer."""
    message, remedy = FAILURES.get(code, FAILURES["misbehaving"])
    return CameraSilent(code, message, remedy)
