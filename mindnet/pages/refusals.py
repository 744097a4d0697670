"""What is refused before a view or within one that knows nothing of our refusals: the account pages' and the admin's.

Who is banned from the network sees one page, whichever they ask for. REST views ask for themselves who calls
(`mindnet.rest.access`), since a token may stand beside the cookie.
"""

from rest_framework.views import APIView

from mindnet.base.errors import DomainError
from mindnet.pages.errors import answer
from mindnet.pages.page import sentences
from presence import bans

# Signing out is always possible, and whoever watches over the server needs no login session read.
OPEN_TO_THE_BANNED = frozenset(("account_logout", "healthz", "readyz", "metrics"))


class RefusalMiddleware:
    """Behind the one that knows who asks."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        is_rest = issubclass(getattr(view, "cls", object), APIView)
        if is_rest or request.resolver_match.url_name in OPEN_TO_THE_BANNED or not request.user.is_authenticated:
            return None
        try:
            bans.check(request.user)
        except DomainError as refusal:
            return answer(request, refusal, "account/banned.html", {"sentence": refusal.detail})
        return None

    def process_exception(self, request, error):
        if not isinstance(error, DomainError):
            return None
        template = "account/locked.html" if error.code == "rate_limited" else "refused.html"
        return answer(request, error, template, {"sentences": sentences(error)})
