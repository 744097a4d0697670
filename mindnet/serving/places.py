"""How many connections are open, in all and of one address, and how many requests of one address a proxy has under way
with us.

None costs who connects anything, and each of ours costs a file descriptor and memory. By address this machine's own
programs are left alone, and a trusted proxy's connections are everybody's: there the requests are counted that it hands
on. In all everybody counts, but some more are let in to ask how the server is: it must not be taken for dead.
"""

import collections
import resource
from collections.abc import Coroutine, Hashable
from typing import Any

from django.conf import settings

from mindnet.base.addresses import FORWARDED, counted, is_trusted_proxy, normalize, parsed
from mindnet.base.asgi import Application, Receive, Scope, Send
from mindnet.base.errors import DomainError
from mindnet.serving.refusals import send_refusal

# A browser's connections close this long after they were last used.
RETRY_SECONDS = 5
# Beyond CONNECTIONS, for those who look after the server, and what they may ask for.
SPARE_CONNECTIONS = 32
SPARE_PATHS = frozenset((b"/healthz", b"/readyz", b"/metrics"))
# Files that are open beside connections: the databases', those that are read, uploads, what works in other processes.
OTHER_FILES = 256


class Places:
    """What is under way, by whose it is. For one event loop's thread."""

    def __init__(self, limit: str, refusal: str) -> None:
        self.limit, self.refusal = limit, refusal
        self.taken: collections.Counter[Hashable] = collections.Counter()

    def take(self, whose: Hashable) -> None:
        """Raises `rate_limited` where all that `limit` allows are taken."""
        if self.taken[whose] >= settings.LIMITS[self.limit]:
            raise DomainError("rate_limited", self.refusal, retry_after=RETRY_SECONDS)
        self.taken[whose] += 1

    def give_back(self, whose: Hashable) -> None:
        self.taken[whose] -= 1
        if not self.taken[whose]:
            del self.taken[whose]


TOO_MANY = "Too many connections from your address are open."


class Connections(Places):
    """Those that are open, by address; what is not counted by address has "" for one."""

    def __init__(self) -> None:
        super().__init__("CONNECTIONS_PER_ADDRESS", TOO_MANY)
        self.open = 0
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.most = int(settings.LIMITS["CONNECTIONS"])
        if files != resource.RLIM_INFINITY:
            self.most = max(1, min(self.most, files - OTHER_FILES - SPARE_CONNECTIONS))

    def are_full(self) -> bool:
        """Whether who has come last is one too many."""
        return self.open > self.most

    def take(self, address: Hashable) -> None:
        """Raises `overloaded` where not even a spare one is free, and what `Places.take` raises."""
        if self.open >= self.most + SPARE_CONNECTIONS:
            raise full()
        if address:
            super().take(address)
        self.open += 1

    def give_back(self, address: Hashable) -> None:
        self.open -= 1
        if address:
            super().give_back(address)


connections = Connections()
requests = Places("CONNECTIONS_PER_ADDRESS", TOO_MANY)


def full() -> DomainError:
    return DomainError("overloaded", "Too many connections are open here.", retry_after=RETRY_SECONDS)


def take_connection(peer: tuple[str, int] | None) -> str:
    """The address that this connection counts under, to give it back; "" for one that none is counted by. Raises what
    `Connections.take` raises."""
    address = normalize(peer[0]) if peer else ""
    if address and (not settings.LIMITS_ENFORCED or parsed(address).is_loopback or is_trusted_proxy(address)):
        address = ""
    address = counted(address) if address else ""
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
