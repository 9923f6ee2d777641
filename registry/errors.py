"""Refusals about the facts of record, in words for the person who is refused."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class RegistryError(Exception):
    """A refusal that may be shown to the user as it is."""

    code = "registry_error"
    message: str | Promise = _("Permintaan ini tidak dapat dipenuhi.")

    def __str__(self) -> str:
        return str(self.args[0] if self.args else self.message)


class NotYours(RegistryError):
    """Shown as 404 by pages: whoever does not act for the partner learns nothing about it."""

    code = "not_yours"
    message = _("Data ini bukan milik Anda, atau peran Anda tidak mencakup tindakan ini.")


class NotNameable(RegistryError):
    code = "not_nameable"
    message = _("Orang ini tidak dapat ditunjuk untuk tugas itu di lokasi ini.")


class LastManager(RegistryError):
    code = "last_manager"
    message = _("Satu pengelola harus tetap ada. Jadikan orang lain pengelola dulu.")


class RoleHeld(RegistryError):
    code = "role_held"
    message = _("Orang ini sudah punya peran itu di sini.")


class NamedHere(RegistryError):
    code = "named_here"
    message = _("Orang ini tidak dapat ditambahkan di sini.")


class TooManyPeople(RegistryError):
    code = "too_many_people"
    message = _("Terlalu banyak peran. Akhiri dulu yang tidak dipakai lagi.")


class NobodyToCountersign(RegistryError):
    code = "nobody_to_countersign"
    message = _("Untuk tanda tangan kedua diperlukan dua orang yang boleh menandatangani. Tambahkan seorang dulu.")


class SecondSignatureNeeded(RegistryError):
    code = "second_signature_needed"
    message = _("Di sini persetujuan berlaku setelah orang kedua ikut menandatangani.")


class OwnProposal(RegistryError):
    code = "own_proposal"
    message = _("Tanda tangan kedua diberikan orang lain, bukan yang mengusulkan.")


class ProposalOver(RegistryError):
    code = "proposal_over"
    message = _("Usul ini sudah tidak menunggu lagi.")


class ProposalOutdated(RegistryError):
    code = "proposal_outdated"
    message = _("Sejak diusulkan ada yang berubah: kata-katanya, penerimanya, atau yang mengusulkan. Usulkan lagi.")


class ResponsibleNeeded(RegistryError):
    code = "responsible_needed"
    message = _("Sebutkan penanggung jawab, jabatannya, dan nomor surat kuasa atau surat tugasnya.")


class NotAKelurahan(RegistryError):
    code = "not_a_kelurahan"
    message = _("Pilih kelurahan tempat kamera berada.")


class NoCameras(RegistryError):
    code = "no_cameras"
    message = _("Sebutkan sedikitnya satu kamera.")


class LabelTwice(RegistryError):
    code = "label_twice"
    message = _("Dua kamera di lokasi yang sama tidak boleh bernama sama.")


class ListedNeeded(RegistryError):
    code = "listed_needed"
    message = _("Tanpa persetujuan “Terdata”, kamera tidak dapat kami catat dan izin lain tidak dapat diberikan.")


class RecipientNotOffered(RegistryError):
    code = "recipient_not_offered"
    message = _("Lembaga ini tidak dapat menjadi penerima persetujuan untuk lokasi Anda.")


class HoursNeeded(RegistryError):
    code = "hours_needed"
    message = _("Isi jam mulai dan jam selesai untuk izin pada jam tertentu.")


class TooLong(RegistryError):
    code = "too_long"
    message = _("Persetujuan berlaku paling lama satu tahun dan harus berakhir sesudah hari ini.")


class ChosenTwice(RegistryError):
    code = "chosen_twice"
    message = _("Izin yang sama dipilih dua kali.")


class AlreadyWithdrawn(RegistryError):
    code = "already_withdrawn"
    message = _("Ini sudah ditarik sebelumnya.")


class NoteNeeded(RegistryError):
    code = "note_needed"
    message = _("Tulis dari mana Anda tahu bahwa tempat ini bukan milik pemilik itu lagi.")


class WordsNotWhole(RegistryError):
    code = "words_not_whole"
    message = _("Setiap kalimat harus ada dalam kedua bahasa, dengan isian yang tepat.")


class WordsUnchanged(RegistryError):
    code = "words_unchanged"
    message = _("Kata-katanya sama dengan yang berlaku; tidak ada yang diterbitkan.")


class WordsMoved(RegistryError):
    code = "words_moved"
    message = _("Versi lain sudah terbit sejak halaman ini dibuka. Mulai lagi dari versi yang berlaku.")


class PauseNotAhead(RegistryError):
    code = "pause_not_ahead"
    message = _("Jeda harus berakhir sesudah sekarang dan paling lama 90 hari.")


class Restricted(RegistryError):
    code = "restricted"
    message = _("Pemrosesan data Anda sedang dibatasi. Cabut pembatasannya dulu di halaman Data saya.")


class NotPaused(RegistryError):
    code = "not_paused"
    message = _("Kamera ini sedang tidak dijeda.")


class SecretIncomplete(RegistryError):
    code = "secret_incomplete"
    message = _("Isi nama pengguna dan kata sandi perangkat.")


# --- networks attached to a site -------------------------------------------------------------------------


class RangeNotAllowed(RegistryError):
    """Why a range may not be attached, in words; see `devices.routes.RangeRefused` for the reasons."""

    code = "range_refused"
    message = _("Tulis rentang seperti 10.20.30.0/24.")


class RangeOurs(RegistryError):
    code = "range_ours"
    message = _(
        "Rentang ini bersinggungan dengan %(range)s, jaringan server kami sendiri, jadi tidak dapat disambungkan "
        "ke tempat mana pun. Periksa rentangnya. Bila kameranya memang di sana, beri kamera itu jaringan sendiri."
    )


class RangeTaken(RegistryError):
    code = "range_taken"
    message = _(
        "Rentang ini bertumpang tindih dengan jaringan “%(name)s” (%(range)s). Server hanya mengenal satu jalan ke "
        "satu alamat: lepaskan jaringan itu dulu, atau petakan salah satunya ke rentang lain di VPN."
    )


class NetworkNameTaken(RegistryError):
    code = "network_name_taken"
    message = _("Jaringan lain yang tersambung sudah bernama sama. Beri nama yang berbeda.")


class PortsNeeded(RegistryError):
    code = "ports_needed"
    message = _("Pilih sedikitnya satu port kamera.")


class AlreadyDetached(RegistryError):
    code = "already_detached"
    message = _("Jaringan ini sudah dilepas.")


class HandoverDay(RegistryError):
    code = "handover_day"
    message = _("Pilih hari ini atau sesudahnya, paling lama setahun lagi.")


class AlreadyMaintains(RegistryError):
    code = "already_maintains"
    message = _("Orang itu sudah tercatat sebagai yang merawat kamera di tempat ini.")
