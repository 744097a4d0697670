"""Who may bring a large body, and where: asked before any of it is kept."""

from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.urls import Resolver404, resolve
from rest_framework.parsers import MultiPartParser

from mindnet.base.asgi import Scope
from mindnet.base.errors import DomainError
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


def check(scope: Scope) -> None:
    """Raises `not_authenticated` unless a token or a login session that there is comes with the request. Synchronous.

    What else may be wrong with either, and where its cookie comes from, is asked once the request is here.
    """
    if not (has_token(scope) if handshake.header(scope, b"authorization") else has_session(scope)):
        raise DomainError("not_authenticated", "Sign in first: files are for who has an account.")


def has_token(scope: Scope) -> bool:
    digest = handshake.token_digest(scope)
    found = callers.tokens({digest}) if digest else {}
    return any(not accounts.is_over(token.created, token.expiry) for token in found.values())


def has_session(scope: Scope) -> bool:
    cookies = SimpleCookie()
    try:
        for line in handshake.header(scope, b"cookie"):
            cookies.load(line)
    except CookieError:
        return False
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel is not None and SESSION_KEY in SessionStore(session_key=morsel.value)
