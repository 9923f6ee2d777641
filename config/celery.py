"""The Celery application."""

import gc
import os
from typing import Any

from celery import Celery, signals
from django.core.cache import cache

from config.supervisor import leave_with_parent
from devices.limits import more_files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("mitra")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["onboarding.settings"])  # Within an app, where Celery does not look by itself.


@app.task(name="config.ping", ignore_result=True, expires=60)
def ping(nonce: str) -> None:
    """Show that a worker takes tasks and reaches the cache (asked by `up` and by the tests of the composition)."""
    cache.set(f"ping:{nonce}", nonce, timeout=60)


@signals.worker_init.connect
def _open_many_lines(**_: Any) -> None:
    """A sweep asks hundreds of devices at once."""
    more_files()


@signals.worker_process_init.connect
@signals.beat_embedded_init.connect
def _leave_with_worker(**_: Any) -> None:
    """A pool process or an embedded beat never outlives its worker, not even if that is killed."""
    leave_with_parent()


@signals.worker_process_init.connect
def _keep_what_is_loaded(**_: Any) -> None:
    """What is loaded by now stays: no collection has to look it through again."""
    gc.freeze()
