"""Indonesian words for the steps of a probe and for its warnings. Plain strings: this package has no gettext."""

from __future__ import annotations


def gettext_noop(text: str) -> str:
    """The text as it is. `makemessages` knows this name, so the callers above find the text in the catalogues."""
    return text


STEP_WORDS = {
    "address": gettext_noop("Memeriksa alamat"),
    "connect": gettext_noop("Menghubungi perangkat"),
    "clock": gettext_noop("Membaca jam perangkat"),
    "sign_in": gettext_noop("Masuk dengan nama pengguna dan kata sandi"),
    "identity": gettext_noop("Mengenali merek, tipe, dan nomor seri"),
    "channels": gettext_noop("Membaca saluran video"),
    "picture": gettext_noop("Mengambil satu gambar"),
}

WARNING_WORDS = {
    "clock_unread": gettext_noop("Jam perangkat tidak terbaca."),
    "clock_off": gettext_noop("Jam perangkat meleset. Mohon setel jam atau nyalakan NTP pada perangkat."),
    "local_time_as_utc": gettext_noop("Perangkat menyebut waktu setempat sebagai UTC."),
    "auth_not_enforced": gettext_noop(
        "Perangkat menjawab tanpa kata sandi. Mohon nyalakan kata sandi pada perangkat."
    ),
    "greeting_unread": gettext_noop(
        "Sebagian tanda pengenal perangkat tidak terbaca. Bila perangkat sedang sibuk, uji sekali lagi."
    ),
    "no_information": gettext_noop("Merek dan nomor seri tidak terbaca."),
    "no_services": gettext_noop("Daftar layanan perangkat tidak terbaca."),
    "no_capabilities": gettext_noop("Kemampuan perangkat tidak terbaca."),
    "no_profiles": gettext_noop("Saluran video tidak terbaca."),
    "no_mac": gettext_noop("Alamat MAC tidak terbaca."),
    "no_stream_address": gettext_noop("Alamat tayangan tidak terbaca."),
    "stream_address_refused": gettext_noop("Alamat tayangan yang disebut perangkat tidak dapat dipakai."),
    "stream_port_refused": gettext_noop("Port tayangan yang disebut perangkat bukan port yang kami layani."),
    "streams_unread": gettext_noop("Sebagian tayangan belum sempat dibaca."),
    "no_snapshot_address": gettext_noop("Perangkat tidak menyediakan gambar diam."),
    "snapshot_address_refused": gettext_noop("Alamat gambar diam yang disebut perangkat tidak dapat dipakai."),
    "snapshot_basic_only": gettext_noop(
        "Gambar diam hanya ditawarkan dengan cara masuk yang tidak aman, jadi tidak kami pakai."
    ),
    "snapshot_failed": gettext_noop("Gambar diam tidak dapat diambil."),
    "keyframe_failed": gettext_noop("Gambar dari tayangan tidak dapat diambil."),
    "stream_not_authorized": gettext_noop("Tayangan menolak nama pengguna atau kata sandi."),
    "stream_open": gettext_noop(
        "Tayangan terbuka tanpa kata sandi. Mohon nyalakan kata sandi tayangan pada perangkat."
    ),
    "stream_certificate_unread": gettext_noop(
        "Sertifikat tayangan tidak terbaca, jadi tayangannya belum dapat dikenali lagi. Uji sekali lagi."
    ),
    "h265_only": gettext_noop(
        "Sebagian saluran hanya mengirim H.265, yang tidak dapat diputar di banyak peramban. Ubah aliran kedua "
        "(sub-stream) menjadi H.264 pada pengaturan perangkat."
    ),
    "channels_alike": gettext_noop(
        "Perangkat menjawab nomor saluran apa pun, jadi hanya saluran pertama yang dipakai."
    ),
    "details_unread": gettext_noop("Sebagian rincian perangkat tidak terbaca."),
    "details_refused": gettext_noop("Sebagian rincian tidak boleh dibaca oleh pengguna ini."),
    "rtsp_only": gettext_noop("Perangkat tanpa ONVIF: jam dan nomor seri tidak diketahui."),
}

#: What an owner can do nothing about and loses nothing by.
FOR_TECHNICIANS = frozenset({"details_unread", "details_refused", "no_mac", "snapshot_basic_only"})

DETAIL_WORDS = {
    "clock": gettext_noop("setelan jam"),
    "interfaces": gettext_noop("antarmuka jaringan"),
    "video_sources": gettext_noop("sumber video"),
    "encoders": gettext_noop("pengaturan aliran"),
    "encoder_options": gettext_noop("pilihan pengaturan aliran"),
    "masks": gettext_noop("topeng privasi"),
    "mask_options": gettext_noop("pilihan topeng privasi"),
    "recordings": gettext_noop("rekaman"),
    "scopes": gettext_noop("nama dan lokasi"),
    "event_topics": gettext_noop("topik kejadian"),
}


def detail_words(name: str) -> str:
    """What one of `Details.missing` is called."""
    return DETAIL_WORDS.get(name, name)


def warning_words(code: str) -> str:
    """The sentence for a warning of a report."""
    return WARNING_WORDS.get(code, code)
