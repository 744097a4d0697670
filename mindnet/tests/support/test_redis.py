"""The Redis of the tests is a real one."""

import pytest
import redis


@pytest.mark.once
def test_redis_answers(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
        assert client.info("server")["redis_version"]


def test_redis_hangs_dies_and_comes_back(redis_server):
    with redis.Redis.from_url(redis_server.url, socket_timeout=0.3) as client:
        redis_server.pause()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        redis_server.resume()
    redis_server.kill()
    with redis.Redis.from_url(redis_server.url) as client:
        with pytest.raises(redis.ConnectionError):
            client.ping()
        redis_server.start()
        assert client.ping()
