"""Linters and parsers find nothing in either document."""

import json

import pytest

from mindnet.socket.commands import COMMANDS

pytestmark = pytest.mark.tools


def test_redocly_finds_nothing(workshop):
    found = json.loads(workshop.js("redocly", "lint", "openapi.json", "--format=json", fails=True))
    assert [f"{one['location'][0]['pointer']}: {one['message']} ({one['ruleId']})" for one in found["problems"]] == []


def spectral(workshop, rules, document):
    found = json.loads(workshop.js("spectral", "lint", "-q", "-f", "json", "-r", rules, document, fails=True) or "[]")
    return [f"{'.'.join(map(str, one['path']))}: {one['message']} ({one['code']})" for one in found]


def test_spectral_finds_nothing_in_the_rest_document(workshop):
    assert spectral(workshop, "openapi.spectral.yaml", "openapi.json") == []


def test_spectral_finds_nothing_in_the_socket_document(workshop):
    assert spectral(workshop, "asyncapi.spectral.yaml", "asyncapi.json") == []


def test_spectral_would_find_something(workshop):
    """The rules are in force: a document without a description of its operations is not passed."""
    document = workshop.read("asyncapi.json")
    del document["operations"]["ping"]["description"]
    (workshop.folder / "poor.json").write_text(json.dumps(document))
    assert len(spectral(workshop, "asyncapi.spectral.yaml", "poor.json")) == 1


def test_the_asyncapi_parser_finds_nothing(workshop):
    parsed = json.loads(workshop.js("parse.mjs"))
    assert parsed["complaints"] == []
    assert set(COMMANDS) <= set(parsed["messages"])
