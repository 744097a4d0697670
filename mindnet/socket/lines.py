"""JSON Schemas of whole lines: a command with its `ref`, a reply, an event with what stands beside its payload.

Each is a component with a name of its own, from which generators name their classes: `MessageSendCommand`,
`MessageSendCommandReply`, `MessageCreatedEvent`, `ErrorReply`. The examples are encoded by the server's own functions.
"""

import json
from collections.abc import Iterable
from typing import Any

from mindnet.base.errors import DomainError
from mindnet.realtime import events
from mindnet.realtime.shapes import DeviceListOut
from mindnet.socket import decoding
from mindnet.socket.commands import Command

Schema = dict[str, Any]

ERROR_NAME = "ErrorReply"
# What a refusal may carry that is a shape of its own.
REFUSED_WITH = DeviceListOut
# Numbered events carry the change's number beside the room's.
NUMBERED_EVENTS = ("message.created", "message.updated")
# About the connection, or to one psychic: without `room` beside the payload.
ROOMLESS_EVENTS = ("hello", "bye", "room.added", "room.removed", "broadcast.reminder", "devices.changed")
# fmt: off
ERROR_CODES = (
    "bad_frame", "unknown_type", "invalid_payload", "not_found", "permission_denied", "not_participant", "muted",
    "banned", "room_full", "room_closed", "nonce_reused", "sealed_required", "device_list_changed", "rate_limited",
    "overloaded", "unavailable",
)
# fmt: on


def camel_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.replace("_", ".").split("."))


def command_name(name: str) -> str:
    return f"{camel_case(name)}Command"


def reply_name(name: str) -> str:
    return f"{command_name(name)}Reply"


def event_name(name: str) -> str:
    return f"{camel_case(name)}Event"


# Schemas


def line(title: str, properties: Schema, optional: Iterable[str] = (), **more: Any) -> dict[str, Schema]:
    """The schema of an object, by its name."""
    required = [name for name in properties if name not in optional]
    return {title: {"title": title, "type": "object", "properties": properties, "required": required, **more}}


def always(value: str | bool) -> Schema:
    return {"type": "boolean" if isinstance(value, bool) else "string", "const": value}


def command_schema(name: str, command: Command, payload: Schema) -> dict[str, Schema]:
    ref = {"type": "string", "minLength": 1, "maxLength": decoding.REF_LENGTH}
    # A payload whose fields may all be left out may be left out itself.
    optional = ("payload",) if all_defaults(command.payload) else ()
    properties = {"type": always(name), "ref": ref, "payload": payload}
    return line(command_name(name), properties, optional, additionalProperties=False)


def all_defaults(kind: Any) -> bool:
    return len(kind.__struct_defaults__) == len(kind.__struct_fields__)


def reply_schema(name: str, payloads: list[Schema]) -> dict[str, Schema]:
    payload = payloads[0] if len(payloads) == 1 else {"anyOf": payloads}
    ref = {"type": "string"}
    properties = {"type": always("reply"), "ref": ref, "ok": always(True), "payload": payload}
    return line(reply_name(name), properties)


def error_schemas() -> dict[str, Schema]:
    code = {"title": "RefusalCode", "type": "string", "enum": list(ERROR_CODES)}
    refusal = line(
        "Refusal",
        {
            "code": {"$ref": "#/components/schemas/RefusalCode"},
            "detail": {"type": "string", "description": "one sentence for a person"},
            "retry_after": {"type": "number", "description": "seconds"},
            "reason": {"type": "string", "description": "of a restriction"},
            "until": {"type": ["string", "null"], "format": "date-time", "description": "end of a restriction"},
            "lists": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/DeviceList"},
                "description": "of `device_list_changed`, as they are now; ask for them where they are left out",
            },
        },
        optional=("retry_after", "reason", "until", "lists"),
    )
    ref = {"type": ["string", "null"], "description": "null where the frame was malformed"}
    error = {"$ref": "#/components/schemas/Refusal"}
    reply = line(ERROR_NAME, {"type": always("reply"), "ref": ref, "ok": always(False), "error": error})
    return {"RefusalCode": code} | refusal | reply


def event_schema(name: str, payload: Schema) -> dict[str, Schema]:
    properties: Schema = {"type": always(name)}
    if name not in ROOMLESS_EVENTS:
        properties["room"] = {"type": "integer"}
    if name in NUMBERED_EVENTS:
        properties["seq"] = {"type": "integer"}
    if name == "message.urgent":
        reason = "why it cannot wait; where the sender gave none, what they wrote"
        properties["reason"] = {"type": "string", "description": reason}
    return line(event_name(name), properties | {"payload": payload})


# Examples


def example_command(name: str, payload: dict[str, Any]) -> Any:
    return {"type": name, "ref": "1", "payload": payload}


def example_reply(payload: Any) -> Any:
    return json.loads(events.reply_ok("1", payload))


def example_error(error: DomainError) -> Any:
    return json.loads(events.reply_error("1", error.as_reply()))


def example_event(name: str, payload: Any) -> Any:
    if name in NUMBERED_EVENTS:
        text = events.message_event(payload)
    elif name == "message.urgent":
        text = events.urgent_event(payload, payload.content)
    elif name in ROOMLESS_EVENTS:
        text = events.event(name, payload)
    else:
        text = events.room_event(name, 12, payload)
    return json.loads(text)
