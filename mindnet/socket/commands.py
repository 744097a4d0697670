"""Every command a client may send: type -> payload, handler, reply. Adding a command begins with a line here."""

from typing import Any, NamedTuple

import msgspec

from messaging import handlers as messaging
from mindnet.realtime import shapes as gives
from mindnet.socket import payloads as takes
from presence import handlers as presence
from rooms import handlers as rooms
from rooms import session_handlers as sessions


class Command(NamedTuple):
    """`handler(context, payload)` is a coroutine function giving the reply's payload. Where the command `is_pipelined`
    it is a plain function giving a future: the socket reads on while it is stored, and `answer` makes the reply of its
    result. One that `is_gathered` may wait for company first: only its like may overtake it."""

    payload: type
    handler: Any
    reply: Any
    summary: str
    is_pipelined: bool = False
    answer: Any = None
    # Above the rate of frames it is merged with others, and never refused for that.
    is_confirmation: bool = False
    is_gathered: bool = False

    @property
    def replies(self) -> tuple[Any, ...]:
        """The types of its reply's payload: most have one."""
        return self.reply if isinstance(self.reply, tuple) else (self.reply,)


COMMANDS = {
    "ping": Command(takes.Empty, presence.ping, gives.PingReply, "Asks for a sign of life and the server's clock."),
    "room.join": Command(takes.JoinPayload, rooms.join, gives.ParticipantOut, "Takes part in a room."),
    "room.leave": Command(takes.RoomPayload, rooms.leave, takes.Empty, "Takes part no longer."),
    "room.enter": Command(
        takes.EnterPayload,
        rooms.enter,
        (gives.EnterReply, takes.Empty),
        "Looks at a room: presence and typing follow.",
    ),
    "message.send": Command(
        takes.SendPayload,
        messaging.send,
        gives.SendReply,
        "Posts a message; answered after the commit.",
        True,
        messaging.sent,
    ),
    "message.edit": Command(takes.EditPayload, messaging.edit, gives.MessageOut, "Gives one's own message a new text."),
    "message.delete": Command(takes.MessagePayload, messaging.delete, gives.MessageOut, "Empties a message."),
    "message.react": Command(
        takes.ReactPayload,
        messaging.react,
        gives.MessageOut,
        "Puts an emoji on a message or off.",
        True,
        messaging.reacted,
        is_gathered=True,
    ),
    "message.delivered": Command(
        takes.WatermarkPayload,
        messaging.delivered,
        takes.Empty,
        "Confirms delivery up to a number.",
        True,
        messaging.confirmed,
        True,
    ),
    "message.read": Command(
        takes.WatermarkPayload,
        messaging.read,
        takes.Empty,
        "Confirms reading up to a number.",
        True,
        messaging.confirmed,
        True,
    ),
    "sync": Command(
        takes.SyncPayload, messaging.synchronise, gives.SyncReply, "Asks for what changed above the numbers held."
    ),
    "typing": Command(takes.TypingPayload, messaging.typing, takes.Empty, "Tells that one is typing, or no longer."),
    "presence.set": Command(
        takes.PresencePayload, presence.set_presence, gives.PresenceOut, "Sets status, note and end."
    ),
    "session.start": Command(takes.SessionPayload, sessions.start, gives.SessionOut, "Begins a guided session."),
    "session.end": Command(takes.RoomPayload, sessions.end, gives.SessionOut, "Ends it before its time."),
    "session.look": Command(takes.RoomPayload, sessions.look, gives.SessionState, "Asks how the session stands."),
    "session.sit": Command(takes.RoomPayload, sessions.sit, gives.SessionState, "Sits in it: meditating from now on."),
    "session.rise": Command(takes.RoomPayload, sessions.rise, gives.SessionState, "Sits no longer."),
    "piece.ask": Command(takes.RoomPayload, sessions.ask, gives.PieceOut, "Takes the talking piece, or waits for it."),
    "piece.pass": Command(takes.RoomPayload, sessions.pass_on, gives.PieceOut, "Passes it on, or waits no longer."),
    "broadcast.send": Command(
        takes.BroadcastPayload, messaging.broadcast, gives.BroadcastReply, "Posts to everyone or rooms."
    ),
    "broadcast.ack": Command(takes.MessagePayload, messaging.acknowledge, takes.Empty, "Acknowledges a broadcast."),
}

DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(command.payload) for name, command in COMMANDS.items()
}
