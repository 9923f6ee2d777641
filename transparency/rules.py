"""The rule of each public number in one sentence, by the number's code. Page and files tell the same."""

from django.utils.translation import gettext_lazy as _

RULES = {
    "cameras.listed": _("Terdata: kamera yang didaftarkan pemiliknya dan tidak ditarik."),
    "cameras.verified": _(
        "Terverifikasi: kamera terdata yang diperiksa Bhabinkamtibmas di tempat kurang dari setahun lalu, dengan "
        "perangkat yang sama."
    ),
    "cameras.aimed": _(
        "Dioptimalkan: kamera terdata yang bidang pandangnya sudah dinilai, dan pemiliknya menerima saran atau "
        "tidak memerlukannya."
    ),
    "cameras.connected": _("Terhubung: kamera terverifikasi yang perangkatnya menjawab dengan izin pemiliknya."),
    "cameras.normal": _("Normal: kamera terhubung yang pada pemeriksaan terakhir bekerja tanpa gangguan."),
    "looks": _("Melihat: setiap kali petugas membuka gambar satu kamera, dihitung pada bulan mulainya."),
    "looks.with_case": _("Dengan perkara: melihat yang tidak akan terbuka tanpa satu perkara."),
    "looks.reason": _(
        "Alasan: alasan yang dipilih petugas dari daftar tertutup sebelum melihat; setiap kali tepat satu."
    ),
    "emergencies": _(
        "Akses darurat: melihat tanpa pemberian akses, dalam batas persetujuan pemilik, selama ada perkara."
    ),
    "emergencies.in_order": _(
        "Sesuai: akses darurat bulan itu yang dinilai pengawas sesuai aturan, sampai hari ini."
    ),
    "emergencies.not_in_order": _(
        "Tidak sesuai: akses darurat bulan itu yang dinilai pengawas tidak sesuai aturan, sampai hari ini."
    ),
    "emergencies.not_judged": _(
        "Belum dinilai: akses darurat bulan itu yang belum diputus pengawas sampai hari ini."
    ),
    "deferrals": _(
        "Ditunda: melihat yang pemberitahuannya kepada pemilik ditunda dengan nomor surat dan persetujuan pengawas."
    ),
    "withdrawals": _(
        "Penarikan: tempat yang menarik sedikitnya satu persetujuan pada bulan itu; satu tempat dihitung sekali."
    ),
    "cut_off.seconds": _(
        "Sampai terputus: dari penarikan sampai berakhirnya tayangan terakhir yang sedang dibuka karenanya. "
        "Nilai tengahnya ditampilkan mulai dari lima pemilik."
    ),
    "erased.seconds": _(
        "Sampai selesai: dari penarikan sampai langkah terakhir penghapusan dan pemberitahuan; batas "
        "hukumnya 3×24 jam. Nilai tengahnya ditampilkan mulai dari lima pemilik."
    ),
}


def rule_of(code: str) -> str:
    """The sentence for this number: that of its own code or of the nearest one above it."""
    parts = code.split(".")
    for length in range(len(parts), 0, -1):
        found = RULES.get(".".join(parts[:length]))
        if found is not None:
            return str(found)
    raise KeyError(code)
