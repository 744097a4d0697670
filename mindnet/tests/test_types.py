"""What floors and services say of their types holds: what `make lint` asks of them, mypy.ini says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.tools

BASE_DIR = Path(__file__).resolve().parents[2]
# A number where a function belongs, and an attribute of what may be None.
WRONG = """\
from messaging.writer import Writer
from presence.models import Psychic

Writer(pace=3)
Psychic.objects.active().first().username
"""


def check(*arguments):
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--no-pretty", *arguments]
    return subprocess.run(command, check=False, cwd=BASE_DIR, capture_output=True, text=True, timeout=300)


def test_the_types_hold():
    checked = check("--error-summary")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    [count] = re.findall(r"no issues found in (\d+) source files", checked.stdout)
    assert int(count) > 100


def test_what_is_wrong_is_found(tmp_path):
    (tmp_path / "wrong.py").write_text(WRONG)
    found = check(str(tmp_path / "wrong.py"))
    assert re.findall(r"wrong\.py:(\d+): error: .* \[([a-z-]+)\]", found.stdout) == [
        ("4", "arg-type"),
        ("5", "union-attr"),
    ]
