"""The sockets that the server listens on. Bound before anything else is done, so that a port that is taken is said at
once; heard only when there is somebody to answer."""

import errno
import socket
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

BACKLOG = 2048


def bind() -> list[socket.socket]:
    """One for each address of HOST, on PORT. Raises ImproperlyConfigured with the variable that is to blame."""
    try:
        found = socket.getaddrinfo(settings.HOST.strip("[]"), settings.PORT, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ImproperlyConfigured(f"HOST must be an address of this machine, not {settings.HOST!r}.") from None
    bound, problem = [], None
    for family, kind, protocol, _, address in dict.fromkeys(found):
        try:
            bound.append(bind_one(family, kind, protocol, address))
        except OSError as error:
            problem = error
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                break
    # `localhost` may have an address that this machine lacks, beside one that it has.
    if problem is not None and (not bound or problem.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)):
        raise blamed(problem)
    return bound


def bind_one(family: int, kind: int, protocol: int, address: Any) -> socket.socket:
    """Raises OSError."""
    listener = socket.socket(family, kind, protocol)
    try:
        # What the last process on this port has left in TIME_WAIT is no reason to wait.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def listen(listeners: list[socket.socket]) -> None:
    """From now on who connects is heard. Raises ImproperlyConfigured where another program was faster."""
    try:
        for listener in listeners:
            listener.listen(BACKLOG)
    except OSError as error:
        raise blamed(error) from None


def blamed(error: OSError) -> ImproperlyConfigured:
    """The sentence for what the system says of our address."""
    where = f"{settings.PORT} on {settings.HOST}"
    if error.errno == errno.EADDRINUSE:
        return ImproperlyConfigured(f"PORT: another program listens on {where}.")
    if error.errno == errno.EACCES:
        return ImproperlyConfigured(f"PORT: this account may not listen on {where}.")
    return ImproperlyConfigured(f"HOST: it is not possible to listen on {settings.HOST}: {error.strerror}.")
