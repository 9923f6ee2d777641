"""Bodies, the people on duty for them, the consent texts, and the networks behind sites."""

from django.urls import path

from registry import administration_views as views
from registry import ending_views, network_views, posting_views, texts_views

_ROOT = "polsek/administrasi/"

urlpatterns = [
    path(_ROOT, views.overview, name="administration"),
    path(f"{_ROOT}polsek/", views.precincts_add, name="precincts-add"),
    path(f"{_ROOT}lembaga/baru/", views.organization_new, name="organization-new"),
    path(f"{_ROOT}lembaga/<uuid:public_id>/tugas/", views.appoint, name="appoint"),
    path(f"{_ROOT}tugas/<uuid:public_id>/", views.duty, name="duty"),
    path(f"{_ROOT}tugas/<uuid:public_id>/akhiri/", views.duty_end, name="duty-end"),
    path(f"{_ROOT}tugas/<uuid:public_id>/undang/", views.duty_invite, name="duty-invite"),
    path(f"{_ROOT}tugas/<uuid:public_id>/mutasi/", posting_views.duty_transfer, name="duty-transfer"),
    path(f"{_ROOT}tugas/<uuid:public_id>/pengganti/", posting_views.duty_stand_in, name="duty-stand-in"),
    path(f"{_ROOT}tugas/<uuid:public_id>/tutup-akun/", posting_views.account_close, name="account-close"),
    path(f"{_ROOT}teks/", texts_views.editions, name="texts"),
    path(f"{_ROOT}teks/baru/", texts_views.edition_new, name="texts-new"),
    path(f"{_ROOT}teks/<int:number>/", texts_views.edition, name="texts-edition"),
    path(f"{_ROOT}penghapusan/", ending_views.endings, name="endings"),
    path(f"{_ROOT}tempat/", ending_views.places, name="places"),
    path(
        f"{_ROOT}tempat/<uuid:public_id>/pemilik-berganti/",
        ending_views.place_moved,
        {"desk": "administrator"},
        name="place-moved",
    ),
    path(
        "petugas/tempat/<uuid:public_id>/pemilik-berganti/",
        ending_views.place_moved,
        {"desk": "officer"},
        name="place-moved-officer",
    ),
    path(f"{_ROOT}jaringan/", network_views.networks, name="networks"),
    path(f"{_ROOT}jaringan/baru/", network_views.network_site, name="network-site"),
    path(f"{_ROOT}jaringan/baru/<uuid:public_id>/", network_views.network_attach, name="network-attach"),
    path(f"{_ROOT}jaringan/<uuid:public_id>/lepas/", network_views.network_detach, name="network-detach"),
]
