"""Who asks, by the login session of a request: as Django finds them, read together with the session or by a prepared
query."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from mindnet.base.ids import whole_number
from mindnet.database.prepared import Prepared
from presence.models import Psychic, PsychicQuerySet


def by_id(psychic_id: int) -> PsychicQuerySet:
    return Psychic.objects.filter(pk=psychic_id)


prepared = Prepared(by_id)


class SignedInMiddleware(AuthenticationMiddleware):
    """Takes the place of Django's."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: known(request))  # type: ignore[assignment]  # as Django does


def known(request: Any) -> Any:
    """The psychic of the request. Anything but a login that is good as it stands goes Django's way: a key that was
    changed since, somebody who is gone, a session of nobody."""
    if not hasattr(request, "_cached_user"):
        psychic = good_login(request.session)
        if psychic is None:
            return get_user(request)
        request._cached_user = psychic
    return request._cached_user


def good_login(session: Any) -> Psychic | None:
    """Whom a SessionStore lets in as it stands."""
    number = whole_number(str(session.get(SESSION_KEY, "")))
    if number is None or session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    psychic = session.take_psychic(number) or prepared.first(number)
    if psychic is None or not psychic.is_active:
        return None
    told = session.get(HASH_SESSION_KEY, "")
    return psychic if constant_time_compare(told, auth_hash(psychic.password, settings.SECRET_KEY)) else None


# Half a kilobyte each.
@lru_cache(5000)
def auth_hash(password: str, secret_key: str) -> str:
    """What a login session has of the password's hash, and of the key that it is signed with."""
    hashed: str = Psychic(password=password).get_session_auth_hash()
    return hashed
