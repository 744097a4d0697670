"""Health, and what is said when something goes wrong outside a view: a page to people, JSON to programs."""

import hmac
import logging
import sys
from functools import wraps

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analytics.metrics import CONTENT_TYPE
from analytics.metrics import render as render_metrics
from mindnet.base.addresses import client_address, in_networks, is_loopback
from mindnet.base.errors import DomainError, not_found
from mindnet.rest import errors
from presence import accounts

logger = logging.getLogger(__name__)

# How long /readyz waits for the channel layer before it calls it degraded.
LAYER_SECONDS = 1.0


# Errors outside DRF


def wants_page(request):
    """Whether the caller is a browser: it asks for HTML and prefers it to JSON."""
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def answer(request, refusal, template, context=None):
    if wants_page(request):
        response = render(request, template, context, status=refusal.status)
    else:
        response = as_json(refusal.as_json(), status=refusal.status)
    for name, value in errors.headers_of(refusal).items():
        response[name] = value
    return response


def as_json(body, status=200):
    return HttpResponse(errors.encoder.encode(body), content_type="application/json", status=status)


def bad_request(request, exception=None):
    """handler400: a wrong Host, too many fields, a malformed form."""
    refusal = errors.as_domain_error(exception) or DomainError("validation_error", "The request is malformed.")
    if wants_page(request):
        # No template: base.html asks for the host, which may be what is wrong.
        return HttpResponse(refusal.detail, content_type="text/plain; charset=utf-8", status=refusal.status)
    return answer(request, refusal, None)


def forbidden(request, exception=None):
    return answer(request, DomainError("permission_denied", "You may not do this."), "403.html")


def page_not_found(request, exception=None):
    """handler404: the same bytes as for what may not be seen."""
    return answer(request, not_found(), "404.html")


def server_error(request):
    """handler500. A database that does not answer is no bug: 503."""
    error = sys.exc_info()[1]
    refusal = errors.unavailable() if isinstance(error, (OperationalError, InterfaceError)) else None
    if wants_page(request):
        return render(request, "500.html", status=refusal.status if refusal else 500)
    if refusal:
        return answer(request, refusal, None)
    return as_json({"code": "server_error", "detail": "Something went wrong here. It has been written down."}, 500)


def csrf_failure(request, reason=""):
    return answer(request, DomainError("csrf_failed", f"CSRF failed: {reason}"), "403_csrf.html")


def locked_out(request, original_response, credentials=None):
    """What axes answers with. The failure that filled the count was still looked at and keeps its own answer."""
    if not accounts.was_refused(request) or original_response.status_code == 429:
        return original_response
    username = (credentials or {}).get("username", "")
    return answer(request, accounts.too_many_failures(request, username), "account/locked.html")


@require_safe
def favicon(request):
    return redirect(static("mindnet/icons/mindnet.svg"), permanent=True)


# Health


@never_cache
@require_safe
def healthz(request):
    """The process answers."""
    return as_json({"status": "ok"})


@never_cache
@require_safe
def readyz(request):
    """The database answers, or 503. Without the layer everything still works, a little later: degraded."""
    database, layer = database_state(), layer_state()
    return as_json({"database": database, "layer": layer}, status=200 if database == "ok" else 503)


def database_state():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        logger.warning("readyz: the database does not answer: %s", error)
        return "unavailable"
    return "ok"


def layer_state():
    """Asks Redis itself: the layer would only queue. Without Redis the layer is this process."""
    if not settings.REDIS_URL:
        return "ok"
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=LAYER_SECONDS, socket_connect_timeout=LAYER_SECONDS, retry=None
    )
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        logger.warning("readyz: the channel layer does not answer: %s", error)
        return "degraded"
    finally:
        client.close()
    return "ok"


def for_operators(view):
    """From this machine, from a trusted network, or with METRICS_TOKEN; otherwise there is nothing here."""

    @wraps(view)
    def guarded(request):
        return view(request) if may_see_metrics(request) else page_not_found(request)

    return guarded


def may_see_metrics(request):
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() in ("bearer", "token"):
        return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    address = client_address(request.META)
    return is_loopback(address) or in_networks(address, settings.TRUSTED_PROXIES)


@never_cache
@require_safe
@for_operators
def metrics(request):
    return HttpResponse(render_metrics(), content_type=CONTENT_TYPE)
