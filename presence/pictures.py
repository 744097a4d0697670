"""Pictures that people upload, made safe: drawn anew by `presence/drawing.py`, in a process of its own."""

from collections.abc import Sequence

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from mindnet.base.confined import Bounds, Exceeded, workshop
from mindnet.base.errors import DomainError, invalid

MEDIA_TYPE = "image/webp"
# All sizes together: a square of 256 px takes 200 KB at the very most.
DRAWN_BYTES = 1024 * 1024
TOO_MUCH = {
    "seconds": "This picture takes too long to unpack. Try a smaller one.",
    "memory": "This picture takes too much memory to unpack. Try a smaller one.",
}


def squares(file: "UploadedFile[bytes]", sides: Sequence[int], *, psychic_id: int) -> list[bytes]:
    """The middle of a picture, upright, as a square of each of these sides: a list of WebP files as bytes.

    Raises validation_error, unsupported_media_type and payload_too_large for what is no good picture, and what the
    workshop does where it is full or stops.
    """
    check_size(file)
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
        raise invalid("file", TOO_MUCH.get(exceeded.of, "This picture is damaged or incomplete.")) from None


def check_size(file: "UploadedFile[bytes]") -> None:
    """Raises payload_too_large above UPLOAD_BYTES, validation_error for an empty file."""
    most = settings.LIMITS["UPLOAD_BYTES"]
    if file.size > most:
        raise DomainError("payload_too_large", f"A picture takes at most {most / 1024 / 1024:.3g} MiB.")
    if not file.size:
        raise invalid("file", "This file is empty.")
