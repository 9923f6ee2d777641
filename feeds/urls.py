"""The picture of a running look, under `/lihat/` the same for every desk; and stills that were saved."""

from django.urls import path

import access.urls  # noqa: F401  (knows what a desk is)
from feeds import views

app_name = "feeds"
urlpatterns = [
    path("lihat/<uuid:public_id>/gambar.jpg", views.still, name="still"),
    path("lihat/<uuid:public_id>/keterangan/", views.words, name="words"),
    path("<desk:desk>/lihat/<uuid:public_id>/simpan/", views.save, name="save"),
    path("<desk:desk>/tersimpan/", views.saved_list, name="saved-list"),
    path("tersimpan/<uuid:public_id>/gambar.jpg", views.saved, name="saved"),
]
