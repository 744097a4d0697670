"""Who may open a socket: the checks before the handshake is accepted."""

from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from types import SimpleNamespace

from django.conf import settings
from django.contrib.auth import get_user
from django.http.request import split_domain_port, validate_host
from django.utils import timezone
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from mindnet.addresses import is_loopback
from mindnet.origins import origin_allowed
from mindnet.realtime import rates
from presence.closing import session_credential, token_credential

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


class Refused(Exception):
    """The handshake is answered with 403; the reason stands in the connection log only."""

    def __init__(self, reason, psychic_id=None):
        super().__init__(reason)
        self.reason = reason
        self.psychic_id = psychic_id


def header(scope, name):
    """All values of a header, as text."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def check_rates(address, open_from_address):
    """Before anything costs a query. Loopback peers are left alone: they are this machine's own proxies and tests."""
    if not settings.LIMITS_ENFORCED or not address or is_loopback(address):
        return
    if rates.take("HANDSHAKE_RATE", address):
        raise Refused("too many handshakes from this address")
    if open_from_address >= settings.LIMITS["SOCKETS_PER_ADDRESS"]:
        raise Refused("too many connections from this address")


def check_host(scope):
    hosts = header(scope, b"host")
    domain = split_domain_port(hosts[0])[0] if len(hosts) == 1 else ""
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        raise Refused("unknown host")


def authenticate(scope):
    """(psychic, credential) of a handshake. Synchronous: reads the database. Raises Refused.

    A token in the Authorization header needs no Origin; a session cookie is believed only from our own pages.
    """
    authorization = header(scope, b"authorization")
    psychic, credential = by_token(authorization) if authorization else by_session(scope)
    if not psychic.is_active:
        raise Refused("account closed", psychic.pk)
    if psychic.banned_until and psychic.banned_until > timezone.now():
        raise Refused("banned", psychic.pk)
    return psychic, credential


def by_token(authorization):
    kind, _, token = authorization[0].partition(" ")
    if len(authorization) != 1 or kind.lower() != "token" or not token.isascii():
        raise Refused("malformed credential")
    try:
        psychic, row = TokenAuthentication().authenticate_credentials(token.strip().encode())
    except AuthenticationFailed:
        raise Refused("dead or unknown token") from None
    return psychic, token_credential(row.digest)


def by_session(scope):
    cookies = SimpleCookie()
    try:
        for line in header(scope, b"cookie"):
            cookies.load(line)
    except CookieError:
        raise Refused("malformed cookie") from None
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    if morsel is None:
        raise Refused("no credential")
    hosts = header(scope, b"host")
    if not origin_allowed(header(scope, b"origin"), hosts[0] if hosts else "", scope.get("scheme", "ws")):
        raise Refused("foreign or missing origin")
    session = SessionStore(session_key=morsel.value)
    psychic = get_user(SimpleNamespace(session=session))
    if not psychic.is_authenticated:
        raise Refused("dead login session")
    return psychic, session_credential(session.session_key)
