"""Reading pictures of strangers: what is common to all that draw them anew, small or large.

Only formats of the list below are looked at, and the size is known before anything is unpacked. It is done in a process
of its own (`mindnet/base/confined.py`), and so nothing of Django's is here.
"""

import contextlib
import io
import math
import re
import warnings
from collections.abc import Iterator

from PIL import ExifTags, Image, UnidentifiedImageError
from PIL import WebPImagePlugin as WebPImagePlugin  # or Pillow brings all forty of its formats to find it

from mindnet.base.errors import DomainError, damaged_picture, invalid

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
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


@contextlib.contextmanager
def hostile() -> Iterator[None]:
    """Around all that decodes: what a decoder makes of bytes that make no sense is a refusal."""
    try:
        yield
    except (DomainError, MemoryError):
        raise
    except Exception:
        # Decoders meet hostile bytes in many ways: OSError, SyntaxError, ValueError, struct.error, zlib.error, …
        raise damaged_picture() from None


def opened(content: bytes, *, most_pixels: int, most_scans: int) -> Image.Image:
    """The picture's header, read, and found to promise no more than this."""
    Image.MAX_IMAGE_PIXELS = most_pixels
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError:
        raise DomainError("unsupported_media_type", "Pictures are JPEG, PNG, WebP or GIF.") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise too_many_pixels(most_pixels) from None
    if picture.width * picture.height > most_pixels:
        raise too_many_pixels(most_pixels)
    if picture.format in ("JPEG", "MPO"):
        check_scans(content, most_scans)
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


def has_alpha(picture: Image.Image) -> bool:
    return "A" in picture.getbands() or "transparency" in picture.info


def reduced(picture: Image.Image, factor: int) -> Image.Image:
    """In plain colours, its sides divided by `factor` and rounded up. Strip by strip: a large picture is never there
    twice."""
    mode = "RGBA" if has_alpha(picture) else "RGB"
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
