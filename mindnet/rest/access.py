"""Who asks, and may they."""

from collections.abc import Callable
from typing import Any

from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework import exceptions, permissions
from rest_framework.authentication import SessionAuthentication as DRFSessionAuthentication
from rest_framework.authentication import get_authorization_header
from rest_framework.throttling import BaseThrottle

from mindnet.base import rates
from mindnet.base.addresses import counted_address
from mindnet.base.errors import DomainError


def anybody(user, token):
    """Until presence has handed down its own, whoever has signed in may call."""


# Raises where somebody must not call although they have signed in, by a token or (None) by a cookie. Handed down by the
# presence app at start-up, since it stands above.
check_caller: Callable[[Any, Any], None] = anybody


def admit(user, token=None):
    """`user` and `token` as DRF wants them; raises what `check_caller` raises."""
    try:
        check_caller(user, token)
    except DomainError:
        rates.check("REST_RATE", user.pk)  # such a caller never comes as far as the throttle
        raise
    return user, token


class TokenAuthentication(KnoxAuthentication):
    """`Authorization: Token …`. Comes first, so that nobody signed in is told 401 and how."""

    def authenticate(self, request):
        words = get_authorization_header(request).split()
        if len(words) == 2 and words[0].lower() == b"token" and not (words[1].isalnum() and len(words[1]) <= 128):
            # Nothing else was ever a token; odd bytes go no further.
            raise exceptions.AuthenticationFailed("Invalid token.")
        return super().authenticate(request)

    def validate_user(self, auth_token):
        return admit(*super().validate_user(auth_token))


class SessionAuthentication(DRFSessionAuthentication):
    """The login session's cookie, with CSRF on every unsafe method."""

    def authenticate(self, request):
        found = super().authenticate(request)
        return admit(*found) if found else None

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

    limit = "REST_RATE"

    def allow_request(self, request, view):
        if request.user is not None and request.user.is_authenticated:
            rates.check(self.limit, request.user.pk)
        else:
            rates.check("REST_ANONYMOUS_RATE", counted_address(request.META))
        return True


class FileThrottle(Throttle):
    """A page full of pictures asks for as many, and a film for one part after the other."""

    limit = "FILE_RATE"


class Public:
    """Mix-in for views that anybody may call."""

    permission_classes = [permissions.AllowAny]
