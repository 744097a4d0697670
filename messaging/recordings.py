"""What a recording or a film is, and how long: looked at in a process of its own, by order of `messaging/media.py`.

Its bytes are kept as they came, under a type of this list: what is none of these is a file like any other.
"""

import contextlib
import json
import math
from typing import IO

from mutagen import FileType
from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from messaging import containers

# What browsers play: as what it is read, and its type. An MP3 begins with its tags or at once; so may FLAC with tags.
SOUNDS: dict[bytes, dict[type[FileType], str]] = {
    b"OggS": {OggOpus: "audio/ogg", OggVorbis: "audio/ogg", OggFLAC: "audio/ogg"},
    b"RIFF": {WAVE: "audio/wav"},
    b"fLaC": {FLAC: "audio/flac"},
    b"ID3": {MP3: "audio/mpeg", FLAC: "audio/flac"},
    b"\xff": {MP3: "audio/mpeg"},
}
# By the name that the container gives itself: (with pictures, without).
FILMS = {
    "webm": ("video/webm", "audio/webm"),
    "matroska": ("video/x-matroska", "audio/x-matroska"),
    "qt": ("video/quicktime", "audio/mp4"),
}
MP4_TYPES = ("video/mp4", "audio/mp4")
MOST_SECONDS = 10 * 24 * 3600
MOST_SIDE = 100_000


def recording(source: IO[bytes]) -> list[bytes]:
    """One part: {"media_type", "seconds", "width", "height"} as JSON, of which all but the first may be null. Nothing
    where it is none that a browser plays."""
    head = source.read(12)
    if head[4:8] == b"ftyp":
        facts = of_film(containers.mp4(source))
    elif head.startswith(b"\x1a\x45\xdf\xa3"):
        facts = of_film(containers.matroska(source))
    else:
        facts = of_sound(source, head)
    return [json.dumps(facts).encode()] if facts else []


def of_film(film: containers.Film | None) -> dict[str, object] | None:
    if film is None:
        return None
    with_video, without = FILMS.get(film.brand, MP4_TYPES)
    return {
        "media_type": with_video if film.has_video else without,
        "seconds": sensible(film.seconds),
        "width": film.width if 0 < (film.width or 0) < MOST_SIDE else None,
        "height": film.height if 0 < (film.height or 0) < MOST_SIDE else None,
    }


def of_sound(source: IO[bytes], head: bytes) -> dict[str, object] | None:
    kinds: dict[type[FileType], str] = next((SOUNDS[start] for start in SOUNDS if head.startswith(start)), {})
    for kind, media_type in kinds.items():
        source.seek(0)
        # As with pictures, there are many ways not to make sense.
        with contextlib.suppress(Exception):
            info = kind(source).info
            # An MP3 of which mutagen has found fewer frames in a row than it wants is anything.
            if info is not None and not getattr(info, "sketchy", False):
                return {"media_type": media_type, "seconds": sensible(info.length), "width": None, "height": None}
    return None


def sensible(seconds: float | None) -> float | None:
    """None for what no recording lasts: a recorder that is stopped early writes 0 or nothing."""
    if seconds is None or not math.isfinite(seconds) or not 0 < seconds < MOST_SECONDS:
        return None
    return round(seconds, 3)
