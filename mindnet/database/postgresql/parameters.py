"""Parameters in PostgreSQL's text form. What one means there says the cast in the statement."""

from datetime import datetime

import psycopg


def as_text(value: object) -> bytes | None:
    """Of a number, a text, a moment, a UUID, None, or a list of such, of bytes and of booleans. Raises DataError for a
    text with a NUL."""
    if type(value) is int:
        return b"%d" % value
    if value is None:
        return None
    if isinstance(value, list):
        text = "{" + ",".join([element(one) for one in value]) + "}"
    elif isinstance(value, datetime):
        text = value.isoformat()
    else:
        text = str(value)
    encoded = text.encode()
    if b"\0" in encoded:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return encoded


def element(value: object) -> str:
    """One element of an array."""
    if type(value) is int:
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return '"\\\\x' + value.hex() + '"'
    return str(value)
