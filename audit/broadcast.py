"""News over the broker: what was recorded and committed here is told to every process of the product.

It carries the action and the target's public id, never a text. Changes that are no entries of the trail ring on a
channel of their own, which carries nothing at all. Nothing rests on it alone: whoever listens also looks by himself
every few seconds, so that a broker that is away makes news late and nothing else.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Iterable
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
    _publish(CHANNEL, [json.dumps([item.action, item.target_kind, item.target_id]) for item in news])


def ring(channel: str) -> None:
    """Tell whoever listens to this channel that something changed, and nothing more. Call it after the commit."""
    _publish(channel, [""])


def _publish(channel: str, messages: Iterable[str]) -> None:
    try:
        with _broker().pipeline(transaction=False) as line:
            for message in messages:
                line.publish(channel, message)
            line.execute()
    except (redis.RedisError, OSError):
        log.warning("audit.news_not_told", exc_info=True)


async def heard(
    every_seconds: float, *, channel: str = CHANNEL, calm_seconds: float = 0.0
) -> AsyncGenerator[bool, None]:
    """True for each news; False at the beginning, and where there was none for `every_seconds` or no broker.

    Whoever looks by himself at each of these misses nothing. What comes within `calm_seconds` after a news is told
    as one, once they are over: so a sweep that changes thousands of rows in many batches costs whoever listens no
    more than one look in that time.
    """
    while True:
        listener = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=PATIENCE_SECONDS)
        try:
            async with listener.pubsub(ignore_subscribe_messages=True) as line:
                await line.subscribe(channel)
                yield False
                gathered = False
                while True:
                    told = gathered or await line.get_message(timeout=every_seconds) is not None
                    yield told
                    gathered = False
                    over = time.monotonic() + calm_seconds * told
                    while (left := over - time.monotonic()) > 0:
                        gathered = await line.get_message(timeout=left) is not None or gathered
        except (redis.RedisError, OSError):
            yield False
            await asyncio.sleep(every_seconds)
        finally:
            await listener.aclose()
