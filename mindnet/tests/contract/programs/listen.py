"""A bot on the models that datamodel-code-generator made of /schema/connect. Prints what it heard as JSON."""

import asyncio
import json
import sys
from uuid import UUID

from mindnet_lines import (
    Empty,
    EnterPayload,
    ErrorReply,
    HelloEvent,
    MessageCreatedEvent,
    MessageSendCommand,
    MessageSendCommandReply,
    PostedType,
    RoomEnterCommand,
    RoomEnterCommandReply,
    SendPayload,
)
from pydantic import BaseModel
from websockets.asyncio.client import ClientConnection, connect

NONCE = UUID("9f2c1f7e-5d0b-4a58-9c0e-0d6f4b1f7a01")


async def ask(socket: ClientConnection, command: BaseModel) -> None:
    await socket.send(command.model_dump_json(exclude_unset=True))


async def hear(socket: ClientConnection, *types: str) -> dict[str, str]:
    """Reads until a line of each of these types has come; in which order, and how many a frame, is the server's."""
    heard: dict[str, str] = {}
    while not heard.keys() >= set(types):
        for line in str(await socket.recv()).splitlines():
            heard[json.loads(line)["type"]] = line
    return heard


def sending(ref: str, room: int) -> MessageSendCommand:
    payload = SendPayload(room=room, content="The candles are lit.", nonce=NONCE, message_type=PostedType.text)
    return MessageSendCommand(type="message.send", ref=ref, payload=payload)


async def main(url: str, token: str, room: int) -> None:
    async with connect(url, additional_headers={"Authorization": f"Token {token}"}, proxy=None) as socket:
        hello = HelloEvent.model_validate_json((await hear(socket, "hello"))["hello"])

        await ask(socket, sending("1", room))
        heard = await hear(socket, "reply", "message.created")
        created = MessageCreatedEvent.model_validate_json(heard["message.created"])
        sent = MessageSendCommandReply.model_validate_json(heard["reply"])

        await ask(socket, RoomEnterCommand(type="room.enter", ref="2", payload=EnterPayload(room=None)))
        nowhere = RoomEnterCommandReply.model_validate_json((await hear(socket, "reply"))["reply"])

        await ask(socket, sending("3", 0))
        refused = ErrorReply.model_validate_json((await hear(socket, "reply"))["reply"])

    result = {
        "rooms": [entry.name for entry in hello.payload.rooms if entry.id == room],
        "heard": created.payload.content,
        "is_mine": created.payload.id == sent.payload.id and created.seq == sent.payload.seq,
        "nowhere": isinstance(nowhere.payload, Empty),
        "refused": refused.error.code.value,
    }
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
