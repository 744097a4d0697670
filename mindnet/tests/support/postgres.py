"""A real PostgreSQL server for tests, with its data in a temporary folder."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path

import psycopg

from mindnet.tests.support import tools
from mindnet.tests.support.processes import Process, free_port

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "log_min_messages": "warning",
}


class PostgresServer(Process):
    """`url()` is the address of a database; `create_database()` makes one."""

    stop_signal = signal.SIGINT  # "fast": ends sessions, then itself

    def __init__(self):
        self.tool = tools.find("postgres")
        self.folder = Path(tempfile.mkdtemp(prefix="mindnet-postgres-", dir=open_folder()))
        super().__init__("PostgreSQL", self.folder / "log")
        self.port = free_port()
        self.account = account()
        self.programs = self.tool.path
        self.prepare()

    def prepare(self):
        """Makes the data folder, under an account that PostgreSQL accepts."""
        if self.account:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
            if not self.can_run():
                self.programs = self.copy_programs()
        for locale in ("C.UTF-8", "C"):
            result = self.run("initdb", "-D", self.data, "-U", "mindnet", "-A", "trust", "-E", "UTF8", "--no-sync",
                              f"--locale={locale}")  # fmt: skip
            if result.returncode == 0:
                return
            shutil.rmtree(self.data, ignore_errors=True)
        self.remove()
        raise AssertionError(f"initdb failed:\n{result.stdout}\n{result.stderr}")

    def copy_programs(self):
        """For an account that may not enter where pip has put them (a checkout in root's home).

        The package's libraries lie beside it and are found by the relative path.
        """
        install, site_packages = self.tool.path.parent, self.tool.path.parents[2]
        package = self.tool.path.parents[1].name
        for folder in (Path(package, install.name), Path(f"{package}.libs")):
            shutil.copytree(site_packages / folder, self.folder / "programs" / folder, symlinks=True)
        return self.folder / "programs" / package / install.name / "bin"

    @property
    def data(self):
        return self.folder / "data"

    def can_run(self):
        try:
            return self.run("postgres", "--version").returncode == 0
        except PermissionError:
            return False

    def run(self, name, *arguments):
        command = [self.programs / name, *arguments]
        return subprocess.run(command, capture_output=True, text=True, **self.popen_options(), check=False)

    def popen_options(self):
        options = {"cwd": self.folder}
        if self.account:
            options |= {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        return options

    def command(self):
        settings = SETTINGS | {"port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.programs / "postgres", "-D", self.data, *options]

    def is_ready(self):
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database="mindnet"):
        return database_url(self.port, database)

    def stop_immediately(self):
        """As in a crash: nothing is written down, the log is replayed at the next start."""
        self.stop_signal, usual = signal.SIGQUIT, self.stop_signal
        try:
            self.stop()
        finally:
            self.stop_signal = usual

    def remove(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def database_url(port, database):
    return f"postgres://mindnet@127.0.0.1:{port}/{database}"


def sibling(url, database):
    """The address of another database on the same server."""
    return f"{url.rpartition('/')[0]}/{database}"


def execute(url, *statements):
    """Runs statements outside of any transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def create_database(url, template="template1"):
    """Makes a database on the server of `url`, and returns its address."""
    name = f"mindnet_{uuid.uuid4().hex[:12]}"
    execute(sibling(url, "postgres"), f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return sibling(url, name)


def drop_database(url):
    execute(sibling(url, "postgres"), f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')


def account():
    """PostgreSQL refuses to run as root: then somebody else's account, otherwise None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise tools.Missing("postgres: run as root, and there is no account postgres or nobody to run it under")


def open_folder():
    """A temporary folder that every account may enter."""
    for folder in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):
        if folder.is_dir() and all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents)):
            return folder
    return Path(tempfile.gettempdir())
