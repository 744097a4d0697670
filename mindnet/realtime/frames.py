"""WebSocket frames made once for many sockets.

A frame from the server is not masked, so the same bytes serve every socket of a room. The server library would build
them anew for each: with two hundred sockets that was more work than the kernel's writes. A server that can take ready
frames offers EXTENSION in the scope's `extensions`, a function `write(frame) -> bool`: false when the link is not open
or its buffer is full, and nothing was done. Elsewhere (daphne) texts go through the ASGI `send`.

Such a server also says of each text when it came (AT, by the event loop's clock), and tells the application of frames
that bring it nothing (BARE): pongs that nobody asked for, and slices of a message too short to be of use.
"""

import struct
from collections.abc import Callable, Iterable, Iterator

from mindnet.base.asgi import Message

WriteFrame = Callable[[bytes], bool]
EXTENSION = "mindnet.frames"
AT = "mindnet.at"
BARE: Message = {"type": "mindnet.bare_frame"}
# First bytes of whole frames: a text message, the end, a ping and its answer.
TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A


def text_frame(text: str) -> bytes:
    """One unmasked text frame as bytes (RFC 6455, section 5.2)."""
    data = text.encode()
    size = len(data)
    if size < 126:
        return bytes((TEXT, size)) + data
    if size < 65536:
        return struct.pack("!BBH", TEXT, 126, size) + data
    return struct.pack("!BBQ", TEXT, 127, size) + data


def bytes_of(text: str) -> int:
    """Its length in UTF-8. Python knows whether a text is ASCII without looking at it."""
    return len(text) if text.isascii() else len(text.encode())


def fitting(lines: Iterable[str], most: int) -> Iterator[list[str]]:
    """The lines in their order, in as few frames of at most `most` bytes as that allows. A line that is longer has a
    frame of its own."""
    some: list[str] = []
    size = 0
    for line in lines:
        length = bytes_of(line) + 1  # and the newline before it
        if some and size + length > most:
            yield some
            some, size = [], 0
        some.append(line)
        size += length
    if some:
        yield some


def parts(text: str, most: int) -> list[str]:
    """A text of one or more lines, in texts of at most `most` bytes."""
    # No character takes more than four bytes: most texts need not be measured.
    if len(text) * 4 <= most or bytes_of(text) <= most:
        return [text]
    return ["\n".join(lines) for lines in fitting(text.split("\n"), most)]


def control_frame(first: int, payload: bytes) -> bytes:
    """One unmasked ping or pong; the payload has at most 125 bytes."""
    return bytes((first, len(payload))) + payload


def no_frames(frame: bytes) -> bool:
    """The `write` of a server that takes none."""
    return False
