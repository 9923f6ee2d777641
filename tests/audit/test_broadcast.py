"""The line on which news is told: no answers, and a new one where the broker has hung up."""

import os
import socket
import threading
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from audit import broadcast

CHANNEL = "mitra:uji"


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    broadcast._line.close()
    with redis.Redis.from_url(settings.REDIS_URL) as found:
        yield found
    broadcast._line.close()


@pytest.fixture
def heard(broker: redis.Redis) -> Iterator[redis.client.PubSub]:
    with broker.pubsub(ignore_subscribe_messages=True) as line:
        line.subscribe(CHANNEL)
        line.get_message(timeout=1)
        yield line


def test_each_ring_is_heard_over_one_connection(broker: redis.Redis, heard: redis.client.PubSub) -> None:
    before = broker.info("stats")["total_connections_received"]

    for _ in range(3):
        broadcast.ring(CHANNEL)

    assert [bool(heard.get_message(timeout=1)) for _ in range(3)] == [True] * 3
    assert broker.info("stats")["total_connections_received"] == before + 1


def test_after_the_broker_hung_up_the_next_ring_is_heard(broker: redis.Redis, heard: redis.client.PubSub) -> None:
    broadcast.ring(CHANNEL)
    assert heard.get_message(timeout=1)
    broker.client_kill_filter(_type="normal", skipme=True)

    broadcast.ring(CHANNEL)

    assert heard.get_message(timeout=1)


def test_a_line_that_dies_without_a_word_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        monkeypatch.setattr(settings, "REDIS_URL", f"redis://127.0.0.1:{nobody.getsockname()[1]}/0")
        line = redis.ConnectionPool.from_url(settings.REDIS_URL, **broadcast._options()).make_connection()
        with line._connect() as sock:
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1000


def test_all_threads_speak_on_one_line(broker: redis.Redis) -> None:
    before = broker.info("stats")["total_connections_received"]
    threads = [threading.Thread(target=broadcast.ring, args=[CHANNEL]) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert broker.info("stats")["total_connections_received"] == before + 1


def test_a_child_speaks_on_a_line_of_its_own(broker: redis.Redis, heard: redis.client.PubSub) -> None:
    broadcast.ring(CHANNEL)
    assert heard.get_message(timeout=1)

    if (child := os.fork()) == 0:
        broadcast.ring(CHANNEL)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert heard.get_message(timeout=1)

    broadcast.ring(CHANNEL)
    assert heard.get_message(timeout=1)
