"""What the documents name is there: files, make targets, variables, commands and events. And what they tell one to do
can be done: every command is understood, every address answers on a running server."""

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
import threading
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings
from django.core.management import get_commands

from mindnet.base.limits import LIMITS
from mindnet.realtime.events import EVENTS
from mindnet.socket.commands import COMMANDS
from presence.tests import images

pytestmark = pytest.mark.once

BASE_DIR = settings.BASE_DIR
DOCUMENTS = [BASE_DIR / "README.md", BASE_DIR / "CONTRIBUTING.md", BASE_DIR / "benchmarks" / "README.md"]
DOCUMENTS += sorted((BASE_DIR / "docs").glob("*.md"))
FOLDERS = ["mindnet", "presence", "rooms", "messaging", "analytics", "templates", "docs", "deploy", "benchmarks"]
FOLDERS += ["scripts"]
# In backticks from the checkout's root; a word in angle brackets stands for any name.
FILE = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./<>-]*)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
DOCUMENT = re.compile(r"\bdocs/[\w-]+\.md\b")
TARGET = re.compile(r"(?:`|^ +)make ([a-z]+)\b", re.MULTILINE)
# In backticks or as a line of a block, with the variables that are set for it.
COMMAND = re.compile(
    r"(?:`|^    )((?:[A-Z_]+=\S+ )*(?:make [a-z]|python -m benchmarks|manage\.py )[^`\n#]*)", re.MULTILINE
)
ADDRESS = re.compile(r"`(?:([A-Z]+(?:/[A-Z]+)*) )?(/(?!proc/)[^`\s]*)`")
SPOKEN = re.compile(
    r"`((?:broadcast|circle|message|participant|piece|presence|receipt|room|session|typing|unread)\.[a-z]+)`"
)
LIMIT = re.compile(r"MINDNET_([A-Z_]*[A-Z])\b(?!>)")
JSON_BLOCK = re.compile(r"(?:^|\n)\n((?:    .*\n)+)")


def named(pattern):
    found = {
        (path.relative_to(BASE_DIR).as_posix(), name)
        for path in DOCUMENTS
        for name in pattern.findall(path.read_text())
    }
    return sorted(found)


@pytest.mark.parametrize("document, name", named(FILE))
def test_every_file_that_is_named_is_there(document, name):
    assert list(BASE_DIR.glob(re.sub(r"<\w+>", "*", name.rstrip("/"))))


@pytest.mark.parametrize("document, name", named(LINK))
def test_every_link_leads_to_a_file(document, name):
    assert ((BASE_DIR / document).parent / name).exists()


@pytest.mark.parametrize("document, name", named(TARGET))
def test_every_make_target_is_one(document, name):
    assert re.search(rf"^{name}:", (BASE_DIR / "Makefile").read_text(), re.MULTILINE)


def test_every_variable_of_the_settings_is_in_the_readme():
    text = (BASE_DIR / "mindnet" / "settings.py").read_text()
    read = set(re.findall(r"(?:env_\w+|environ\.get)\(\s*\"([A-Z_]+)\"", text))
    table = (BASE_DIR / "README.md").read_text()
    assert {"DATA_DIR", "WORKERS"} < read
    assert {name for name in read if f"`{name}`" not in table} == set()


def test_every_document_that_the_code_names_is_there():
    files = [path for folder in FOLDERS for path in (BASE_DIR / folder).rglob("*") if "node_modules" not in path.parts]
    files += BASE_DIR.glob("*")
    kinds = {".py", ".js", ".html", ".css", ".md", ".txt", ".conf", ".ini", ".toml", ""}
    texts = {path: path.read_text() for path in files if path.is_file() and path.suffix in kinds}
    assert len(texts) > 300
    lost = {
        (str(path.relative_to(BASE_DIR)), name)
        for path, text in texts.items()
        for name in DOCUMENT.findall(text)
        if not (BASE_DIR / name).exists()
    }
    assert lost == set()


@pytest.mark.parametrize("document, name", named(LIMIT))
def test_every_limit_is_one(document, name):
    assert name in LIMITS or name == "LIMITS"


@pytest.mark.parametrize("document, name", named(SPOKEN))
def test_every_command_and_event_of_the_socket_is_one(document, name):
    module = BASE_DIR / f"{name.replace('.', '/')}.py"  # presence.holding
    assert name in COMMANDS or name in EVENTS or module.exists()


# Commands


@pytest.mark.parametrize("line", sorted({line.strip() for _, line in named(COMMAND)}))
def test_every_command_is_understood(line):
    variables, words = {}, shlex.split(line.replace("<", "").replace(">", ""))
    while "=" in words[0]:
        name, _, variables[name] = words.pop(0).partition("=")
    if words[0] == "make":
        understood_by_make(words[1:], variables)
    elif words[0] == "manage.py":
        assert words[1] in get_commands()
    else:
        understood_by_benchmarks(words[2], words[3:])


def understood_by_make(words, variables):
    """make tells what it would do, and what it hands on is understood by the program that gets it."""
    done = run(["make", "-n", *words], **variables)
    assert done.returncode == 0, done.stderr
    target, arguments = words[0], [word.removeprefix("ARGS=") for word in words[1:] if word.startswith("ARGS=")]
    for argument in arguments:
        if target == "bench":
            understood_by_benchmarks("benchmarks", shlex.split(argument))
        elif "…" not in argument:
            folder, _, selected = argument.partition("-k ")
            assert same_named_tests(selected) and (BASE_DIR / folder.strip()).is_dir()
    if target == "run" and variables:
        done = run([sys.executable, "manage.py", "check"], **variables)
        assert done.returncode == 0, done.stderr


def understood_by_benchmarks(module, arguments):
    assert importlib.util.find_spec(module)
    if module == "benchmarks" and "--help" not in arguments:
        from benchmarks.__main__ import plan

        assert plan(arguments)


def run(command, **variables):
    return subprocess.run(
        command, cwd=BASE_DIR, env=os.environ | variables, capture_output=True, text=True, timeout=60, check=False
    )


def same_named_tests(part):
    """Files and functions of tests that have this in their name."""
    found = []
    for folder in FOLDERS:
        for path in (BASE_DIR / folder).rglob("test_*.py"):
            names = [path.stem, *re.findall(r"def (test_\w+)", path.read_text())]
            found += [name for name in names if part in name]
    return found


def test_every_guarantee_names_its_test():
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| [^|]+ \|$", (BASE_DIR / "docs/guarantees.md").read_text(), re.MULTILINE)
    names = [name for cell in rows for name in re.findall(r"`(\w+)`", cell)]
    assert len(names) > 30
    assert [name for name in names if not same_named_tests(name)] == []


# Addresses


@pytest.mark.parametrize("methods, address", sorted({address for _, address in named(ADDRESS)}))
async def test_every_address_answers(embedded, methods, address):
    ada = embedded.person("ada")
    filled = await filled_in(address.replace(",…", ""), ada)
    for method in methods.split("/") if methods else ["GET"]:
        if address == "/connect":
            async with ada.connect() as socket:
                assert await socket.call("ping")
            continue
        answer = ada.api().request(method, filled)
        # A page sends a token to the login. What wants a body says so.
        assert answer.status_code in ({200, 302} if method == "GET" else {200, 204, 400}), answer.text[:500]
        taken = {name for name, _ in parse_qsl(urlsplit(filled).query, keep_blank_values=True)}
        assert taken <= parameters(ada, method, urlsplit(address).path)


async def filled_in(address, ada):
    """The address with something of Ada's for each placeholder, made for it."""
    if "avatar" in address:
        ada.api().put("/psychics/me/avatar", files={"file": images.picture()}).raise_for_status()
    names = {"psychics": ada.username}
    if "{" in address:
        steps = [{"at": 0, "kind": "silence", "seconds": 60}]
        names["guides"] = (
            ada.api().post("/guides", json={"name": "Calm", "steps": steps}).raise_for_status().json()["id"]
        )
        room = names["rooms"] = ada.create_room(kind="meditation")["id"]
        names["messages"] = ada.say(room, "hello")["id"]
    if re.search(r"/sessions?\b", address) and "{" in address:
        answer = ada.api().post(f"/rooms/{room}/session", json={"guide": names["guides"]})
        names["sessions"] = answer.raise_for_status().json()["id"]
        async with ada.connect() as socket:
            await socket.call("session.sit", {"room": room})
    return re.sub(r"/(\w+)/\{\w+\}", lambda found: f"/{found[1]}/{names[found[1]]}", address)


def parameters(person, method, path):
    """What an operation takes in its query, by the published document."""
    for template, operations in person.api().get("/schema?format=json").json()["paths"].items():
        if re.sub(r"\{\w+\}", "{}", template) == re.sub(r"\{\w+\}", "{}", path):
            known = operations[method.lower()].get("parameters", ())
            return {parameter["name"] for parameter in known if parameter["in"] == "query"}
    return set()


def test_no_question_stands_without_its_address():
    assert named(re.compile(r"`(\?[^`]+)`")) == []


def test_the_ten_lines_of_the_readme_connect_and_talk(embedded):
    readme = (BASE_DIR / "README.md").read_text()
    program = textwrap.dedent(
        re.search(r"^    import asyncio.*?^    asyncio\.run\(main\(\)\)$", readme, re.MULTILINE | re.DOTALL)[0]
    )
    assert program.count("127.0.0.1:8000") == 2
    program = program.replace("127.0.0.1:8000", embedded.url.removeprefix("http://"))
    with subprocess.Popen(
        [sys.executable, "-u", "-c", program], env=os.environ | {"NO_PROXY": "*"}, stdout=subprocess.PIPE, text=True
    ) as talking:
        end = threading.Timer(30, talking.kill)
        end.start()
        said = next((line for line in talking.stdout if "message.created" in line), "")
        end.cancel()
        talking.kill()
    assert "'content': 'hello'" in said and "'username': 'ada'" in said


def test_the_json_of_the_documents_is_json_and_what_is_to_be_sent_is_taken(embedded):
    blocks = {textwrap.dedent(block) for path in DOCUMENTS for block in JSON_BLOCK.findall(path.read_text())}
    found = sorted(block for block in blocks if block.startswith("{"))
    assert len(found) > 1
    values = [json.loads(block) for block in found]
    [quiet] = [value for value in values if "quiet_hours" in value]
    bob = embedded.person("bob")
    answer = embedded.person("ada").api().patch("/presence/me/meditation", json=quiet | {"chosen": [bob.username]})
    assert answer.status_code == 200 and answer.json()["quiet_hours"] == quiet["quiet_hours"]
