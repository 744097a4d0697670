"""Who may bring a large body, and where: asked before any of it is kept."""

import contextlib
from collections.abc import AsyncIterator
from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.urls import Resolver404, resolve
from rest_framework.parsers import MultiPartParser

from mindnet.base.asgi import Scope
from mindnet.base.errors import DomainError
from mindnet.database import threads
from mindnet.serving import places
from mindnet.socket import handshake
from presence import accounts, callers

# Pages whose form brings files. At the other door it is who parses them.
PAGES = frozenset({"upload_picture", "post_message"})

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


def takes_files(path: str) -> bool:
    """Whether files are uploaded to this address."""
    try:
        found = resolve(path)
    except Resolver404:
        return False
    view = getattr(found.func, "cls", None)
    return found.url_name in PAGES or MultiPartParser in getattr(view, "parser_classes", ())


# Each is held in memory or in a file from its first byte to its last, and arrives as slowly as its sender likes.
arriving = places.Places("UPLOADS_AT_ONCE", "Your other files are still on their way.")


@contextlib.asynccontextmanager
async def arrival(scope: Scope) -> AsyncIterator[None]:
    """Around all of a request with a large body. Raises `not_authenticated` unless a token or a login session that
    there is comes with it, and `rate_limited` where UPLOADS_AT_ONCE of its psychic are under way.

    What else may be wrong with either, and where its cookie comes from, is asked once the request is here.
    """
    whose = await threads.run(psychic_of, scope)
    arriving.take(whose)
    try:
        yield
    finally:
        arriving.give_back(whose)


def psychic_of(scope: Scope) -> int:
    """The id of who asks. Synchronous."""
    found = by_token(scope) if handshake.header(scope, b"authorization") else by_session(scope)
    if found is None:
        raise DomainError("not_authenticated", "Sign in first: files are for who has an account.")
    return found


def by_token(scope: Scope) -> int | None:
    digest = handshake.token_digest(scope)
    found = callers.tokens({digest}) if digest else {}
    live = (token.psychic.pk for token in found.values() if not accounts.is_over(token.created, token.expiry))
    return next(live, None)


def by_session(scope: Scope) -> int | None:
    cookies = SimpleCookie()
    try:
        for line in handshake.header(scope, b"cookie"):
            cookies.load(line)
    except CookieError:
        return None
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    found = SessionStore(session_key=morsel.value).get(SESSION_KEY) if morsel is not None else None
    return None if found is None else int(found)
