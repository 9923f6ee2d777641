"""News over the broker: what was recorded and committed here is told to every process of the product.

It carries the action and the target's public id, never a text. Nothing rests on it alone: whoever listens also
looks by himself every few seconds, so that a broker that is away makes news late and nothing else.
"""

import json
from collections.abc import AsyncIterator, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

import redis
import redis.asyncio
import structlog
from django.conf import settings

if TYPE_CHECKING:
    from audit.trail import News

CHANNEL = "mitra:news"
#: How long a commit may wait for the broker to take its news.
PATIENCE_SECONDS = 1.0

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def _broker() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    )


def tell(news: Iterable["News"]) -> None:
    """Tell the other processes. A broker that does not answer is noted and passed over: the change is committed."""
    try:
        with _broker().pipeline(transaction=False) as line:
            for item in news:
                line.publish(CHANNEL, json.dumps([item.action, item.target_kind, item.target_id]))
            line.execute()
    except (redis.RedisError, OSError):
        log.warning("audit.news_not_told", exc_info=True)


async def heard(every_seconds: float) -> AsyncIterator[bool]:
    """True for each news, False where there was none for `every_seconds`. Raises RedisError without a broker."""
    listener = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=PATIENCE_SECONDS)
    try:
        async with listener.pubsub(ignore_subscribe_messages=True) as line:
            await line.subscribe(CHANNEL)
            while True:
                yield await line.get_message(timeout=every_seconds) is not None
    finally:
        await listener.aclose()
