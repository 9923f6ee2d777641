"""Bodies, the people on duty for them, and the networks behind sites."""

from django.urls import path

from registry import administration_views as views
from registry import network_views, posting_views

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
    path(f"{_ROOT}jaringan/", network_views.networks, name="networks"),
    path(f"{_ROOT}jaringan/baru/", network_views.network_site, name="network-site"),
    path(f"{_ROOT}jaringan/baru/<uuid:public_id>/", network_views.network_attach, name="network-attach"),
    path(f"{_ROOT}jaringan/<uuid:public_id>/lepas/", network_views.network_detach, name="network-detach"),
]
