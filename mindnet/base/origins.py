"""Which pages may open a socket with a cookie: those whose scheme, host and port are exactly ours or trusted."""

import re
from typing import NamedTuple

from django.conf import settings

DEFAULT_PORTS = {"http": 80, "https": 443}
# Browsers open wss: from an https: page and ws: from an http: one.
PAGE_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
# scheme://host[:port] and nothing else: no userinfo, path, query, space or control character, no second header.
ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?\Z", re.ASCII
)


class Origin(NamedTuple):
    """What makes two pages of one origin, the port always written out."""

    scheme: str
    host: str
    port: int


def origin_allowed(
    origin: str | bytes | list[str] | tuple[str, ...] | None, host: str | bytes | None, scheme: str
) -> bool:
    """Whether a page of `origin` may use a cookie on this server.

    `origin` is the Origin header (or a list of them: two headers are refused), `host` the Host header, `scheme` that
    of the request (http, https, ws or wss). A missing one, `null` and anything that is no web origin is refused.
    """
    if isinstance(origin, (list, tuple)):
        origin = origin[0] if len(origin) == 1 else None
    caller = parse(origin)
    if caller is None:
        return False
    own = parse(f"{PAGE_SCHEMES.get(str(scheme).lower())}://{as_text(host)}")
    return caller == own or caller in {parse(trusted.rstrip("/")) for trusted in settings.TRUSTED_ORIGINS}


def parse(origin: str | bytes | None) -> Origin | None:
    """None for what is no web origin."""
    match = ORIGIN.match(as_text(origin).lower())
    if not match:
        return None
    port = int(match["port"]) if match["port"] else DEFAULT_PORTS[match["scheme"]]
    return Origin(match["scheme"], match["host"], port) if 0 < port < 65536 else None


def as_text(value: str | bytes | None) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value or ""
