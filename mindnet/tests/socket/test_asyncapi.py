"""The published contract of the socket is complete, valid, and made of what the server really does."""

import json
import uuid

import jsonschema
import msgspec
import pytest
import yaml
from django.test import Client
from django.utils import timezone

from mindnet.base import moments
from mindnet.base.errors import SOCKET_CODES, STATUS
from mindnet.realtime import codes, events, shapes
from mindnet.socket import asyncapi, decoding
from mindnet.socket.commands import COMMANDS
from mindnet.socket.documents import asyncapi_document

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
    decoder = msgspec.json.Decoder(COMMANDS["message.send"].payload)
    if fits:
        decoding.decode_payload(decoder, json.dumps(payload).encode())
    else:
        with pytest.raises(ValueError):
            decoding.decode_payload(decoder, json.dumps(payload).encode())


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
        1, 1, 1, 1, shapes.PsychicOut(7, "ada"), "text", "x", now, None, False, None, [], {}, nonce, True
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
    assert set(asyncapi.ERROR_CODES) <= on_the_socket
