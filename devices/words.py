"""Indonesian words for the steps of a probe and for its warnings. Plain strings: this package has no gettext."""

from __future__ import annotations

STEP_WORDS = {
    "address": "Memeriksa alamat",
    "connect": "Menghubungi perangkat",
    "clock": "Membaca jam perangkat",
    "sign_in": "Masuk dengan nama pengguna dan kata sandi",
    "identity": "Mengenali merek, tipe, dan nomor seri",
    "channels": "Membaca saluran video",
    "picture": "Mengambil satu gambar",
}

WARNING_WORDS = {
    "clock_unread": "Jam perangkat tidak terbaca.",
    "clock_off": "Jam perangkat meleset. Mohon setel jam atau nyalakan NTP pada perangkat.",
    "local_time_as_utc": "Perangkat menyebut waktu setempat sebagai UTC.",
    "auth_not_enforced": "Perangkat menjawab tanpa kata sandi. Mohon nyalakan kata sandi pada perangkat.",
    "no_information": "Merek dan nomor seri tidak terbaca.",
    "no_services": "Daftar layanan perangkat tidak terbaca.",
    "no_capabilities": "Kemampuan perangkat tidak terbaca.",
    "no_profiles": "Saluran video tidak terbaca.",
    "no_mac": "Alamat MAC tidak terbaca.",
    "no_stream_address": "Alamat tayangan tidak terbaca.",
    "stream_address_refused": "Alamat tayangan yang disebut perangkat tidak dapat dipakai.",
    "stream_port_refused": "Port tayangan yang disebut perangkat bukan port yang kami layani.",
    "streams_unread": "Sebagian tayangan belum sempat dibaca.",
    "no_snapshot_address": "Perangkat tidak menyediakan gambar diam.",
    "snapshot_address_refused": "Alamat gambar diam yang disebut perangkat tidak dapat dipakai.",
    "snapshot_basic_only": "Gambar diam hanya ditawarkan dengan cara masuk yang tidak aman, jadi tidak kami pakai.",
    "snapshot_failed": "Gambar diam tidak dapat diambil.",
    "keyframe_failed": "Gambar dari tayangan tidak dapat diambil.",
    "stream_not_authorized": "Tayangan menolak nama pengguna atau kata sandi.",
    "stream_open": "Tayangan terbuka tanpa kata sandi. Mohon nyalakan kata sandi tayangan pada perangkat.",
    "rtsp_only": "Perangkat tanpa ONVIF: jam dan nomor seri tidak diketahui.",
}


def warning_words(code: str) -> str:
    """The sentence for a warning of a report."""
    return WARNING_WORDS.get(code, code)
