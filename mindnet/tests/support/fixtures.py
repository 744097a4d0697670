"""The fixtures and the rules of the test run. Loaded by the root conftest.

Worlds that live for the whole run: `embedded`, `cluster`, `daphne`, and `world`, which is each of them in turn. They
are shared, so tests make their own people (`world.person("ada")`). What kills or configures servers makes a world of
its own with `make_world`.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mindnet.tests.support.postgres import PostgresServer
from mindnet.tests.support.redis import RedisServer
from mindnet.tests.support.templates import Templates
from mindnet.tests.support.tools import BASE_DIR, Missing
from mindnet.tests.support.worlds import KINDS, World

IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
WORLD_FIXTURES = {"world", "build_world", "postgres_server", "redis_server"}

running = []  # worlds
left_out = Counter()  # sentence -> tests
brought = set()  # programs, by TEST_BRING


def need(make):
    """`make()`, or the test is left out, visibly; in CI it fails. Where TEST_BRING says so, what lacks is brought."""
    try:
        return make()
    except Missing as missing:
        if os.environ.get("TEST_BRING") and missing.tool and missing.tool not in brought:
            bring(missing.tool)
            return need(make)
        left_out[str(missing)] += 1
        if IN_CI:
            pytest.fail(f"In CI nothing is left out. {missing}", pytrace=False)
        pytest.skip(f"left out: {missing}")


def bring(tool):
    """Has a program brought, once. What that says is shown at once: it may take a minute."""
    brought.add(tool)
    with capture.global_and_fixture_disabled():
        subprocess.run([sys.executable, BASE_DIR / "scripts" / "bring_tools.py", tool], check=True)


# Rules


def pytest_configure(config):
    global capture
    capture = config.pluginmanager.getplugin("capturemanager")


# Doors parse and call. The services behind them are tested on both databases, and real servers and browsers go through
# every door on SQLite; so these tests run once, on PostgreSQL where there is one.
DOORS = re.compile(r"/mindnet/tests/(pages|rest)/|/test_(\w+_)?(views|admin|pages)(_\w+)?\.py$")


def pytest_collection_modifyitems(items):
    """`servers` marks what starts servers of its own, and so need not run once for each database."""
    for item in items:
        if DOORS.search(str(item.path)):
            item.add_marker("once")
        if WORLD_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
        if item.path.parent.name == "browser":
            item.add_marker("browser")


def pytest_report_header():
    from django.db import connection

    return f"database of the test process: {connection.vendor}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for process in (process for world in running for process in world.processes):
            if text := process.log(process.read_bytes):
                report.sections.append((f"log of {process.name}", text[-4000:]))
    return report


def pytest_terminal_summary(terminalreporter):
    skipped = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ").removeprefix("left out: ")
        for report in terminalreporter.stats.get("skipped", [])
    )
    if left_out or skipped:
        terminalreporter.section("Left out")
        for sentence, count in (skipped or left_out).items():
            terminalreporter.line(f"{sentence} ({count} {'test' if count == 1 else 'tests'})")


@pytest.fixture(autouse=True)
def calm_servers(request):
    """A test during which a server wrote a traceback, or died, has failed."""
    yield
    complaints = []
    for world in running:
        world.close_clients()
        complaints += world.complaints()
    if complaints and not request.node.get_closest_marker("allow_traceback"):
        pytest.fail("\n".join(complaints), pytrace=False)


# PostgreSQL, Redis and S3


@pytest.fixture(scope="session")
def bucket_server():
    """A server that speaks S3, shared by the whole run."""
    from mindnet.tests.support.buckets import BucketServer  # boto3 takes a second

    server = BucketServer()
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_url():
    """The address of a PostgreSQL server that is shared by the whole run."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        yield url
        return
    server = need(PostgresServer)
    with server:
        yield server.url("postgres")
    server.remove()


@pytest.fixture(scope="session")
def redis_url():
    """The address of a Redis server that is shared by the whole run."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield url
        return
    server = need(RedisServer)
    with server:
        yield server.url
    server.remove()


@pytest.fixture
def postgres_server():
    """A PostgreSQL server of this test's own, to stop, kill and pause."""
    server = need(PostgresServer)
    with server:
        yield server
    server.remove()


@pytest.fixture
def redis_server():
    """A Redis server of this test's own, to stop, kill and pause."""
    server = need(RedisServer)
    with server:
        yield server
    server.remove()


# Databases


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, request):
    """Where templates are shared, the database of the test process is a copy, and nothing is left to migrate.

    PostgreSQL copies one by itself (TEST in mindnet/tests/settings.py); SQLite's is laid where `--reuse-db` finds it.
    """
    from django.db import connection

    if os.environ.get("TEST_TEMPLATES") and connection.vendor == "sqlite":
        shutil.copy(request.getfixturevalue("templates").sqlite, connection.settings_dict["TEST"]["NAME"])


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    from django.db import connection

    from mindnet.tests.support.emptying import empty_by_deleting

    empty_by_deleting(connection)


@pytest.fixture(scope="session")
def templates(tmp_path_factory):
    shared = os.environ.get("TEST_TEMPLATES")
    templates = Templates(Path(shared) if shared else tmp_path_factory.mktemp("templates"))
    yield templates
    templates.remove()


# Worlds


@pytest.fixture(scope="session")
def build_world(templates, request):
    """Starts a world and lists it among the running ones. For the fixtures here."""

    def build(kind, *, start=True, **environment):
        addresses = {}
        if KINDS[kind].on_postgres:
            for name in ("postgres_url", "redis_url"):
                # Only when wanted: a run without such worlds starts neither server.
                addresses[name] = environment.pop(name, None) or request.getfixturevalue(name)
        world = World(kind, templates=templates, **addresses, **environment)
        running.append(world)
        try:
            return world.start() if start else world
        except BaseException:
            running.remove(world)
            for process in world.processes:
                process.kill()
            raise

    return build


def end(world, *, may_complain=False):
    running.remove(world)
    try:
        world.stop()
    except AssertionError:
        if not may_complain:
            raise


@pytest.fixture(scope="session")
def embedded(build_world):
    """SQLite, the in-memory layer, one uvicorn process: what `make run` starts."""
    world = build_world("embedded")
    yield world
    end(world)


@pytest.fixture(scope="session")
def cluster(build_world):
    """PostgreSQL, Redis, two uvicorn processes."""
    world = build_world("cluster")
    yield world
    end(world)


@pytest.fixture(scope="session")
def daphne(build_world):
    """`manage.py runserver` on SQLite."""
    world = build_world("daphne")
    yield world
    end(world)


@pytest.fixture(scope="session")
def limited(build_world):
    """Like `embedded`, with rates and quotas on."""
    world = build_world("embedded", MINDNET_LIMITS="on")
    yield world
    end(world)


@pytest.fixture(params=list(KINDS), scope="session")
def world(request):
    """Each world in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def make_world(build_world, request):
    """`make_world("cluster", MINDNET_OUTBOX_EVENTS="10")`: a world for this test alone.

    `start=False` leaves the starting to the test, `postgres_url` and `redis_url` name servers of the test's own.
    """
    mine = []

    def make(kind, **options):
        world = build_world(kind, **options)
        mine.append(world)
        return world

    yield make
    may_complain = request.node.get_closest_marker("allow_traceback") is not None
    for world in reversed(mine):
        end(world, may_complain=may_complain)


@pytest.fixture
def limits_on(settings):
    """Rates and quotas inside the test process."""
    settings.LIMITS_ENFORCED = True
