"""Bodies and the people on duty for them."""

from django.urls import path

from registry import administration_views as views

_ROOT = "polsek/administrasi/"

urlpatterns = [
    path(_ROOT, views.overview, name="administration"),
    path(f"{_ROOT}polsek/", views.precincts_add, name="precincts-add"),
    path(f"{_ROOT}lembaga/baru/", views.organization_new, name="organization-new"),
    path(f"{_ROOT}lembaga/<uuid:public_id>/tugas/", views.appoint, name="appoint"),
    path(f"{_ROOT}tugas/<uuid:public_id>/", views.duty, name="duty"),
    path(f"{_ROOT}tugas/<uuid:public_id>/akhiri/", views.duty_end, name="duty-end"),
    path(f"{_ROOT}tugas/<uuid:public_id>/undang/", views.duty_invite, name="duty-invite"),
]
