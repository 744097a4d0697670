"""Parameters in PostgreSQL's text form. What one means there says the cast in the statement."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg


def as_text(value: Any) -> bytes | None:
    """Of a number, a text, a moment, a UUID, None, or a list of such, of bytes and of booleans. Raises DataError for a
    text with a NUL."""
    kind = type(value)
    if kind is int:
        return b"%d" % value
    if value is None:
        return None
    if isinstance(value, list):
        # A message that comes alone is twenty lists of one.
        inside = element(value[0]) if len(value) == 1 else ",".join([element(one) for one in value])
        text = "{" + inside + "}"
    elif kind is str:
        text = value
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
    write = ELEMENTS.get(type(value))
    return write(value) if write else in_quotes(value) if isinstance(value, str) else str(value)


def in_quotes(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text + '"'


ELEMENTS: dict[type, Callable[[Any], str]] = {
    int: str,
    str: in_quotes,
    bytes: lambda value: '"\\\\x' + value.hex() + '"',
    type(None): lambda _: "NULL",
    UUID: lambda value: f"{value.int:032x}",  # str takes four times as long to put dashes in
}
