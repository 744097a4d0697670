"""Which requests have a short way (`mindnet.rest.short`).

Plain is what can mean one thing alone. Where a header comes twice, or says what few say, it is for Django to make out.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, QueryDict, parse_cookie
from django.http.request import split_domain_port, validate_host
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.authentication import CSRFCheck
from rest_framework.permissions import IsAuthenticated

from mindnet.base.asgi import Scope
from mindnet.rest.input import JSON_LIMIT_BYTES
from mindnet.rest.short import Asked, Change, Post, Read
from mindnet.serving.heads import Head, Header, head_of_rest
from presence.callers import Credential

Headers = dict[bytes, bytes]
# A method, and the words of a path with NUMBER for each that is one.
Key = tuple[str | type[int], ...]
NUMBER = int
# Of a path; the rest stays in one, which is the name of nothing.
MOST_WORDS = 8
# Characters of a path that is remembered.
KEPT_PATH = 100
# Of a number in it; more may be beyond what the database has.
MOST_DIGITS = 18
TOKEN_BYTES = 128
DECISIVE = frozenset((
    b"host", b"accept", b"authorization", b"cookie", b"content-type", b"content-length", b"transfer-encoding",
    b"origin", b"referer", b"x-csrftoken",
))  # fmt: skip
JSON_TYPES = frozenset((b"application/json", b"application/json; charset=utf-8"))


class Operation(NamedTuple):
    """An action on the short way. `names`: of the numbers in its path. `head`: what is on each of its answers."""

    view: type[Any]
    initkwargs: dict[str, Any]
    actions: dict[str, str]
    action: str
    names: tuple[str, ...]
    way: Read | Change | Post
    head: Head


class Plain(NamedTuple):
    """A request that the short way takes."""

    operation: Operation
    path: dict[str, int]
    asked: Asked
    credential: Credential


def plain(operation: Operation, numbers: Sequence[str], headers: Headers, scope: Scope) -> Plain | None:
    """A request for this operation, from a host of ours; None where it goes the long way."""
    credential = credential_in(headers)
    if credential is None or not wants_json(headers.get(b"accept")) or not has_plain_body(operation, headers):
        return None
    if not (credential.token or isinstance(operation.way, Read) or passes_csrf(headers, scope)):
        return None
    query = plain_query(scope["query_string"], operation.way.names)
    if query is None:
        return None
    origin = f"{scope['scheme']}://{headers[b'host'].decode()}"
    asked = Asked(scope["method"], scope["path"], origin, query)
    return Plain(operation, dict(zip(operation.names, map(int, numbers), strict=True)), asked, credential)


# What is plain


def key_of(method: str, path: str) -> tuple[Key, tuple[str, ...]]:
    """What an operation is looked up by, and the numbers in its path."""
    return (kept_key if len(path) <= KEPT_PATH else made_key)(method, path)


def made_key(method: str, path: str) -> tuple[Key, tuple[str, ...]]:
    words = path.split("/", MOST_WORDS)
    numbers = tuple([word for word in words if is_number(word)])
    return (method, *([NUMBER if is_number(word) else word for word in words] if numbers else words)), numbers


kept_key = lru_cache(4096)(made_key)


def is_number(word: str) -> bool:
    return word.isdigit() and word.isascii() and len(word) <= MOST_DIGITS


def decisive(lines: Sequence[Header]) -> Headers | None:
    """The headers that decide, by their names; None where one of them comes twice, or the host is none of ours."""
    headers: Headers = {}
    for name, value in lines:
        if name in DECISIVE:
            if name in headers:
                return None
            headers[name] = value
    return headers if is_served(headers.get(b"host", b""), tuple(settings.ALLOWED_HOSTS)) else None


@lru_cache(256)
def is_served(host: bytes, served: tuple[str, ...]) -> bool:
    """As `HttpRequest.get_host` has it."""
    domain = split_domain_port(host.decode("latin-1"))[0]
    return bool(domain) and validate_host(domain, served)


def wants_json(accept: bytes | None) -> bool:
    """Parameters may put something else before it, and so are not plain."""
    if accept is None or accept == b"*/*":
        return True
    return accept.partition(b",")[0] == b"application/json" and b";" not in accept


def credential_in(headers: Headers) -> Credential | None:
    """The one that there is, where it is well-formed."""
    authorization, cookies = headers.get(b"authorization"), headers.get(b"cookie")
    if authorization is not None:
        kind, _, token = authorization.partition(b" ")
        fits = cookies is None and kind.lower() == b"token" and token.isalnum() and len(token) <= TOKEN_BYTES
        return Credential(token=token.decode()) if fits else None
    found = parse_cookie(cookies.decode("latin-1")) if cookies is not None else {}
    key, csrf = found.get(settings.SESSION_COOKIE_NAME), found.get(settings.CSRF_COOKIE_NAME)
    # Django sends another in the place of one that is malformed.
    is_well = csrf is None or (csrf.isascii() and csrf.isalnum() and len(csrf) in (32, 64))
    return Credential(session_key=key) if key and is_well else None


def has_plain_body(operation: Operation, headers: Headers) -> bool:
    """JSON of a length that is said and small for a write, nothing for a read."""
    if b"transfer-encoding" in headers:
        return False
    length = headers.get(b"content-length")
    if isinstance(operation.way, Read):
        return length is None
    is_small = length is not None and length.isdigit() and len(length) < 8 and int(length) <= JSON_LIMIT_BYTES
    return is_small and headers.get(b"content-type") in JSON_TYPES


class FromBrowser(HttpRequest):
    """What Django's check of a write that comes with a cookie looks at. A form's token would be in its body: JSON has
    it in a header."""

    POST = QueryDict()  # the same for all

    def __init__(self, scheme: str, headers: dict[str, str], cookies: dict[str, str]) -> None:
        """Without Django's own, which makes ready for forms and files and takes as long as the check."""
        self.method = "POST"  # as any that writes
        self.own_scheme = scheme
        self.META = headers
        self.COOKIES = cookies

    def _get_scheme(self) -> str:
        return self.own_scheme


# What the check looks at beside the token's cookie, as Django names it.
CHECKED = {
    b"host": "HTTP_HOST",
    b"origin": "HTTP_ORIGIN",
    b"referer": "HTTP_REFERER",
    b"x-csrftoken": "HTTP_X_CSRFTOKEN",
}


def passes_csrf(headers: Headers, scope: Scope) -> bool:
    """By the check that DRF makes."""
    lines = tuple([(name, headers[line]) for line, name in CHECKED.items() if line in headers])
    token = parse_cookie(headers[b"cookie"].decode("latin-1")).get(settings.CSRF_COOKIE_NAME)
    asked = (tuple(settings.ALLOWED_HOSTS), tuple(settings.CSRF_TRUSTED_ORIGINS))
    return is_from_us(scope["scheme"], lines, token, asked)


# A browser says the same with each request.
@lru_cache(1000)
def is_from_us(scheme: str, lines: tuple[tuple[str, bytes], ...], token: str | None, asked: object) -> bool:
    """`asked`: what the check asks the settings for, which is no part of the request."""
    cookies = {} if token is None else {settings.CSRF_COOKIE_NAME: token}
    request = FromBrowser(scheme, {name: value.decode("latin-1") for name, value in lines}, cookies)
    check = CSRFCheck(lambda _: None)
    check.process_request(request)
    return check.process_view(request, None, (), {}) is None


def plain_query(query: bytes, names: frozenset[str]) -> str | None:
    """The query where each parameter is known and comes once."""
    if not query:
        return ""
    if not query.isascii():
        return None
    text = query.decode()
    found = [name for name, _ in parse_qsl(text, keep_blank_values=True)]
    return text if names.issuperset(found) and len(set(found)) == len(found) else None


# What there is


def operations() -> Iterator[tuple[Key, Operation]]:
    """Out of the table of contents: what a viewset says to have a short way."""
    for route, pattern in routes(get_resolver().url_patterns):
        view: Any = getattr(pattern.callback, "cls", None)
        ways = getattr(view, "short", {})
        for method, action in getattr(pattern.callback, "actions", {}).items() if ways else ():
            # HEAD is asked seldom.
            if action in ways and method != "head":
                yield operation(route, method, action, pattern.callback)


def routes(patterns: Any, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, route)
        else:
            yield route, each


def operation(route: str, method: str, action: str, callback: Any) -> tuple[Key, Operation]:
    words, view = f"/{route}".split("/"), callback.cls
    names = tuple(word[len("<int:") : -1] for word in words if word.startswith("<int:"))
    key = (method.upper(), *[NUMBER if word.startswith("<int:") else word for word in words])
    if any(isinstance(word, str) and "<" in word for word in key) or view.permission_classes != [IsAuthenticated]:
        raise ImproperlyConfigured(f"{method} {route} cannot go the short way: numbers in its path, and who signs in.")
    head = head_of_rest(view, callback.actions)
    return key, Operation(view, callback.initkwargs, callback.actions, action, names, view.short[action], head)
