"""Pictures that people upload, made safe: drawn anew by `presence/drawing.py`, in a process of its own."""

from collections.abc import Sequence

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from mindnet.base.confined import Bounds, Exceeded, workshop
from mindnet.base.received import refusal_of, size_of

MEDIA_TYPE = "image/webp"
# All sizes together: a square of 256 px takes 200 KB at the very most.
DRAWN_BYTES = 1024 * 1024


def squares(file: "UploadedFile[bytes]", sides: Sequence[int], *, psychic_id: int) -> list[bytes]:
    """The middle of a picture, upright, as a square of each of these sides: a list of WebP files as bytes.

    Raises validation_error, unsupported_media_type and payload_too_large for what is no good picture, and what the
    workshop does where it is full or stops.
    """
    size_of(file)
    limits = settings.LIMITS
    arguments = {
        "sides": sides,
        "most_pixels": int(limits["IMAGE_PIXELS"]),
        "most_scans": int(limits["IMAGE_SCANS"]),
    }
    bounds = Bounds(int(limits["IMAGE_SECONDS"]), int(limits["IMAGE_MEMORY_BYTES"]), DRAWN_BYTES)
    try:
        return workshop.run("presence.drawing:squares", file, arguments, bounds, whose=psychic_id)
    except Exceeded as exceeded:
        raise refusal_of(exceeded) from None
