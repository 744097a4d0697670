"""Models that generators make of /schema/connect: each has a name, and the lines of a real socket fit them."""

import json
import re

import pytest

from mindnet.socket.documents import asyncapi_document

pytestmark = pytest.mark.tools

CLASS = re.compile(r"^(?:class|type) (\w+)|^(\w+) = TypeAliasType", re.MULTILINE)


def nameless(names):
    """A generator numbers what has no name, and what has the name of another."""
    return [name for name in names if re.search(r"anonymous|inline|\d", name, re.IGNORECASE)]


def test_typescript_models(workshop):
    names = json.loads(workshop.js("models.mjs"))
    assert nameless(names) == []
    assert asyncapi_document()["components"]["schemas"].keys() <= set(names)
    workshop.tsc("--noEmit", "lines.ts", *[f"models/{name}.ts" for name in names])


def test_python_models(workshop, embedded):
    workshop.python(
        "-m", "datamodel_code_generator", "--input", "asyncapi.json", "--input-file-type", "asyncapi",
        "--output", "mindnet_lines.py", "--output-model-type", "pydantic_v2.BaseModel", "--formatters", "builtin",
        "--target-python-version", "3.11", "--use-annotated", "--use-type-alias", "--set-default-enum-member",
    )  # fmt: skip
    names = [first or second for first, second in CLASS.findall((workshop.folder / "mindnet_lines.py").read_text())]
    assert asyncapi_document()["components"]["schemas"].keys() <= set(names)
    workshop.python("-m", "mypy", "--strict", "listen.py")
    ada = embedded.person("ada")
    room = ada.create_room(name="Attic")
    heard = json.loads(workshop.python("listen.py", embedded.ws_url, ada.token, str(room["id"])))
    assert heard == {
        "rooms": ["Attic"],
        "heard": "The candles are lit.",
        "is_mine": True,
        "nowhere": True,
        "refused": "not_found",
    }
