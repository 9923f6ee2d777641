"""Vital objects, for the Polres."""

from django.urls import path

from registry import vital_views as views

urlpatterns = [
    path("polsek/objek-vital/", views.sites, name="vital-sites"),
    path("polsek/objek-vital/<uuid:public_id>/", views.site, name="vital-site"),
    path("polsek/objek-vital/<uuid:public_id>/<slug:task>/", views.name_one, name="vital-name"),
]
