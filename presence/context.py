"""What the handlers of commands know of the socket that a command has come by; the apps above ask for more.

The payload beside it is what the table of commands names for the handler (`mindnet/socket/commands.py`).
"""

from typing import Protocol

from mindnet.realtime.connection import Connection
from presence.models import Psychic


class Context(Protocol):
    psychic: Psychic
    connection: Connection
