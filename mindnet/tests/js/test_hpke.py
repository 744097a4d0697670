"""The browser's HPKE and somebody else's open what the other has sealed."""

import subprocess
from pathlib import Path

import pytest

from mindnet.tests.support import tools
from mindnet.tests.support.fixtures import need

pytestmark = pytest.mark.tools


def test_ours_and_theirs_open_each_other():
    node, hpke = need(lambda: tools.find("node")), need(lambda: tools.find("hpke"))
    command = [node.path, Path(__file__).with_name("hpke.mjs"), hpke.path.as_uri()]
    found = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert (found.returncode, found.stdout) == (0, "32 opened\n"), found.stdout + found.stderr
