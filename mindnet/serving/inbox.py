"""What a socket of `mindnet.serving.sockets` waits on. asyncio's own queues and events have deques of 600 bytes each,
five for a socket, and most sockets are idle."""

import asyncio

from mindnet.base.asgi import Message


class Inbox:
    """What has come for the application, which alone takes from it. Bounded by who puts in: READ_AHEAD_FRAMES."""

    __slots__ = ("loop", "messages", "waiter")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.messages: list[Message] = []
        self.waiter: asyncio.Future[None] | None = None

    def put_nowait(self, message: Message) -> None:
        self.messages.append(message)
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def empty(self) -> bool:
        return not self.messages

    def wait(self) -> asyncio.Future[None]:
        """A future that is done when there is a message."""
        self.waiter = self.loop.create_future()
        return self.waiter

    def get_nowait(self) -> Message:
        self.waiter = None
        return self.messages.pop(0)


class Writable:
    """An asyncio.Event that is set, one for all sockets whose client reads."""

    def is_set(self) -> bool:
        return True

    def set(self) -> None:
        pass

    async def wait(self) -> bool:
        return True


WRITABLE = Writable()
