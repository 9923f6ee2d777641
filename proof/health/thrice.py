"""The product's Celery application, which sends every message three times: `celery -A proof.health.thrice …`."""

from typing import Any

from config.celery import app

once = app.amqp.send_task_message


def send(*args: Any, **options: Any) -> Any:
    """The same message, with the same id, three times."""
    once(*args, **options)
    once(*args, **options)
    return once(*args, **options)


app.amqp.send_task_message = send
