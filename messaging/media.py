"""What a file is that somebody puts into a room, and what is kept of it.

Its kind is found in its bytes, never in its name or in what the client says of it. Pictures are drawn anew and kept as
WebP, recordings and films of a short list are kept as they came, under a type of ours, and anything else is a `file`:
kept as it came and only ever downloaded. Whatever reads more than the first bytes works in a process of its own
(`mindnet/base/confined.py`), and nothing is held in memory as a whole.
"""

import contextlib
import os
import re
import unicodedata
from collections.abc import Iterator
from typing import IO, NamedTuple

import msgspec
from django.conf import settings

from messaging.models import Attachment
from mindnet.base.confined import Bounds, Exceeded, workshop
from mindnet.base.errors import damaged_picture
from mindnet.base.received import refusal_of, size_of
from mindnet.base.text import FORBIDDEN_NAME

Kind = Attachment.Kind

HEAD_BYTES = 8192
PICTURE_TYPE = "image/webp"
# Picture and thumbnail: 2.5 MB is a large one, moving ones take up to 6.
DRAWN_BYTES = 16 * 1024 * 1024
# A line of JSON.
FACTS_BYTES = 1024
RECORDING_SECONDS = 3

PICTURE = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF.{4}WEBP", re.DOTALL)
RECORDING = re.compile(
    rb"OggS|fLaC|ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]|RIFF.{4}WAVE|.{4}ftyp|\x1a\x45\xdf\xa3", re.DOTALL
)
# What is harmless to name, for whoever shows a list of files. It is downloaded all the same.
OTHERS = {
    b"%PDF-": "application/pdf",
    b"PK\x03\x04": "application/zip",
    b"\x1f\x8b": "application/gzip",
    b"7z\xbc\xaf\x27\x1c": "application/x-7z-compressed",
}
TEXT, UNKNOWN = "text/plain", "application/octet-stream"
# Markup of any kind is no text: whoever saved and opened it would run what is in it.
MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")

# The first is what a file of this type is called where its name says otherwise.
ENDINGS = {
    PICTURE_TYPE: (".webp",),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a", ".mp4", ".m4b", ".aac"),
    "audio/ogg": (".ogg", ".opus", ".oga"),
    "audio/wav": (".wav",),
    "audio/flac": (".flac",),
    "audio/webm": (".webm", ".weba"),
    "audio/x-matroska": (".mka", ".mkv"),
    "video/mp4": (".mp4", ".m4v"),
    "video/webm": (".webm",),
    "video/quicktime": (".mov", ".qt"),
    "video/x-matroska": (".mkv",),
}
PICTURE_ENDINGS = re.compile(r"\.(jpe?g|jfif|png|apng|gif|webp)$", re.IGNORECASE)
# What a client calls a file that it has sealed, in chunks of AES-256-GCM: docs/sealed.md.
SEALED_NAME = "sealed"
CHUNK_BYTES, TAG_BYTES = 1024 * 1024, 16
NAME_CHARACTERS = 200
ENDING_CHARACTERS = 16


class Examined(NamedTuple):
    """What is kept of a file. `name` is what it is called when it is downloaded; `width`, `height` and `seconds` are
    None where they do not apply or are not known. The streams stand at their beginning, and are closed by whoever made
    them; `size` and `thumbnail_size` are how much is in them."""

    kind: str
    media_type: str
    name: str
    width: int | None
    height: int | None
    seconds: float | None
    content: IO[bytes]
    size: int
    thumbnail: IO[bytes] | None = None
    thumbnail_size: int = 0


class Facts(msgspec.Struct):
    """What the process found that looked at it. A stranger's bytes were in it: these are checked like any input."""

    media_type: str = PICTURE_TYPE
    width: int | None = None
    height: int | None = None
    seconds: float | None = None


def sealed(file: IO[bytes]) -> Examined:
    """What is to be kept of a file that a client has sealed: all of it as it came. Its bytes say nothing, also where
    they happen to begin like a picture. Raises payload_too_large and validation_error as `examine` does."""
    size = sealed_size_of(file)
    file.seek(0)
    return Examined(Kind.FILE, UNKNOWN, SEALED_NAME, None, None, None, file, size)


def sealed_size_of(file: IO[bytes]) -> int:
    """With a tag more for each chunk of what a plain file may have."""
    chunks = -(-int(settings.LIMITS["UPLOAD_BYTES"]) // CHUNK_BYTES)
    return size_of(file, more_bytes=chunks * TAG_BYTES)


@contextlib.contextmanager
def examine(file: IO[bytes], *, name: str, whose: int) -> Iterator[Examined]:
    """What is to be kept of an uploaded file, as long as this is entered. `name` is what the client calls it, `whose`
    the id of the psychic for whom it is done.

    Raises payload_too_large above UPLOAD_BYTES; validation_error for an empty file, and for a picture that is damaged,
    promises too much or takes too much to unpack; and what the workshop raises where it is full or stops.
    """
    size = size_of(file)
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if PICTURE.match(head):
        with drawn(file, name, whose) as examined:
            yield examined
    else:
        facts = recorded(file, whose) if RECORDING.match(head) else None
        file.seek(0)
        if facts is None:
            yield Examined(Kind.FILE, type_of(head), safe_name(name), None, None, None, file, size)
        else:
            kind = Kind.VIDEO if facts.media_type.startswith("video/") else Kind.AUDIO
            called = ending_as(safe_name(name), facts.media_type)
            yield Examined(kind, facts.media_type, called, facts.width, facts.height, facts.seconds, file, size)


@contextlib.contextmanager
def drawn(file: IO[bytes], name: str, whose: int) -> Iterator[Examined]:
    """A picture, as it is drawn anew by `messaging/drawing.py`."""
    limits = settings.LIMITS
    most = [int(limits[name]) for name in ("IMAGE_PIXELS", "IMAGE_SCANS", "IMAGE_FRAMES", "MOVING_PIXELS")]
    bounds = Bounds(int(limits["IMAGE_SECONDS"]), int(limits["IMAGE_MEMORY_BYTES"]), DRAWN_BYTES)
    with contextlib.ExitStack() as opened:
        try:
            work = workshop.parts("messaging.drawing:picture", file, {"most": most}, bounds, whose=whose)
            told, content, thumbnail = opened.enter_context(work)
            facts = msgspec.json.decode(told.read(FACTS_BYTES), type=Facts)
        except Exceeded as exceeded:
            raise refusal_of(exceeded) from None
        except (ValueError, msgspec.MsgspecError):
            raise damaged_picture() from None
        size, thumbnail_size = content.seek(0, os.SEEK_END), thumbnail.seek(0, os.SEEK_END)
        content.seek(0)
        thumbnail.seek(0)
        yield Examined(
            Kind.IMAGE, PICTURE_TYPE, ending_as(safe_name(name), PICTURE_TYPE), facts.width, facts.height, None,
            content, size, thumbnail, thumbnail_size,
        )  # fmt: skip


def recorded(file: IO[bytes], whose: int) -> Facts | None:
    """What `messaging/recordings.py` finds in it. None for what is no recording, or only seems to be one: it is kept
    as a file like any other."""
    bounds = Bounds(RECORDING_SECONDS, int(settings.LIMITS["IMAGE_MEMORY_BYTES"]), FACTS_BYTES)
    try:
        parts = workshop.run("messaging.recordings:recording", file, {}, bounds, whose=whose)
        facts = msgspec.json.decode(parts[0], type=Facts) if parts else None
    except (Exceeded, msgspec.MsgspecError):
        return None
    return facts if facts is not None and facts.media_type in ENDINGS else None


def type_of(head: bytes) -> str:
    """A type that no browser runs, from the first bytes of what is neither picture nor recording."""
    for start, media_type in OTHERS.items():
        if head.startswith(start):
            return media_type
    return TEXT if is_text(head) else UNKNOWN


def is_text(head: bytes) -> bool:
    """UTF-8 without control characters that does not begin like markup. The last character may be cut through."""
    if MARKUP.match(head):
        return False
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < HEAD_BYTES - 4 or len(head) < HEAD_BYTES:
            return False
        text = head[: error.start].decode()
    return NO_TEXT.search(text) is None


# Names


def safe_name(name: str) -> str:
    """What a file is called, in at most NAME_CHARACTERS: the last part of a path, on one line, with nothing in it that
    cannot be seen or that a disk does not take. "file" where nothing is left."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    name = FORBIDDEN_NAME.sub("", re.sub(r"\s+", " ", name))
    name = re.sub(r'[<>:"|?*]', "_", name).strip(". ")
    if len(name) > NAME_CHARACTERS:
        stem, ending = os.path.splitext(name)
        ending = ending if len(ending) <= ENDING_CHARACTERS else ""
        name = stem[: NAME_CHARACTERS - len(ending)].rstrip(". ") + ending
    return name or "file"


def ending_as(name: str, media_type: str) -> str:
    """This name with an ending that the type has: what is drawn anew as WebP is no .jpg any more, and a recording that
    is called .html is none to a computer that goes by names."""
    endings = ENDINGS[media_type]
    if name.lower().endswith(endings):
        return name
    if media_type == PICTURE_TYPE:
        name = PICTURE_ENDINGS.sub("", name)
    return name[: NAME_CHARACTERS - len(endings[0])].rstrip(". ") + endings[0]
