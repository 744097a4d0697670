"""What a measurement stands on."""

import json
import subprocess
import sys
import uuid

import pytest

from benchmarks.client.dialects import NO_NONCE
from benchmarks.seed import share
from mindnet.tests.support.servers import clean_environment
from mindnet.tests.support.tools import BASE_DIR

pytestmark = pytest.mark.servers  # which it asks for by name


def test_rooms_are_dealt_out():
    assert share(4, ["a", "b"]) == [["a"], ["b"], ["a"], ["b"]]
    assert share(2, ["a", "b", "c"]) == [["a", "c"], ["b"]]


def seed(world, **wanted):
    command = [sys.executable, BASE_DIR / "benchmarks/seed.py", json.dumps(wanted)]
    environment = clean_environment(**world.environment)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def as_first_of(made, world):
    return world.open_client(headers={"Authorization": f"Token {made['tokens'][0]}"})


@pytest.mark.parametrize("kind", ["embedded", "cluster"])
def test_what_a_measurement_stands_on_can_be_made(kind, request):
    """The messages are put in past the models, so a new column of theirs is noticed here."""
    world = request.getfixturevalue(kind)
    made = seed(world, people=3, rooms=2, joined=True, messages=5)
    with as_first_of(made, world) as client:
        page = client.get(f"/rooms/{made['rooms'][0]}/messages").raise_for_status().json()
    assert [message["seq"] for message in page["results"]] == [1, 2, 3, 4, 5] and page["last_seq"] == 5


def test_what_is_sealed_in_a_measurement_is_taken(embedded):
    """A refusal would be measured as fast."""
    made = seed(embedded, people=2, devices=4, size=64)
    nonce = str(uuid.uuid4())
    content = made["envelopes"][0].replace(NO_NONCE, nonce)
    with as_first_of(made, embedded) as client:
        body = {"content": content, "nonce": nonce, "message_type": "sealed"}
        stored = client.post(f"/rooms/{made['rooms'][0]}/messages", json=body)
    assert stored.status_code == 201 and len(json.loads(stored.json()["content"])["to"]) == 8
