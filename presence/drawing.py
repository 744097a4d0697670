"""Making a safe picture of what somebody uploaded of themselves: the bytes that come in are read, never kept.

What goes out is drawn anew: no metadata, no second frame, nothing hidden behind the picture. It is done in a process of
its own, by order of `presence/pictures.py`; how pictures of strangers are read is in `mindnet/base/drawing.py`.
"""

import io
from collections.abc import Sequence
from typing import IO

from PIL import Image, ImageOps

from mindnet.base.drawing import hostile, opened, orientation_of, reduced, upright

QUALITY = 82
BACKGROUND = "#fff"


def squares(source: IO[bytes], *, sides: Sequence[int], most_pixels: int, most_scans: int) -> list[bytes]:
    """The middle of a picture, upright, as a square of each of these sides: a list of WebP files as bytes."""
    with hostile():
        picture = read(opened(source.read(), most_pixels=most_pixels, most_scans=most_scans), max(sides))
    return [encoded(picture, side) for side in sides]


def read(picture: Image.Image, side: int) -> Image.Image:
    """The first frame, upright and square, without what was around the pixels."""
    # JPEG only: unpacked at a fraction of its size, though at no less than is needed.
    picture.draft("RGB", (2 * side, 2 * side))
    picture.load()
    small = reduced(picture, max(1, min(picture.size) // (2 * side)))
    return square(upright(small, orientation_of(picture)), side)


def square(picture: Image.Image, side: int) -> Image.Image:
    """Cropped to the middle, and drawn on a plain ground: an initial stands behind each picture."""
    picture = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
    ground = Image.new("RGB", picture.size, BACKGROUND)
    ground.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    return ground


def encoded(picture: Image.Image, side: int) -> bytes:
    """As WebP, `side` pixels wide and high."""
    if picture.width != side:
        picture = picture.resize((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
