"""The REST door: everything between a request and a service that is the same for all endpoints.

A view reads its input with a `StrictSerializer`, calls a service and returns protocol structs. What a service refuses
(`DomainError`) and whatever else goes wrong leaves as `{"code", "detail"[, "errors"]}` through `exception_handler`.
"""

import logging
import math
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.functional import Promise
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework import exceptions, permissions, serializers
from rest_framework.authentication import SessionAuthentication as DRFSessionAuthentication
from rest_framework.authentication import get_authorization_header
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.renderers import BrowsableAPIRenderer as DRFBrowsableAPIRenderer
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from mindnet.base import rates
from mindnet.base.addresses import client_address
from mindnet.base.errors import DomainError, not_found

logger = logging.getLogger(__name__)

# The largest body of a JSON request: a sealed message of 32 KiB with every character escaped fits.
JSON_LIMIT_BYTES = 256 * 1024
PAGE_DEFAULT = 50
PAGE_LIMIT = 100


# Errors


def exception_handler(error, context):
    """DRF's hook: any exception of a view as an answer. What is not a refusal is a bug and goes on to a logged 500."""
    refusal = as_domain_error(error)
    if refusal is None:
        return None
    request = context.get("request")
    if isinstance(error, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)) and request is not None:
        # Views count their callers after authentication, so whoever fails here is counted here.
        wait = rates.take("REST_ANONYMOUS_RATE", client_address(request.META))
        refusal = too_fast(wait) if wait else refusal
    return Response(refusal.as_json(), status=refusal.status, headers=headers_of(refusal))


def headers_of(refusal):
    headers = {}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Token"
    if "retry_after" in refusal.extra:
        headers["Retry-After"] = str(max(1, math.ceil(refusal.extra["retry_after"])))
    return headers


def too_fast(wait):
    wait = round(wait + 0.05, 1)
    return DomainError("rate_limited", f"Too fast. Try again in {wait:g} seconds.", retry_after=wait)


def unavailable():
    return DomainError("unavailable", "The database did not answer. Try again.", retry_after=1)


def as_domain_error(error):
    """The refusal that an exception means, or None for a bug."""
    for kinds, convert in CONVERSIONS:
        if isinstance(error, kinds):
            return convert(error)
    return None


def database_failed(error):
    logger.warning("database: %s", error)
    return unavailable()


def fixed(code, detail):
    return lambda error: DomainError(code, detail)


def worded(code):
    """With the exception's own sentence: DRF's are made for clients."""
    return lambda error: DomainError(code, str(error.detail))


# The first row that fits counts: subclasses stand before their base.
CONVERSIONS = [
    (DomainError, lambda error: error),
    ((Http404, exceptions.NotFound), lambda error: not_found()),
    (exceptions.ValidationError, lambda error: validation_error(error.detail)),
    (ModelValidationError, lambda error: validation_error(getattr(error, "message_dict", None) or error.messages)),
    (exceptions.NotAuthenticated, fixed("not_authenticated", "Sign in first.")),
    (exceptions.AuthenticationFailed, worded("not_authenticated")),
    ((PermissionDenied, exceptions.PermissionDenied), fixed("permission_denied", "You may not do this.")),
    (exceptions.MethodNotAllowed, worded("method_not_allowed")),
    (exceptions.NotAcceptable, fixed("not_acceptable", "Answers are application/json.")),
    (exceptions.UnsupportedMediaType, worded("unsupported_media_type")),
    (exceptions.Throttled, lambda error: too_fast(error.wait or 1)),
    (exceptions.ParseError, worded("invalid_json")),
    (RequestDataTooBig, fixed("payload_too_large", "The request is too large.")),
    ((MultiPartParserError, SuspiciousOperation), fixed("validation_error", "The request is malformed.")),
    (UnreadablePostError, fixed("validation_error", "The request broke off.")),
    ((OperationalError, InterfaceError), database_failed),
    # A value that no column takes, such as NUL in a text on PostgreSQL.
    (DataError, fixed("validation_error", "The input is not valid.")),
]


def validation_error(detail):
    errors = {}
    collect(detail, "", errors)
    return DomainError("validation_error", "The input is not valid.", errors=errors)


def collect(detail, name, errors):
    """Flattens nested errors to {"field": [sentence], "list.0": [sentence]}."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            key = "__all__" if key in ("non_field_errors", "__all__") else str(key)
            collect(value, f"{name}.{key}" if name else key, errors)
    elif isinstance(detail, (list, tuple)):
        for item in detail:
            collect(item, name, errors)
    else:
        errors.setdefault(name or "__all__", []).append(str(detail))


# Rendering and parsing


def encode_others(value):
    """What msgspec does not know by itself: lazy and marked texts of Django and DRF."""
    if isinstance(value, (str, Promise)):
        return str.__str__(value) if isinstance(value, str) else str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError


encoder = msgspec.json.Encoder(enc_hook=encode_others)


class JSONRenderer(BaseRenderer):
    """Structs and builtins as JSON, encoded as on the socket, so that a message has the same bytes on both doors."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "text"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return b"" if data is None else encoder.encode(data)


MsgspecJSONRenderer = JSONRenderer


class BrowsableAPIRenderer(DRFBrowsableAPIRenderer):
    """The API as pages, for people with a browser. Forms are left out: the raw JSON form says the same."""

    def get_default_renderer(self, view):
        return JSONRenderer()

    def get_content(self, renderer, data, accepted_media_type, renderer_context):
        return msgspec.json.format(renderer.render(data), indent=2).decode() if data is not None else ""

    def show_form_for_method(self, view, method, request, obj):
        # Also called while an error is shown; whoever may not do it gets no form for it.
        try:
            return super().show_form_for_method(view, method, request, None)
        except DomainError:
            return False

    def render_form_for_serializer(self, serializer):
        return ""


class JSONParser(BaseParser):
    """Strict JSON: one object in UTF-8 of bounded size, no NaN, no lone surrogates, no trailing text."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read(JSON_LIMIT_BYTES + 1)
        if len(body) > JSON_LIMIT_BYTES:
            raise DomainError("payload_too_large", f"A request takes at most {JSON_LIMIT_BYTES // 1024} KiB of JSON.")
        try:
            data = msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
            raise DomainError("invalid_json", f"The body is not JSON: {error}") from None
        if not isinstance(data, dict):
            raise DomainError("validation_error", "The body must be a JSON object.")
        return data


# Who asks, and may they


class TokenAuthentication(KnoxAuthentication):
    """`Authorization: Token …`. Comes first, so that nobody signed in is told 401 and how."""

    def authenticate(self, request):
        words = get_authorization_header(request).split()
        if len(words) == 2 and words[0].lower() == b"token" and not (words[1].isalnum() and len(words[1]) <= 128):
            # Nothing else was ever a token; odd bytes go no further.
            raise exceptions.AuthenticationFailed("Invalid token.")
        return super().authenticate(request)


class SessionAuthentication(DRFSessionAuthentication):
    """The login session's cookie, with CSRF on every unsafe method."""

    def enforce_csrf(self, request):
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise DomainError("csrf_failed", f"{error.detail}") from None


def HasPermission(name):
    """A permission class: signed in and holding this Django permission."""

    class HasNamedPermission(permissions.IsAuthenticated):
        def has_permission(self, request, view):
            return super().has_permission(request, view) and request.user.has_perm(name)

    return HasNamedPermission


class Throttle(BaseThrottle):
    """REST_RATE for each psychic, REST_ANONYMOUS_RATE for each address without sign-in."""

    def allow_request(self, request, view):
        if request.user is not None and request.user.is_authenticated:
            rates.check("REST_RATE", request.user.pk)
        else:
            rates.check("REST_ANONYMOUS_RATE", client_address(request.META))
        return True


class Public:
    """Mix-in for views that anybody may call."""

    permission_classes = [permissions.AllowAny]


# Input


# JSON knows these apart, and so does the socket: "12" is no number here, and 1 is not true.
SCALARS = [
    (serializers.BooleanField, lambda value: isinstance(value, bool), "This must be true or false."),
    (serializers.IntegerField, lambda value: type(value) is int, "This must be a whole number."),
    (serializers.CharField, lambda value: isinstance(value, str), "This must be a text."),
]


class StrictSerializer(serializers.Serializer):
    """Input that refuses unknown fields by name, and values of another JSON type than the field's."""

    def to_internal_value(self, data):
        if isinstance(data, Mapping):
            errors = self.unknown_fields(data)
            if not isinstance(data, QueryDict):
                errors |= self.wrong_types(data)
            if errors:
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)

    def unknown_fields(self, data):
        known = {name for name, field in self.fields.items() if not field.read_only}
        if isinstance(data, QueryDict):
            known.add(settings.REST_FRAMEWORK.get("URL_FORMAT_OVERRIDE", "format"))
        return {str(name): ["Unknown field."] for name in data if name not in known}

    def wrong_types(self, data):
        errors = {}
        for name, field in self.fields.items():
            value = data.get(name)
            for kind, fits, sentence in SCALARS:
                if value is not None and isinstance(field, kind) and not fits(value):
                    errors[name] = [sentence]
                    break
        return errors


def read(request, serializer_class, partial=False):
    """The validated body of a request as a dict. With `partial`, only the fields that were sent."""
    serializer = serializer_class(data=request.data, partial=partial, context={"request": request})
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def read_query(request, serializer_class):
    """The validated query parameters of a request as a dict."""
    serializer = serializer_class(data=request.query_params, context={"request": request})
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


# Lists


def clamp(text, default=PAGE_DEFAULT, most=PAGE_LIMIT):
    """The `limit` parameter: what was asked for, at least 1 and at most 100."""
    if text is None or text == "":
        return default
    if not (text.isascii() and text.lstrip("-").isdigit() and len(text) < 10):
        raise serializers.ValidationError({"limit": ["This must be a whole number."]})
    return max(1, min(most, int(text)))


def number(request, name):
    """A query parameter that is a number, or None. One beyond 64 bits is as good as the largest."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 100):
        raise serializers.ValidationError({name: ["This must be a whole number."]})
    return min(int(text), 2**63 - 1)


def page_url(request, **params):
    """This request's address with other query parameters; None takes one out."""
    query = {name: value for name, value in request.query_params.items() if name not in params}
    query |= {name: value for name, value in params.items() if value is not None}
    return request.build_absolute_uri(request.path) + (f"?{urlencode(query)}" if query else "")


def listing(results, next=None, previous=None, **more):
    """The body of every list. `next` and `previous` are addresses made with `page_url`."""
    return {"next": next, "previous": previous, "results": results, **more}


class Page:
    """One page of a queryset by id, `?limit=&after=<id>` or `?limit=&before=<id>`.

    Rows that come or go between two requests neither repeat nor hide others. With `newest_first` the ids fall, and
    `after` means further down the list. `Page(request, queryset).answer(shape)` is the whole list answer.
    """

    def __init__(self, request, queryset, *, newest_first=False):
        self.request = request
        self.limit = clamp(request.query_params.get("limit"))
        self.after, self.before = number(request, "after"), number(request, "before")
        backwards = self.before is not None and self.after is None
        rows = self.slice(queryset, falling=newest_first, backwards=backwards)
        has_more, rows = len(rows) > self.limit, rows[: self.limit]
        self.rows = rows[::-1] if backwards else rows
        self.has_next = bool(rows) and (has_more or backwards)
        self.has_previous = bool(rows) and (has_more if backwards else self.after is not None)

    def slice(self, queryset, falling, backwards):
        """One row more than the page, in reading order from the cursor on."""
        down = falling != backwards
        cursor = self.before if backwards else self.after
        if cursor is not None:
            queryset = queryset.filter(**{"pk__lt" if down else "pk__gt": cursor})
        return list(queryset.order_by("-pk" if down else "pk")[: self.limit + 1])

    def answer(self, shape=lambda row: row, **more):
        next = page_url(self.request, after=self.rows[-1].pk, before=None) if self.has_next else None
        previous = page_url(self.request, before=self.rows[0].pk, after=None) if self.has_previous else None
        return Response(listing([shape(row) for row in self.rows], next, previous, **more))


def list_page(request, items, **more):
    """One page of a list that is in memory already, `?limit=&offset=`."""
    limit, offset = clamp(request.query_params.get("limit")), number(request, "offset") or 0
    next = page_url(request, offset=offset + limit, limit=limit) if offset + limit < len(items) else None
    previous = page_url(request, offset=max(0, offset - limit), limit=limit) if offset else None
    return Response(listing(items[offset : offset + limit], next, previous, **more))
