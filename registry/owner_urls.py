"""What an owner changes himself."""

from django.urls import path

from registry import maintainer_views, owner_views, people_views, signature_views

urlpatterns = [
    path("mitra/kamera/<uuid:public_id>/", owner_views.camera, name="camera"),
    path("mitra/kamera/<uuid:public_id>/keluarkan/", owner_views.camera_withdraw, name="camera-withdraw"),
    path("mitra/persetujuan/<uuid:public_id>/tarik/", owner_views.consent_withdraw, name="consent-withdraw"),
    path("mitra/tempat/<uuid:public_id>/bukan-milik-saya/", owner_views.site_leave, name="site-leave"),
    path("mitra/tempat/<uuid:public_id>/tarik/", owner_views.site_withdraw, name="site-withdraw"),
    path("mitra/tempat/<uuid:public_id>/perawat/", maintainer_views.maintainer, name="maintainer"),
    path("mitra/tempat/<uuid:public_id>/perawat/batal/", maintainer_views.drop_plan, name="maintainer-drop"),
    path("mitra/tempat/<uuid:public_id>/orang/", people_views.people, name="people"),
    path("mitra/tempat/<uuid:public_id>/orang/<uuid:person_id>/", people_views.person, name="person"),
    path(
        "mitra/tempat/<uuid:public_id>/tanda-tangan-kedua/",
        signature_views.second_signature,
        name="second-signature",
    ),
    path("mitra/usul/<uuid:public_id>/", signature_views.proposal, name="proposal"),
]
