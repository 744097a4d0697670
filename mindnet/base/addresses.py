"""Whose address a request comes from, and over which scheme.

Forwarding headers are claims. They are believed only from `settings.TRUSTED_PROXIES`, and X-Forwarded-For is read from
the right: each trusted proxy appended the address it saw, everything to the left of that was written by the client.

Believed or not, they say that somebody else's request came through whoever connects: so what this machine may do by
itself is for requests without them (`came_directly`).
"""

import functools
import ipaddress
import logging
import re
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any

from django.conf import settings

from mindnet.base.asgi import Application, Receive, Scope, Send

logger = logging.getLogger(__name__)

# Headers that only a proxy may set. They are taken out of every request once they have been judged.
FORWARDING_HEADERS = frozenset(
    (
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-prefix",
        b"x-real-ip",
        b"forwarded",
        b"daphne-root-path",
    )
)
# The same as Django's META names them.
FORWARDING_META = frozenset("HTTP_" + name.decode().upper().replace("-", "_") for name in FORWARDING_HEADERS)
# What is left of them in a scope once they have been taken out: whether there were any.
FORWARDED = "mindnet.forwarded"
# Some proxies write the client's port behind its address: 203.0.113.9:4711, [2001:db8::1]:4711.
WITH_PORT = re.compile(r"(?P<address>\[[^\]]*\]|[0-9.]+):[0-9]{1,5}\Z", re.ASCII)
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
# A longer chain than this is no chain of proxies.
MAX_HOPS = 50
COUNTED_PREFIX = 64


def client_address(scope_or_meta: Mapping[str, Any]) -> str:
    """The address of the peer, or of the client behind trusted proxies. Takes `request.META` or an ASGI scope.

    An empty string when there is none (a Unix socket).
    """
    peer, forwarded = read(scope_or_meta)
    if not is_trusted_proxy(peer):
        return peer
    address = peer
    for hop in reversed(forwarded.split(",")[-MAX_HOPS:]):
        address = normalize(without_port(hop))
        if not address:
            return peer
        if not is_trusted_proxy(address):
            return address
    return address


def counted_address(scope_or_meta: Mapping[str, Any]) -> str:
    """`client_address` as limits count it: see `counted`."""
    return counted(client_address(scope_or_meta))


def counted(address: str) -> str:
    """What stands for an address wherever something is counted by address: of IPv6 the first address of its /64, since
    that is the least that anybody is given, to take addresses from as they please; otherwise the address itself.
    """
    if not address or parsed(address).is_loopback or parsed(address).version == 4:
        return address
    return str(ipaddress.ip_network((address, COUNTED_PREFIX), strict=False).network_address)


def read(scope_or_meta: Mapping[str, Any]) -> tuple[str, str]:
    """The peer's address and the X-Forwarded-For text out of either kind of request."""
    if "REMOTE_ADDR" in scope_or_meta or "type" not in scope_or_meta:
        return normalize(scope_or_meta.get("REMOTE_ADDR") or ""), scope_or_meta.get("HTTP_X_FORWARDED_FOR", "")
    client = scope_or_meta.get("client") or ("",)
    lines = [value.decode("latin-1") for name, value in scope_or_meta["headers"] if name.lower() == b"x-forwarded-for"]
    return normalize(client[0] or ""), ",".join(lines)


def without_port(hop: str) -> str:
    with_port = WITH_PORT.match(hop.strip())
    return with_port["address"] if with_port else hop


def came_directly(scope_or_meta: Mapping[str, Any]) -> bool:
    """Whether the request is the peer's own: nothing in it says that the peer handed it on for somebody."""
    if FORWARDED in scope_or_meta:
        return not scope_or_meta[FORWARDED]
    if "type" not in scope_or_meta:
        return FORWARDING_META.isdisjoint(scope_or_meta)
    return all(name.lower() not in FORWARDING_HEADERS for name, _ in scope_or_meta["headers"])


# A connection's address is looked at several times. What is no address raises and is not kept.
parsed = functools.lru_cache(1024)(ipaddress.ip_address)


def normalize(text: str) -> str:
    """An address in its shortest form, IPv4 where it is IPv4 inside IPv6; an empty string for anything else."""
    try:
        address = parsed(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


# Of connections. Not of what headers claim, which may be long and new each time.
peer_address = functools.lru_cache(1024)(normalize)


def in_networks(address: str, networks: Iterable[IPNetwork]) -> bool:
    """Whether an address, in text, lies in one of these; one that is empty (a Unix socket) in none."""
    if not address:
        return False
    found = parsed(address)
    return any(found in network for network in networks)


def is_trusted_proxy(address: str) -> bool:
    return in_networks(address, settings.TRUSTED_PROXIES)


def is_own_machine(scope_or_meta: Mapping[str, Any]) -> bool:
    """Whether a program on this machine asks for itself, and not a proxy on it for anybody."""
    address = client_address(scope_or_meta)
    return bool(address) and parsed(address).is_loopback and came_directly(scope_or_meta)


class ProxyHeaders:
    """The outermost ASGI layer: settles address and scheme once, for everything behind it.

    Whatever reads `REMOTE_ADDR`, `scope["client"]` or the scheme afterwards sees the judged value, and no forwarding
    header of anybody reaches the application. It gives the application's coroutine instead of waiting for it: a frame
    less for each open socket.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        if scope["type"] in ("http", "websocket"):
            scope = settled(scope)
        return self.application(scope, receive, send)


def settled(scope: Scope) -> Scope:
    """The scope with the client's address and scheme in place of the proxy's, and without forwarding headers."""
    peer = peer_address((scope.get("client") or ("",))[0] or "")
    headers = [item for item in scope["headers"] if item[0].lower() not in FORWARDING_HEADERS]
    # daphne takes a root path from a header of anybody's.
    changed: Scope = {"headers": headers, "root_path": "", FORWARDED: len(headers) < len(scope["headers"])}
    if changed[FORWARDED]:
        say_what_is_amiss(peer, scope)
        if is_trusted_proxy(peer):
            address = client_address(scope)
            if address != peer:
                changed["client"] = [address, 0]
            if forwarded_scheme(scope) == "https":
                changed["scheme"] = {"http": "https", "websocket": "wss"}[scope["type"]]
    return scope | changed


def forwarded_scheme(scope: Scope) -> str:
    """What the nearest proxy says about the scheme: the last word of X-Forwarded-Proto."""
    lines = [value for name, value in scope["headers"] if name.lower() == b"x-forwarded-proto"]
    return lines[-1].decode("latin-1").rpartition(",")[2].strip().lower() if lines else ""


def say_what_is_amiss(peer: str, scope: Scope) -> None:
    """A proxy whose word goes unheard makes one address of everybody: whoever runs this server should know."""
    if is_trusted_proxy(peer):
        chain = read(scope)[1]
        if chain and client_address(scope) == peer:
            say_once("the proxy at %s names no client's address in X-Forwarded-For: %r", peer, chain[:100])
    elif peer and parsed(peer).is_private:
        # From elsewhere anybody may send such headers; on this machine and in our own network it is a proxy.
        say_once(
            "%s brings forwarding headers and is not among TRUSTED_PROXIES: all who come through it count as one "
            "address. If it is your proxy, name it there",
            peer,
        )


# Sentences that the log has: each request that comes through the proxy would say the same.
said: set[str] = set()


def say_once(sentence: str, *values: str) -> None:
    if sentence not in said:
        said.add(sentence)
        logger.warning(sentence, *values)
