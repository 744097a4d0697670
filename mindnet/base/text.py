"""What a text may hold, whoever sends it and wherever it goes."""

import re
import unicodedata

from idna import valid_contextj

from mindnet.base.emojis import without_emoji
from mindnet.base.errors import invalid

# Text. C0 controls but tab and newline are refused, and so is what is no character: lone surrogates.
FORBIDDEN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")

# What shows nothing by itself: Unicode's Default_Ignorable_Code_Point, and annotations.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Braille without a dot, and a note without a head: symbols that are drawn as nothing.
BLANK = "\u2800\U0001d159"
UNSEEN = re.compile(rf"[\s\x00-\x1f\x7f-\x9f{INVISIBLE}{BLANK}]*")

# In names also: line breaks, bidirectional controls and invisibles, which could make one name look like another.
FORBIDDEN_NAME = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{INVISIBLE}\ud800-\udfff]")

# Variation selectors behind a letter that has variants: Mongolian ones, with the vowel separator before a final vowel,
# and Han characters.
VARIANTS = re.compile(
    "(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]|(?<=[\u1820-\u18aa\u180b-\u180d\u180f])\u180e(?=[\u1820\u1821])"
    "|(?<=[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003347f])[\ufe00-\ufe02\U000e0100-\U000e01ef]"
)

JOINERS = ZWNJ, ZWJ = "\u200c\u200d"
BEH = "\u0628"  # joins to both sides
VIRAMA_CLASS = 9


def clean_text(text: str) -> str:
    """`text` as it is stored: CRLF becomes LF. Raises ValueError for a control character or a lone surrogate."""
    text = text.replace("\r\n", "\n")
    if FORBIDDEN_TEXT.search(text):
        raise ValueError("Control characters other than tab and newline are not allowed.")
    return text


def can_be_seen(text: str) -> bool:
    """Whether there is anything in it but blanks and invisible characters."""
    return UNSEEN.fullmatch(text) is None


def check_name(name: str, *, field: str) -> None:
    """Raises validation_error for line breaks, control characters and invisible ones, and for a name that is nothing
    else but blank. Joiners and variation selectors may stand where the script or an emoji wants them."""
    if FORBIDDEN_NAME.search(name) and FORBIDDEN_NAME.search(without_what_is_wanted(name)):
        raise invalid(field, "Line breaks, control characters and invisible characters are not allowed here.")
    if name and not can_be_seen(name):
        raise invalid(field, "There is nothing to see in this: give at least one visible character.")


def without_what_is_wanted(name: str) -> str:
    """`name` without the invisible characters that stand where they belong."""
    rest = VARIANTS.sub("", without_emoji(name, mark="."))
    return "".join(
        character
        for at, character in enumerate(rest)
        if not (character in JOINERS and is_wanted(character, rest[:at], rest[at + 1 :]))
    )


def is_wanted(joiner: str, before: str, behind: str) -> bool:
    """Whether a joiner between these changes how they are drawn: in an Indic conjunct, or where cursive letters would
    join without it (ZWNJ) or would not (ZWJ). The contexts of UAX #31, and those in which the core specification of
    Unicode wants a joiner besides: ZWJ before a virama (Bengali), and at the end of a cursive word (Persian)."""
    if is_virama(before[-1:]):
        return joiner == ZWJ or behind[:1].isalpha()
    if joiner == ZWJ and is_virama(behind[:1]):
        return before[-1:].isalpha()
    joins_on, joins_back = is_breaking(before, BEH), is_breaking(BEH, behind)
    return joins_on and joins_back if joiner == ZWNJ else joins_on != joins_back


def is_virama(character: str) -> bool:
    return bool(character) and unicodedata.combining(character) == VIRAMA_CLASS


def is_breaking(before: str, behind: str) -> bool:
    """Whether ZWNJ between these keeps two cursive letters from joining."""
    try:
        return bool(valid_contextj(before + ZWNJ + behind, len(before)))
    except ValueError:  # beside a character that Python has not heard of
        return False
