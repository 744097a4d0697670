"""The types that the browser's client says it has: consistent in themselves, and those the server gives."""

import re
import subprocess
from pathlib import Path

import msgspec.inspect
import msgspec.structs
import pytest

from mindnet.realtime import shapes
from mindnet.realtime.events import EVENTS
from mindnet.socket import payloads
from mindnet.socket.commands import COMMANDS
from mindnet.tests.support import tools
from mindnet.tests.support.fixtures import need

pytestmark = pytest.mark.tools

CLIENT = tools.BASE_DIR / "mindnet" / "static" / "mindnet" / "js" / "client"
OBJECT = re.compile(r"/\*\*(?:(?!\*/).)*?@typedef \{object\} (\w+)(.*?)\*/", re.DOTALL)
PROPERTY = re.compile(r"@property \{(.+)\} (\[?)(\w+)")
COMMAND = re.compile(r'"([\w.]+)": \{payload: (\w+), reply: ([\w |]+)\}')
EVENT = re.compile(r'\* +"([\w.]+)": (\w+),')


def test_the_compiler_finds_no_fault():
    node, compiler = need(lambda: tools.find("node")), need(lambda: tools.find("typescript"))
    command = [node.path, compiler.path, "--project", Path(__file__).with_name("tsconfig.json")]
    found = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("module", ["shapes.js", "commands.js", "events.js"])
def test_every_object_has_the_fields_of_its_struct(module):
    objects = dict(OBJECT.findall((CLIENT / module).read_text()))
    assert objects
    assert {name: properties(text) for name, text in objects.items()} == {name: fields(name) for name in objects}


def test_every_command_is_there():
    said = {name: rest for name, *rest in COMMAND.findall((CLIENT / "commands.js").read_text())}
    assert said == {name: [named(one.payload), named(one.reply)] for name, one in COMMANDS.items()}


def test_every_event_is_there():
    said = dict(EVENT.findall((CLIENT / "events.js").read_text()))
    assert said == {name: named(payload) for name, (payload, *_) in EVENTS.items()}


def properties(text):
    """Name -> (whether it is always there, whether it may be null)."""
    return {name: (not bracket, "null" in type) for type, bracket, name in PROPERTY.findall(text)}


def fields(name):
    """The same of the struct that the client knows under this name."""
    places = [(shapes, f"{name}Out"), (shapes, name), (payloads, name)]
    struct = next(getattr(module, found) for module, found in places if hasattr(module, found))
    return {one.encode_name: (one.required, is_nullable(one.type)) for one in msgspec.structs.fields(struct)}


def is_nullable(annotation):
    info = msgspec.inspect.type_info(annotation)
    while isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    return isinstance(info, msgspec.inspect.UnionType) and info.includes_none


def named(structs):
    """What the client calls a struct, or the several of which it may be one."""
    structs = structs if isinstance(structs, tuple) else (structs,)
    return " | ".join(struct.__name__.removesuffix("Out") for struct in structs)
