"""The cache: Django's own over Redis, without what Redis does not need."""

from django.core.cache.backends import redis


class RedisCache(redis.RedisCache):
    """Looks no key over: Redis takes any. Django asks of each letter whether memcached would, 4 µs a key."""

    def validate_key(self, key: str) -> None:
        """Every key is a good one."""
