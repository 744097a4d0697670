"""The OpenAPI document in the details that clients and people live on: names, words, types, examples, components."""

import re

import pytest

from analytics.selectors import INTERVAL_SECONDS
from messaging import fields as messaging
from messaging.models import MessageType
from mindnet.base.errors import STATUS
from mindnet.rest.documents import openapi_document
from presence import fields as presence
from presence.models import Meditation, Status
from rooms import fields as rooms
from rooms.models import Kind, Restriction, Role
from rooms.timeline import KINDS

pytestmark = [pytest.mark.django_db, pytest.mark.once]

VERBS = (
    "acknowledge|add|broadcast|change|create|decide|decline|delete|disconnect|edit|end|endorse|get|join|leave|lift|list|"
    "mark|post|remind|remove|revoke|search|set|sign|start|take|try|update|upload|withdraw"
)


def operations():
    return [
        pytest.param(operation, id=f"{method} {path}")
        for path, methods in openapi_document()["paths"].items()
        for method, operation in methods.items()
    ]


def schemas():
    return openapi_document()["components"]["schemas"]


def own_words(name):
    return [operation.values[0].get(name) for operation in operations()]


# Operations


@pytest.mark.parametrize("name", ["operationId", "summary", "description"])
def test_every_operation_has_words_of_its_own(name):
    words = own_words(name)
    assert all(words)
    assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize("operation", operations())
def test_an_operation_is_named_by_a_verb(operation):
    assert re.match(f"({VERBS})([A-Z][a-z]+)*$", operation["operationId"])


@pytest.mark.parametrize("operation", operations())
def test_every_parameter_is_described(operation):
    assert [each["name"] for each in operation.get("parameters", []) if not each.get("description")] == []


def test_every_tag_is_declared_and_used():
    declared = {tag["name"]: tag["description"] for tag in openapi_document()["tags"]}
    used = {tag for tags in own_words("tags") for tag in tags}
    assert declared.keys() == used and all(declared.values())


def test_the_server_is_where_the_document_came_from():
    assert [server["url"] for server in openapi_document()["servers"]] == ["/"]


@pytest.mark.parametrize("operation", operations())
def test_bodies_and_answers_are_components(operation):
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for body in [*bodies, *operation["responses"].values()]:
        for media_type, content in body.get("content", {}).items():
            assert content["schema"].get("format") == "binary" or "$ref" in content["schema"], media_type


def test_a_body_with_a_required_field_is_required():
    for operation in (each.values[0] for each in operations()):
        if "requestBody" not in operation:
            continue
        [content] = operation["requestBody"]["content"].values()
        required = schemas()[content["schema"]["$ref"].rpartition("/")[2]].get("required")
        assert operation["requestBody"].get("required", False) == bool(required)


def test_no_component_is_left_over():
    text = str(openapi_document())
    assert [name for name in schemas() if f"'#/components/schemas/{name}'" not in text] == []


# Nouns


def followed(schema):
    return schemas()[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


@pytest.mark.parametrize(
    "component, member, words",
    [
        ("Presence", "status", Status.values),
        ("Profile", "status", Status.values),
        ("Room", "kind", Kind.values),
        ("Participant", "role", Role.values),
        ("Message", "message_type", MessageType.values),
        ("Restriction", "kind", Restriction.Kind.values),
        ("Step", "kind", KINDS),
        ("Meditation", "urgent_from", Meditation.UrgentFrom.values),
        ("Figures", "interval", INTERVAL_SECONDS),
        ("Error", "code", STATUS),
        ("NewRoom", "kind", rooms.CREATABLE_KIND.of),
        ("NewMessage", "message_type", messaging.POSTED_TYPES),
        ("NewRestriction", "kind", Restriction.Kind.values),
        ("RoleChange", "role", Role.values),
        ("PresenceChange", "status", presence.CHOSEN_STATUS.of),
    ],
)
def test_choices_are_those_of_the_models(component, member, words):
    assert followed(schemas()[component]["properties"][member])["enum"] == list(words)


def test_the_role_in_a_room_may_be_null():
    [role, nothing] = schemas()["Room"]["properties"]["my_role"]["anyOf"]
    assert (followed(role)["enum"], nothing) == (Role.values, {"type": "null"})


def test_times_say_that_they_are_times():
    moments = re.compile(r"(_at|^until|^last_online|^timestamp|^expiry|^at|^from|^to)$")
    of_another_kind = {("Step", "at"), ("QuietEntry", "from"), ("QuietEntry", "to")}
    for component, schema in schemas().items():
        for name, member in schema.get("properties", {}).items():
            if moments.search(name) and (component, name) not in of_another_kind:
                assert "date-time" in [member.get("format"), *(one.get("format") for one in member.get("anyOf", []))]


def test_an_attachment_says_what_it_is():
    assert schemas()["Message"]["properties"]["attachments"] == {
        "type": "array", "items": {"$ref": "#/components/schemas/Attachment"}
    }  # fmt: skip
    expected = ["id", "name", "media_type", "size", "width", "height", "seconds", "url", "thumbnail_url"]
    assert schemas()["Attachment"]["required"] == expected


def test_disconnecting_is_answered_with_a_number():
    answer = openapi_document()["paths"]["/admin/disconnect"]["post"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Disconnected"}
    assert schemas()["Disconnected"]["properties"]["disconnected"]["type"] == "integer"


def test_the_messages_of_a_room_say_where_they_begin_and_end():
    members = {"next", "previous", "results"}
    assert set(schemas()["MessageList"]["required"]) == members | {"first_seq", "last_seq"}
    assert set(schemas()["FoundMessageList"]["required"]) == set(schemas()["RoomList"]["required"]) == members


@pytest.mark.parametrize(
    "component, member, rule",
    [
        ("NewRoom", "name", rooms.ROOM_NAME),
        ("NewRoom", "with", presence.USERNAME),
        ("NewRestriction", "reason", rooms.RESTRICTION_REASON),
        ("NewGuide", "steps", rooms.STEPS),
        ("ProfileChange", "abilities", presence.ABILITIES),
        ("MeditationChange", "quiet_hours", presence.QUIET_HOURS),
        ("NewBroadcast", "content", messaging.TEXT),
        ("Upload", "file", presence.PICTURE),
    ],
)
def test_a_rule_stands_in_the_document_as_the_service_checks_by_it(component, member, rule):
    described = schemas()[component]["properties"][member]
    # A serializer may say in its own words what a value is for.
    assert described | {"description": ""} == rule.json_schema() | {"description": ""}


def test_a_limit_that_an_operator_changed_stands_in_the_document(settings):
    settings.LIMITS = settings.LIMITS | {"MESSAGE_CODE_POINTS": 77}
    openapi_document.cache_clear()
    try:
        assert schemas()["NewBroadcast"]["properties"]["content"]["maxLength"] == 77
    finally:
        openapi_document.cache_clear()


def test_input_takes_no_unknown_fields_and_the_document_says_so():
    for operation in (each.values[0] for each in operations()):
        for content in operation.get("requestBody", {"content": {}})["content"].values():
            assert schemas()[content["schema"]["$ref"].rpartition("/")[2]]["additionalProperties"] is False


def test_no_component_speaks_in_the_words_of_another():
    words = [one["description"] for name, one in schemas().items() if "description" in one and name[-4:] != "List"]
    assert sorted(words) == sorted(set(words))
