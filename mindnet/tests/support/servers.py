"""Real server processes of mindnet, started as an operator would start them."""

import os
import sys

import httpx

from mindnet.tests.support.processes import Process, free_port
from mindnet.tests.support.tools import BASE_DIR

# What the environment of the test run must not decide for a server under test.
OWN_VARIABLES = (
    "ALLOWED_HOSTS", "DATABASE_POOL", "DATABASE_URL", "DATA_DIR", "DEBUG", "HOST", "LOG_LEVEL", "METRICS_TOKEN", "PORT",
    "PRESENCE_AUDIENCE", "REDIS_URL", "SECRET_KEY", "TRUSTED_ORIGINS", "TRUSTED_PROXIES", "UPLOADS",
    "UPLOADS_ACCEL", "WORKERS",
)  # fmt: skip


def clean_environment(**variables):
    """The environment for a process of ours: nothing of mindnet's but what is said here."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in OWN_VARIABLES and not name.startswith(("AWS_", "MINDNET_", "PYTEST_"))
    }
    environment |= {"DJANGO_SETTINGS_MODULE": "mindnet.tests.settings", "PYTHONUNBUFFERED": "1"}
    return environment | {name: str(value) for name, value in variables.items()}


class ServerProcess(Process):
    """`server` is `serve` (uvicorn) or `runserver` (daphne)."""

    def __init__(self, name, server, environment, log_path):
        super().__init__(name, log_path)
        self.server = server
        self.port = free_port()
        self.environment = environment | {"HOST": "127.0.0.1", "PORT": str(self.port)}
        self.read_bytes = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self):
        return f"ws://127.0.0.1:{self.port}/connect"

    def command(self):
        arguments = ["serve"] if self.server == "serve" else ["runserver", f"127.0.0.1:{self.port}", "--noreload"]
        return [sys.executable, BASE_DIR / "manage.py", *arguments]

    def popen_options(self):
        return {"env": self.environment, "cwd": BASE_DIR}

    def is_ready(self):
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2, trust_env=False, verify=False).status_code == 200
        except httpx.TransportError:
            return False

    def new_log(self):
        """What was written since the last call."""
        start, self.read_bytes = self.read_bytes, self.log_path.stat().st_size
        return self.log(start)
