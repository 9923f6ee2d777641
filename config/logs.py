"""Logs as events, one JSON object per line in production and readable text elsewhere.

SECURITY: every event passes `without_secrets` last, so a password that reached a log call by mistake does
not reach the file.
"""

import logging
import logging.config
import re
from typing import Any

import structlog

_SECRET_WORDS = ("password", "secret", "authorization", "cookie", "token", "code", "sandi")

_TOKEN_IN_PATH = re.compile(r"(/(?:undangan|peragaan/masuk|tanda-terima)/)[^/ ]+")


def without_secrets(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Blank every value whose name says that it is a secret, and the one-time tokens in paths."""
    if isinstance(event.get("request"), str):
        event["request"] = _TOKEN_IN_PATH.sub(r"\1[hidden]", event["request"])
    for key in event:
        if any(word in key.lower() for word in _SECRET_WORDS) and key not in {"status_code", "code"}:
            event[key] = "[hidden]"
    return event


def configure(options: dict[str, Any]) -> None:
    """Set up structlog and the standard library's logging alike (called by Django with LOGGING)."""
    from config import env

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
        without_secrets,
    ]
    production = env.text("MITRA_MODE", "embedded") == "production"
    # SECURITY: tracebacks are printed without local variables; a password may stand in one.
    renderer = (
        structlog.processors.JSONRenderer()
        if production
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    shared += [structlog.processors.format_exc_info] if production else []
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "event": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                    "foreign_pre_chain": shared,
                }
            },
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "event"}},
            "root": {"handlers": ["console"], "level": options["level"]},
            "loggers": {
                # SECURITY: zeep and requests print whole messages, passwords included, at DEBUG.
                "zeep": {"level": "WARNING"},
                "urllib3": {"level": "WARNING"},
                "django.request": {"level": "ERROR"},
            },
        }
    )
