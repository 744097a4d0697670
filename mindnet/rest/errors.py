"""Whatever goes wrong behind a REST door as `{"code", "detail"[, "errors"]}`: what a service refuses (`DomainError`),
what DRF and Django refuse, and a database that does not answer."""

import logging
from collections.abc import Mapping

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions
from rest_framework.response import Response

from mindnet.base import rates
from mindnet.base.addresses import counted_address
from mindnet.base.errors import DomainError, not_found, unavailable
from mindnet.base.rates import too_fast

logger = logging.getLogger(__name__)


def exception_handler(error, context):
    """DRF's hook: any exception of a view as an answer. What is not a refusal is a bug and goes on to a logged 500."""
    refusal = as_domain_error(error)
    if refusal is None:
        return None
    request = context.get("request")
    if isinstance(error, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)) and request is not None:
        # Views count their callers after authentication, so whoever fails here is counted here.
        wait = rates.take("REST_ANONYMOUS_RATE", counted_address(request.META))
        refusal = too_fast(wait) if wait else refusal
    return Response(refusal.as_json(), status=refusal.status, headers=refusal.headers)


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
