"""Sign-in. allauth's password and sign-up pages are not routed: nobody has a password."""

from allauth.account import views as allauth_views
from django.urls import include, path

from accounts import views

urlpatterns = [
    path("masuk/", allauth_views.request_login_code, name="account_request_login_code"),
    path("masuk/", allauth_views.request_login_code, name="account_login"),
    path("masuk/", allauth_views.request_login_code, name="account_signup"),
    path("masuk/kode/", allauth_views.confirm_login_code, name="account_confirm_login_code"),
    path("keluar/", allauth_views.logout, name="account_logout"),
    path("nonaktif/", allauth_views.account_inactive, name="account_inactive"),
    path("ulang/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("faktor-kedua/", include("allauth.mfa.urls")),
    path("undangan/<str:token>/", views.invitation, name="invitation"),
]
