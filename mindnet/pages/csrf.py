"""`csrf_token` in templates: Django's own kind, of which Django's own middleware makes sure.

Django draws each of its letters by itself, which is eight hundred calls a page. Here they come of one draw: every
letter is as likely as any other, and as much is drawn.
"""

import secrets

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH
from django.utils.functional import SimpleLazyObject

LETTERS = CSRF_ALLOWED_CHARS.encode()
# The letter for each byte. The last few bytes stand for none: their letters would come more often than the others.
LETTER = bytes(LETTERS[byte % len(LETTERS)] for byte in range(256))
FOR_NONE = bytes(range(256 // len(LETTERS) * len(LETTERS), 256))
# The number of each letter, and the letter for the sum of two numbers.
NUMBER = bytes(max(0, LETTERS.find(byte)) for byte in range(256))
SUM = LETTERS + LETTERS


def csrf(request: HttpRequest) -> dict[str, object]:
    """For templates: takes the place of what Django puts there under this name. A page that has no form draws nothing
    and sets no cookie."""
    return {"csrf_token": SimpleLazyObject(lambda: token(request))}


def token(request: HttpRequest) -> str:
    """As `django.middleware.csrf.get_token`: a new token for the secret of the request's cookie, or for a new one."""
    secret: str | None = request.META.get("CSRF_COOKIE")
    if secret is None:
        secret = request.META["CSRF_COOKIE"] = letters().decode()
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    mask = letters()
    pairs = zip(secret.encode().translate(NUMBER), mask.translate(NUMBER), strict=True)
    return (mask + bytes([SUM[one + other] for one, other in pairs])).decode()


def letters() -> bytes:
    """As many as a secret has, by chance."""
    found = b""
    while len(found) < CSRF_SECRET_LENGTH:  # of twice as many bytes, hardly ever a second time
        found += secrets.token_bytes(2 * CSRF_SECRET_LENGTH).translate(LETTER, FOR_NONE)
    return found[:CSRF_SECRET_LENGTH]
