"""What a measurement stands in: a folder, PostgreSQL, Redis; taken down at the end whatever happens."""

import contextlib
import os
import platform
import tempfile
from pathlib import Path

from benchmarks.processes import Postgres, cpu_seconds, machine_cpu_seconds
from mindnet.tests.support.redis import RedisServer


class World:
    def __init__(self):
        self.services = {}

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="mindnet-bench-"))
        return self

    def __exit__(self, *_):
        self.stack.close()

    def service(self, name, kind):
        """A server started when first asked for."""
        if name not in self.services:
            self.services[name] = kind()
            self.stack.callback(self.services[name].remove)
            self.services[name].start()
        return self.services[name]

    @property
    def postgres_url(self):
        return self.service("postgresql", Postgres).url("postgres")

    @property
    def redis_url(self):
        return self.service("redis", RedisServer).url

    def cpu_seconds(self, system):
        figures = {name: cpu_seconds(service.pid) for name, service in self.services.items()}
        return figures | {"server": cpu_seconds(system.process.pid), "machine": machine_cpu_seconds()}


def machine():
    """One line that says what the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), platform.machine())
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {model}, Linux {platform.release()}, Python {platform.python_version()}"
