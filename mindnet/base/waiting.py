"""Whether anybody still waits for the answer that is being made.

A thread cannot be interrupted, so the request behind an answer that was given up goes on. What is about to begin long
work for it asks here first.
"""

from contextvars import ContextVar


class Client:
    """Who waits for one answer. Handed along with the context, into the threads that work on it."""

    __slots__ = ("is_gone",)

    def __init__(self) -> None:
        self.is_gone = False


client: ContextVar[Client | None] = ContextVar("client", default=None)


def begin() -> Client:
    """Of a request, for all that is called from here on."""
    waits = Client()
    client.set(waits)
    return waits


def nobody_waits() -> bool:
    waits = client.get()
    return waits is not None and waits.is_gone
