"""What stands in the headers of films and recordings: MP4 and QuickTime, Matroska and WebM.

Only headers are read, each within bounds, and nothing is decoded. The bytes are a stranger's: it is done in a process
of its own, by order of `messaging/media.py`.
"""

import os
import struct
from collections.abc import Iterator
from typing import IO, NamedTuple

# A film has some dozens; this many take a blink.
MOST_BOXES = 5000
CONTAINERS_OF_BOXES = {b"moov", b"trak", b"mdia"}

# Matroska: https://www.rfc-editor.org/rfc/rfc9559
EBML, SEGMENT, INFO, TRACKS, TRACK_ENTRY, VIDEO, CLUSTER = (
    0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0x1F43B675,
)  # fmt: skip
DOC_TYPE, TIMESTAMP_SCALE, DURATION, TRACK_TYPE, PIXEL_WIDTH, PIXEL_HEIGHT = 0x4282, 0x2AD7B1, 0x4489, 0x83, 0xB0, 0xBA
VIDEO_TRACK = 1
UNKNOWN_SIZES = {(1 << 7 * length) - 1 for length in range(1, 9)}


class Film(NamedTuple):
    """`brand` is what the container calls itself. What is not said is None."""

    brand: str
    seconds: float | None
    has_video: bool
    width: int | None
    height: int | None


class Box(NamedTuple):
    """A piece of a file: what it is, and where its content stands."""

    kind: bytes
    begin: int
    end: int


def mp4(source: IO[bytes]) -> Film | None:
    """None where nothing can be played: a picture in such a container has no tracks."""
    brand, seconds, handlers = "", None, set()
    size: tuple[int | None, int | None] = (None, None)
    for box in boxes(source):
        if box.kind == b"ftyp":
            brand = content_of(source, box, 4).decode("latin-1").strip()
        elif box.kind == b"mvhd":
            seconds = length_of(content_of(source, box, 32))
        elif box.kind == b"hdlr":
            handlers.add(content_of(source, box, 12)[8:12])
        elif box.kind == b"tkhd":
            size = size_of(content_of(source, box, 96)) or size
    if not handlers & {b"vide", b"soun"}:
        return None
    has_video = b"vide" in handlers
    return Film(brand, seconds, has_video, *(size if has_video else (None, None)))


def boxes(source: IO[bytes]) -> Iterator[Box]:
    """All boxes, those in others behind those they are in, until there is nothing that makes sense."""
    at, end = 0, source.seek(0, os.SEEK_END)
    for _ in range(MOST_BOXES):
        source.seek(at)
        head = source.read(16)
        if len(head) < 8:
            return
        size, kind, begin = int.from_bytes(head[:4], "big"), head[4:8], at + 8
        if size == 1:
            size, begin = int.from_bytes(head[8:16], "big"), at + 16
        elif size == 0:
            size = end - at
        if size < begin - at:
            return
        yield Box(kind, begin, at + size)
        at = begin if kind in CONTAINERS_OF_BOXES else at + size


def content_of(source: IO[bytes], box: Box, most: int) -> bytes:
    source.seek(box.begin)
    return source.read(min(most, box.end - box.begin)).ljust(most, b"\0")


def length_of(mvhd: bytes) -> float | None:
    scale, duration = struct.unpack_from(">IQ", mvhd, 20) if mvhd[0] == 1 else struct.unpack_from(">II", mvhd, 12)
    return duration / scale if scale else None


def size_of(tkhd: bytes) -> tuple[int, int] | None:
    """Width and height as they are shown: phones film sideways and say so."""
    at = 52 if tkhd[0] == 1 else 40
    a, _, _, _, d = struct.unpack_from(">5i", tkhd, at)
    width, height = (side >> 16 for side in struct.unpack_from(">II", tkhd, at + 36))
    if not width or not height:
        return None
    return (width, height) if a or d else (height, width)


def matroska(source: IO[bytes]) -> Film | None:
    """Up to where what is to be played begins."""
    brand, seconds, scale, has_video, size = "", None, 1_000_000, False, {}
    for kind, content in elements(source):
        if kind == DOC_TYPE:
            brand = content.decode("latin-1").rstrip("\0")
        elif kind == TIMESTAMP_SCALE:
            scale = int.from_bytes(content, "big")
        elif kind == DURATION and len(content) in (4, 8):
            (seconds,) = struct.unpack(">f" if len(content) == 4 else ">d", content)
        elif kind == TRACK_TYPE:
            has_video = has_video or content == bytes([VIDEO_TRACK])
        elif kind in (PIXEL_WIDTH, PIXEL_HEIGHT):
            size[kind] = int.from_bytes(content, "big")
    if brand not in ("webm", "matroska"):
        return None
    length = None if seconds is None else seconds * scale / 1e9
    return Film(brand, length, has_video, size.get(PIXEL_WIDTH), size.get(PIXEL_HEIGHT))


def elements(source: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """(id, content) of the small elements up to the first cluster, those in others behind those they are in."""
    source.seek(0)
    for _ in range(MOST_BOXES):
        kind, size = number(source, keep_marker=True), number(source)
        if kind is None or size is None or kind == CLUSTER:
            return
        if kind in (EBML, SEGMENT, INFO, TRACKS, TRACK_ENTRY, VIDEO):
            continue
        if size in UNKNOWN_SIZES:
            return
        if size <= 64:
            yield kind, source.read(size)
        else:
            source.seek(size, os.SEEK_CUR)


def number(source: IO[bytes], *, keep_marker: bool = False) -> int | None:
    """A number whose first byte says how long it is; None at the end."""
    first = source.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    rest = source.read(length - 1)
    if len(rest) < length - 1:
        return None
    value = int.from_bytes(first + rest, "big")
    return value if keep_marker else value & ((1 << 7 * length) - 1)
