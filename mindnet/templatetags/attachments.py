"""What is said about files: of which kind one is, how large, how long, how large a picture is drawn.

The scripts say the same (js/client/attachments.js); a test compares them. Filters take an AttachmentOut, or anything
that has its fields.
"""

from django import template

register = template.Library()

# What is drawn anew before it is kept. Any other picture is a file to download.
PICTURES = {"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"}
KIND_WORDS = {"image": "Image", "audio": "Audio", "video": "Video", "file": "File"}
UNITS = ["KB", "MB", "GB", "TB"]
# The box in px that a picture of a message fits into, and what a thumb needs to hit it.
BOX_WIDTH, BOX_HEIGHT, LEAST = 400, 320, 44


@register.filter
def kind_of(file):
    """image, audio, video or file: how it is shown."""
    if file.media_type in PICTURES and file.width and file.height:
        return "image"
    family = file.media_type.partition("/")[0]
    return family if family in ("audio", "video") else "file"


@register.filter
def pictures(files):
    return [file for file in files if kind_of(file) == "image"]


@register.filter
def other_files(files):
    return [file for file in files if kind_of(file) != "image"]


@register.filter
def size_words(size):
    """ "812 bytes", "3.4 MB". A KB has 1,024 bytes, as in the limits of the house."""
    if size < 1024:
        return "1 byte" if size == 1 else f"{size} bytes"
    unit, index = 1024, 0
    while size >= unit * 1024 and index < len(UNITS) - 1:
        unit, index = unit * 1024, index + 1
    tenths = (size * 20 + unit) // (unit * 2)
    number = f"{tenths // 10}.{tenths % 10}" if tenths < 100 and tenths % 10 else (tenths + 5) // 10
    return f"{number} {UNITS[index]}"


@register.filter
def duration_words(seconds):
    """ "0:42", "12:05", "1:02:03"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def measure_words(file):
    """Length and size of a file, as far as they are known."""
    return (
        size_words(file.size) if file.seconds is None else f"{duration_words(file.seconds)} · {size_words(file.size)}"
    )


@register.filter
def fitted(file):
    """(width, height) in px at which a picture or film is drawn; as the films of today are where that is not known."""
    width, height = file.width, file.height
    if not width or not height:
        return BOX_WIDTH, BOX_WIDTH * 9 // 16
    if width * BOX_HEIGHT > height * BOX_WIDTH:
        wide = min(width, BOX_WIDTH)
        return max(LEAST, wide), max(LEAST, (height * wide * 2 + width) // (width * 2))
    high = min(height, BOX_HEIGHT)
    return max(LEAST, (width * high * 2 + height) // (height * 2)), max(LEAST, high)


def files_in_words(files):
    """What stands for a message without words where it is quoted: "Image: aura.webp and 2 more"."""
    first, *more = files
    words = f"{KIND_WORDS[kind_of(first)]}: {first.name}"
    return f"{words} and {len(more)} more" if more else words
