"""Refusals about enrolling, connecting and verifying, in words for the person who is refused."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class OnboardingError(Exception):
    """A refusal that may be shown to the user as it is."""

    code = "onboarding_error"
    message: str | Promise = _("Permintaan ini tidak dapat dipenuhi.")

    def __str__(self) -> str:
        return str(self.args[0] if self.args else self.message)


# --- connecting a device ---------------------------------------------------------------------------------


class TooManyProbes(OnboardingError):
    code = "too_many_probes"
    message = _(
        "Perangkat di alamat ini sudah terlalu sering dicoba hari ini. "
        "Agar akun kamera Anda tidak terkunci, coba lagi besok."
    )


class ProbeRunning(OnboardingError):
    code = "probe_running"
    message = _("Perangkat ini sedang diuji. Tunggu sampai selesai.")


class SecretRests(OnboardingError):
    code = "secret_rests"
    message = _(
        "Kamera sudah dua kali menolak kata sandi ini. Agar akun kamera tidak terkunci, kami tidak mencobanya lagi "
        "sampai nama pengguna dan kata sandinya diisi ulang."
    )


class SecretUnclear(OnboardingError):
    """It rests, but the device did not refuse it twice: its owner may have it tried once more, after a pause."""

    code = "secret_unclear"
    message = _(
        "Perangkat tidak menjawab dengan jelas saat kami masuk, jadi kata sandi ini belum tentu salah. Agar akun "
        "kamera tidak terkunci, kami tidak mencobanya lagi dengan sendirinya. Pastikan perangkat menyala dan kata "
        "sandinya benar, lalu tekan “Coba sekali lagi” di halaman perangkat ini."
    )
    later = _(
        "Perangkat tidak menjawab dengan jelas saat kami masuk, jadi kata sandi ini belum tentu salah. Agar akun "
        "kamera tidak terkunci, kata sandi yang sama dapat dicoba sekali lagi mulai %(moment)s WIB."
    )


class SecretRefusedBefore(OnboardingError):
    code = "secret_refused_before"
    message = _(
        "Kata sandi ini sudah dua kali ditolak perangkat di alamat ini, jadi tidak kami coba lagi. Periksa nama "
        "pengguna dan kata sandinya pada perangkat, lalu isi yang lain."
    )


class NothingListed(OnboardingError):
    code = "nothing_listed"
    message = _("Tidak ada kamera yang masih terdata di tempat ini, jadi perangkatnya tidak kami hubungi.")


class AddressMissing(OnboardingError):
    code = "address_missing"
    message = _("Alamat perangkat belum diisi.")


class SecretMissing(OnboardingError):
    code = "secret_missing"
    message = _("Nama pengguna dan kata sandi perangkat belum diisi untuk alamat ini.")


class HomeOnly(OnboardingError):
    code = "home_only"
    message = _(
        "Alamat ini hanya berlaku di dalam jaringan rumah atau kantor Anda dan tidak dapat dijangkau dari luar. "
        "Mohon jangan membuka port pada router Anda. Kamera Anda tetap terdata dan menunggu agen."
    )


class PasswordNeeded(OnboardingError):
    code = "password_needed"
    message = _("Alamat atau nama penggunanya berubah. Isi kata sandinya sekali lagi.")


class UserNeeded(OnboardingError):
    code = "user_needed"
    message = _("Isi juga nama pengguna perangkat.")


# --- changing a place later ------------------------------------------------------------------------------


class SiteClosed(OnboardingError):
    code = "site_closed"
    message = _("Tempat ini sudah tidak terdata. Untuk ikut lagi, daftarkan kameranya kembali.")


class AlreadyGiven(OnboardingError):
    """Signed in another tab, or the same form sent twice."""

    code = "already_given"
    message = _("Izin ini sudah berlaku.")


class ConsentFirst(OnboardingError):
    code = "consent_first"
    message = _(
        "Perangkat dan kata sandi baru diminta sesudah Anda mengizinkan sesuatu yang memerlukan sambungan. "
        "Di tempat ini belum ada izin seperti itu."
    )


class NoneWithoutDevice(OnboardingError):
    code = "none_without_device"
    message = _("Tidak ada kamera di tempat ini yang masih menunggu perangkat.")


class ChannelUnknown(OnboardingError):
    code = "channel_unknown"
    message = _("Saluran ini bukan dari uji terakhir perangkatnya. Sambungkan sekali lagi, lalu pilih salurannya.")


class ChannelListed(OnboardingError):
    """In another tab, or by the same form sent twice."""

    code = "channel_listed"
    message = _("Saluran ini sudah menjadi kamera yang terdata.")


# --- verification on site --------------------------------------------------------------------------------


class OwnSite(OnboardingError):
    code = "own_site"
    message = _("Kamera ini milik Anda atau lembaga yang Anda urus. Verifikasinya harus dilakukan petugas lain.")


class GrantedHere(OnboardingError):
    code = "granted_here"
    message = _(
        "Anda memberi akses yang mencakup tempat ini. Yang memberi akses dan yang memverifikasi harus dua orang."
    )


class NotDue(OnboardingError):
    code = "not_due"
    message = _("Kamera ini tidak sedang menunggu kunjungan.")


class NothingRefused(OnboardingError):
    code = "nothing_refused"
    message = _("Kunjungan terakhir tidak meminta perbaikan apa pun.")


class VisitTaken(OnboardingError):
    code = "visit_taken"
    message = _("Petugas lain sedang memeriksa kamera ini.")


class VisitOver(OnboardingError):
    code = "visit_over"
    message = _("Kunjungan ini sudah diputuskan.")


class NotConnectedYet(OnboardingError):
    code = "not_connected_yet"
    message = _(
        "Perangkat kamera ini belum pernah berhasil disambungkan. Minta pemilik membuka halaman perangkatnya dan "
        "menekan “Sambungkan sekarang”, lalu ulangi."
    )


class NothingToKnowItBy(OnboardingError):
    code = "nothing_to_know_it_by"
    message = _(
        "Perangkat kamera ini tersambung, tetapi tidak satu pun tanda pengenalnya terbaca, jadi perangkat lain "
        "yang kelak menjawab di alamatnya tidak dapat kami bedakan. Minta pemilik mengujinya sekali lagi di "
        "halaman perangkat. Bila tetap begitu, kameranya dapat diverifikasi setelah perangkatnya diganti."
    )


class DeviceDiffers(OnboardingError):
    code = "device_differs"
    message = _(
        "Perangkat lain menjawab di alamat kamera ini. Pemilik perlu memperbarui data perangkatnya sebelum kamera "
        "dapat diverifikasi."
    )


class PossessionMissing(OnboardingError):
    code = "possession_missing"
    message = _(
        "Kamera dengan perangkat harus dibuktikan dulu: ambil gambar baru dan pastikan kode empat angka terlihat."
    )


class PictureMissing(OnboardingError):
    code = "picture_missing"
    message = _("Belum ada gambar baru dari kamera ini. Ambil gambarnya dulu.")


class PositionFirst(OnboardingError):
    code = "position_first"
    message = _("Gunakan lokasi Anda dulu (bagian 2), lalu ambil gambar.")


class PictureNotAllowed(OnboardingError):
    code = "picture_not_allowed"
    message = _(
        "Pemilik tidak sedang mengizinkan gambar dari kamera ini: izinnya tidak ada, sudah ditarik, atau kameranya "
        "dijeda."
    )


class TooManyPictures(OnboardingError):
    code = "too_many_pictures"
    message = _("Sudah terlalu banyak gambar diambil dalam kunjungan ini atau oleh Anda hari ini.")


class DeviceBusy(OnboardingError):
    code = "busy"
    message = _("Kamera sedang melayani orang lain. Coba lagi sebentar lagi.")


class ChecksMissing(OnboardingError):
    code = "checks_missing"
    message = _("Belum semua pemeriksaan terpenuhi. Pilih “Perlu perbaikan” bila ada yang belum sesuai.")


class ReasonMissing(OnboardingError):
    code = "reason_missing"
    message = _("Tulis alasannya, agar pemilik tahu apa yang perlu diperbaiki.")


class PlaceUnexplained(ReasonMissing):
    """The same code as its base: the form asks for the same text."""

    message = _(
        "Posisi Anda jauh dari pin atau bukan dari GPS. Tulis sebabnya di catatan; pemilik dan pengawas membacanya."
    )
