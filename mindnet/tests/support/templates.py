"""Migrated databases and collected static files to copy, since making them takes seconds and copying does not.

`scripts/run_tests.py` makes them once for all the runs that it starts, and says where they are: TEST_TEMPLATES names
their folder, and TEST_POSTGRES_TEMPLATE the address of the database on the server of TEST_POSTGRES_URL.
"""

import contextlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import psycopg

from mindnet.tests.support.postgres import create_database, drop_database
from mindnet.tests.support.worlds import run_manage

COLLECT = "from mindnet.management.commands.serve import collect_static; collect_static()"


class Templates:
    """Each is made when it is first asked for, unless the folder has it."""

    def __init__(self, folder):
        self.folder = folder
        self._postgres = {}

    @cached_property
    def sqlite(self):
        database = self.folder / "template" / "mindnet.sqlite3"
        if not database.exists():
            run_manage("migrate", "--verbosity", "0", DATA_DIR=database.parent)
        return database

    def copy_static(self, data_dir):
        """Gives a server the static files, so that it finds nothing to collect."""
        shutil.copytree(self.collected / "static", data_dir / "static")
        shutil.copy(self.collected / "static.stamp", data_dir)

    @cached_property
    def collected(self):
        data_dir = self.folder / "collected"
        if not (data_dir / "static.stamp").exists():
            run_manage("shell", "--no-imports", "-c", COLLECT, DATA_DIR=data_dir)
        return data_dir

    def postgres(self, server_url):
        """The name of a migrated database on this server."""
        url = os.environ.get("TEST_POSTGRES_TEMPLATE")
        if not url or server_url != os.environ.get("TEST_POSTGRES_URL"):
            if server_url not in self._postgres:
                self._postgres[server_url] = self._migrated(server_url)
            url = self._postgres[server_url]
        return url.rpartition("/")[2]

    def _migrated(self, server_url):
        url = create_database(server_url)
        run_manage("migrate", "--verbosity", "0", DATA_DIR=self.folder / "migrating", DATABASE_URL=url)
        return url

    def share(self, server_url=None):
        """Makes all of them, beside each other, and returns the variables that tell other test runs of them."""
        with ThreadPoolExecutor() as pool:
            made = [pool.submit(getattr, self, name) for name in ("sqlite", "collected")]
            variables = {"TEST_TEMPLATES": str(self.folder)}
            if server_url:
                name = pool.submit(self.postgres, server_url).result()
                variables["TEST_POSTGRES_TEMPLATE"] = f"{server_url.rpartition('/')[0]}/{name}"
            for one in made:
                one.result()
        return variables

    def remove(self):
        for url in self._postgres.values():
            with contextlib.suppress(psycopg.OperationalError):  # a server of the run's own is gone by now
                drop_database(url)
