"""The tools of the tests are the real ones."""

import os
import urllib.parse

import psycopg
import pytest
import redis
from django.db import connection

from mindnet.tests.support.postgres import create_database, drop_database


def test_the_test_process_is_on_the_database_it_was_told(db):
    wanted = "postgresql" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "sqlite"
    assert connection.vendor == wanted
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()" if wanted == "postgresql" else "SELECT sqlite_version()")
        assert cursor.fetchone()[0]


def test_the_database_of_the_test_process_writes_as_in_real_life(db):
    setting, value = ("journal_mode", "wal") if connection.vendor == "sqlite" else ("fsync", "on")
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {setting}" if connection.vendor == "sqlite" else f"SHOW {setting}")
        assert cursor.fetchone() == (value,)


@pytest.mark.once
def test_postgres_answers_and_writes_to_disk(postgres_url):
    url = create_database(postgres_url)
    with psycopg.connect(url) as link:
        assert link.info.server_version >= 140000
        assert link.execute("SHOW fsync").fetchone() == ("on",)
        assert link.execute("SELECT lower('ÄÖÜ')").fetchone() == ("äöü",)
    drop_database(url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def test_postgres_keeps_what_was_committed_through_a_crash(postgres_server):
    with psycopg.connect(postgres_server.url("postgres")) as link:
        link.execute("CREATE TABLE kept AS SELECT 7 AS number")
    postgres_server.stop_immediately()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres_server.url("postgres"), connect_timeout=2)
    postgres_server.start()
    with psycopg.connect(postgres_server.url("postgres")) as link:
        assert link.execute("SELECT number FROM kept").fetchone() == (7,)


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


def test_servers_are_where_they_say(world):
    ports = {urllib.parse.urlsplit(url).port for url in world.urls}
    assert len(ports) == len(world.processes) == (2 if world.kind == "cluster" else 1)
    for url in world.urls:
        assert world.open_client().get(f"{url}/healthz").status_code == 200
    vendor = world.shell("from django.db import connection; print(connection.vendor)").strip()
    assert vendor == ("postgresql" if world.kind == "cluster" else "sqlite")
