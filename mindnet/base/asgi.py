"""The types of ASGI, no stricter than the servers and Channels are: https://asgi.readthedocs.io/en/latest/specs/."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
# A coroutine and no other awaitable: mindnet.realtime.connection steps it by hand.
Send = Callable[[Message], Coroutine[Any, Any, None]]
# Called, not awaited: who only hands on gives the next one's coroutine.
Application = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]
