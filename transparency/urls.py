"""Pages of transparency."""

from django.urls import path

from transparency import views

app_name = "transparency"
urlpatterns = [
    path("transparansi/", views.numbers, name="numbers"),
    path("transparansi/angka.csv", views.numbers_csv, name="numbers-csv"),
    path("transparansi/angka.json", views.numbers_json, name="numbers-json"),
]
