"""What an owner changes himself."""

from django.urls import path

from registry import owner_views

urlpatterns = [
    path("mitra/kamera/<uuid:public_id>/", owner_views.camera, name="camera"),
    path("mitra/kamera/<uuid:public_id>/keluarkan/", owner_views.camera_withdraw, name="camera-withdraw"),
    path("mitra/persetujuan/<uuid:public_id>/tarik/", owner_views.consent_withdraw, name="consent-withdraw"),
    path("mitra/tempat/<uuid:public_id>/bukan-milik-saya/", owner_views.site_leave, name="site-leave"),
    path("mitra/tempat/<uuid:public_id>/tarik/", owner_views.site_withdraw, name="site-withdraw"),
]
