"""What the documents name is there: files, make targets, variables."""

import re

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

BASE_DIR = settings.BASE_DIR
DOCUMENTS = [BASE_DIR / "README.md", BASE_DIR / "CONTRIBUTING.md", BASE_DIR / "benchmarks" / "README.md"]
DOCUMENTS += sorted((BASE_DIR / "docs").glob("*.md"))
# In backticks from the checkout's root; a word in angle brackets stands for any name.
FILE = re.compile(
    r"`((?:mindnet|presence|rooms|messaging|analytics|templates|docs|deploy|benchmarks|scripts)/[\w./<>-]*)`"
)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
TARGET = re.compile(r"(?:`|^ +)make ([a-z]+)\b", re.MULTILINE)


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
