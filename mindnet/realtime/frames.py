"""WebSocket frames made once for many sockets.

A frame from the server is not masked, so the same bytes serve every socket of a room. The server library would build
them anew for each: with two hundred sockets that was more work than the kernel's writes. A server that can take ready
frames offers EXTENSION in the scope's `extensions`, a function `write(frame) -> bool`: false when the link is not open
or its buffer is full, and nothing was done. Elsewhere (daphne) texts go through the ASGI `send`.

Such a server also says of each text when it came (AT, by the event loop's clock), and tells the application of frames
that bring it nothing (BARE): pongs that nobody asked for, and slices of a message too short to be of use.
"""

import struct
from collections.abc import Callable

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


def control_frame(first: int, payload: bytes) -> bytes:
    """One unmasked ping or pong; the payload has at most 125 bytes."""
    return bytes((first, len(payload))) + payload


def no_frames(frame: bytes) -> bool:
    """The `write` of a server that takes none."""
    return False
