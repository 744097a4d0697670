"""The published contract of the socket is complete, valid, and made of what the server really does."""

import json
import uuid

import jsonschema
import pytest
import yaml
from django.test import Client
from django.utils import timezone

from messaging import fields as messaging
from mindnet.base import moments
from mindnet.base.errors import SOCKET_CODES, STATUS
from mindnet.realtime import codes, events, shapes
from mindnet.socket import decoding, lines, manual
from mindnet.socket.commands import COMMANDS, DECODERS
from mindnet.socket.documents import asyncapi_document
from presence import fields as presence
from rooms import fields as rooms

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "query, kind, read", [("", "application/json", json.loads), ("?format=yaml", "application/yaml", yaml.safe_load)]
)
def test_the_socket_is_published(query, kind, read):
    answer = Client().get(f"/schema/connect{query}")
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, kind)
    assert read(answer.content) == asyncapi_document()


def test_it_has_every_command_its_reply_and_every_event():
    document = asyncapi_document()
    assert document["asyncapi"].startswith("3.")
    expected = {"error"} | set(COMMANDS) | {f"{name}.reply" for name in COMMANDS} | set(events.EVENTS)
    assert set(document["channels"]["connect"]["messages"]) == expected == set(document["components"]["messages"])
    receives = {name for name, operation in document["operations"].items() if operation["action"] == "receive"}
    sends = {name for name, operation in document["operations"].items() if operation["action"] == "send"}
    assert (receives, sends) == (set(COMMANDS), {f"send.{name}" for name in events.EVENTS})
    assert document["channels"]["connect"]["address"] == "/connect"


def test_it_has_every_close_code():
    published = asyncapi_document()["channels"]["connect"]["x-close-codes"]
    assert {int(code): entry["name"] for code, entry in published.items()} == codes.CLOSE_NAMES
    assert published["1012"]["reconnect"] and published["4008"]["reconnect"] and not published["4501"]["reconnect"]


def validator(message):
    """A JSON Schema validator for a whole frame of this kind."""
    document = asyncapi_document()
    schema = document["components"]["messages"][message]["payload"] | {"components": document["components"]}
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", list(asyncapi_document()["components"]["messages"]))
def test_every_message_has_a_valid_schema(name):
    assert validator(name)


@pytest.mark.parametrize(
    "payload, fits",
    [
        ({"room": 1, "content": "hello"}, True),
        ({"room": 1, "content": "hello", "nonce": "9f2c1f7e-0000-4000-8000-000000000001", "urgent": True}, True),
        ({"room": 1}, False),
        ({"room": "1", "content": "hello"}, False),
        ({"room": 1, "content": "hello", "message_type": "system"}, False),
        ({"room": 1, "content": "hello", "sender": 7}, False),
    ],
)
def test_the_document_and_the_decoder_agree_on_what_a_command_is(payload, fits):
    frame = {"type": "message.send", "ref": "1", "payload": payload}
    assert validator("message.send").is_valid(frame) == fits
    decoder, raw = DECODERS["message.send"], json.dumps(payload).encode()
    if fits:
        decoding.decode_payload(decoder, raw)
    else:
        with pytest.raises(ValueError):
            decoding.decode_payload(decoder, raw)


@pytest.mark.parametrize(
    "frame, fits",
    [
        ({"type": "ping", "ref": "1"}, True),
        ({"type": "ping", "ref": "1", "payload": {}}, True),
        ({"type": "ping"}, False),
        ({"type": "ping", "ref": ""}, False),
        ({"type": "ping", "ref": "x" * 65}, False),
        ({"type": "ping", "ref": "1", "x": 1}, False),
        ({"type": "room.join", "ref": "1"}, False),
    ],
)
def test_the_document_and_the_decoder_agree_on_frames(frame, fits):
    if frame["type"] == "ping":
        assert validator("ping").is_valid(frame) == fits
        if fits:
            decoding.decode_frame(json.dumps(frame))
        else:
            with pytest.raises(decoding.BadFrame):
                decoding.decode_frame(json.dumps(frame))
    else:
        assert not validator("room.join").is_valid(frame)


def test_what_the_server_encodes_fits_the_document():
    ada = shapes.PresenceOut(7, "ada", "online", "", None, None)
    participant = shapes.ParticipantOut(1, ada, "owner", moments.utc(timezone.now()), 0, 0)
    validator("participant.joined").validate(json.loads(events.room_event("participant.joined", 1, participant)))
    validator("room.join.reply").validate(json.loads(events.reply_ok("1", participant)))
    now, nonce = moments.utc(timezone.now()), uuid.uuid4()
    message = shapes.MessageOut(
        1, 1, 1, 1, shapes.PsychicOut(7, "ada"), "text", "x", now, None, False, None, [], {}, nonce, True, []
    )
    validator("message.urgent").validate(json.loads(events.urgent_event(message, "why")))
    counts = shapes.PresenceCounts(140, 12, 3, 45)
    for change in (shapes.PresenceChange(1, [ada]), shapes.PresenceChange(1, [], counts)):
        validator("presence.changed").validate(json.loads(events.room_event("presence.changed", 1, change)))
    for ref in ("1", None):
        error = {"code": "muted", "detail": "You are muted.", "reason": "spam", "until": None}
        validator("error").validate(json.loads(events.reply_error(ref, error)))


def test_every_error_code_of_a_reply_is_known():
    on_the_socket = {SOCKET_CODES.get(code, code) for code in STATUS}
    assert set(lines.ERROR_CODES) <= on_the_socket


def test_looking_at_no_room_is_answered_by_nothing():
    reply = validator("room.enter.reply")
    reply.validate({"type": "reply", "ref": "1", "ok": True, "payload": {}})
    assert not reply.is_valid({"type": "reply", "ref": "1", "ok": True, "payload": {"room": None}})


# Examples


def test_the_manual_has_a_page_for_every_command_and_event():
    assert (set(manual.COMMANDS), set(manual.EVENTS)) == (set(COMMANDS), set(events.EVENTS))


@pytest.mark.parametrize("name", list(asyncapi_document()["components"]["messages"]))
def test_every_message_has_examples_that_fit_its_schema(name):
    examples = asyncapi_document()["components"]["messages"][name]["examples"]
    assert examples
    for example in examples:
        validator(name).validate(example["payload"])


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_example_of_a_command_is_understood(name):
    (example,) = asyncapi_document()["components"]["messages"][name]["examples"]
    frame = decoding.decode_frame(json.dumps(example["payload"]))
    decoding.decode_payload(DECODERS[frame.type], frame.payload)


# Names: generators make classes of them


def parts(schema, path):
    """Every schema within a schema, with the path to it."""
    if isinstance(schema, dict):
        yield path, schema
    for key, value in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if isinstance(value, (dict, list)):
            yield from parts(value, (*path, key))


def test_every_class_has_a_name():
    """What a generator makes a class of, an object with fields or an enumeration, is a component under its title."""
    schemas = asyncapi_document()["components"]["schemas"]
    for name, schema in schemas.items():
        assert schema["title"] == name
        for path, part in parts(schema, (name,)):
            # `properties` may also be a field's name, of which there is none.
            assert len(path) == 1 or not {"properties", "enum"} & part.keys(), path


def test_every_constant_has_a_type():
    for path, part in parts(asyncapi_document()["components"]["schemas"], ()):
        assert "const" not in part or part["type"] == ("boolean" if part["const"] in (True, False) else "string"), path


def test_every_message_refers_to_a_schema():
    for message in asyncapi_document()["components"]["messages"].values():
        assert list(message["payload"]) == ["$ref"]


def test_every_operation_says_what_it_does_under_a_tag_that_is_explained():
    document = asyncapi_document()
    tags = {tag["name"]: tag["description"] for tag in document["info"]["tags"]}
    assert all(tags.values())
    for name, operation in document["operations"].items():
        assert operation["summary"] and operation["description"], name
        assert {tag["name"] for tag in operation["tags"]} <= tags.keys(), name


@pytest.mark.parametrize("event, has_room", [("room.updated", True), ("room.added", False), ("hello", False)])
def test_events_of_a_room_name_it(event, has_room):
    (example,) = asyncapi_document()["components"]["messages"][event]["examples"]
    line = dict(example["payload"])
    assert ("room" in line) == has_room
    line.pop("room", None)
    assert validator(event).is_valid(line) != has_room


# What fields may hold


@pytest.mark.parametrize(
    "payload, field, rule",
    [
        ("JoinPayload", "invitation", rooms.INVITATION_CODE),
        ("SendPayload", "content", messaging.CONTENT),
        ("SendPayload", "nonce", messaging.NONCE),
        ("SendPayload", "urgent_reason", messaging.URGENT_REASON),
        ("ReactPayload", "emoji", messaging.EMOJI),
        ("WatermarkPayload", "seq", messaging.SEQ),
        ("PresencePayload", "note", presence.NOTE),
        ("PresencePayload", "until", presence.UNTIL),
        ("BroadcastPayload", "content", messaging.TEXT),
    ],
)
def test_a_field_is_described_by_its_rule(payload, field, rule):
    described = asyncapi_document()["components"]["schemas"][payload]["properties"][field]
    described = described.get("anyOf", [described])[0]
    assert described == rule.json_schema()


@pytest.mark.parametrize(
    "name, rule", [("PostedType", messaging.MESSAGE_TYPE), ("ChosenStatus", presence.CHOSEN_STATUS)]
)
def test_a_choice_is_that_of_its_rule(name, rule):
    assert sorted(asyncapi_document()["components"]["schemas"][name]["enum"]) == sorted(rule.of)


@pytest.mark.parametrize(
    "command, payload, field, most",
    [
        ("message.send", {"room": 1, "content": "x"}, "urgent_reason", messaging.URGENT_REASON.most),
        ("presence.set", {"status": "away"}, "note", presence.NOTE.most),
    ],
)
def test_a_text_may_be_as_long_as_its_rule_says(command, payload, field, most):
    decoding.decode_payload(DECODERS[command], json.dumps(payload | {field: "x" * most}).encode())
    with pytest.raises(ValueError):
        decoding.decode_payload(DECODERS[command], json.dumps(payload | {field: "x" * (most + 1)}).encode())
