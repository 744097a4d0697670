"""Frames of a client, decoded and validated by msgspec: what they are, and what is said of those that are none."""

import json
from typing import Annotated, Any, NoReturn

import msgspec
from msgspec import Meta, Struct

from mindnet.base.text import FORBIDDEN_TEXT

REF_LENGTH = 64
DETAIL_LENGTH = 200  # of a refusal's sentence


class Frame(Struct, forbid_unknown_fields=True):
    """What a client sends."""

    type: str
    ref: Annotated[str, Meta(min_length=1, max_length=REF_LENGTH)]
    payload: msgspec.Raw = msgspec.Raw(b"{}")


frame_decoder = msgspec.json.Decoder(Frame)


class BadFrame(ValueError):
    """A malformed frame: its reply has a null ref, and ten within a minute close the socket."""


def shortened(error: Exception) -> str:
    """The decoder's sentence without the length of what was sent: it may quote a field's name."""
    sentence = str(error)
    return sentence if len(sentence) <= DETAIL_LENGTH else sentence[:DETAIL_LENGTH] + "…"


class BadPayload(ValueError):
    """A well-formed frame whose payload cannot be decoded, for instance a lone surrogate in a text."""

    def __init__(self, ref: str, sentence: str) -> None:
        super().__init__(sentence)
        self.ref = ref


def decode_frame(text: str) -> Frame:
    """A `Frame` out of one text frame. Raises BadFrame or BadPayload with a sentence for the client."""
    try:
        return frame_decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        ref = rescued_ref(text)
        if ref is not None:
            raise BadPayload(ref, shortened(error)) from None
        raise BadFrame(f"This frame is not a command: {shortened(error)}") from None


def rescued_ref(text: str) -> str | None:
    """The ref of a frame that is JSON and well-formed but for its payload's text; None for any other."""
    try:
        frame = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(frame, dict) or not frame.keys() <= {"type", "ref", "payload"}:
        return None
    type, ref = frame.get("type"), frame.get("ref")
    if not isinstance(type, str) or not isinstance(ref, str) or not 1 <= len(ref) <= REF_LENGTH:
        return None
    return None if FORBIDDEN_TEXT.search(type + ref) else ref


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def decode_payload(decoder: msgspec.json.Decoder[Any], raw: msgspec.Raw) -> Any:
    """The payload struct out of a frame. Raises ValueError with a sentence for the client."""
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ValueError(shortened(error)) from None
