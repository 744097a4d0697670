"""Making a safe picture of what somebody uploaded: the bytes that come in are read, never kept.

Only formats of the list below are looked at, the size is known before anything is unpacked, and what goes out is drawn
anew: no metadata, no second frame, nothing hidden behind the picture. It is done in a process of its own, by order of
`presence/pictures.py`, and so nothing of Django's is here.
"""

import io
import math
import re
import warnings
from collections.abc import Sequence
from typing import IO

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from PIL import WebPImagePlugin as WebPImagePlugin  # or Pillow brings all forty of its formats to find it

from mindnet.base.errors import DomainError, invalid

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 82
BACKGROUND = "#fff"
STRIP_ROWS = 64  # of the reduced picture
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
# The next marker of a JPEG that begins a segment: no byte FF of the picture's, which a 00 follows, and not TEM or RST,
# which stand alone.
MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd7\xff])")
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9

# A header that promises more than is allowed is refused by Pillow itself while it reads it; by default it would warn.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def squares(source: IO[bytes], *, sides: Sequence[int], most_pixels: int, most_scans: int) -> list[bytes]:
    """The middle of a picture, upright, as a square of each of these sides: a list of WebP files as bytes."""
    Image.MAX_IMAGE_PIXELS = most_pixels
    picture = read(source.read(), max(sides), most_scans)
    return [encoded(picture, side) for side in sides]


def read(content: bytes, side: int, most_scans: int) -> Image.Image:
    """The first frame, upright and square, without what was around the pixels."""
    try:
        picture = opened(content)
        if picture.format in ("JPEG", "MPO"):
            check_scans(content, most_scans)
        # JPEG only: unpacked at a fraction of its size, though at no less than is needed.
        picture.draft("RGB", (2 * side, 2 * side))
        picture.load()
        return square(upright(reduced(picture, 2 * side), orientation_of(picture)), side)
    except (DomainError, MemoryError):
        raise
    except Exception:
        # Decoders meet hostile bytes in many ways: OSError, SyntaxError, ValueError, struct.error, zlib.error, …
        raise invalid("file", "This picture is damaged or incomplete.") from None


def opened(content: bytes) -> Image.Image:
    """The picture's header, read, and its size found good."""
    most = Image.MAX_IMAGE_PIXELS or 0
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError:
        raise DomainError("unsupported_media_type", "Pictures are JPEG, PNG, WebP or GIF.") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise too_many_pixels(most) from None
    if picture.width * picture.height > most:
        raise too_many_pixels(most)
    return picture


def too_many_pixels(most: int) -> DomainError:
    return invalid("file", f"A picture has at most {most / 1e6:.3g} megapixels.")


def check_scans(content: bytes, most: int) -> None:
    """Each scan of a JPEG goes over the whole picture, and an empty one takes ten bytes: a thousand of them in a small
    file are a minute of work."""
    if scans_of(content) > most:
        raise invalid("file", f"A JPEG has at most {most} scans.")


def scans_of(content: bytes) -> int:
    """How many scans a JPEG has up to its end. What segments carry (a thumbnail, a colour profile) is passed over."""
    scans, at = 0, 2
    while found := MARKER.search(content, at):
        kind, at = found[1][0], found.end()
        if kind == END_OF_IMAGE:
            break
        scans += kind == START_OF_SCAN
        at += int.from_bytes(content[at : at + 2], "big")
    return scans


def reduced(picture: Image.Image, side: int) -> Image.Image:
    """In plain colours, not much larger than needed. Strip by strip: a large picture is never there twice."""
    factor = max(1, min(picture.size) // side)
    mode = "RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB"
    small = Image.new(mode, [math.ceil(length / factor) for length in picture.size])
    for top in range(0, picture.height, STRIP_ROWS * factor):
        strip = picture.crop((0, top, picture.width, min(top + STRIP_ROWS * factor, picture.height)))
        small.paste(in_colours(strip, mode).reduce(factor), (0, top // factor))
    return small


def in_colours(strip: Image.Image, mode: str) -> Image.Image:
    if strip.mode.startswith("I;16"):
        strip = strip.point(lambda value: value / 256).convert("L")
    return strip.convert(mode)


def orientation_of(picture: Image.Image) -> int:
    """How the camera was held, 1 to 8. Metadata that make no sense leave the picture as it is."""
    try:
        orientation: int = picture.getexif().get(ExifTags.Base.Orientation, 1)
        return orientation
    except Exception:
        return 1


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    turn_back = TURNS.get(orientation)
    return picture.transpose(turn_back) if turn_back is not None else picture


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
