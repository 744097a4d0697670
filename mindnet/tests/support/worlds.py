"""Worlds: what runs together and shares one database.

`embedded` is what `make run` starts: SQLite, the in-memory layer, one uvicorn process. `cluster` is two uvicorn
processes on one PostgreSQL and one Redis. `daphne` is `manage.py runserver` on SQLite.
"""

import itertools
import secrets
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx

from mindnet.tests.support.people import PASSWORD, Person
from mindnet.tests.support.postgres import create_database, drop_database
from mindnet.tests.support.servers import ServerProcess, clean_environment
from mindnet.tests.support.tools import BASE_DIR


@dataclass(frozen=True)
class Kind:
    server: str
    processes: int
    on_postgres: bool


KINDS = {
    "embedded": Kind("serve", 1, False),
    "cluster": Kind("serve", 2, True),
    "daphne": Kind("runserver", 1, False),
}
names = itertools.count(1)


def run_manage(*arguments, **environment):
    """Runs `manage.py` and returns what it printed. Raises AssertionError when it failed."""
    result = subprocess.run(
        [sys.executable, BASE_DIR / "manage.py", *arguments],
        env=clean_environment(**environment),
        cwd=BASE_DIR,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, f"manage.py {arguments[0]} failed:\n{result.stdout}\n{result.stderr}"
    return result.stdout


class World:
    """Running servers with what tests need to act in them.

    `environment` goes to every process, over the defaults here: rates and quotas are off unless MINDNET_LIMITS says on.
    """

    def __init__(self, kind, *, templates, postgres_url=None, redis_url=None, **environment):
        self.kind = kind
        self.folder = Path(tempfile.mkdtemp(prefix=f"mindnet-{kind}-"))
        self.data_dir = self.folder / "data"
        self.data_dir.mkdir()
        templates.copy_static(self.data_dir)
        self.redis_url = redis_url
        self.database_url = None
        self.environment = {"MINDNET_LIMITS": "off", "DATA_DIR": self.data_dir}
        if KINDS[kind].on_postgres:
            self.database_url = create_database(postgres_url, templates.postgres(postgres_url))
            self.environment |= {"DATABASE_URL": self.database_url, "REDIS_URL": redis_url}
        else:
            shutil.copy(templates.sqlite, self.data_dir)
        self.environment |= environment
        self.processes = [self._process(number) for number in range(KINDS[kind].processes)]
        self._clients = []

    def _process(self, number):
        environment = clean_environment(**self.environment)
        return ServerProcess(
            f"{self.kind} server {number}", KINDS[self.kind].server, environment, self.folder / f"log.{number}"
        )

    def start(self):
        for process in self.processes:
            process.spawn()
        for process in self.processes:
            process.wait_ready()
        return self

    def add_process(self):
        """One more server on the same database, started."""
        process = self._process(len(self.processes))
        self.processes.append(process)
        return process.start()

    def stop(self):
        """Ends all servers and removes their data. Raises AssertionError for what went wrong."""
        self.close_clients()
        problems = []
        for process in self.processes:
            ended_by_test = process.ended_by_test
            try:
                if process.is_running:
                    process.resume()
                code = process.stop()
                if not ended_by_test and code not in (0, -process.stop_signal):
                    problems.append(f"{process.name} ended with {code}:\n{process.log()[-4000:]}")
            except AssertionError as error:
                problems.append(str(error))
            finally:
                process.kill()
        problems += self.complaints()
        if self.database_url:
            drop_database(self.database_url)
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not problems, "\n".join(problems)

    def complaints(self):
        """Tracebacks in what the servers wrote since the last call, and servers that died by themselves."""
        complaints = []
        for process in self.processes:
            text = process.new_log()
            if "Traceback (most recent call last)" in text:
                complaints.append(f"{process.name} wrote a traceback:\n{text[-6000:]}")
            if not process.is_running and not process.ended_by_test:
                complaints.append(f"{process.name} has died ({process.popen.returncode}):\n{process.log()[-4000:]}")
        return complaints

    # Where it is

    @property
    def url(self):
        return self.processes[0].url

    @property
    def ws_url(self):
        return self.processes[0].ws_url

    @property
    def urls(self):
        return [process.url for process in self.processes]

    @property
    def ws_urls(self):
        return [process.ws_url for process in self.processes]

    # Who lives in it

    def client(self, username=None, *, password=PASSWORD, process=0, **options):
        """An HTTP client, with this psychic's token unless there is no name. It is closed after the test."""
        headers = {"Authorization": f"Token {self.token(username, password)}"} if username else {}
        return self.open_client(headers=headers, process=process, **options)

    def open_client(self, *, headers=None, process=0, **options):
        options = {"timeout": 15, "trust_env": False, "verify": False} | options
        client = httpx.Client(base_url=self.urls[process], headers=headers or {}, **options)
        self._clients.append(client)
        return client

    def close_clients(self):
        while self._clients:
            self._clients.pop().close()

    def create_psychic(self, username, password=PASSWORD):
        """Signs up, and returns the server's answer."""
        return self._post("/psychics", username=username, password=password)

    def token(self, username, password=PASSWORD):
        return self._post("/auth/token", username=username, password=password)["token"]

    def _post(self, path, **body):
        answer = httpx.post(f"{self.url}{path}", json=body, timeout=15, trust_env=False, verify=False)
        assert answer.status_code == 201, f"POST {path}: {answer.status_code} {answer.text[:1000]}"
        return answer.json()

    def person(self, name="ada"):
        """A new psychic with a name that nobody else has, signed in."""
        username = f"{name}-{next(names)}-{secrets.token_hex(2)}"
        self.create_psychic(username)
        return Person(self, username, self.token(username))

    def create_admin(self, username=None, password=PASSWORD):
        """A superuser, made behind the API: there is no other way in."""
        username = username or f"admin-{next(names)}-{secrets.token_hex(2)}"
        self.shell(
            "from presence.models import Psychic;"
            f"Psychic.objects.create_superuser(username={username!r}, password={password!r})"
        )
        return Person(self, username, self.token(username, password))

    @cached_property
    def admin(self):
        """A superuser for the tests that only need any."""
        return self.create_admin()

    def grant(self, person, permission):
        """Gives a permission like `messaging.broadcast`."""
        app, codename = permission.split(".")
        self.shell(
            "from django.contrib.auth.models import Permission; from presence.models import Psychic;"
            f"Psychic.objects.get(username={person.username!r}).user_permissions.add("
            f"Permission.objects.get(content_type__app_label={app!r}, codename={codename!r}))"
        )

    def manage(self, *arguments):
        """Runs a management command in this world."""
        return run_manage(*arguments, **self.environment)

    def shell(self, code):
        """Runs Python in this world's database, and returns what it printed. Takes a second or two."""
        return self.manage("shell", "--no-imports", "-c", code)
