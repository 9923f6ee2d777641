"""Every scheduled job exists, says why it is there, and every periodic task is scheduled."""

import inspect
import re

from config import schedule
from config.celery import app


def test_every_entry_names_a_task_that_exists():
    app.loader.import_default_modules()
    for name, entry in app.conf.beat_schedule.items():
        assert entry["task"] in app.tasks, name
        assert entry["schedule"] > 0


def test_every_entry_has_a_comment_that_says_what_breaks_without_it():
    lines = inspect.getsource(schedule.entries).splitlines()
    entries = [number for number, line in enumerate(lines) if re.match(r'\s+"[^"]+": _every\(', line)]

    assert len(entries) == len(app.conf.beat_schedule)
    for number in entries:
        assert lines[number - 1].strip().startswith("# "), lines[number]


def test_the_state_of_beat_lies_with_the_rest_of_the_state(settings):
    assert app.conf.beat_schedule_filename.startswith(str(settings.VAR_DIR))
