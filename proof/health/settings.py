"""The product's settings with a shorter period and smaller batches, so that a fault meets many of them."""

from datetime import timedelta

from config.settings import *  # noqa: F403

SWEEP_PERIOD = timedelta(seconds=10)
SWEEP_BATCH = 20
SIGNED_IN_PERIOD = timedelta(seconds=60)
#: Letters leave while the proof runs, at whatever hour.
OUTAGE_WINDOW = timedelta(seconds=5)
ALERT_DIGEST = {audience: timedelta(seconds=5) for audience in ("owner", "officer", "precinct")}
QUIET_HOURS = (0, 0)
CELERY_BEAT_SCHEDULE = schedule.entries(sweep_period=SWEEP_PERIOD)  # noqa: F405
#: What a killed worker held comes back while the proof still runs; a batch takes less.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 30, "unacked_restore_throttle": 1}
