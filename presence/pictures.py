"""Making a safe picture of what somebody uploaded: the bytes that come in are read, never kept.

Only formats of the list below are looked at, the size is known before anything is unpacked, and what goes out is drawn
anew: no metadata, no second frame, nothing hidden behind the picture.
"""

import io
import logging
import threading
import warnings

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from mindnet.errors import DomainError, invalid

logger = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MEDIA_TYPE = "image/webp"
QUALITY = 82
BACKGROUND = "#fff"
# Unpacking 40 megapixels takes some 300 MB for a moment: one at a time in a process. Who has to wait longer than this
# is told to come back.
WAIT_SECONDS = 6
turn = threading.BoundedSemaphore(1)

# A header that promises more is refused by Pillow itself while it reads it; by default it would only warn.
Image.MAX_IMAGE_PIXELS = int(settings.LIMITS["IMAGE_PIXELS"])
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def squares(file, sides):
    """The middle of a picture, upright, as a square of each of these sides: a list of WebP files as bytes."""
    check_size(file)
    if not turn.acquire(timeout=WAIT_SECONDS):
        raise DomainError("overloaded", "Too many pictures at once. Try again in a moment.", retry_after=5)
    try:
        picture = read(file, max(sides))
        return [encoded(picture, side) for side in sides]
    finally:
        turn.release()


def check_size(file):
    most = settings.LIMITS["UPLOAD_BYTES"]
    if file.size > most:
        raise DomainError("payload_too_large", f"A picture takes at most {most / 1024 / 1024:.3g} MiB.")
    if not file.size:
        raise invalid("file", "This file is empty.")


def read(file, side):
    """The first frame, upright and square, without what was around the pixels."""
    try:
        picture = opened(file)
        # JPEG only: unpacked at a fraction of its size, though at no less than is needed.
        picture.draft("RGB", (2 * side, 2 * side))
        picture.load()
        return square(upright(picture), side)
    except DomainError:
        raise
    except Exception as error:
        # Decoders meet hostile bytes in many ways: OSError, SyntaxError, ValueError, struct.error, zlib.error, …
        logger.info("a picture could not be read: %s: %s", type(error).__name__, error)
        raise invalid("file", "This picture is damaged or incomplete.") from None


def opened(file):
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


def too_many_pixels():
    return invalid("file", f"A picture has at most {settings.LIMITS['IMAGE_PIXELS'] / 1e6:.3g} megapixels.")


def upright(picture):
    """As the camera's orientation says. Metadata that make no sense leave the picture as it is."""
    try:
        ImageOps.exif_transpose(picture, in_place=True)
    except Exception as error:
        logger.info("a picture's orientation could not be read: %s: %s", type(error).__name__, error)
    return picture


def square(picture, side):
    """Cropped to the middle, and drawn on a plain ground: an initial stands behind each picture."""
    if picture.mode.startswith("I;16"):
        picture = picture.point(lambda value: value / 256).convert("L")
    has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    picture = ImageOps.fit(picture.convert("RGBA" if has_alpha else "RGB"), (side, side), Image.Resampling.LANCZOS)
    ground = Image.new("RGB", picture.size, BACKGROUND)
    ground.paste(picture, mask=picture if has_alpha else None)
    return ground


def encoded(picture, side):
    if picture.width != side:
        picture = picture.resize((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
