"""Servers to break, and the seed, which stands beside the figures at the end of the run.

pytest mindnet/tests/faults -m faults            all
FAULTS_SEED=12345 pytest … -k killed             once more with the same dice
"""

import json
import os
import random
from pathlib import Path

import pytest

from mindnet.tests.support.figures import table
from mindnet.tests.support.fixtures import need
from mindnet.tests.support.hanging import wake
from mindnet.tests.support.postgres import PostgresServer
from mindnet.tests.support.redis import RedisServer

HERE = Path(__file__).parent
SEED = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(1_000_000))


# What `make test` runs of all this: one of each kind, in about a minute.
QUICK = {
    "test_a_good_history_is_good",
    "test_each_kind_of_failure_is_found",
    "test_the_proxy_breaks_links_as_told",
    "test_one_message_committed_by_a_process_that_told_nobody",
    "test_an_exception_before_a_message_is_stored_costs_that_message_only",
    "test_an_exception_in_a_handler_costs_that_command_only",
    "test_a_reply_lost_on_the_way_and_twenty_retries",
    "test_only_the_subscribers_of_redis_are_cut",
    "test_a_link_that_is_cut_while_a_file_goes_up_and_down",
    "test_nginx_takes_what_is_shipped",
    "test_backends_are_terminated_under_load",
    "test_sqlite_locked_by_another_program_for_three_seconds",
    "test_every_connection_ends_with_what_is_stored",
}


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("faults")
            item.add_marker("once")
            if item.originalname not in QUICK:
                item.add_marker("slow_fault")


def pytest_terminal_summary():
    if path := os.environ.get("FAULTS_FIGURES"):
        with open(path, "a") as file:
            file.writelines(json.dumps({"test": name} | values) + "\n" for name, values in table)


@pytest.fixture
def rng(request):
    """Dice that fall alike for the same seed and test."""
    return random.Random(f"{SEED} {request.node.name}")


@pytest.fixture
def figures(figures):
    """FAULTS_SEED repeats the dice."""
    figures(seed=SEED)
    return figures


def ready(server):
    """The server as a test wants it: running, and not paused."""
    if not server.is_running:
        server.start()
    wake(server)
    return server


@pytest.fixture(scope="session")
def fault_redis():
    with need(RedisServer) as server:
        yield server
    server.remove()


@pytest.fixture(scope="session")
def fault_postgres():
    with need(PostgresServer) as server:
        yield server
    server.remove()


@pytest.fixture
def redis(fault_redis):
    yield ready(fault_redis)
    ready(fault_redis)


@pytest.fixture
def postgres(fault_postgres):
    yield ready(fault_postgres)
    ready(fault_postgres)


@pytest.fixture
def make_cluster(make_world, redis, postgres):
    """Two processes on a PostgreSQL and a Redis that may be broken."""

    def make(**environment):
        return make_world("cluster", postgres_url=postgres.url("postgres"), redis_url=redis.url, **environment)

    return make
