"""Who asks, and may they."""

from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework import exceptions, permissions
from rest_framework.authentication import SessionAuthentication as DRFSessionAuthentication
from rest_framework.authentication import get_authorization_header
from rest_framework.throttling import BaseThrottle

from mindnet.base import rates
from mindnet.base.addresses import counted_address
from mindnet.base.errors import DomainError


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
            rates.check("REST_ANONYMOUS_RATE", counted_address(request.META))
        return True


class Public:
    """Mix-in for views that anybody may call."""

    permission_classes = [permissions.AllowAny]
