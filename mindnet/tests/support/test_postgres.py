"""The PostgreSQL of the tests is a real one."""

import psycopg
import pytest

from mindnet.tests.support.postgres import create_database, drop_database


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
