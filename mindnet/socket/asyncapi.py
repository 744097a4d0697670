"""The AsyncAPI 3 document of the socket, made from what the server itself decodes with.

Commands come from the command table, events from the table in `mindnet/realtime/shapes.py`, and every payload from
the struct's own JSON Schema. Nothing here repeats a shape.
"""

from mindnet.realtime import codes, events
from mindnet.rest.schema import components
from mindnet.socket import decoding

CHANNEL = "#/channels/connect"
# Numbered events carry the change's number beside the room's.
NUMBERED_EVENTS = ("message.created", "message.updated")
# About the connection itself, not about a room.
CONNECTION_EVENTS = ("hello", "bye")
# fmt: off
ERROR_CODES = (
    "bad_frame", "unknown_type", "invalid_payload", "not_found", "permission_denied", "not_participant", "muted",
    "banned", "room_full", "room_closed", "nonce_reused", "sealed_required", "rate_limited", "overloaded",
    "unavailable",
)
# fmt: on

DESCRIPTION = """\
Everything live goes over one socket. Text frames only. The client sends one JSON object a frame, at most 64 KiB; the
server's frames hold one or more JSON objects, one a line. Every command gets exactly one reply, with its `ref`, within
10 seconds; what one socket sends is carried out in the order sent. A browser signs in by its cookie, other clients by
`Authorization: Token …`. The actions below are the server's: it receives commands and sends events."""


def document():
    from mindnet.socket.commands import COMMANDS

    types = collect_types(COMMANDS)
    schemas, named = components(types)
    schema_of = {id(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    messages, operations = {"error": error_reply()}, {}
    for name, command in COMMANDS.items():
        messages[name] = command_message(name, command, schema_of[id(command.payload)])
        messages[f"{name}.reply"] = reply_message(name, schema_of.get(id(command.reply), {"type": "object"}))
        operations[name] = command_operation(name, command)
    for name, (payload, summary) in events.EVENTS.items():
        messages[name] = event_message(name, summary, schema_of[id(payload)])
        operations[f"send.{name}"] = event_operation(name, summary)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "mindnet", "version": str(codes.PROTOCOL_VERSION), "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {"connect": channel(messages)},
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": dict(sorted(named.items())),
            "securitySchemes": security_schemes(),
        },
    }


def collect_types(commands):
    """Every payload type once; a command without a reply payload has None there."""
    types = [command.payload for command in commands.values()]
    types += [command.reply for command in commands.values() if command.reply is not None]
    types += [payload for payload, _ in events.EVENTS.values()]
    return list({id(kind): kind for kind in types}.values())


def channel(messages):
    return {
        "address": "/connect",
        "title": "The socket",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
        "x-close-codes": {
            str(code): {"name": name, "reconnect": codes.may_reconnect(code)}
            for code, name in codes.CLOSE_NAMES.items()
        },
    }


def reference(name):
    return {"$ref": f"{CHANNEL}/messages/{name}"}


def command_operation(name, command):
    return {
        "action": "receive",
        "channel": {"$ref": CHANNEL},
        "summary": command.summary,
        "messages": [reference(name)],
        "reply": {"channel": {"$ref": CHANNEL}, "messages": [reference(f"{name}.reply"), reference("error")]},
    }


def event_operation(name, summary):
    return {"action": "send", "channel": {"$ref": CHANNEL}, "summary": summary, "messages": [reference(name)]}


def envelope(properties, optional=(), **more):
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, **more}


def command_message(name, command, payload):
    ref = {"type": "string", "minLength": 1, "maxLength": decoding.REF_LENGTH}
    # A payload whose fields may all be left out may be left out itself.
    may_be_empty = not getattr(command.payload, "__struct_fields__", ()) or all_defaults(command.payload)
    properties = {"type": {"const": name}, "ref": ref, "payload": payload}
    schema = envelope(properties, optional=("payload",) if may_be_empty else (), additionalProperties=False)
    return {"name": name, "title": name, "summary": command.summary, "payload": schema}


def all_defaults(kind):
    return len(getattr(kind, "__struct_defaults__", ())) == len(kind.__struct_fields__)


def reply_message(name, payload):
    properties = {"type": {"const": "reply"}, "ref": {"type": "string"}, "ok": {"const": True}, "payload": payload}
    return {"name": f"{name}.reply", "title": f"Reply to {name}", "payload": envelope(properties)}


def error_reply():
    error = envelope(
        {
            "code": {"type": "string", "enum": list(ERROR_CODES)},
            "detail": {"type": "string"},
            "retry_after": {"type": "number", "description": "seconds"},
            "reason": {"type": "string"},
            "until": {"type": ["string", "null"], "format": "date-time"},
        },
        optional=("retry_after", "reason", "until"),
    )
    ref = {"type": ["string", "null"], "description": "null where the frame was malformed"}
    properties = {"type": {"const": "reply"}, "ref": ref, "ok": {"const": False}, "error": error}
    return {"name": "error", "title": "A refusal", "payload": envelope(properties)}


def event_message(name, summary, payload):
    properties = {"type": {"const": name}}
    optional = ()
    if name in NUMBERED_EVENTS:
        properties |= {"room": {"type": "integer"}, "seq": {"type": "integer"}}
    elif name == "message.urgent":
        reason = {"type": "string", "description": "why it cannot wait; where the sender gave none, what they wrote"}
        properties |= {"room": {"type": "integer"}, "reason": reason}
    elif name not in CONNECTION_EVENTS:
        properties["room"] = {"type": "integer"}
        optional = ("room",)
    properties["payload"] = payload
    return {"name": name, "title": name, "summary": summary, "payload": envelope(properties, optional)}


def security_schemes():
    return {
        "token": {"type": "httpApiKey", "in": "header", "name": "Authorization", "description": "`Token …`"},
        "session": {"type": "httpApiKey", "in": "cookie", "name": "sessionid"},
    }
