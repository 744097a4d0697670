"""How many connections of one address are open, and how many requests of one address a proxy has under way with us.

Neither costs who connects anything, and each of ours costs a file descriptor and memory. This machine's own programs
are left alone, and a trusted proxy's connections are everybody's: there the requests are counted that it hands on.
"""

import collections
from collections.abc import Coroutine
from typing import Any

from django.conf import settings

from mindnet.base.addresses import FORWARDED, counted, is_trusted_proxy, normalize, parsed
from mindnet.base.asgi import Application, Receive, Scope, Send
from mindnet.base.errors import DomainError
from mindnet.serving.refusals import send_refusal

# A browser's connections close this long after they were last used.
RETRY_SECONDS = 5


class Places:
    """What is under way, by address. For one event loop's thread."""

    def __init__(self) -> None:
        self.taken: collections.Counter[str] = collections.Counter()

    def take(self, address: str) -> None:
        """Raises `rate_limited` where CONNECTIONS_PER_ADDRESS are taken."""
        if self.taken[address] >= settings.LIMITS["CONNECTIONS_PER_ADDRESS"]:
            raise DomainError(
                "rate_limited", "Too many connections from your address are open.", retry_after=RETRY_SECONDS
            )
        self.taken[address] += 1

    def give_back(self, address: str) -> None:
        self.taken[address] -= 1
        if not self.taken[address]:
            del self.taken[address]


connections = Places()
requests = Places()


def take_connection(peer: tuple[str, int] | None) -> str | None:
    """The address that this connection counts under, to give it back; None where it is not counted. Raises what
    `Places.take` raises."""
    address = normalize(peer[0]) if peer else ""
    if not address or not settings.LIMITS_ENFORCED or parsed(address).is_loopback or is_trusted_proxy(address):
        return None
    address = counted(address)
    connections.take(address)
    return address


class ForwardedPlaces:
    """Around the HTTP application, within ProxyHeaders. What comes directly has taken its place by its connection."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        # The port is 0 where it is not the peer's own address: see `settled`.
        if not scope[FORWARDED] or not settings.LIMITS_ENFORCED or not scope["client"] or scope["client"][1]:
            return self.application(scope, receive, send)
        return self.counted(scope, receive, send)

    async def counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = counted(scope["client"][0])
        try:
            requests.take(address)
        except DomainError as refusal:
            return await send_refusal(send, refusal)
        try:
            await self.application(scope, receive, send)
        finally:
            requests.give_back(address)
