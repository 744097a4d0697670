"""Who may open a socket: the checks before the handshake is accepted."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from types import SimpleNamespace
from typing import cast

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils import timezone
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import knox_settings

from mindnet.base import rates
from mindnet.base.addresses import client_address, counted, is_own_machine
from mindnet.base.asgi import Scope, Send
from mindnet.base.errors import DomainError
from mindnet.base.origins import origin_allowed
from mindnet.realtime import events
from presence import accounts, bans
from presence.callers import Token, tokens
from presence.closing import Login
from presence.models import Psychic
from presence.signed_in import good_login

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore

# Who is let in, and what their connection remembers of their token or login session.
Admitted = tuple[Psychic, Login]


class Refused(Exception):
    """The handshake is answered with `error`. The reason, which may tell more, stands in the connection log only."""

    def __init__(self, reason: str, error: DomainError, psychic_id: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error
        self.psychic_id = psychic_id


def no_credential(reason: str, psychic_id: int | None = None) -> Refused:
    """One answer whatever is wrong with it: who has none learns nothing about others'."""
    error = DomainError("not_authenticated", "Sign in first: no credential came with this that counts.")
    return Refused(reason, error, psychic_id)


def not_allowed(reason: str, detail: str) -> Refused:
    return Refused(reason, DomainError("permission_denied", detail))


async def answer(scope: Scope, send: Send, error: DomainError) -> None:
    """Ends a handshake: 403, or the error's own status where it says when to come again, with the error as JSON.

    Before a server that can only say 403 (daphne) it is that, without a body.
    """
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    status = error.status if "retry_after" in error.extra else 403
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if status == error.status:
        headers |= error.headers
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "websocket.http.response.start", "status": status, "headers": lines})
    await send({"type": "websocket.http.response.body", "body": events.encoder.encode(error.as_json())})


def header(scope: Scope, name: bytes) -> list[str]:
    """All values of a header, as text."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def check_rates(scope: Scope, open_from_address: int) -> None:
    """Before anything costs a query. `open_from_address` are the sockets and handshakes beside this one. This machine's
    own programs are left alone, and a Unix socket has no address."""
    address = client_address(scope)
    if not settings.LIMITS_ENFORCED or not address or is_own_machine(scope):
        return
    wait = rates.take("HANDSHAKE_RATE", counted(address))
    if wait:
        raise Refused("too many handshakes from this address", rates.too_fast(wait))
    if open_from_address >= settings.LIMITS["SOCKETS_PER_ADDRESS"]:
        raise not_allowed("too many connections from this address", "Too many connections from your address are open.")


def check_host(scope: Scope) -> None:
    """Raises Refused unless there is one Host, and a name of ours."""
    hosts = header(scope, b"host")
    domain = split_domain_port(hosts[0])[0] if len(hosts) == 1 else ""
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        raise not_allowed("unknown host", "This host is not served here.")


def authenticate(scopes: list[Scope]) -> list[Admitted | Refused]:
    """For each handshake who is let in, or the Refused that it is turned away with. Synchronous: the commit of a
    Batcher, so that a crowd coming back costs few queries.

    A token in the Authorization header needs no Origin; a session cookie is believed only from our own pages.
    """
    digests = [token_digest(scope) for scope in scopes]
    known = tokens({digest for digest in digests if digest is not None})
    renew(known.values())
    found = [known.get(digest) if digest is not None else None for digest in digests]
    return [admitted(scope, token) for scope, token in zip(scopes, found, strict=True)]


def renew(tokens: Iterable[Token]) -> None:
    """A token in use lives on, as knox has it for requests, up to its greatest age."""
    now = timezone.now()
    spare = timedelta(seconds=knox_settings.MIN_REFRESH_INTERVAL)
    due: dict[datetime, list[str]] = {}
    for token in tokens:
        expiry = min(now + knox_settings.TOKEN_TTL, token.created + accounts.login_lasts())
        if token.expiry and now < token.expiry < expiry - spare:
            due.setdefault(expiry, []).append(token.digest)
    for expiry, digests in due.items():
        AuthToken.objects.filter(digest__in=digests).update(expiry=expiry)


def admitted(scope: Scope, token: Token | None) -> Admitted | Refused:
    try:
        psychic, credential = by_token(token) if header(scope, b"authorization") else by_session(scope)
        check_account(psychic)
    except Refused as refused:
        return refused
    return psychic, credential


def check_account(psychic: Psychic) -> None:
    """Raises Refused for a closed or banned account."""
    if not psychic.is_active:
        raise no_credential("account closed", psychic.pk)
    try:
        bans.check(psychic)
    except DomainError as ban:
        raise Refused("banned", ban, psychic.pk) from None


def token_digest(scope: Scope) -> str | None:
    """What knox stores of the token in the Authorization header; None without a well-formed one."""
    authorization = header(scope, b"authorization")
    if len(authorization) != 1:
        return None
    kind, _, token = authorization[0].partition(" ")
    if kind.lower() != "token" or not token.isascii():
        return None
    digest: str = hash_token(token.strip())
    return digest


def by_token(token: Token | None) -> Admitted:
    """Raises Refused for a token that does not count any more."""
    if token is None or accounts.is_over(token.created, token.expiry):
        raise no_credential("dead or unknown token")
    return token.psychic, Login(token_digest=token.digest)


def by_session(scope: Scope) -> Admitted:
    """Raises Refused without a living login session's cookie, or where the page is not one of ours."""
    cookies = SimpleCookie()
    try:
        for line in header(scope, b"cookie"):
            cookies.load(line)
    except CookieError:
        raise no_credential("malformed cookie") from None
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    if morsel is None:
        raise no_credential("no credential")
    hosts = header(scope, b"host")
    if not origin_allowed(header(scope, b"origin"), hosts[0] if hosts else "", scope.get("scheme", "ws")):
        raise not_allowed("foreign or missing origin", "A cookie counts only from pages of this server.")
    session = SessionStore(session_key=morsel.value)
    # Django's own, for whatever is no good login as it stands, looks at nothing but the session.
    psychic = good_login(session) or get_user(cast(HttpRequest, SimpleNamespace(session=session)))
    if not psychic.is_authenticated:
        raise no_credential("dead login session")
    if accounts.is_unsettled(psychic):
        # Its login session knows today's password, whatever else may stand on another one.
        accounts.settle(psychic)
    return psychic, Login(session_key=session.session_key)
