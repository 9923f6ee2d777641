"""Lets Django find `manage.py probe`; the package itself is plain Python."""

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "devices"
    verbose_name = "Perangkat"
