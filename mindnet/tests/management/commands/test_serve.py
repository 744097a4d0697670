"""`manage.py serve` as an operator meets it: what stops the start is one line, and so is the way out."""

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from mindnet.tests.support.servers import ServerProcess, clean_environment

pytestmark = pytest.mark.servers

EVENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ")


@pytest.fixture
def make_server(tmp_path, templates):
    """A server on a migrated database of its own, not yet started. It is ended after the test."""
    made = []

    def make(**variables):
        data_dir = tmp_path / "data"
        data_dir.mkdir(exist_ok=True)
        shutil.copy(templates.sqlite, data_dir)
        environment = clean_environment(**{"DATA_DIR": data_dir} | variables)
        server = ServerProcess("server", "serve", environment, tmp_path / f"log.{len(made)}")
        server.environment |= {name: str(variables[name]) for name in ("HOST",) if name in variables}
        made.append(server)
        return server

    yield make
    for server in made:
        server.kill()


def refused(server):
    """The one line with which a start ends that cannot be."""
    server.spawn()
    assert server.popen.wait(60) == 1, server.log()
    [line] = server.log().splitlines()
    assert line.startswith("mindnet does not start: ")
    return line


def interrupt(server):
    """Ctrl-C in a terminal: SIGINT to every process of the group. Gives the exit code."""
    server.ended_by_test = True
    os.killpg(server.pid, signal.SIGINT)
    return server.popen.wait(30)


def test_a_port_that_is_taken_is_said_before_anything_is_done(make_server):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        server = make_server()
        server.environment["PORT"] = str(other.getsockname()[1])
        assert f"PORT: another program listens on {other.getsockname()[1]} on 127.0.0.1" in refused(server)


@pytest.mark.parametrize("host", ["192.0.2.7", "no such name"])
def test_an_address_that_is_not_this_machines_is_said(make_server, host):
    line = refused(make_server(HOST=host))
    assert "HOST" in line and host in line


def test_a_file_that_is_no_database_is_said(make_server, tmp_path):
    (tmp_path / "picture").write_bytes(b"no database at all " * 100)
    assert "DATABASE_URL: file is not a database" in refused(make_server(DATABASE_URL=f"sqlite:///{tmp_path}/picture"))


def test_a_database_server_that_is_not_there_is_said(make_server):
    line = refused(make_server(DATABASE_URL="postgres://mindnet:secret@127.0.0.1:1/mindnet"))
    assert "DATABASE_URL" in line and "refused" in line and "secret" not in line


def test_a_database_or_a_role_that_is_not_there_is_said(make_server, postgres_url):
    line = refused(make_server(DATABASE_URL=postgres_url.rpartition("/")[0] + "/nowhere"))
    assert "DATABASE_URL" in line and 'database "nowhere" does not exist' in line
    address = postgres_url.rpartition("@")[2]
    line = refused(make_server(DATABASE_URL=f"postgres://nobody:secret@{address}"))
    assert "DATABASE_URL" in line and "nobody" in line and "secret" not in line


def test_the_address_is_said_once_somebody_answers(make_server):
    """By a pipe as well: what waits for it need not be a terminal."""
    server = make_server()
    del server.environment["PYTHONUNBUFFERED"]
    command = [str(part) for part in server.command()]
    with subprocess.Popen(
        command, env=server.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as started:
        said = next(line for line in started.stdout if "mindnet is at" in line)
        assert said.strip() == f"mindnet is at {server.url}"
        assert httpx.get(f"{server.url}/healthz", trust_env=False, timeout=10).status_code == 200
        started.send_signal(signal.SIGINT)
        rest = started.stdout.read()
        assert started.wait(30) == 0
    assert not any(EVENT.match(line) for line in rest.splitlines()) and "Traceback" not in rest


def test_several_processes_end_as_quietly(make_server, cluster):
    server = make_server(DATABASE_URL=cluster.database_url, REDIS_URL=cluster.redis_url, WORKERS=2)
    server.start_seconds = 90
    server.start()
    assert interrupt(server) == 0
    assert "Traceback" not in server.log() and "KeyboardInterrupt" not in server.log()


def until_it_waits_for_a_lock(server):
    """By Linux's list of locks, in which an arrow stands before who waits for one; elsewhere after a while."""
    locks, deadline = Path("/proc/locks"), time.monotonic() + 60
    while server.is_running and time.monotonic() < deadline:
        if not locks.exists():
            time.sleep(5)
            return
        if any("->" in line and f" {server.pid} " in line for line in locks.read_text().splitlines()):
            return
        time.sleep(0.05)
    pytest.fail(f"It waits for no lock:\n{server.log()}")


def test_an_end_before_the_start_is_quiet(make_server, tmp_path):
    server = make_server()
    with open(tmp_path / "data" / "start.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process prepares the database
        server.spawn()
        until_it_waits_for_a_lock(server)
        assert interrupt(server) == 130
    assert server.log() == ""


def test_who_listens_to_all_and_answers_to_nobody_is_told(make_server):
    server = make_server(HOST="0.0.0.0", ALLOWED_HOSTS="").start()
    assert "answers to localhost and 127.0.0.1 alone" in server.log() and "ALLOWED_HOSTS=" in server.log()
    for _ in range(3):
        answer = httpx.get(f"{server.url}/", headers={"Host": "mind.example"}, trust_env=False, timeout=10)
        assert answer.status_code == 400 and "mind.example" in answer.text
    lines = [line for line in server.log().splitlines() if EVENT.match(line)]
    assert len(lines) == 1 and "mind.example" in lines[0] and "Traceback" not in server.log()
