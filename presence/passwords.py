"""The same password, however it is typed: a keyboard sends é as one character or as two, and a blank of its own."""

import re
import unicodedata

# Every password is shorter by far, see presence.fields: nobody makes us sort the accents of a novel.
LONGEST = 1000
BLANKS = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def normalised(password: str) -> str:
    """A password as it is kept and compared: RFC 8265, OpaqueString."""
    if len(password) > LONGEST:
        return password
    return unicodedata.normalize("NFC", BLANKS.sub(" ", password))
