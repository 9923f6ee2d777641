"""Who gets what at every address, written by hand from the design (section 6) before any run.

Unknown and forbidden both answer 404; pages send the signed-out to the sign-in; the API refuses them with 403
(session authentication has no challenge, so it cannot be 401). A person may always open his own empty list.

One line per method, address and rightful person. Columns: method; pattern; what fills its converters, in order
(a name of `world.Everything.things`, else the word itself); then the statuses of the four strangers

    out        signed out
    neighbour  another owner in the same kelurahan
    officer    a Bhabinkamtibmas (verifier and viewer) of the same Polsek and the next kelurahan
    outsider   a viewer of another body over the same city, which has no grant

and last the person for whom the address is made, with his status. `in` is a redirect to the sign-in, `302` one to
anywhere else. A line starting with `#` is a heading.
"""

from dataclasses import dataclass
from typing import Any

# fmt: off
TABLE = """
# The public pages: nobody is refused, and nothing in them is about a single place.
GET   /                                               -              200 200 200 200  owner 200
GET   transparansi/                                   -              200 200 200 200  owner 200
GET   transparansi/angka.csv                          -              200 200 200 200  owner 200
GET   transparansi/angka.json                         -              200 200 200 200  owner 200
GET   healthz                                         -              200 200 200 200  owner 200
GET   readyz                                          -              200 200 200 200  owner 200
GET   metrics                                         -              200 200 200 200  owner 200
GET   peta/wilayah.json                               -              200 200 200 200  owner 200
GET   daftar/                                         -              200 200 200 200  owner 200
GET   bahasa/setlang/                                 -              302 302 302 302  owner 302
POST  bahasa/setlang/                                 -              302 302 302 302  owner 302
GET   api/v1/schema/                                  -              200 200 200 200  owner 200
GET   api/v1/docs/                                    -              200 200 200 200  owner 200
GET   api/v1/                                         -              404 404 404 404  owner 404
GET   api/v1/<path:address>                           nowhere/       404 404 404 404  owner 404

# Whoever holds a receipt may check it; to all others it does not exist.
GET   tanda-terima/                                   -              200 200 200 200  owner 200
GET   tanda-terima/<str:code>/                        receipt        200 200 200 200  owner 200
GET   tanda-terima/<str:code>/                        0123456789ABCDEF  404 404 404 404  owner 404

# The audit trail's anchors, for everybody to keep; what is in an entry is not among them.
GET   jejak-audit/                                    -              200 200 200 200  owner 200
GET   jejak-audit/jangkar.json                        -              200 200 200 200  owner 200
GET   jejak-audit/sampai/<int:last>/jangkar.json      anchor         200 200 200 200  owner 200
GET   jejak-audit/jangkar/<int:last>.json             anchor         200 200 200 200  owner 200
GET   jejak-audit/jangkar/<int:last>.json             99999999999999999999  404 404 404 404  owner 404
GET   jejak-audit/check_receipt.py                    -              200 200 200 200  owner 200

# Signing in. Those who are in are sent on; the second step is for those who passed the first.
GET   akun/masuk/                                     -              200 302 302 302  pending 302
POST  akun/masuk/                                     -              302 302 302 302  pending 302
GET   akun/masuk/kode/                                -              in  302 302 302  pending 200
POST  akun/masuk/kode/                                -              in  302 302 302  pending 200
GET   akun/keluar/                                    -              302 200 200 200  owner 200
POST  akun/keluar/                                    -              302 302 302 302  owner 302
GET   akun/nonaktif/                                  -              200 200 200 200  owner 200
GET   akun/undangan/<str:token>/                      invitation     200 200 200 200  newcomer 200
POST  akun/undangan/<str:token>/                      invitation     302 302 302 302  newcomer 302
POST  akun/undangan/<str:token>/                      used-up        410 410 410 410  newcomer 410
GET   mulai/                                          -              in  302 302 302  viewer 302

# One's own second factor. The viewer has an authenticator and recovery codes; the strangers have none. Before a
# change he types a code once more: who did that is `retyped`.
GET   akun/ulang/                                     -              in  403 403 403  viewer 302
POST  akun/ulang/                                     -              in  403 403 403  viewer 302
GET   akun/faktor-kedua/                              -              in  200 200 200  viewer 200
GET   akun/faktor-kedua/authenticate/                 -              in  302 302 302  halfway 200
POST  akun/faktor-kedua/authenticate/                 -              in  302 302 302  halfway 200
GET   akun/faktor-kedua/reauthenticate/               -              in  403 403 403  viewer 200
POST  akun/faktor-kedua/reauthenticate/               -              in  403 403 403  viewer 200
GET   akun/faktor-kedua/totp/activate/                -              in  200 200 200  newcomer 200
POST  akun/faktor-kedua/totp/activate/                -              in  200 200 200  newcomer 200
GET   akun/faktor-kedua/totp/deactivate/              -              in  404 404 404  retyped 200
POST  akun/faktor-kedua/totp/deactivate/              -              in  404 404 404  retyped 302
GET   akun/faktor-kedua/recovery-codes/               -              in  404 404 404  retyped 200
GET   akun/faktor-kedua/recovery-codes/generate/      -              in  200 200 200  retyped 200
POST  akun/faktor-kedua/recovery-codes/generate/      -              in  200 200 200  retyped 302
GET   akun/faktor-kedua/recovery-codes/download/      -              in  404 404 404  retyped 200
GET   akun/faktor-kedua/totp/deactivate/              -              in  404 404 404  viewer 302
POST  akun/faktor-kedua/totp/deactivate/              -              in  404 404 404  viewer 302
GET   akun/faktor-kedua/recovery-codes/               -              in  404 404 404  viewer 302
GET   akun/faktor-kedua/recovery-codes/generate/      -              in  200 200 200  viewer 302
POST  akun/faktor-kedua/recovery-codes/generate/      -              in  200 200 200  viewer 302
GET   akun/faktor-kedua/recovery-codes/download/      -              in  404 404 404  viewer 302

# The owner.
GET   mitra/                                          -              in  200 200 200  owner 200
GET   mitra/buku-tamu/                                -              in  200 200 200  owner 200
GET   mitra/buku-tamu/<uuid:public_id>/bukti.json     look           in  404 404 404  owner 200
GET   mitra/buku-tamu/<uuid:public_id>/bukti.json     look           in  404 404 404  viewer 404
GET   mitra/buku-tamu/buku-tamu.csv                   -              in  200 200 200  owner 200
GET   mitra/buku-tamu/<uuid:public_id>/tanya/         look           in  404 404 404  owner 200
GET   mitra/buku-tamu/<uuid:public_id>/tanya/         look           in  404 404 404  helper 404
POST  mitra/buku-tamu/<uuid:public_id>/tanya/         look           in  404 404 404  owner 302
GET   mitra/pertanyaan/                               -              in  200 200 200  owner 200
GET   mitra/kamera/<uuid:public_id>/                  camera         in  404 404 404  owner 200
POST  mitra/kamera/<uuid:public_id>/                  camera         in  404 404 404  owner 302
GET   mitra/kamera/<uuid:public_id>/siapa-melihat/    camera         in  404 404 404  owner 200
GET   mitra/kamera/<uuid:public_id>/kami-tahu/        camera         in  404 404 404  owner 200
GET   mitra/kamera/<uuid:public_id>/kami-tahu/        camera         in  404 404 404  helper 404
POST  mitra/kamera/<uuid:public_id>/kami-tahu/        camera         in  404 404 404  owner 302
GET   mitra/kami-tahu/<str:token>/                    letter         in  404 404 404  owner 200
GET   mitra/kami-tahu/<str:token>/                    letter         in  404 404 404  helper 404
POST  mitra/kami-tahu/<str:token>/                    letter         in  404 404 404  owner 302
GET   mitra/kamera/<uuid:public_id>/kesehatan/        camera         in  404 404 404  owner 200
GET   mitra/kamera/<uuid:public_id>/kesehatan/        camera         in  404 404 404  helper 200
GET   mitra/kamera/<uuid:public_id>/kesehatan/        camera         in  404 404 404  viewer 404
GET   mitra/kamera/<uuid:public_id>/kesehatan/        vital_camera   in  404 404 404  vital_owner 200
GET   mitra/kamera/<uuid:public_id>/kesehatan/kabar/  camera         in  404 404 404  owner 200
GET   mitra/kamera/<uuid:public_id>/kesehatan/kabar/  camera         in  404 404 404  viewer 404
GET   mitra/kamera/<uuid:public_id>/kesehatan/kabar/  vital_camera   in  404 404 404  named_verifier 404
GET   mitra/kamera/<uuid:public_id>/keluarkan/        camera         in  404 404 404  owner 200
POST  mitra/kamera/<uuid:public_id>/keluarkan/        camera         in  404 404 404  owner 302
POST  mitra/kamera/<uuid:public_id>/minta-kunjungan/  camera         in  404 404 404  owner 302
GET   mitra/persetujuan/<uuid:public_id>/tarik/       consent        in  404 404 404  owner 200
POST  mitra/persetujuan/<uuid:public_id>/tarik/       consent        in  404 404 404  owner 302
GET   mitra/tempat/<uuid:public_id>/tarik/            site           in  404 404 404  owner 200
POST  mitra/tempat/<uuid:public_id>/tarik/            site           in  404 404 404  owner 302
GET   mitra/tempat/<uuid:public_id>/bukan-milik-saya/  site          in  404 404 404  owner 200
POST  mitra/tempat/<uuid:public_id>/bukan-milik-saya/  site          in  404 404 404  owner 302
GET   mitra/tempat/<uuid:public_id>/perawat/          site           in  404 404 404  owner 200
GET   mitra/tempat/<uuid:public_id>/perawat/          site           in  404 404 404  helper 404
POST  mitra/tempat/<uuid:public_id>/perawat/          site           in  404 404 404  owner 302
POST  mitra/tempat/<uuid:public_id>/perawat/batal/    site           in  404 404 404  owner 302
GET   mitra/tempat/<uuid:public_id>/orang/            site           in  404 404 404  owner 200
GET   mitra/tempat/<uuid:public_id>/orang/            site           in  404 404 404  helper 404
POST  mitra/tempat/<uuid:public_id>/orang/            site           in  404 404 404  owner 302
GET   mitra/tempat/<uuid:public_id>/orang/<uuid:person_id>/  site,helper  in  404 404 404  owner 200
GET   mitra/tempat/<uuid:public_id>/orang/<uuid:person_id>/  site,helper  in  404 404 404  helper 200
POST  mitra/tempat/<uuid:public_id>/orang/<uuid:person_id>/  site,helper  in  404 404 404  helper 302
GET   mitra/tempat/<uuid:public_id>/tanda-tangan-kedua/  site        in  404 404 404  owner 200
GET   mitra/tempat/<uuid:public_id>/tanda-tangan-kedua/  site        in  404 404 404  helper 404
POST  mitra/tempat/<uuid:public_id>/tanda-tangan-kedua/  site        in  404 404 404  owner 200
GET   mitra/usul/<uuid:public_id>/                    proposal       in  404 404 404  vital_signer 200
GET   mitra/usul/<uuid:public_id>/                    proposal       in  404 404 404  named_verifier 404
POST  mitra/usul/<uuid:public_id>/                    proposal       in  404 404 404  vital_signer 302
GET   mitra/tempat/<uuid:public_id>/izin/             site           in  404 404 404  owner 200
POST  mitra/tempat/<uuid:public_id>/izin/             site           in  404 404 404  owner 302
GET   mitra/tempat/<uuid:public_id>/perbarui/         site           in  404 404 404  owner 302
POST  mitra/tempat/<uuid:public_id>/perbarui/         site           in  404 404 404  owner 302
GET   mitra/tempat/<uuid:public_id>/perangkat/        site           in  404 404 404  owner 302
POST  mitra/tempat/<uuid:public_id>/perangkat/        site           in  404 404 404  owner 302
GET   mitra/tempat/<uuid:public_id>/kamera/tambah/    site           in  404 404 404  owner 200
POST  mitra/tempat/<uuid:public_id>/kamera/tambah/    site           in  404 404 404  owner 302
GET   mitra/tanda-terima/<str:code>/                  receipt        in  404 404 404  owner 200
GET   mitra/tanda-terima/<str:code>/catatan.json      receipt        in  404 404 404  owner 200
GET   mitra/tanda-terima/<str:code>/tanda-terima-<slug:language>.pdf  receipt,id  in 404 404 404  owner 200
GET   mitra/tanda-terima/<str:code>/tanda-terima-<slug:language>.pdf  receipt,xx  in 404 404 404  owner 404
GET   mitra/perangkat/<uuid:public_id>/               device         in  404 404 404  owner 200
POST  mitra/perangkat/<uuid:public_id>/sambungkan/    device         in  404 404 404  owner 302
GET   mitra/perangkat/<uuid:public_id>/ubah/          device         in  404 404 404  owner 200
POST  mitra/perangkat/<uuid:public_id>/ubah/          device         in  404 404 404  owner 302
GET   mitra/perangkat/<uuid:public_id>/uji/<uuid:probe_id>/         device,probe  in 404 404 404  owner 200
GET   mitra/perangkat/<uuid:public_id>/uji/<uuid:probe_id>/gambar/  device,probe  in 404 404 404  owner 200
GET   mitra/perangkat/<uuid:public_id>/uji/<uuid:probe_id>/gambar/  device,proof  in 404 404 404  owner 404
GET   mitra/uji/<uuid:public_id>/saluran/<int:number>/daftarkan/  probe,2    in  404 404 404  owner 200
POST  mitra/uji/<uuid:public_id>/saluran/<int:number>/daftarkan/  probe,2    in  404 404 404  owner 302
POST  mitra/uji/<uuid:public_id>/saluran/<int:number>/gambar/     probe,2    in  404 404 404  owner 302
GET   mitra/perangkat/<uuid:public_id>/pengaturan/       device    in  404 404 404  owner 200
POST  mitra/perangkat/<uuid:public_id>/pengaturan/baca/  device    in  404 404 404  owner 302
GET   mitra/perubahan/<uuid:public_id>/setuju/        offer          in  404 404 404  owner 200
POST  mitra/perubahan/<uuid:public_id>/setuju/        offer          in  404 404 404  owner 302
GET   mitra/perubahan/<uuid:public_id>/kembalikan/    change         in  404 404 404  owner 200
POST  mitra/perubahan/<uuid:public_id>/kembalikan/    change         in  404 404 404  owner 302
GET   mitra/percakapan/<uuid:public_id>/              drawing        in  404 404 404  owner 302
GET   mitra/percakapan/<uuid:public_id>/gambar/       drawing        in  404 404 404  owner 200
GET   mitra/kamera/<uuid:public_id>/area/             camera         in  404 404 404  owner 200
POST  mitra/kamera/<uuid:public_id>/area/             camera         in  404 404 404  owner 302
POST  mitra/kamera/<uuid:public_id>/gambar/           camera         in  404 404 404  owner 302

# One's own data. Everybody may open his own page; to take or erase it all he must have signed in a moment ago.
GET   mitra/data-saya/                                -              in  200 200 200  owner 200
POST  mitra/data-saya/unduh/                          -              in  200 200 200  owner 200
GET   mitra/data-saya/hapus/                          -              in  200 200 200  owner 200
POST  mitra/data-saya/hapus/                          -              in  200 200 200  owner 200
GET   mitra/data-saya/nama/                           -              in  200 200 200  owner 200
POST  mitra/data-saya/nama/                           -              in  200 200 200  owner 200
GET   mitra/data-saya/kontak/                         -              in  200 200 200  owner 200
POST  mitra/data-saya/kontak/                         -              in  200 200 200  owner 200
GET   mitra/data-saya/mitra/<uuid:public_id>/batasi/  partner        in  404 404 404  owner 200
GET   mitra/data-saya/mitra/<uuid:public_id>/batasi/  partner        in  404 404 404  helper 404
POST  mitra/data-saya/mitra/<uuid:public_id>/batasi/  partner        in  404 404 404  owner 302
GET   mitra/data-saya/mitra/<uuid:public_id>/betulkan/  partner      in  404 404 404  owner 200
POST  mitra/data-saya/mitra/<uuid:public_id>/betulkan/  partner      in  404 404 404  owner 200
GET   mitra/data-saya/tempat/<uuid:public_id>/betulkan/  site        in  404 404 404  owner 200
POST  mitra/data-saya/tempat/<uuid:public_id>/betulkan/  site        in  404 404 404  owner 200
GET   mitra/data-saya/kamera/<uuid:public_id>/betulkan/  camera       in  404 404 404  owner 200
POST  mitra/data-saya/kamera/<uuid:public_id>/betulkan/  camera       in  404 404 404  owner 200
GET   mitra/data-saya/permintaan/<uuid:public_id>/    correction     in  404 404 404  owner 200
POST  mitra/data-saya/permintaan/<uuid:public_id>/    correction     in  404 404 404  owner 404

# Whoever protects data: the clocks, the record of processing, the breach register.
GET   pelindungan-data/                               -              in  404 404 404  protector 200
GET   pelindungan-data/jawab/<uuid:public_id>/        correction     in  404 404 404  protector 200
GET   pelindungan-data/jawab/<uuid:public_id>/        correction     in  404 404 404  verifier 200
GET   pelindungan-data/jawab/<uuid:public_id>/        correction     in  404 404 404  owner 404
POST  pelindungan-data/jawab/<uuid:public_id>/        correction     in  404 404 404  protector 200
GET   pelindungan-data/catatan/                       -              in  404 404 404  protector 200
GET   pelindungan-data/catatan/<slug:code>/           akun           in  404 404 404  protector 200
POST  pelindungan-data/catatan/<slug:code>/           akun           in  404 404 404  protector 200
GET   pelindungan-data/pelanggaran/                   -              in  404 404 404  protector 200
POST  pelindungan-data/pelanggaran/                   -              in  404 404 404  protector 200
GET   pelindungan-data/pelanggaran/<uuid:public_id>/  breach         in  404 404 404  protector 200
POST  pelindungan-data/pelanggaran/<uuid:public_id>/  breach         in  404 404 404  protector 200
GET   pelindungan-data/pelanggaran/<uuid:public_id>/betulkan/  breach  in 404 404 404  protector 200
POST  pelindungan-data/pelanggaran/<uuid:public_id>/betulkan/  breach  in 404 404 404  protector 200
POST  pelindungan-data/pelanggaran/<uuid:public_id>/beri-tahu/  breach  in 404 404 404  protector 302

# Enrolling: a conversation with oneself. The owner has a partner and is asked for whom first.
GET   daftar/lanjut/                                  -              in  302 302 302  owner 302
POST  daftar/hapus-draf/                              -              in  302 302 302  owner 302
GET   daftar/periksa/                                 -              in  302 302 302  owner 302
POST  daftar/periksa/                                 -              in  302 302 302  owner 302
GET   daftar/selesai/<uuid:public_id>/                enrolment      in  404 404 404  owner 200
GET   daftar/selesai/<uuid:public_id>/                draft          in  404 404 404  owner 404
GET   daftar/kamera/<int:number>/                     1              in  302 302 302  owner 302
POST  daftar/kamera/<int:number>/                     1              in  302 302 302  owner 302
GET   daftar/<slug:slug>/                             siapa          in  302 200 200  newcomer 200
POST  daftar/<slug:slug>/                             siapa          in  302 302 302  newcomer 302
GET   daftar/<slug:slug>/                             atas-nama      in  200 302 302  owner 200
GET   peta/wilayah/<str:code>/                        31.73.05.1001  in  200 200 200  owner 200

# The Bhabinkamtibmas on site. The vital camera is there for its named verifier alone.
GET   petugas/                                        -              in  404 200 404  verifier 200
GET   petugas/kesehatan/kabar/                        -              in  404 200 404  verifier 200
GET   petugas/verifikasi/kamera/<uuid:public_id>/     fresh          in  404 404 404  verifier 200
POST  petugas/verifikasi/kamera/<uuid:public_id>/     fresh          in  404 404 404  verifier 302
GET   petugas/verifikasi/kamera/<uuid:public_id>/     vital_camera   in  404 404 404  named_verifier 200
GET   petugas/verifikasi/kamera/<uuid:public_id>/     vital_camera   in  404 404 404  verifier 404
POST  petugas/verifikasi/kamera/<uuid:public_id>/     vital_camera   in  404 404 404  verifier 404
GET   petugas/verifikasi/kunjungan/<uuid:public_id>/  visit          in  404 404 404  verifier 200
GET   petugas/verifikasi/kunjungan/<uuid:public_id>/  visit          in  404 404 404  named_verifier 404
POST  petugas/verifikasi/kunjungan/<uuid:public_id>/  visit          in  404 404 404  verifier 302
GET   petugas/verifikasi/kunjungan/<uuid:public_id>/bukti/          visit         in 404 404 404  verifier 302
GET   petugas/verifikasi/kunjungan/<uuid:public_id>/gambar/<uuid:probe_id>/ visit,proof in 404 404 404  verifier 200
GET   petugas/verifikasi/kunjungan/<uuid:public_id>/gambar/<uuid:probe_id>/ visit,probe in 404 404 404  verifier 404
GET   petugas/verifikasi/kunjungan/<uuid:public_id>/peta.json       visit         in 404 404 404  verifier 200

GET   petugas/tempat/<uuid:public_id>/pemilik-berganti/  site         in  404 404 404  verifier 200
GET   petugas/tempat/<uuid:public_id>/pemilik-berganti/  vital_site   in  404 404 404  verifier 404
POST  petugas/tempat/<uuid:public_id>/pemilik-berganti/  site         in  404 404 404  verifier 302

# Precinct: grants are for grantors; cases are for viewers. A unit reads the cases of its Polres and closes none.
GET   polsek/                                         -              in  404 200 200  grantor 200
GET   polsek/kesehatan/                               -              in  404 200 200  grantor 200
GET   polsek/kesehatan/                               -              in  404 200 200  viewer 200
GET   polsek/kesehatan/kabar/                         -              in  404 200 200  grantor 200
GET   polsek/akses/                                   -              in  404 404 404  grantor 200
GET   polsek/akses/baru/                              -              in  404 404 404  grantor 200
POST  polsek/akses/baru/                              -              in  404 404 404  grantor 302
GET   polsek/akses/baru/tujuan/                       -              in  404 404 404  grantor 200
GET   polsek/akses/kamera/<uuid:public_id>/           camera         in  404 404 404  grantor 200
GET   polsek/akses/<uuid:public_id>/                  grant          in  404 404 404  grantor 200
GET   polsek/akses/<uuid:public_id>/                  grant          in  404 404 404  viewer 404
GET   polsek/akses/<uuid:public_id>/cabut/            grant          in  404 404 404  grantor 200
POST  polsek/akses/<uuid:public_id>/cabut/            grant          in  404 404 404  grantor 302
GET   polsek/akses/permintaan/                        -              in  404 404 404  grantor 200
GET   polsek/akses/permintaan/<uuid:public_id>/       asked          in  404 404 404  grantor 200
POST  polsek/akses/permintaan/<uuid:public_id>/       asked          in  404 404 404  grantor 302
GET   polsek/akses/persetujuan/                       -              in  404 404 404  named_approver 200
GET   polsek/akses/persetujuan/                       -              in  404 404 404  grantor 404
GET   polsek/akses/persetujuan/<uuid:public_id>/      waiting_grant  in  404 404 404  named_approver 200
GET   polsek/akses/persetujuan/<uuid:public_id>/      waiting_grant  in  404 404 404  named_grantor 404
POST  polsek/akses/persetujuan/<uuid:public_id>/      waiting_grant  in  404 404 404  named_approver 302
GET   polsek/objek-vital/                             -              in  404 404 404  administrator 200
GET   polsek/objek-vital/                             -              in  404 404 404  named_grantor 200
GET   polsek/objek-vital/                             -              in  404 404 404  grantor 404
GET   polsek/objek-vital/                             -              in  404 404 404  viewer 404
GET   polsek/objek-vital/<uuid:public_id>/            vital_site     in  404 404 404  administrator 200
GET   polsek/objek-vital/<uuid:public_id>/            vital_site     in  404 404 404  named_grantor 200
GET   polsek/objek-vital/<uuid:public_id>/            vital_site     in  404 404 404  named_approver 200
GET   polsek/objek-vital/<uuid:public_id>/            vital_site     in  404 404 404  grantor 404
GET   polsek/objek-vital/<uuid:public_id>/            vital_site     in  404 404 404  vital_owner 404
GET   polsek/objek-vital/<uuid:public_id>/            site           in  404 404 404  administrator 404
GET   polsek/objek-vital/<uuid:public_id>/<slug:task>/  vital_site,pemeriksa  in  404 404 404  administrator 200
GET   polsek/objek-vital/<uuid:public_id>/<slug:task>/  vital_site,pemberi    in  404 404 404  administrator 200
GET   polsek/objek-vital/<uuid:public_id>/<slug:task>/  vital_site,pemberi    in  404 404 404  named_grantor 404
GET   polsek/objek-vital/<uuid:public_id>/<slug:task>/  vital_site,lain       in  404 404 404  administrator 404
POST  polsek/objek-vital/<uuid:public_id>/<slug:task>/  vital_site,pemeriksa  in  404 404 404  administrator 302
GET   polsek/perkara/                                 -              in  404 200 200  viewer 200
GET   polsek/perkara/baru/                            -              in  404 200 200  viewer 200
POST  polsek/perkara/baru/                            -              in  404 302 302  viewer 302
GET   polsek/perkara/<uuid:public_id>/                case           in  404 200 404  viewer 200
POST  polsek/perkara/<uuid:public_id>/nomor/          case           in  404 404 404  viewer 302
POST  polsek/perkara/<uuid:public_id>/perpanjang/     case           in  404 404 404  viewer 302
GET   polsek/perkara/<uuid:public_id>/tutup/          case           in  404 404 404  viewer 200
POST  polsek/perkara/<uuid:public_id>/tutup/          case           in  404 404 404  viewer 302
GET   polsek/perkara/<uuid:public_id>/peta.json       case           in  404 200 404  viewer 200

# Looking, under the three desks. The list of a body without a grant is there and empty.
GET   pusat-komando/                                  -              in  404 404 404  viewer 200
GET   <desk:desk>/kamera/                             pusat-komando  in  404 404 404  viewer 200
GET   <desk:desk>/kamera/                             polsek         in  404 200 200  viewer 200
GET   <desk:desk>/kamera/                             petugas        in  404 200 404  verifier 200
GET   <desk:desk>/kamera/peta.json                    pusat-komando  in  404 404 404  viewer 200
GET   <desk:desk>/kamera/peta.json                    polsek         in  404 200 200  viewer 200
GET   <desk:desk>/kamera/peta.json                    petugas        in  404 200 404  verifier 200
GET   <desk:desk>/kamera/<uuid:public_id>/            pusat-komando,camera  in 404 404 404  viewer 200
GET   <desk:desk>/kamera/<uuid:public_id>/            polsek,camera         in 404 404 404  viewer 200
GET   <desk:desk>/kamera/<uuid:public_id>/            petugas,camera        in 404 404 404  verifier 200
GET   <desk:desk>/kamera/<uuid:public_id>/            polsek,fresh          in 404 404 404  viewer 404
GET   <desk:desk>/kamera/<uuid:public_id>/            polsek,vital_camera   in 404 404 404  viewer 404
GET   <desk:desk>/kamera/<uuid:public_id>/            polsek,camera         in 404 404 404  grantor 404
POST  <desk:desk>/kamera/<uuid:public_id>/            pusat-komando,camera  in 404 404 404  viewer 302
POST  <desk:desk>/kamera/<uuid:public_id>/            polsek,camera         in 404 404 404  viewer 302
POST  <desk:desk>/kamera/<uuid:public_id>/            petugas,camera        in 404 404 404  verifier 302
POST  <desk:desk>/kamera/<uuid:public_id>/            polsek,fresh          in 404 404 404  viewer 404
GET   <desk:desk>/kamera-perkara/<uuid:public_id>/    pusat-komando,case  in 404 404 404  viewer 200
GET   <desk:desk>/kamera-perkara/<uuid:public_id>/    polsek,case    in  404 200 404  viewer 200
POST  <desk:desk>/kamera-perkara/<uuid:public_id>/    pusat-komando,case  in 404 404 404  viewer 302
POST  <desk:desk>/kamera-perkara/<uuid:public_id>/buka/  pusat-komando,case  in 404 404 404  viewer 302
POST  <desk:desk>/kamera-perkara/<uuid:public_id>/buka/  polsek,case  in 404 404 404  viewer 302
GET   <desk:desk>/kamera-perkara/<uuid:public_id>/kabar/  pusat-komando,case  in 404 404 404  viewer 200
GET   <desk:desk>/kamera-perkara/<uuid:public_id>/kabar/  polsek,case  in  404 200 404  viewer 200
GET   <desk:desk>/minta-akses/                        pusat-komando  in  404 404 404  viewer 200
POST  <desk:desk>/minta-akses/                        pusat-komando  in  404 404 404  viewer 302
GET   <desk:desk>/ganti-petugas/                      pusat-komando  in  404 404 404  viewer 200
POST  <desk:desk>/ganti-petugas/                      pusat-komando  in  404 404 404  viewer 200
GET   <desk:desk>/darurat/                            pusat-komando  in  404 404 404  viewer 200
GET   <desk:desk>/darurat/                            polsek         in  404 404 404  verifier 404
POST  <desk:desk>/darurat/                            pusat-komando  in  404 404 404  viewer 200
GET   <desk:desk>/lihat/<uuid:public_id>/             pusat-komando,look    in 404 404 404  viewer 200
GET   <desk:desk>/lihat/<uuid:public_id>/             polsek,look           in 404 404 404  viewer 200
GET   <desk:desk>/lihat/<uuid:public_id>/             petugas,own_look      in 404 404 404  verifier 200
GET   <desk:desk>/lihat/<uuid:public_id>/             polsek,own_look       in 404 404 404  viewer 404
POST  <desk:desk>/lihat/<uuid:public_id>/selesai/     pusat-komando,look    in 404 404 404  viewer 302
POST  <desk:desk>/lihat/<uuid:public_id>/selesai/     polsek,look           in 404 404 404  viewer 302
POST  <desk:desk>/lihat/<uuid:public_id>/selesai/     petugas,own_look      in 404 404 404  verifier 302
POST  <desk:desk>/lihat/<uuid:public_id>/simpan/      pusat-komando,look    in 404 404 404  viewer 302
POST  <desk:desk>/lihat/<uuid:public_id>/simpan/      petugas,own_look      in 404 404 404  verifier 302
GET   <desk:desk>/tersimpan/                          pusat-komando  in  404 404 404  viewer 200
GET   <desk:desk>/tersimpan/                          polsek         in  404 200 200  viewer 200
GET   tersimpan/<uuid:public_id>/gambar.jpg           saved_still    in  404 404 404  viewer 200
GET   tersimpan/<uuid:public_id>/gambar.jpg           saved_still    in  404 404 404  owner 404
GET   tersimpan/<uuid:public_id>/gambar.jpg           saved_still    in  404 404 404  verifier 404
GET   lihat/<uuid:public_id>/gambar.jpg               look           in  404 404 404  viewer 200
GET   lihat/<uuid:public_id>/gambar.jpg               look           in  404 404 404  owner 404
GET   lihat/<uuid:public_id>/keterangan/              look           in  404 404 404  viewer 200
GET   lihat/<uuid:public_id>/kabar/                   look           in  404 404 404  viewer 200
GET   lihat/<uuid:public_id>/kabar/                   look           in  404 404 404  owner 404
GET   <desk:desk>/kamera/kabar/                       pusat-komando  in  404 404 404  viewer 200
GET   <desk:desk>/kamera/kabar/                       polsek         in  404 200 200  viewer 200
GET   <desk:desk>/kamera/kabar/                       petugas        in  404 200 404  verifier 200
GET   kunci-api/                                      -              in  404 200 200  viewer 200
POST  kunci-api/                                      -              in  404 200 200  viewer 200
POST  kunci-api/<uuid:public_id>/cabut/               key            in  404 404 404  viewer 302
POST  tugas/                                          -              in  404 404 404  viewer 302
GET   <desk:desk>/lihat/<uuid:public_id>/tunda/       pusat-komando,look    in 404 404 404  viewer 200
POST  <desk:desk>/lihat/<uuid:public_id>/tunda/       pusat-komando,look    in 404 404 404  viewer 302
GET   pengawas/                                       -              in  404 404 404  supervisor 200
GET   pengawas/pertanyaan/                            -              in  404 404 404  supervisor 200
GET   pengawas/pertanyaan/<uuid:public_id>/           question       in  404 404 404  supervisor 200
GET   pengawas/pertanyaan/<uuid:public_id>/           question       in  404 404 404  owner 404
POST  pengawas/pertanyaan/<uuid:public_id>/           question       in  404 404 404  supervisor 302
GET   pengawas/penundaan/                             -              in  404 404 404  supervisor 200
GET   pengawas/penundaan/<uuid:public_id>/            deferral       in  404 404 404  supervisor 200
GET   pengawas/penundaan/<uuid:public_id>/            deferral       in  404 404 404  owner 404
POST  pengawas/penundaan/<uuid:public_id>/            deferral       in  404 404 404  supervisor 302
GET   pengawas/pola/                                  -              in  404 404 404  supervisor 200
GET   pengawas/tayangan/<uuid:public_id>/             look           in  404 404 404  supervisor 200
GET   pengawas/tayangan/<uuid:public_id>/             look           in  404 404 404  viewer 404
POST  pengawas/tayangan/<uuid:public_id>/             look           in  404 404 404  supervisor 302
POST  pengawas/tayangan/<uuid:public_id>/             look           in  404 404 404  viewer 404
GET   pengawas/tayangan/<uuid:public_id>/peta.json    look           in  404 404 404  supervisor 200
POST  pengawas/tayangan/<uuid:public_id>/buka-tugas/  look           in  404 404 404  supervisor 302
GET   petugas/penjelasan/<uuid:public_id>/            explanation    in  404 404 404  verifier 200
GET   petugas/penjelasan/<uuid:public_id>/            explanation    in  404 404 404  supervisor 404
POST  petugas/penjelasan/<uuid:public_id>/            explanation    in  404 404 404  verifier 302

# Bodies and duties: for the administrator, who looks through nothing.
GET   polsek/administrasi/                            -              in  404 404 404  administrator 200
GET   polsek/administrasi/                            -              in  404 404 404  grantor 404
POST  polsek/administrasi/polsek/                     -              in  404 404 404  administrator 302
GET   polsek/administrasi/lembaga/baru/               -              in  404 404 404  administrator 200
POST  polsek/administrasi/lembaga/baru/               -              in  404 404 404  administrator 302
GET   polsek/administrasi/lembaga/<uuid:public_id>/tugas/  precinct  in  404 404 404  administrator 200
POST  polsek/administrasi/lembaga/<uuid:public_id>/tugas/  precinct  in  404 404 404  administrator 200
GET   polsek/administrasi/tugas/<uuid:public_id>/     post           in  404 404 404  administrator 200
GET   polsek/administrasi/tugas/<uuid:public_id>/     post           in  404 404 404  grantor 404
GET   polsek/administrasi/tugas/<uuid:public_id>/akhiri/   post      in  404 404 404  administrator 200
POST  polsek/administrasi/tugas/<uuid:public_id>/akhiri/   post      in  404 404 404  administrator 302
GET   polsek/administrasi/tugas/<uuid:public_id>/mutasi/   post      in  404 404 404  administrator 200
POST  polsek/administrasi/tugas/<uuid:public_id>/mutasi/   post      in  404 404 404  administrator 200
GET   polsek/administrasi/tugas/<uuid:public_id>/pengganti/  post    in  404 404 404  administrator 200
POST  polsek/administrasi/tugas/<uuid:public_id>/pengganti/  post    in  404 404 404  administrator 200
GET   polsek/administrasi/tugas/<uuid:public_id>/tutup-akun/  post   in  404 404 404  administrator 200
POST  polsek/administrasi/tugas/<uuid:public_id>/tutup-akun/  post   in  404 404 404  administrator 302
POST  polsek/administrasi/tugas/<uuid:public_id>/undang/   post      in  404 404 404  administrator 200
GET   polsek/administrasi/alasan/                     -              in  404 404 404  administrator 200
GET   polsek/administrasi/alasan/                     -              in  404 404 404  grantor 404
GET   polsek/administrasi/alasan/baru/                -              in  404 404 404  administrator 200
POST  polsek/administrasi/alasan/baru/                -              in  404 404 404  administrator 302
GET   polsek/administrasi/alasan/<slug:code>/         report_110     in  404 404 404  administrator 200
POST  polsek/administrasi/alasan/<slug:code>/         report_110     in  404 404 404  administrator 302
GET   polsek/administrasi/teks/                       -              in  404 404 404  administrator 200
GET   polsek/administrasi/teks/                       -              in  404 404 404  grantor 404
GET   polsek/administrasi/teks/<int:number>/          1              in  404 404 404  administrator 200
GET   polsek/administrasi/teks/baru/                  -              in  404 404 404  administrator 200
POST  polsek/administrasi/teks/baru/                  -              in  404 404 404  administrator 200
GET   polsek/administrasi/penghapusan/                -              in  404 404 404  administrator 200
GET   polsek/administrasi/penghapusan/                -              in  404 404 404  grantor 404
GET   polsek/administrasi/tempat/                     -              in  404 404 404  administrator 200
GET   polsek/administrasi/tempat/<uuid:public_id>/pemilik-berganti/  site  in  404 404 404  administrator 200
GET   polsek/administrasi/tempat/<uuid:public_id>/pemilik-berganti/  site  in  404 404 404  owner 404
POST  polsek/administrasi/tempat/<uuid:public_id>/pemilik-berganti/  site  in  404 404 404  administrator 302
GET   polsek/administrasi/jaringan/                   -              in  404 404 404  administrator 200
GET   polsek/administrasi/jaringan/                   -              in  404 404 404  grantor 404
GET   polsek/administrasi/jaringan/baru/              -              in  404 404 404  administrator 200
GET   polsek/administrasi/jaringan/baru/<uuid:public_id>/  site      in  404 404 404  administrator 200
GET   polsek/administrasi/jaringan/baru/<uuid:public_id>/  site      in  404 404 404  owner 404
POST  polsek/administrasi/jaringan/baru/<uuid:public_id>/  site      in  404 404 404  administrator 302
GET   polsek/administrasi/jaringan/<uuid:public_id>/lepas/  network  in  404 404 404  administrator 200
GET   polsek/administrasi/jaringan/<uuid:public_id>/lepas/  network  in  404 404 404  owner 404
POST  polsek/administrasi/jaringan/<uuid:public_id>/lepas/  network  in  404 404 404  administrator 302
GET   <desk:desk>/kamera/<uuid:public_id>/            polsek,camera  in  404 404 404  administrator 404
GET   api/v1/cameras/<uuid:public_id>/                camera         403 404 404 404  administrator 404

# The API. Areas and bodies are known to all who signed in; the rest is one's own.
GET   api/v1/areas/                                   -              403 200 200 200  owner 200
GET   api/v1/areas/<uuid:public_id>/                  kelurahan      403 200 200 200  owner 200
GET   api/v1/organizations/                           -              403 200 200 200  owner 200
GET   api/v1/organizations/<uuid:public_id>/          polres         403 200 200 200  owner 200
GET   api/v1/partners/                                -              403 200 200 200  owner 200
GET   api/v1/partners/<uuid:public_id>/               partner        403 404 404 404  owner 200
GET   api/v1/sites/                                   -              403 200 200 200  owner 200
GET   api/v1/sites/<uuid:public_id>/                  site           403 404 404 404  owner 200
GET   api/v1/sites/<uuid:public_id>/                  vital_site     403 404 404 404  vital_owner 200
GET   api/v1/devices/                                 -              403 200 200 200  owner 200
GET   api/v1/devices/<uuid:public_id>/                device         403 404 404 404  owner 200
GET   api/v1/devices/<uuid:public_id>/                device         403 404 404 404  viewer 404
GET   api/v1/devices/<uuid:device_id>/changes/        device         403 404 404 404  owner 200
POST  api/v1/devices/<uuid:device_id>/changes/        device         403 404 404 404  owner 202
GET   api/v1/devices/<uuid:device_id>/changes/works/<uuid:public_id>/  device,drawing 403 404 404 404  owner 200
GET   api/v1/devices/<uuid:device_id>/changes/<uuid:public_id>/        device,offer   403 404 404 404  owner 200
POST  api/v1/devices/<uuid:device_id>/changes/<uuid:public_id>/agree/  device,offer   403 404 404 404  owner 202
POST  api/v1/devices/<uuid:device_id>/changes/<uuid:public_id>/undo/   device,change  403 404 404 404  owner 202
GET   api/v1/consents/                                -              403 200 200 200  owner 200
GET   api/v1/consents/<uuid:public_id>/               consent        403 404 404 404  owner 200
POST  api/v1/consents/<uuid:public_id>/withdraw/      consent        403 404 404 404  owner 200
POST  api/v1/enrolments/                              -              403 400 400 400  owner 400
GET   api/v1/enrolments/texts/                        -              403 200 200 200  owner 200
GET   api/v1/enrolments/                              -              403 200 200 200  owner 200
GET   api/v1/enrolments/<uuid:public_id>/             enrolment      403 404 404 404  owner 200
GET   api/v1/enrolments/<uuid:public_id>/             draft          403 404 404 404  owner 200
GET   api/v1/probes/                                  -              403 200 200 200  owner 200
POST  api/v1/probes/                                  -              403 404 404 404  owner 202
GET   api/v1/probes/<uuid:public_id>/                 probe          403 404 404 404  owner 200
GET   api/v1/verifications/                           -              403 200 200 200  verifier 200
GET   api/v1/verifications/<uuid:public_id>/          visit          403 404 404 404  verifier 200
GET   api/v1/cameras/                                 -              403 200 200 200  viewer 200
GET   api/v1/cameras/<uuid:public_id>/                camera         403 404 404 404  viewer 200
GET   api/v1/cameras/<uuid:public_id>/                camera         403 404 404 404  owner 200
GET   api/v1/cameras/<uuid:public_id>/                fresh          403 404 404 404  owner 200
GET   api/v1/cameras/<uuid:public_id>/                fresh          403 404 404 404  viewer 404
GET   api/v1/cameras/<uuid:public_id>/                vital_camera   403 404 404 404  viewer 404
GET   api/v1/cameras/<uuid:public_id>/                vital_camera   403 404 404 404  vital_owner 200
GET   api/v1/health/                                  -              403 200 200 200  viewer 200
GET   api/v1/outages/                                 -              403 200 200 200  viewer 200
GET   api/v1/outages/<uuid:public_id>/                outage         403 404 404 404  viewer 200
GET   api/v1/outages/<uuid:public_id>/                outage         403 404 404 404  owner 200
GET   api/v1/outages/<uuid:public_id>/                vital_outage   403 404 404 404  viewer 404
GET   api/v1/outages/<uuid:public_id>/                vital_outage   403 404 404 404  vital_owner 200
GET   api/v1/grants/                                  -              403 404 404 404  grantor 200
POST  api/v1/grants/                                  -              403 404 404 404  grantor 201
GET   api/v1/grants/<uuid:public_id>/                 grant          403 404 404 404  grantor 200
POST  api/v1/grants/<uuid:public_id>/revoke/          grant          403 404 404 404  grantor 200
GET   api/v1/cases/                                   -              403 404 200 200  viewer 200
POST  api/v1/cases/                                   -              403 404 201 201  viewer 201
GET   api/v1/cases/<uuid:public_id>/                  case           403 404 200 404  viewer 200
POST  api/v1/cases/<uuid:public_id>/close/            case           403 404 403 404  viewer 200
GET   api/v1/looks/                                   -              403 404 200 200  viewer 200
POST  api/v1/looks/                                   -              403 404 404 404  viewer 201
GET   api/v1/looks/<uuid:public_id>/                  look           403 404 404 404  viewer 200
GET   api/v1/looks/<uuid:public_id>/                  look           403 404 404 404  verifier 404
POST  api/v1/looks/<uuid:public_id>/end/              look           403 404 404 404  viewer 200
"""
# fmt: on

# What is sent: a query or a body. {name} is the public id of a thing. A body of the API is JSON.
SENDS: dict[str, dict[str, Any]] = {
    "POST bahasa/setlang/": {"language": "en"},
    "POST akun/masuk/": {"contact": "siapa@contoh.id"},
    "POST akun/masuk/kode/": {"code": "000000"},
    "POST akun/faktor-kedua/authenticate/": {"code": "000000"},
    "POST akun/faktor-kedua/reauthenticate/": {"code": "000000"},
    "POST akun/faktor-kedua/totp/activate/": {"code": "000000"},
    "POST mitra/kamera/<uuid:public_id>/": {"span": "hour"},
    "POST mitra/kamera/<uuid:public_id>/kami-tahu/": {"back_on": "{next_week}"},
    "POST mitra/kami-tahu/<str:token>/": {"back_on": "{next_week}"},
    "POST mitra/tempat/<uuid:public_id>/perawat/": {"name": "Perawat Baru", "from_on": "{next_week}"},
    "POST mitra/tempat/<uuid:public_id>/izin/": {"level": "recording"},
    "POST mitra/tempat/<uuid:public_id>/kamera/tambah/": {
        "label": "Lensa lain",
        "place": "outdoor",
        "sees": "street",
        "street_facing": "yes",
        "private_areas": "none",
        "audio": "no",
    },
    "POST mitra/uji/<uuid:public_id>/saluran/<int:number>/daftarkan/": {
        "label": "Pojok timur",
        "place": "outdoor",
        "sees": "street",
        "street_facing": "yes",
        "private_areas": "none",
        "audio": "no",
    },
    "POST mitra/perangkat/<uuid:public_id>/ubah/": {"host": "kamera-terlindung.contoh.id", "onvif_port": "80"},
    "POST mitra/kamera/<uuid:public_id>/area/": {"areas": "10,10 40,10 40,40"},
    "POST daftar/hapus-draf/": {"draft": "{draft}"},
    "POST daftar/periksa/": {"draft": "{draft}"},
    "POST daftar/<slug:slug>/": {"kind": "resident"},
    "POST petugas/verifikasi/kunjungan/<uuid:public_id>/": {"act": "save", "identity_seen": "on"},
    "POST polsek/akses/baru/": {
        "langkah": "beri",
        "organization": "{polres}",
        "scope_kind": "area",
        "area": "{kelurahan}",
        "right": "view_still",
        "purpose": "security",
        "letter_number": "Sprin/2/XI/2026",
        "valid_from": "{today}",
        "valid_until": "{next_week}",
    },
    "POST polsek/akses/persetujuan/<uuid:public_id>/": {"setujui": "1"},
    "POST polsek/akses/permintaan/<uuid:public_id>/": {"words": "Belum perlu."},
    "POST <desk:desk>/minta-akses/": {
        "area": "{kelurahan}",
        "right": "view_still",
        "purpose": "security",
        "words": "Pencurian motor berturut-turut",
    },
    "GET polsek/akses/baru/tujuan/": {"right": "view_still"},
    "POST polsek/objek-vital/<uuid:public_id>/<slug:task>/": {"person": "{vital_officer}"},
    "POST mitra/tempat/<uuid:public_id>/orang/": {
        "contact": "keluarga@contoh.id",
        "called": "Ibu",
        "role": "reader",
        "scope": "here",
    },
    "POST mitra/tempat/<uuid:public_id>/orang/<uuid:person_id>/": {"row": "{helper_row}"},
    "POST mitra/tempat/<uuid:public_id>/tanda-tangan-kedua/": {"here": "1"},
    "POST mitra/usul/<uuid:public_id>/": {"sign": "1"},
    "POST polsek/perkara/baru/": {
        "kind": "call_110",
        "number": "110/9",
        "place": "Simpang Uji",
        "latitude": "-6,19",
        "longitude": "106,77",
        "radius_m": "300",
    },
    "POST polsek/perkara/<uuid:public_id>/nomor/": {"number": "110/7"},
    "POST <desk:desk>/kamera/<uuid:public_id>/": {"reason": "technical_check"},
    "POST <desk:desk>/kamera-perkara/<uuid:public_id>/": {"reason": "report_110", "minutes": "5"},
    "POST <desk:desk>/kamera-perkara/<uuid:public_id>/buka/": {"camera": "{camera}"},
    "POST <desk:desk>/lihat/<uuid:public_id>/simpan/": {"days": "30"},
    "POST polsek/administrasi/alasan/baru/": {"words": "Mencari anak yang terpisah", "needs_case": "on"},
    "POST polsek/administrasi/alasan/<slug:code>/": {"words": "Menindaklanjuti panggilan 110", "active": "on"},
    "POST mitra/buku-tamu/<uuid:public_id>/tanya/": {"text": "Mengapa kamera saya dilihat?"},
    "POST pengawas/pertanyaan/<uuid:public_id>/": {"answer": "Ada laporan di jalan Anda."},
    "POST <desk:desk>/lihat/<uuid:public_id>/tunda/": {
        "letter_number": "Sprin/9/XI/2026",
        "reason": "Penyelidikan yang tertutup",
    },
    "POST pengawas/penundaan/<uuid:public_id>/": {"decision": "decline"},
    "POST tugas/": {"duty": "{duty}"},
    "POST pengawas/tayangan/<uuid:public_id>/": {"verdict": "not_in_order", "words": "Tidak ada alasannya."},
    "POST petugas/penjelasan/<uuid:public_id>/": {"words": "Ada laporan warga."},
    "POST polsek/administrasi/lembaga/baru/": {
        "name": "Kelurahan Uji",
        "kind": "government",
        "area": "31.73.05.1001",
    },
    "POST polsek/administrasi/lembaga/<uuid:public_id>/tugas/": {
        "contact": "baru@contoh.id",
        "name": "Aiptu Uji",
        "kind": "viewer",
        "area": "",
        "since": "{today}",
    },
    "POST petugas/tempat/<uuid:public_id>/pemilik-berganti/": {"note": "Pindah"},
    "POST polsek/administrasi/tempat/<uuid:public_id>/pemilik-berganti/": {"note": "Pindah"},
    "POST polsek/administrasi/jaringan/baru/<uuid:public_id>/": {
        "name": "VPN Uji",
        "range": "10.20.31.0/24",
        "ports": "80",
    },
    "POST api/v1/enrolments/": {"answers": {}, "consents": []},
    "GET api/v1/enrolments/texts/": {"area": "31.73.05.1001", "level": "listed"},
    "POST api/v1/probes/": {"device": "{device}"},
    "POST api/v1/grants/": {
        "organization": "{polres}",
        "scope": {"kind": "area", "id": "{kelurahan}"},
        "right": "view_still",
        "purpose": "security",
        "letter_number": "Sprin/3/XI/2026",
        "valid_from": "{today}T00:00:00+07:00",
        "valid_until": "{next_week}T00:00:00+07:00",
    },
    "POST api/v1/cases/": {"kind": "call_110", "place": "Simpang Uji", "latitude": -6.19, "longitude": 106.77},
    "POST api/v1/looks/": {"camera": "{camera}", "reason": "technical_check"},
}

# Addresses at which nobody is refused, each for the reason given. Everywhere else somebody must be.
OPEN_TO_ALL = {
    "/": "what the programme is",
    "transparansi/": "public numbers",
    "jejak-audit/": "anchors are there to be kept by anybody",
    "jejak-audit/jangkar.json": "anchors are there to be kept by anybody",
    "jejak-audit/sampai/<int:last>/jangkar.json": "anchors are there to be kept by anybody",
    "jejak-audit/jangkar/<int:last>.json": "anchors are there to be kept by anybody",
    "jejak-audit/check_receipt.py": "the program that checks a receipt",
    "transparansi/angka.csv": "public numbers",
    "transparansi/angka.json": "public numbers",
    "healthz": "asked by an orchestrator",
    "readyz": "asked by an orchestrator",
    "metrics": "figures without persons or places; the test below holds the proxy's way shut",
    "peta/wilayah.json": "boundaries are public",
    "daftar/": "what is shared and how to stop, before any sign-in",
    "bahasa/setlang/": "the language of the page",
    "api/v1/schema/": "documentation",
    "api/v1/docs/": "documentation",
    "tanda-terima/": "a field for a code",
    "akun/masuk/": "the sign-in",
    "akun/keluar/": "whoever is out stays out",
    "akun/nonaktif/": "words for a closed account",
}

# Objects that a stranger may reach at their own address, each for the reason given.
KNOWN_TO_SOME = {
    "jejak-audit/sampai/<int:last>/jangkar.json": "anchors are there to be kept by anybody",
    "jejak-audit/jangkar/<int:last>.json": "anchors are there to be kept by anybody",
    "api/v1/areas/<uuid:public_id>/": "areas are known to all who signed in",
    "api/v1/organizations/<uuid:public_id>/": "bodies are known to all who signed in",
    "peta/wilayah/<str:code>/": "boundaries are public",
    "tanda-terima/<str:code>/": "whoever holds the code may check",
    "akun/undangan/<str:token>/": "whoever holds the token is the person",
    "polsek/perkara/<uuid:public_id>/": "a unit reads the cases of its Polres",
    "polsek/perkara/<uuid:public_id>/peta.json": "a unit reads the cases of its Polres",
    "api/v1/cases/<uuid:public_id>/": "a unit reads the cases of its Polres",
    "daftar/kamera/<int:number>/": "a number of one's own draft",
    "daftar/<slug:slug>/": "a question of one's own draft",
    "<desk:desk>/kamera/": "a desk, not an object",
    "<desk:desk>/kamera/peta.json": "a desk, not an object",
    "<desk:desk>/kamera/kabar/": "a desk, not an object",
    "<desk:desk>/tersimpan/": "a desk, not an object",
    "<desk:desk>/kamera-perkara/<uuid:public_id>/": "a unit may look under the cases of its Polres",
    "<desk:desk>/kamera-perkara/<uuid:public_id>/kabar/": "a unit may look under the cases of its Polres",
}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    method: str
    pattern: str
    fills: tuple[str, ...]
    strangers: dict[str, str]
    person: str
    rightful: str

    def __str__(self) -> str:
        return f"{self.method} {self.pattern} {','.join(self.fills)} {self.person}"


def rows() -> list[Row]:
    """The table, read."""
    found = []
    for line in TABLE.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        method, pattern, fills, out, neighbour, officer, outsider, person, rightful = line.split()
        strangers = {"out": out, "neighbour": neighbour, "officer": officer, "outsider": outsider}
        words = () if fills == "-" else tuple(fills.split(","))
        found.append(Row(method, pattern, words, strangers, person, rightful))
    return found
