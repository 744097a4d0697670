"""Clients that generators make of /schema: type-checked, and tried on the server that published it."""

import json
import secrets

import pytest

from mindnet.tests.support.people import PASSWORD

pytestmark = pytest.mark.tools

# Whichever language it is written in, the program signs up and in, makes a room, posts, lists and searches.
EVENING = {
    "posted": "The candles are lit.",
    "listed": [True],
    "found": ["The candles are lit."],
    "nothing": [],
    "refused": "not_found",
}


def somebody():
    return f"stranger-{secrets.token_hex(4)}", PASSWORD


def test_a_python_client(workshop):
    workshop.python(
        "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--output-path", "mindnet_client",
        "--meta", "none", "--config", "python-client.yaml", "--fail-on-warning",
    )  # fmt: skip
    workshop.python("-m", "mypy", "--strict", "mindnet_client", "talk.py")
    assert json.loads(workshop.python("talk.py", workshop.url, *somebody())) == EVENING


def test_a_typescript_client(workshop):
    workshop.js("openapi-typescript", "openapi.json", "--output", "openapi.d.ts")
    workshop.tsc("--outDir", "out", "talk.ts")
    assert json.loads(workshop.js("out/talk.js", workshop.url, *somebody())) == EVENING
