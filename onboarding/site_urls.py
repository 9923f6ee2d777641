"""Connecting a device, and the officer's visit. Included by `onboarding.urls`."""

from django.urls import path

from onboarding import connect_views, verify_views

DEVICE, VISIT = "mitra/perangkat/<uuid:public_id>/", "petugas/verifikasi/kunjungan/<uuid:public_id>/"

urlpatterns = [
    path(DEVICE, connect_views.connect, name="connect"),
    path(f"{DEVICE}sambungkan/", connect_views.connect_start, name="connect-start"),
    path(f"{DEVICE}ubah/", connect_views.connect_edit, name="connect-edit"),
    path(f"{DEVICE}uji/<uuid:probe_id>/", connect_views.probe_status, name="probe"),
    path(f"{DEVICE}uji/<uuid:probe_id>/gambar/", connect_views.probe_picture, name="probe-picture"),
    path("mitra/kamera/<uuid:public_id>/minta-kunjungan/", verify_views.ask_again, name="ask-again"),
    path("petugas/verifikasi/kamera/<uuid:public_id>/", verify_views.verify_camera, name="verify-camera"),
    path(VISIT, verify_views.verify_visit, name="verify-visit"),
    path(f"{VISIT}bukti/", verify_views.verify_proof, name="verify-proof"),
    path(f"{VISIT}gambar/<uuid:probe_id>/", verify_views.verify_picture, name="verify-picture"),
    path(f"{VISIT}peta.json", verify_views.verify_map, name="verify-map"),
]
