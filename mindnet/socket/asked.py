"""What a frame of a client asks for, read to the end before anything is done about it."""

from typing import Any, NamedTuple

from mindnet.base.errors import DomainError
from mindnet.socket import decoding
from mindnet.socket.commands import COMMANDS, DECODERS, Command


class Asked(NamedTuple):
    """A well-formed frame: either a command with its payload, or the error that it is refused with."""

    ref: str
    type: str = ""
    command: Command | None = None
    payload: Any = None
    error: DomainError | None = None


def read(text: str) -> Asked:
    """Raises `decoding.BadFrame` for what is none."""
    try:
        frame = decoding.decode_frame(text)
    except decoding.BadPayload as error:
        return Asked(error.ref, error=DomainError("invalid_payload", str(error)))
    command = COMMANDS.get(frame.type)
    if command is None:
        return Asked(frame.ref, frame.type, error=DomainError("unknown_type", "There is no such command."))
    try:
        payload = decoding.decode_payload(DECODERS[frame.type], frame.payload)
    except ValueError as error:
        return Asked(frame.ref, frame.type, error=DomainError("invalid_payload", str(error)))
    return Asked(frame.ref, frame.type, command, payload)
