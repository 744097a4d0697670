"""Strangers' tools on the published documents: what a running server hands out, in a folder with the tools at hand."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from mindnet.tests.support import tools
from mindnet.tests.support.fixtures import need

HERE = Path(__file__).parent
RUN_SECONDS = 120
STRICT = "--strict --target es2022 --lib es2022,dom --module esnext --moduleResolution bundler"


class Workshop:
    """A folder with `openapi.json`, `asyncapi.json`, the programs of this folder, and what npm has brought."""

    def __init__(self, folder, url):
        self.folder = folder
        self.url = url
        self.node = need(lambda: tools.find("node"))
        self.tool = need(lambda: tools.find("contract"))
        # Modules are looked for above the program that imports them.
        (folder / "node_modules").symlink_to(self.tool.path.parent)
        for path in [*(HERE / "programs").iterdir(), *(HERE / "settings").iterdir()]:
            if path.is_file():
                shutil.copy(path, folder)
        for name, path in [("openapi.json", "/schema"), ("asyncapi.json", "/schema/connect")]:
            (folder / name).write_text(httpx.get(url + path, trust_env=False).raise_for_status().text)

    def js(self, *command, fails=False):
        """What one of npm's programs, or a program here, prints."""
        program, *arguments = command
        path = self.folder / program if (self.folder / program).exists() else self.tool.path / program
        return self.run(self.node.path, path, *arguments, fails=fails)

    def tsc(self, *arguments):
        return self.js("tsc", *STRICT.split(), *arguments)

    def python(self, *arguments):
        return self.run(sys.executable, *arguments)

    def run(self, *command, fails=False):
        """With `fails`, a code other than 0 is an answer too: a linter that has found something."""
        result = subprocess.run(
            command, check=False, cwd=self.folder, env=os.environ | self.tool.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=RUN_SECONDS,
        )  # fmt: skip
        assert fails or result.returncode == 0, f"{result.stdout}\n{result.stderr}"
        return result.stdout

    def read(self, name):
        return json.loads((self.folder / name).read_text())


@pytest.fixture(scope="session")
def workshop(embedded, tmp_path_factory):
    return Workshop(tmp_path_factory.mktemp("contract"), embedded.url)
