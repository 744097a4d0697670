"""Health and figures, for whoever watches over the server: a load balancer, an operator, Prometheus."""

import hmac
import logging
from collections.abc import Callable
from functools import wraps

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analytics.metrics import CONTENT_TYPE
from analytics.metrics import render as render_metrics
from mindnet.base.addresses import came_directly, client_address, is_own_machine, is_trusted_proxy
from mindnet.rest.rendering import as_json

logger = logging.getLogger(__name__)

# How long /readyz waits for the channel layer before it calls it degraded.
LAYER_SECONDS = 1.0


View = Callable[[HttpRequest], HttpResponse]


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return as_json({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers, or 503. Without the layer everything still works, a little later: degraded."""
    database, layer = database_state(), layer_state()
    return as_json({"database": database, "layer": layer}, status=200 if database == "ok" else 503)


def database_state() -> str:
    """ok or unavailable."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        logger.warning("readyz: the database does not answer: %s", error)
        return "unavailable"
    return "ok"


def layer_state() -> str:
    """ok or degraded. Asks Redis itself: the layer would only queue. Without Redis the layer is this process."""
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


def for_operators(view: View) -> View:
    """For this machine, a trusted network, or METRICS_TOKEN; otherwise there is nothing here. Whoever comes through a
    proxy needs the token: what a proxy lets through is the world."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not may_see_metrics(request):
            raise Http404
        return view(request)

    return guarded


def may_see_metrics(request: HttpRequest) -> bool:
    """Where METRICS_TOKEN is set, a token in the header decides alone."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() in ("bearer", "token"):
        return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    # Of a request that a server took, META has no forwarding headers any more; the scope remembers them.
    asked = getattr(request, "scope", request.META)
    return is_own_machine(asked) or (is_trusted_proxy(client_address(asked)) and came_directly(asked))


@never_cache
@require_safe
@for_operators
def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(render_metrics(), content_type=CONTENT_TYPE)
