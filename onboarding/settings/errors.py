"""Refusals about a device's settings."""

from django.utils.translation import gettext_lazy as _

from onboarding.errors import OnboardingError


class NotKept(OnboardingError):
    code = "not_kept"
    message = _("Yang meminta ini tidak lagi mengurus perangkat ini; perangkatnya tidak kami hubungi.")


class NotReadYet(OnboardingError):
    code = "not_connected_yet"
    message = _("Sambungkan perangkat dulu. Setelannya baru dapat dibaca sesudah perangkat menjawab.")


class WithoutOnvif(OnboardingError):
    code = "without_onvif"
    message = _(
        "Perangkat ini disambungkan lewat RTSP saja, tanpa ONVIF. Setelannya tidak dapat kami baca atau ubah."
    )


class WorkOpen(OnboardingError):
    code = "settings_busy"
    message = _("Kami masih berbicara dengan perangkat ini. Tunggu sampai selesai.")


class TooManyWorks(OnboardingError):
    code = "too_many_works"
    message = _("Setelan perangkat ini sudah terlalu sering dibaca atau diubah hari ini. Coba lagi besok.")


class AlreadyRunning(WorkOpen):
    code = "already_running"
    message = _("Ini sudah berjalan di jendela lain. Tunggu sampai selesai.")


class AnotherAnswers(OnboardingError):
    code = "another_device_answers"
    message = _("Perangkat lain menjawab di alamat ini. Buka sambungan perangkat, lalu pastikan alamatnya.")


class OtherDevice(OnboardingError):
    code = "other_device"
    message = _(
        "Ini dilakukan pada perangkat lama, bukan pada perangkat yang sekarang di alamat ini; jadi tidak dapat "
        "diubah atau dikembalikan dari sini."
    )


class OfferGone(OnboardingError):
    code = "offer_gone"
    message = _("Perubahan ini tidak lagi ditawarkan. Baca setelan perangkat sekali lagi.")


class NothingToUndo(OnboardingError):
    code = "nothing_to_undo"
    message = _("Perubahan ini tidak dapat dikembalikan: perangkatnya tidak kami ubah, atau sudah dikembalikan.")


class AccountNeeded(OnboardingError):
    code = "account_needed"
    message = _("Untuk ini perangkat meminta nama pengguna dan kata sandi pengelola. Isi keduanya.")


class AccountRests(OnboardingError):
    code = "account_rests"
    message = _(
        "Perangkat sudah dua kali menolak kata sandi ini. Agar akun perangkat tidak terkunci, kami tidak "
        "mencobanya lagi. Periksa kata sandinya."
    )


class TooManyRefused(OnboardingError):
    code = "too_many_refused"
    message = _(
        "Perangkat sudah terlalu sering menolak akun yang diketik. Agar akun perangkat tidak terkunci, akun dapat "
        "diketik lagi mulai %(moment)s WIB. Sementara itu, setelan dapat dikembalikan langsung pada perangkatnya, "
        "atau mintalah bantuan petugas saat ia berkunjung."
    )


class ChannelMissing(OnboardingError):
    code = "channel_missing"
    message = _("Kamera ini belum punya saluran pada perangkat. Uji sambungannya dulu.")
