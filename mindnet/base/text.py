"""What a text may hold, whoever sends it and wherever it goes."""

import re

# Text. C0 controls but tab and newline are refused, and so is what is no character: lone surrogates.
FORBIDDEN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")


# In names also: line breaks, bidirectional controls and invisibles, which could make one name look like another.
FORBIDDEN_NAME = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff]"
)


def clean_text(text: str) -> str:
    """`text` as it is stored: CRLF becomes LF. Raises ValueError for a control character or a lone surrogate."""
    text = text.replace("\r\n", "\n")
    if FORBIDDEN_TEXT.search(text):
        raise ValueError("Control characters other than tab and newline are not allowed.")
    return text
