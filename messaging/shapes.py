"""What messaging says over REST alone. Messages themselves, which the socket carries too: `mindnet.realtime.shapes`."""

from msgspec import Struct

from mindnet.realtime.shapes import Moment, PsychicOut


class JourneyEntryOut(Struct):
    psychic: PsychicOut
    delivered: bool
    read: bool
    held: bool
    acknowledged: bool


class JourneyOut(Struct):
    """How many a message has reached. `who` names them, but in rooms of more than 50 participants."""

    stored_at: Moment
    participants: int
    delivered: int
    read: int
    held: int
    waiting: int
    acknowledged: int
    who: list[JourneyEntryOut]
