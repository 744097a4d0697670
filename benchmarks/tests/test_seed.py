"""What a measurement stands on."""

import json
import subprocess
import sys

import pytest

from benchmarks.seed import share
from mindnet.tests.support.servers import clean_environment
from mindnet.tests.support.tools import BASE_DIR

pytestmark = pytest.mark.servers  # which it asks for by name


def test_rooms_are_dealt_out():
    assert share(4, ["a", "b"]) == [["a"], ["b"], ["a"], ["b"]]
    assert share(2, ["a", "b", "c"]) == [["a", "c"], ["b"]]


@pytest.mark.parametrize("kind", ["embedded", "cluster"])
def test_what_a_measurement_stands_on_can_be_made(kind, request):
    """The messages are put in past the models, so a new column of theirs is noticed here."""
    world = request.getfixturevalue(kind)
    wanted = json.dumps({"people": 3, "rooms": 2, "joined": True, "messages": 5})
    command = [sys.executable, BASE_DIR / "benchmarks/seed.py", wanted]
    environment = clean_environment(**world.environment)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    headers = {"Authorization": f"Token {made['tokens'][0]}"}
    with world.open_client(headers=headers) as client:
        page = client.get(f"/rooms/{made['rooms'][0]}/messages").raise_for_status().json()
    assert [message["seq"] for message in page["results"]] == [1, 2, 3, 4, 5] and page["last_seq"] == 5
