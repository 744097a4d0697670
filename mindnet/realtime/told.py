"""What is told of in several places, put into JSON once: in the data of a page, and as what a part of it is kept under
(`mindnet.templatetags.drawn`)."""

import hashlib
from typing import Generic, TypeVar

from mindnet.realtime.events import encoder

Given = TypeVar("Given")


class Told(Generic[Given]):
    """A value of what goes over the wire, which nobody changes any more."""

    __slots__ = ("digest", "encoded", "value")

    def __init__(self, value: Given) -> None:
        self.value = value
        self.encoded = encoder.encode(value)
        self.digest = hashlib.sha256(self.encoded).digest()
