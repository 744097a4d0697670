"""A real Redis server for tests. Stopped, killed or paused, it comes back on the same port."""

import shutil
import tempfile
from pathlib import Path

import redis

from mindnet.tests.support import tools
from mindnet.tests.support.processes import Process, free_port


class RedisServer(Process):
    def __init__(self):
        self.tool = tools.find("redis")
        self.folder = Path(tempfile.mkdtemp(prefix="mindnet-redis-"))
        super().__init__("Redis", self.folder / "log")
        self.port = free_port()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self):
        return [self.tool.path, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                "--dir", self.folder]  # fmt: skip

    def is_ready(self):
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            try:
                return client.ping()
            except redis.ConnectionError:
                return False

    def cut_subscribers(self):
        """Breaks the links of all subscribers, and nothing else."""
        with redis.Redis.from_url(self.url) as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    def remove(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
