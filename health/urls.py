"""Pages on health, and their news."""

from django.urls import path

from health import acknowledging, news, views

app_name = "health"
urlpatterns = [
    path("polsek/kesehatan/", views.precinct, name="precinct"),
    path("polsek/kesehatan/kabar/", news.precinct_news, name="precinct-news"),
    path("petugas/kesehatan/kabar/", news.officer_news, name="officer-news"),
    path("mitra/kamera/<uuid:public_id>/kesehatan/", views.camera, name="camera"),
    path("mitra/kamera/<uuid:public_id>/kesehatan/kabar/", news.camera_news, name="camera-news"),
    *acknowledging.urlpatterns,
]
