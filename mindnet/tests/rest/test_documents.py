"""The published contract is complete, valid, and made of what the server really does."""

import json
import re

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from mindnet.rest.documents import openapi_document
from mindnet.socket.documents import asyncapi_document

pytestmark = pytest.mark.django_db
# Views that the documents do not describe: the documents themselves, and what is no REST.
OF_NO_CONTRACT = ("mindnet.rest.documents", "mindnet.socket.documents", "django.", "allauth.")


def read_yaml(text):
    """As yaml.safe_load, by the parser in C where there is one: our document takes the other two seconds."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


# OpenAPI


def test_the_document_is_made_without_a_warning(tmp_path):
    call_command("spectacular", fail_on_warn=True, validate=True, file=str(tmp_path / "schema.yaml"))


def test_it_is_openapi_3_1():
    assert openapi_document()["openapi"].startswith("3.1")


@pytest.mark.parametrize(
    "accept, query, kind",
    [
        ("*/*", "", "application/json"),
        ("application/json", "", "application/json"),
        ("application/yaml", "", "application/yaml"),
        ("application/vnd.oai.openapi", "", "application/vnd.oai.openapi"),
        ("*/*", "?format=json", "application/json"),
        ("*/*", "?format=yaml", "application/yaml"),
    ],
)
def test_it_is_public_as_json_and_as_yaml(accept, query, kind):
    answer = Client().get(f"/schema{query}", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer["Content-Type"].partition(";")[0] == kind
    read = json.loads if kind.endswith("json") else read_yaml
    assert read(answer.content) == openapi_document()


def test_a_browser_is_shown_it_too():
    answer = Client().get("/schema", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("path", ["/schema", "/schema/connect"])
def test_a_refusal_comes_in_the_wanted_form(path):
    answer = Client().post(f"{path}?format=yaml")
    assert (answer.status_code, yaml.safe_load(answer.content)["code"]) == (405, "method_not_allowed")
    assert Client().post(path).json()["code"] == "method_not_allowed"


def rest_paths():
    """Every (method, path) that a REST view answers, without the names of parameters."""
    found = set()
    for view, route in flat(get_resolver().url_patterns):
        cls = getattr(view, "cls", None)
        if cls is None or cls.__module__.startswith(OF_NO_CONTRACT):
            continue
        for method in set(view.actions) - {"head"}:
            found.add((method.upper(), "/" + re.sub(r"<[^>]*>", "{}", route)))
    return found


def flat(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from flat(pattern.url_patterns, route)
        else:
            yield pattern.callback, route


def described():
    paths = openapi_document()["paths"]
    return {(method.upper(), re.sub(r"\{[^}]*\}", "{}", path)) for path, methods in paths.items() for method in methods}


def test_every_operation_is_described():
    assert described() == rest_paths()


def test_every_operation_says_how_it_fails():
    for path, methods in openapi_document()["paths"].items():
        for method, operation in methods.items():
            assert "default" in operation["responses"], (method, path)
            assert {"429", "503"} <= set(operation["responses"]), (method, path)
            if operation["security"]:
                assert "401" in operation["responses"], (method, path)


def test_every_reference_leads_somewhere():
    for document in (openapi_document(), asyncapi_document()):
        for reference in references(document):
            target = document
            for part in reference.removeprefix("#/").split("/"):
                target = target[part]


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)
