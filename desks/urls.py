"""The home page of each role. Names stand without a namespace in `config.urls` where Django or allauth ask."""

from django.urls import path

from desks.views import cases, owner, staff

app_name = "desks"
urlpatterns = [
    path("mitra/", owner.home, name="owner"),
    path("mitra/buku-tamu/", owner.guest_book_page, name="guest-book"),
    path("petugas/", staff.officer, name="officer"),
    path("polsek/", staff.precinct, name="precinct"),
    path("polsek/perkara/<uuid:public_id>/", cases.case, name="case"),
    path("pusat-komando/", staff.command, name="command"),
    path("pengawas/", staff.supervisor, name="supervisor"),
]
