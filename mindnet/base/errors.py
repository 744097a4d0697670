"""The one error that services raise, and what each door makes of it.

A service that refuses says so with `DomainError(code, detail)`. The REST door (`mindnet/rest/errors.py`) turns it into
a status and a JSON body, the socket door (`mindnet/socket/consumer.py`) into an error reply. A code that is not in the
table below is a programming error and fails at once.
"""

import math
from typing import Any

# code -> HTTP status on the REST door. The socket sends the code itself, see `SOCKET_CODES` for the few that differ.
STATUS = {
    "validation_error": 400,
    "invalid_json": 400,
    "invalid_payload": 400,
    "unknown_type": 400,
    "bad_frame": 400,
    "not_authenticated": 401,
    "permission_denied": 403,
    "csrf_failed": 403,
    "not_participant": 403,
    "banned": 403,
    "muted": 403,
    "sealed_required": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "not_acceptable": 406,
    "request_timeout": 408,
    "room_full": 409,
    "room_closed": 409,
    "conflict": 409,
    "nonce_reused": 409,
    "device_list_changed": 409,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "range_not_satisfiable": 416,
    "upgrade_required": 426,
    "rate_limited": 429,
    "headers_too_large": 431,
    "overloaded": 503,
    "unavailable": 503,
}

STATUS_HEADERS = {
    401: {"WWW-Authenticate": "Token"},
    426: {"Upgrade": "websocket", "Connection": "Upgrade"},
}

# Words that exist on one door only, and their counterpart on the socket.
SOCKET_CODES = {"validation_error": "invalid_payload", "conflict": "invalid_payload"}


class DomainError(Exception):
    """A refusal that the caller is told about.

    `code` is a stable word of `STATUS`, `detail` one sentence for a person. `errors` maps a field to a list of
    sentences (validation only). `rule` names the rule that refuses, for who asks beforehand what is allowed; without
    it the rule is the code. `extra` travels beside `detail`: `retry_after` (seconds), `reason` and `until` of a
    restriction, `held` of a message that a moderator is to look at, `lists` of devices as they are now.
    """

    def __init__(
        self, code: str, detail: str, *, errors: dict[str, list[str]] | None = None, rule: str = "", **extra: Any
    ) -> None:
        super().__init__(detail)
        self.status = STATUS[code]
        self.code = code
        self.detail = detail
        self.errors = errors
        self.rule = rule or code
        self.extra = extra

    def as_json(self) -> dict[str, Any]:
        """The body of a REST answer."""
        body: dict[str, Any] = {"code": self.code, "detail": self.detail}
        if self.errors:
            body["errors"] = self.errors
        return body | self.extra

    @property
    def headers(self) -> dict[str, str]:
        """What goes with the body where this is an answer of HTTP: how to come in, or when to come again."""
        headers = dict(STATUS_HEADERS.get(self.status, {}))
        if "retry_after" in self.extra:
            headers["Retry-After"] = str(max(1, math.ceil(self.extra["retry_after"])))
        return headers

    def as_reply(self) -> dict[str, Any]:
        """The `error` of a socket reply."""
        detail = self.detail
        if self.errors:
            detail = " ".join(f"{field}: {' '.join(texts)}" for field, texts in self.errors.items())
        return {"code": SOCKET_CODES.get(self.code, self.code), "detail": detail} | self.extra

    def __repr__(self) -> str:
        return f"DomainError({self.code!r}, {self.detail!r})"


def not_found() -> DomainError:
    """What the caller may not see does not exist for them: one sentence for all, so that answers are identical."""
    return DomainError("not_found", "Not found.")


def invalid(field: str, sentence: str) -> DomainError:
    """A value that is refused, with the field it came in."""
    return DomainError("validation_error", "The input is not valid.", errors={field: [sentence]})


def unavailable(what_to_do: str = "Try again.") -> DomainError:
    """The database failed or hangs: whether anything was written may be unknown."""
    return DomainError("unavailable", f"The database did not answer. {what_to_do}", retry_after=1)


def damaged_picture() -> DomainError:
    """Said where the file is looked at, and where that took more than it may."""
    return invalid("file", "This picture is damaged or incomplete.")
