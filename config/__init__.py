"""The project: settings, URLs, and how it is started."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
