"""Refusals about conduct, in words for the person who is refused."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class ConductError(Exception):
    """A refusal that may be shown to the user as it is."""

    message: str | Promise = _("Permintaan ini tidak dapat dipenuhi.")

    def __str__(self) -> str:
        return str(self.args[0] if self.args else self.message)


class NotToldOf(ConductError):
    """Also for whoever may read the entry and not ask."""

    message = _("Kunjungan ini tidak ada di Buku Tamu Anda, atau peran Anda di tempat itu tidak bertanya.")


class AskedAlready(ConductError):
    message = _("Anda sudah menanyakan kunjungan ini. Tunggu jawabannya; sesudah itu Anda dapat bertanya lagi.")


class AskedTooOften(ConductError):
    message = _("Pertanyaan Anda hari ini sudah banyak. Tunggu jawaban yang ada, lalu tanya lagi besok.")


class NotTheJudge(ConductError):
    message = _("Kunjungan ini dinilai orang lain: bukan yang melihat sendiri, dan bukan dari unitnya.")


class AnsweredAlready(ConductError):
    message = _("Pertanyaan ini sudah dijawab.")


class NoDeferrals(ConductError):
    message = _("Penundaan tidak dipakai di sini: pemilik membaca setiap kunjungan seketika.")


class EmergencyNotDeferred(ConductError):
    message = _("Akses darurat tidak dapat ditunda: pemiliknya diberi tahu seketika.")


class TooLateToDefer(ConductError):
    message = _(
        "Sudah lewat 24 jam sejak kunjungan dimulai. Pemilik sudah dapat membacanya, jadi tidak ditunda lagi."
    )


class OwnerHasAsked(ConductError):
    message = _("Pemilik sudah membaca dan menanyakan kunjungan ini, jadi tidak dapat ditunda.")


class DeferredAlready(ConductError):
    message = _("Penundaan untuk kunjungan ini sudah diminta.")


class NotOfThisBody(ConductError):
    message = _("Hanya orang dari lembaga yang melihat yang dapat meminta penundaan.")


class NobodyJudges(ConductError):
    message = _("Tidak ada pengawas yang boleh memutuskan penundaan ini, jadi tidak dapat diminta.")


class DecidedAlready(ConductError):
    message = _("Penundaan ini sudah diputuskan.")


class NotRenewed(ConductError):
    message = _("Penundaan hanya diperpanjang satu kali, atas permintaan lembaga yang melihat, selama berjalan.")


class TooEarlyToRenew(ConductError):
    message = _("Perpanjangan baru dapat diminta pada tiga hari terakhir penundaan.")


class RenewalAskedAlready(ConductError):
    message = _("Perpanjangan untuk kunjungan ini sudah diminta.")


class SameLetter(ConductError):
    message = _("Perpanjangan memerlukan surat lain, dengan nomor lain.")


class JudgedAlready(ConductError):
    message = _("Pengawas lain sudah menilainya lebih dahulu. Penilaiannya tampil di halaman ini.")


class WordsNeeded(ConductError):
    message = _("Tulis apa yang tidak sesuai, atau apa yang harus dijelaskan.")


class AskedForExplanationAlready(ConductError):
    message = _("Penjelasan sudah diminta. Nilai setelah dijawab, atau sekarang juga.")


class ExplainedAlready(ConductError):
    message = _("Penjelasan sudah terkirim atau tayangannya sudah dinilai.")


class NotSuspended(ConductError):
    message = _("Tugasnya tidak sedang ditangguhkan.")


class NotYetAnchored(ConductError):
    message = _("Bulan itu belum selesai, atau belum ada jangkar yang dibuat sesudahnya.")
