"""Making a safe picture of what somebody uploaded: the bytes that come in are read, never kept.

Only formats of the list below are looked at, the size is known before anything is unpacked, and what goes out is drawn
anew: no metadata, no second frame, nothing hidden behind the picture.
"""

import io
import logging
import math
import threading
import warnings
from collections.abc import Sequence

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from mindnet.base.errors import DomainError, invalid

logger = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MEDIA_TYPE = "image/webp"
QUALITY = 82
BACKGROUND = "#fff"
STRIP_ROWS = 64  # of the reduced picture
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
# Unpacking 40 megapixels takes 200 to 700 MB for a moment: one at a time in a process. Who has to wait longer than this
# is told to come back.
WAIT_SECONDS = 4
turn = threading.BoundedSemaphore(1)

# A header that promises more is refused by Pillow itself while it reads it; by default it would only warn.
Image.MAX_IMAGE_PIXELS = int(settings.LIMITS["IMAGE_PIXELS"])
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def squares(file: "UploadedFile[bytes]", sides: Sequence[int]) -> list[bytes]:
    """The middle of a picture, upright, as a square of each of these sides: a list of WebP files as bytes."""
    check_size(file)
    if not turn.acquire(timeout=WAIT_SECONDS):
        raise DomainError("overloaded", "Too many pictures at once. Try again in a moment.", retry_after=5)
    try:
        picture = read(file, max(sides))
        return [encoded(picture, side) for side in sides]
    finally:
        turn.release()


def check_size(file: "UploadedFile[bytes]") -> None:
    """Raises payload_too_large above UPLOAD_BYTES, validation_error for an empty file."""
    most = settings.LIMITS["UPLOAD_BYTES"]
    if file.size > most:
        raise DomainError("payload_too_large", f"A picture takes at most {most / 1024 / 1024:.3g} MiB.")
    if not file.size:
        raise invalid("file", "This file is empty.")


def read(file: "UploadedFile[bytes]", side: int) -> Image.Image:
    """The first frame, upright and square, without what was around the pixels."""
    try:
        picture = opened(file)
        # JPEG only: unpacked at a fraction of its size, though at no less than is needed.
        picture.draft("RGB", (2 * side, 2 * side))
        picture.load()
        return square(upright(reduced(picture, 2 * side), orientation_of(picture)), side)
    except DomainError:
        raise
    except Exception as error:
        # Decoders meet hostile bytes in many ways: OSError, SyntaxError, ValueError, struct.error, zlib.error, …
        logger.info("a picture could not be read: %s: %s", type(error).__name__, error)
        raise invalid("file", "This picture is damaged or incomplete.") from None


def opened(file: "UploadedFile[bytes]") -> Image.Image:
    """The picture's header, read, and its size found good."""
    file.seek(0)
    try:
        picture = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        raise DomainError("unsupported_media_type", "Pictures are JPEG, PNG, WebP or GIF.") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise too_many_pixels() from None
    if picture.width * picture.height > settings.LIMITS["IMAGE_PIXELS"]:
        raise too_many_pixels()
    return picture


def too_many_pixels() -> DomainError:
    return invalid("file", f"A picture has at most {settings.LIMITS['IMAGE_PIXELS'] / 1e6:.3g} megapixels.")


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
    except Exception as error:
        logger.info("a picture's orientation could not be read: %s: %s", type(error).__name__, error)
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
