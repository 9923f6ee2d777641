"""The picture of a running look. Under `/lihat/`, the same for every desk."""

from django.urls import path

from feeds import views

app_name = "feeds"
urlpatterns = [
    path("lihat/<uuid:public_id>/gambar.jpg", views.still, name="still"),
    path("lihat/<uuid:public_id>/keterangan/", views.words, name="words"),
]
