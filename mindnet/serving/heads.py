"""What stands on answers of REST: made once for all answers of a view.

A server that takes an answer in one message offers WHOLE in the scope's `extensions`. That message has the type WHOLE,
the status, the body, and in `head` the lines of the head as bytes, without those that the server itself puts on every
answer. Elsewhere (daphne) it goes out as ASGI has it, and the server looks through all headers each time.
"""

from collections.abc import Iterable
from typing import Any

from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.security import SecurityMiddleware

from mindnet.base.asgi import Scope, Send

Header = tuple[bytes, bytes]

WHOLE = "mindnet.answer"
# The attribute of an ASGI application that takes requests at once (`mindnet.serving.at_once`). The server looks for it,
# and is imported before there are any models.
TAKES = "takes_at_once"
# Those of Django's middleware that say something on every answer, from the inside out.
LAST_WORDS = (XFrameOptionsMiddleware, CommonMiddleware, CSPMiddleware, SecurityMiddleware)


class Head:
    """Headers, but for the length, which stands between `before` and `after`. An answer to who has signed in by a
    cookie varies with it."""

    def __init__(self, before: list[Header], after: list[Header]) -> None:
        with_cookie = [(name, value + b", Cookie" if name == b"Vary" else value) for name, value in before]
        self.before = {False: before, True: with_cookie}
        self.after = after
        self.encoded_before = {by_cookie: encoded(lines) for by_cookie, lines in self.before.items()}
        self.encoded_after = encoded(after)

    def lines(self, length: int, *, by_cookie: bool = False) -> list[Header]:
        return [*self.before[by_cookie], (b"Content-Length", b"%d" % length), *self.after]

    def encoded(self, length: int, *, by_cookie: bool = False) -> bytes:
        """The same as bytes."""
        return b"%bcontent-length: %d\r\n%b" % (self.encoded_before[by_cookie], length, self.encoded_after)


def encoded(lines: Iterable[Header]) -> bytes:
    """Headers as they go over the wire."""
    return b"".join([b"%b: %b\r\n" % (name.lower(), value) for name, value in lines])


def head_of_rest(view: type[Any], actions: dict[str, str]) -> Head:
    """What DRF says of a view on each answer, and Django's middleware of everything."""
    methods = {*actions, "options", *(["head"] if "get" in actions else [])}
    response = HttpResponse(content_type="application/json")
    response["Vary"] = "Accept"  # there are pages of the API too
    response["Allow"] = ", ".join(method.upper() for method in view.http_method_names if method in methods)
    lines = lines_of(response)
    place = [name for name, _ in lines].index(b"Content-Length")
    return Head(lines[:place], lines[place + 1 :])


def lines_of(response: HttpResponse) -> list[Header]:
    """Its headers, with what Django's middleware says on every answer."""
    for middleware in LAST_WORDS:
        middleware(lambda _: response).process_response(HttpRequest(), response)
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]


async def answer(scope: Scope, send: Send, status: int, head: Head, body: bytes, *, by_cookie: bool = False) -> None:
    if WHOLE in scope.get("extensions", ()):
        text = head.encoded(len(body), by_cookie=by_cookie)
        await send({"type": WHOLE, "status": status, "head": text, "body": body})
    else:
        await send_lines(send, status, head.lines(len(body), by_cookie=by_cookie), body)


async def send_lines(send: Send, status: int, lines: list[Header], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
