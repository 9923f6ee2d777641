"""News over the broker: what was recorded and committed here is told to every process of the product.

It carries the action and the target's public id, never a text. Changes that are no entries of the trail ring on a
channel of their own, which carries nothing at all. Nothing rests on it alone: whoever listens also looks by himself
every few seconds, so that a broker that is away makes news late and nothing else.
"""

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio
import structlog
from django.conf import settings
from redis.connection import ConnectionInterface

if TYPE_CHECKING:
    from audit.trail import News

CHANNEL = "mitra:news"
#: How long a commit may wait for the broker to take its news.
PATIENCE_SECONDS = 1.0

log = structlog.get_logger(__name__)


class _Line:
    """This process's connection to the broker, on which we only speak.

    `CLIENT REPLY OFF` asks it for no answers: an answer to each news would cost every commit five times the CPU,
    and a wait. So nothing ever comes on this line but its end, and a line with something to read is a dead one. One
    that died without a word is given up by the system as soon as what was said on it stays unconfirmed for as long
    as a commit may wait.
    """

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """As a child does too: the parent's connection is not its own."""
        self._lock = threading.Lock()
        self._connection: ConnectionInterface | None = None

    def say(self, *words: str) -> None:
        """Send one command. Raises RedisError or OSError where the broker is away."""
        with self._lock:
            if self._connection is None or _is_dead(self._connection):
                self._hang_up()
                self._connection = _connected()
            try:
                self._connection.send_command(*words, check_health=False)
            except BaseException:
                self._hang_up()
                raise

    def close(self) -> None:
        """Let the connection go; the next word makes a new one."""
        with self._lock:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
        self._connection = None


def _is_dead(connection: ConnectionInterface) -> bool:
    try:
        return connection.can_read(timeout=0)
    except (redis.RedisError, OSError):
        return True


def _options() -> dict[str, Any]:
    options: dict[str, Any] = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    unconfirmed = getattr(socket, "TCP_USER_TIMEOUT", None)  # RFC 5482; Linux has it.
    if unconfirmed is not None and not settings.REDIS_URL.startswith("unix:"):
        options["socket_keepalive"] = True
        options["socket_keepalive_options"] = {unconfirmed: int(PATIENCE_SECONDS * 1000)}
    return options


def _connected() -> ConnectionInterface:
    connection = redis.ConnectionPool.from_url(settings.REDIS_URL, **_options()).make_connection()
    connection.connect()
    connection.send_command("CLIENT", "REPLY", "OFF", check_health=False)
    return connection


_line = _Line()


def tell(news: Iterable["News"]) -> None:
    """Tell the other processes. A broker that does not answer is noted and passed over: the change is committed."""
    _publish(CHANNEL, [json.dumps([item.action, item.target_kind, item.target_id]) for item in news])


def ring(channel: str) -> None:
    """Tell whoever listens to this channel that something changed, and nothing more. Call it after the commit."""
    _publish(channel, [""])


def _publish(channel: str, messages: Iterable[str]) -> None:
    try:
        for message in messages:
            _line.say("PUBLISH", channel, message)
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
