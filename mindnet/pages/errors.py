"""What is said when something goes wrong outside a view: a page to people, JSON to programs."""

import logging
import sys

from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http.request import split_domain_port
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from mindnet.base.errors import DomainError, not_found, unavailable
from mindnet.pages import kept_forms
from mindnet.rest import errors
from mindnet.rest.rendering import as_json

logger = logging.getLogger(__name__)

# A host name is no longer than this.
NAME_SHOWN = 253


def wants_page(request):
    """Whether the caller is a browser: it asks for HTML and prefers it to JSON."""
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def answer(request, refusal, template, context=None):
    if wants_page(request):
        response = render(request, template, context, status=refusal.status)
    else:
        response = as_json(refusal.as_json(), status=refusal.status)
    for name, value in refusal.headers.items():
        response[name] = value
    return response


def bad_request(request, exception=None):
    """handler400: a wrong Host, too many fields, a malformed form."""
    refusal = errors.as_domain_error(exception) or DomainError("validation_error", "The request is malformed.")
    if isinstance(exception, DisallowedHost):
        refusal = unknown_host(request)
    return answer(request, refusal, "400.html", {"detail": refusal.detail})


def unknown_host(request):
    name = split_domain_port(request.META.get("HTTP_HOST", ""))[0] or request.META.get("HTTP_HOST", "")
    return DomainError(
        "validation_error",
        f"This server does not answer to the name {name[:NAME_SHOWN]!r}. Whoever runs it can add it to ALLOWED_HOSTS.",
    )


def forbidden(request, exception=None):
    return answer(request, DomainError("permission_denied", "You may not do this."), "403.html")


def page_not_found(request, exception=None):
    """handler404: the same bytes as for what may not be seen."""
    return answer(request, not_found(), "404.html")


def server_error(request):
    """handler500. A database that does not answer is no bug: 503."""
    error = sys.exc_info()[1]
    refusal = unavailable() if isinstance(error, (OperationalError, InterfaceError)) else None
    if wants_page(request):
        return render(request, "500.html", status=refusal.status if refusal else 500)
    if refusal:
        return answer(request, refusal, None)
    return as_json({"code": "server_error", "detail": "Something went wrong here. It has been written down."}, 500)


def csrf_failure(request, reason=""):
    if wants_page(request) and kept_forms.is_own_form(request, reason):
        return kept_forms.lead_back(request)
    return answer(request, DomainError("csrf_failed", f"CSRF failed: {reason}"), "403_csrf.html")


def locked_out(request, original_response, credentials=None):
    """What axes answers with. Whom it turns away has been answered by the door already, see presence.guesses."""
    return original_response


@require_safe
def favicon(request):
    return redirect(static("mindnet/icons/mindnet.svg"), permanent=True)
