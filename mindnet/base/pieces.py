"""Answers that are put together of pieces, each of which is compressed once.

A piece is compressed by itself, so that it fits beside any other: deflate's blocks follow each other, and none of ours
looks back into the one before. What is secret, such as a token, goes out as it is, in a block that compresses nothing.
So no text that others have written stands in one window with a secret, whose length could tell of it.

While a page is drawn, a piece is a mark in its text, which only this process knows (`Pieces.hold`); the answer is put
together at the end (`Pieces.whole`, `Pieces.packed`).
"""

import re
import secrets
import struct
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock, local
from typing import Any

# Below that a block would be longer than what it spares.
PACKED_LEAST = 200
# A block that compresses nothing says its length in sixteen bits.
STORED_MOST = 65_535
# Nobody who writes a text can write these.
PROCESS = secrets.token_hex(8)
PLACE = re.compile(rb"\x00" + PROCESS.encode() + rb":(\d+)\x00")
# A name for a file, as gzip's head may have one, of a chance length: so the whole's length says less of what is in it.
PADDING_MOST = 100
HEAD, END = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff", b"\x03\x00"


class Piece:
    """Bytes, and the same as deflate has them."""

    __slots__ = ("data", "packed")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.packed = packed(data)

    def __len__(self) -> int:
        return len(self.data) + len(self.packed)


class Secret(Piece):
    """Bytes that nothing is compressed with."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        self.data = text.encode()
        self.packed = stored(self.data)


def stored(data: bytes) -> bytes:
    """As blocks of deflate that compress nothing."""
    slices = [data[start : start + STORED_MOST] for start in range(0, len(data), STORED_MOST)]
    return b"".join(struct.pack("<BHH", 0, len(each), len(each) ^ 0xFFFF) + each for each in slices)


def packed(data: bytes) -> bytes:
    """As blocks of deflate that end with a whole byte."""
    if len(data) < PACKED_LEAST:
        return stored(data)
    packer = packers.own
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)  # it remembers nothing of it then


class Packers(local):
    """Each thread's own. To begin one takes seven times as long as what is compressed with it."""

    def __init__(self) -> None:
        self.own = zlib.compressobj(wbits=-zlib.MAX_WBITS)


packers = Packers()


class Kept:
    """What was drawn, under digests, as much as `most_bytes` hold. What nobody wanted for the longest time goes
    first."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self.drawn: OrderedDict[bytes, tuple[Any, int]] = OrderedDict()
        self.lock = Lock()

    def get(self, digest: bytes) -> Any | None:
        with self.lock:
            entry = self.drawn.get(digest)
            if entry is None:
                return None
            self.drawn.move_to_end(digest)
            return entry[0]

    def put(self, digest: bytes, drawn: object, weight: int) -> None:
        """`weight`: its bytes, at most."""
        with self.lock:
            if digest not in self.drawn:
                self.drawn[digest] = drawn, weight
                self.bytes += weight
            while self.bytes > self.most_bytes:
                self.bytes -= self.drawn.popitem(last=False)[1][1]


# What stands between the pieces of a page is mostly the same as in another answer. What somebody has typed, such as a
# draft, may be among it: that is kept for nothing, and soon gone.
BETWEEN_BYTES, BETWEEN_MOST = 1024 * 1024, 4096
between = Kept(BETWEEN_BYTES)


def packed_between(data: bytes) -> bytes:
    if not PACKED_LEAST <= len(data) <= BETWEEN_MOST:
        return packed(data)
    blocks: bytes | None = between.get(data)
    if blocks is None:
        blocks = packed(data)
        between.put(data, blocks, len(data) + len(blocks) + 300)
    return blocks


class Pieces:
    """Those of one answer."""

    def __init__(self) -> None:
        self.held: list[Iterable[Piece]] = []
        self.secrets: dict[str, Secret] = {}

    def secret(self, name: str, text: Callable[[str], str]) -> Secret:
        """What has this name in the answer. `text` says it once."""
        found = self.secrets.get(name)
        if found is None:
            found = self.secrets[name] = Secret(text(name))
        return found

    def hold(self, pieces: Iterable[Piece]) -> str:
        """What stands for them in the text."""
        self.held.append(pieces)
        return f"\x00{PROCESS}:{len(self.held) - 1}\x00"

    def whole(self, content: bytes) -> bytes:
        """The content with the pieces in their places."""
        return b"".join([each if isinstance(each, bytes) else each.data for each in self.taken_apart(content)])

    def packed(self, content: bytes) -> bytes:
        """The same, as gzip has it."""
        found = [HEAD, b"a" * secrets.randbelow(PADDING_MOST), b"\0"]
        check, length = 0, 0
        for each in self.taken_apart(content):
            data, blocks = (each, packed_between(each)) if isinstance(each, bytes) else (each.data, each.packed)
            found.append(blocks)
            check, length = zlib.crc32(data, check), length + len(data)
        return b"".join([*found, END, struct.pack("<LL", check, length & 0xFFFFFFFF)])

    def taken_apart(self, content: bytes) -> list[bytes | Piece]:
        found: list[bytes | Piece] = []
        for number, part in enumerate(PLACE.split(content)):
            if number % 2:
                found += self.held[int(part)]
            elif part:
                found.append(part)
        return found
