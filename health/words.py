"""What a state and its cause mean, in sentences that an owner can act on."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from health.causes import Cause
from health.models import State

_WAITING = _("Kamera ini belum tersambung, jadi kesehatannya belum kami periksa.")
WITHOUT_CHANNEL = _("Saluran untuk kamera ini tidak ditemukan pada perangkat.")
_NORMAL = _("Kamera menjawab seperti biasa.")

#: Each cause with its remedy.
_SENTENCES: dict[str, Promise] = {
    Cause.NO_ANSWER: _(
        "Kamera tidak menjawab. Listrik atau internet di lokasi mungkin padam. Mohon periksa daya kamera dan "
        "router, lalu tunggu beberapa menit."
    ),
    Cause.REFUSED: _(
        "Internet di lokasi menyala, tetapi kamera tidak menerima sambungan. Kamera mungkin mati, sedang dimulai "
        "ulang, atau pengaturan jaringannya berubah. Mohon nyalakan ulang kamera."
    ),
    Cause.NO_NAME: _(
        "Nama alamat kamera tidak ditemukan. Layanan alamat (DDNS) mungkin sudah tidak aktif. Mohon periksa "
        "layanan itu, atau perbarui alamat kamera."
    ),
    Cause.MISBEHAVING: _(
        "Ada yang menjawab di alamat kamera, tetapi bukan seperti kamera. Alamat atau port mungkin berpindah ke "
        "alat lain. Mohon periksa alamat dan portnya."
    ),
    Cause.ADDRESS_REFUSED: _(
        "Alamat kamera ini tidak lagi dapat kami hubungi dari luar. Mohon perbarui alamatnya; jangan membuka port "
        "pada router Anda."
    ),
    Cause.DIFFERENT_DEVICE: _(
        "Perangkat lain menjawab di alamat kamera ini, sehingga gambarnya kami tutup. Bila Anda mengganti kamera, "
        "mohon perbarui datanya dan minta verifikasi ulang."
    ),
    Cause.CLOCK_DRIFT: _(
        "Jam kamera tidak tepat, sehingga waktu pada rekaman dapat keliru. Mohon nyalakan waktu otomatis (NTP) "
        "pada kamera."
    ),
    Cause.BLACK: _(
        "Kamera menjawab, tetapi gambarnya gelap. Mohon periksa apakah lensanya tertutup, lampu inframerahnya "
        "mati, atau tempatnya tanpa lampu pada malam hari."
    ),
    Cause.COVERED: _(
        "Kamera menjawab, tetapi lensanya tertutup atau kotor. Mohon singkirkan yang menutupi, misalnya kain, "
        "daun, atau sarang laba-laba, lalu bersihkan kacanya."
    ),
    Cause.FROZEN: _(
        "Kamera menjawab, tetapi gambarnya tidak berubah lagi. Mohon cabut daya kamera, tunggu sepuluh detik, lalu "
        "nyalakan lagi."
    ),
    Cause.TURNED: _(
        "Kamera tidak lagi menghadap ke arah yang diverifikasi petugas. Mohon kembalikan arahnya dan kencangkan "
        "dudukannya. Bila Anda sengaja mengubahnya, mohon minta petugas memverifikasi ulang."
    ),
    Cause.NO_ROUTE: _(
        "Server kami tidak menemukan jalan ke alamat kamera. Mohon tunggu beberapa menit; bila tetap begitu, mohon "
        "beri tahu administrator."
    ),
    Cause.TLS_CHANGED: _(
        "Sertifikat TLS di alamat kamera ini bukan lagi yang kami lihat saat verifikasi, sehingga kata sandi tidak "
        "kami kirim dan gambarnya kami tutup. Bila Anda memperbarui kamera, mohon minta verifikasi ulang."
    ),
    Cause.PASSWORD_REFUSED: _(
        "Kamera tidak menerima nama pengguna atau kata sandi yang Anda berikan. Mohon isi kata sandi yang berlaku "
        "sekarang; kami tidak mencoba berulang-ulang agar akun Anda tidak terkunci."
    ),
    Cause.NO_STREAM: _(
        "Kamera menjawab, tetapi aliran videonya tidak dapat dibuka. Mohon periksa apakah RTSP menyala pada kamera "
        "dan kamera masih tersambung ke perekamnya, lalu nyalakan ulang."
    ),
    Cause.FLAPPING: _(
        "Sambungan kamera putus-nyambung. Mohon periksa kabel, adaptor daya, dan kekuatan sinyal Wi-Fi di tempat "
        "kamera."
    ),
}


def sentence(state: str, cause: str, clock_offset_seconds: float | None = None) -> str:
    """The cause and its remedy in words; says by how much where a clock is off."""
    if cause == Cause.CLOCK_DRIFT and clock_offset_seconds is not None:
        return gettext(
            "Jam kamera %(amount)s, sehingga waktu pada rekaman dapat keliru. Mohon nyalakan waktu otomatis (NTP) "
            "pada kamera."
        ) % {"amount": drift(clock_offset_seconds)}
    if cause in _SENTENCES:
        return str(_SENTENCES[cause])
    return str(_NORMAL if state == State.NORMAL else _WAITING)


def drift(seconds: float) -> str:
    """How far a clock is off: "7 menit lebih lambat". A positive offset is a clock that runs ahead."""
    size = abs(seconds)
    if size < 90:
        amount = ngettext("%(count)d detik", "%(count)d detik", round(size)) % {"count": round(size)}
    elif size < 5400:
        amount = ngettext("%(count)d menit", "%(count)d menit", round(size / 60)) % {"count": round(size / 60)}
    elif size < 129600:
        amount = ngettext("%(count)d jam", "%(count)d jam", round(size / 3600)) % {"count": round(size / 3600)}
    else:
        amount = ngettext("%(count)d hari", "%(count)d hari", round(size / 86400)) % {"count": round(size / 86400)}
    form = gettext("%(amount)s lebih cepat") if seconds > 0 else gettext("%(amount)s lebih lambat")
    return form % {"amount": amount}


def moment(value: datetime) -> str:
    """A moment as people here write it: 23 November 2026, 14.05 WIB."""
    return date_format(timezone.localtime(value), "j F Y, H.i") + " WIB"
