"""The content security policy of a page: django-csp's, put into words once."""

import functools

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings

# Where the nonce of an answer comes.
NONCE_MARK = "\x00nonce\x00"
# What the decorators of django-csp leave on an answer that has a policy of its own.
OWN = frozenset(("_csp_config", "_csp_update", "_csp_replace", "_csp_exempt"))


class PolicyMiddleware(CSPMiddleware):
    """Takes the place of django-csp's, which makes the same words anew for every answer. Whatever is not a page with a
    nonce, or has a policy of its own, goes its way."""

    def process_response(self, request, response):
        nonce = request.csp_nonce
        if settings.DEBUG or not nonce or not OWN.isdisjoint(vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, policy().replace(NONCE_MARK, str(nonce)))
        return response


@functools.cache
def policy():
    return build_policy(nonce=NONCE_MARK)
