"""Who asks, and may they."""

from collections.abc import Callable
from datetime import datetime
from hmac import compare_digest
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from knox.models import get_token_model
from knox.settings import CONSTANTS, knox_settings
from rest_framework import exceptions, permissions
from rest_framework.authentication import SessionAuthentication as DRFSessionAuthentication
from rest_framework.authentication import get_authorization_header
from rest_framework.throttling import BaseThrottle

from mindnet.base import rates
from mindnet.base.addresses import counted_address
from mindnet.base.errors import DomainError
from mindnet.database.prepared import Prepared
from mindnet.rest.short import tried


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


def tokens_beginning(key: str, now: datetime):
    """The tokens that begin so, mostly one, each with its user. `has_expired`: some token of theirs has run out."""
    tokens = get_token_model().objects
    expired = tokens.filter(user=OuterRef("user"), expiry__lt=now)
    return tokens.filter(token_key=key).select_related("user").annotate(has_expired=Exists(expired))


known_tokens = Prepared(tokens_beginning)


class TokenAuthentication(KnoxAuthentication):
    """`Authorization: Token …`. Comes first, so that nobody signed in is told 401 and how."""

    def authenticate(self, request):
        words = get_authorization_header(request).split()
        if len(words) == 2 and words[0].lower() == b"token" and not (words[1].isalnum() and len(words[1]) <= 128):
            # Nothing else was ever a token; odd bytes go no further.
            raise exceptions.AuthenticationFailed("Invalid token.")
        return super().authenticate(request)

    def authenticate_credentials(self, token):
        """As knox does it, but for asking once: it looks through all tokens of the user for some that have run out."""
        text = token.decode()
        for row in known_tokens.rows(text[: CONSTANTS.TOKEN_KEY_LENGTH], timezone.now()):
            if row.has_expired and self._cleanup_token(row):
                continue
            if compare_digest(hash_token(text), row.digest):
                if knox_settings.AUTO_REFRESH and row.expiry:
                    self.renew_token(row)
                return self.validate_user(row)
        raise exceptions.AuthenticationFailed("Invalid token.")

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
        if tried(getattr(request, "_request", None)):
            return True  # counted there
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
