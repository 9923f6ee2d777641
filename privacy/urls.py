"""Pages of privacy."""

from django.urls import path

from privacy.views import corrections, desk, mine

app_name = "privacy"
urlpatterns = [
    path("mitra/data-saya/", mine.mine, name="mine"),
    path("mitra/data-saya/unduh/", mine.download, name="download"),
    path("mitra/data-saya/hapus/", mine.erase, name="erase"),
    path("mitra/data-saya/mitra/<uuid:public_id>/batasi/", mine.restriction, name="restriction"),
    path("mitra/data-saya/permintaan/<uuid:public_id>/", mine.request_page, name="request"),
    path("mitra/data-saya/nama/", corrections.name, name="name"),
    path("mitra/data-saya/kontak/", corrections.contact, name="contact"),
    path("mitra/data-saya/mitra/<uuid:public_id>/betulkan/", corrections.partner, name="partner"),
    path("mitra/data-saya/tempat/<uuid:public_id>/betulkan/", corrections.site, name="site"),
    path("mitra/data-saya/kamera/<uuid:public_id>/betulkan/", corrections.camera, name="camera"),
    path("pelindungan-data/", desk.desk, name="desk"),
    path("pelindungan-data/jawab/<uuid:public_id>/", corrections.answer, name="answer"),
    path("pelindungan-data/catatan/", desk.record, name="record"),
    path("pelindungan-data/catatan/<slug:code>/", desk.record_line, name="record-line"),
    path("pelindungan-data/pelanggaran/", desk.breaches, name="breaches"),
    path("pelindungan-data/pelanggaran/<uuid:public_id>/", desk.breach, name="breach"),
    path("pelindungan-data/pelanggaran/<uuid:public_id>/betulkan/", desk.breach_amend, name="breach-amend"),
    path("pelindungan-data/pelanggaran/<uuid:public_id>/beri-tahu/", desk.breach_tell, name="breach-tell"),
]
