"""The AsyncAPI 3 document of the socket, made from what the server itself decodes with.

Commands come from the command table, events from the table in `mindnet/realtime/events.py`, every payload from the
struct's own JSON Schema, descriptions and examples from `mindnet/socket/manual.py`. Nothing here repeats a shape.
"""

from typing import Any

from mindnet.realtime import codes, events
from mindnet.rest.schema import components
from mindnet.socket import lines, manual
from mindnet.socket.commands import COMMANDS, Command
from mindnet.socket.lines import Schema

CHANNEL = "#/channels/connect"

DESCRIPTION = """\
Everything live goes over one socket. Text frames only. The client sends one JSON object a frame, at most 64 KiB; the
server's frames hold one or more JSON objects, one a line. Every command gets exactly one reply, with its `ref`, within
10 seconds; what one socket sends is carried out in the order sent. A browser signs in by its cookie, other clients by
`Authorization: Token …`. The actions below are the server's: it receives commands and sends events."""

# A tag is what the first word of a command or event is about.
TAGS = {
    "connection": ("The connection itself.", ("ping", "hello", "bye")),
    "rooms": ("Rooms, who takes part in them, and which one is looked at.", ("room", "participant")),
    "messages": ("Messages, watermarks, and catching up.", ("message", "sync", "receipt", "unread")),
    "presence": ("Who is here, how they are, and who is typing.", ("presence", "typing")),
    "sessions": ("Guided sessions, and the talking piece of their sharing rounds.", ("session", "circle", "piece")),
    "broadcasts": ("Messages to everyone, or to several rooms.", ("broadcast",)),
    "devices": ("Devices for sealed mind-links.", ("devices",)),
}
TAG_OF = {word: tag for tag, (_, words) in TAGS.items() for word in words}


def document() -> dict[str, Any]:
    payloads, schemas = payload_schemas()
    messages, operations = {"error": error_message()}, {}
    schemas |= lines.error_schemas()
    for name, command in COMMANDS.items():
        schemas |= lines.command_schema(name, command, payloads[command.payload])
        schemas |= lines.reply_schema(name, [payloads[kind] for kind in command.replies])
        messages[name] = command_message(name, command)
        messages[f"{name}.reply"] = reply_message(name)
        operations[name] = command_operation(name, command)
    for name, (payload, summary) in events.EVENTS.items():
        schemas |= lines.event_schema(name, payloads[payload])
        messages[name] = event_message(name, summary)
        operations[f"send.{name}"] = event_operation(name, summary)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "mindnet",
            "version": str(codes.PROTOCOL_VERSION),
            "description": DESCRIPTION,
            "tags": [{"name": tag, "description": description} for tag, (description, _) in TAGS.items()],
        },
        "defaultContentType": "application/json",
        "servers": servers(),
        "channels": {"connect": channel(messages)},
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": security_schemes(),
        },
    }


def payload_schemas() -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """A reference for every payload type, and the schemas they and the structs within them refer to."""
    types = [kind for command in COMMANDS.values() for kind in (command.payload, *command.replies)]
    types += [payload for payload, _ in events.EVENTS.values()]
    types.append(lines.REFUSED_WITH)
    types = list(dict.fromkeys(types))
    references, named = components(types)
    return dict(zip(types, references, strict=True)), named


# Where it is


def servers() -> dict[str, Any]:
    """The document is the same for every installation: whoever reads it knows the host."""
    host = {"description": "where the server runs", "default": "localhost:8000"}
    security = [{"$ref": f"#/components/securitySchemes/{name}"} for name in security_schemes()]
    return {
        name: {"host": "{host}", "protocol": protocol, "variables": {"host": host}, "security": security} | more
        for name, protocol, more in [
            ("secure", "wss", {"description": "Behind a proxy that ends TLS."}),
            ("plain", "ws", {"description": "As `make run` starts it."}),
        ]
    }


def security_schemes() -> dict[str, Any]:
    return {
        "token": {"type": "httpApiKey", "in": "header", "name": "Authorization", "description": "`Token …`"},
        "session": {"type": "httpApiKey", "in": "cookie", "name": "sessionid"},
    }


def channel(messages: dict[str, Any]) -> dict[str, Any]:
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


# What the server does


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"{CHANNEL}/messages/{name}"}


def operation(action: str, name: str, summary: str, description: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": CHANNEL},
        "title": name,
        "summary": summary,
        "description": description,
        "tags": [{"name": TAG_OF[name.partition(".")[0]]}],
        "messages": [reference(name)],
    }


def command_operation(name: str, command: Command) -> dict[str, Any]:
    reply = {"channel": {"$ref": CHANNEL}, "messages": [reference(f"{name}.reply"), reference("error")]}
    described = operation("receive", name, command.summary, manual.COMMANDS[name].description)
    return described | {"reply": reply}


def event_operation(name: str, summary: str) -> dict[str, Any]:
    return operation("send", name, summary, manual.EVENTS[name].description)


# What is said


def message(name: str, title: str, schema: str, examples: list[Any], **more: Any) -> dict[str, Any]:
    payload = {"$ref": f"#/components/schemas/{schema}"}
    examples = [{"name": f"{name}-{number}", "payload": example} for number, example in enumerate(examples, 1)]
    return {"name": name, "title": title, **more, "payload": payload, "examples": examples}


def command_message(name: str, command: Command) -> dict[str, Any]:
    example = lines.example_command(name, manual.COMMANDS[name].carries)
    return message(name, name, lines.command_name(name), [example], summary=command.summary)


def reply_message(name: str) -> dict[str, Any]:
    example = lines.example_reply(manual.COMMANDS[name].answers)
    return message(f"{name}.reply", f"Reply to {name}", lines.reply_name(name), [example])


def error_message() -> dict[str, Any]:
    return message("error", "A refusal", lines.ERROR_NAME, [lines.example_error(error) for error in manual.ERRORS])


def event_message(name: str, summary: str) -> dict[str, Any]:
    example = lines.example_event(name, manual.EVENTS[name].payload)
    return message(name, name, lines.event_name(name), [example], summary=summary)
