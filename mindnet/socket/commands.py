"""Every command a client may send: type -> payload, handler, reply. Adding a command begins with a line here."""

from typing import Any, NamedTuple

import msgspec

from messaging import handlers as messaging
from mindnet.realtime import shapes as p
from presence import handlers as presence
from rooms import handlers as rooms
from rooms import session_handlers as sessions


class Command(NamedTuple):
    """`handler(context, payload)` is a coroutine function giving the reply's payload. A `pipelined` one is a plain
    function giving a future: the socket reads on while it is stored, and `answer` makes the reply of its result."""

    payload: type
    handler: Any
    reply: Any
    summary: str
    pipelined: bool = False
    answer: Any = None


COMMANDS = {
    "ping": Command(p.Empty, presence.ping, p.PingReply, "Asks for a sign of life and the server's clock."),
    "room.join": Command(p.JoinPayload, rooms.join, p.ParticipantOut, "Takes part in a room."),
    "room.leave": Command(p.RoomPayload, rooms.leave, p.Empty, "Takes part no longer."),
    "room.enter": Command(p.EnterPayload, rooms.enter, p.EnterReply, "Looks at a room: presence and typing follow."),
    "message.send": Command(
        p.SendPayload, messaging.send, p.SendReply, "Posts a message; answered after the commit.", True, messaging.sent
    ),
    "message.edit": Command(p.EditPayload, messaging.edit, p.MessageOut, "Gives one's own message a new text."),
    "message.delete": Command(p.MessagePayload, messaging.delete, p.MessageOut, "Empties a message."),
    "message.react": Command(p.ReactPayload, messaging.react, p.MessageOut, "Puts an emoji on a message or off."),
    "message.delivered": Command(
        p.WatermarkPayload, messaging.delivered, p.Empty, "Confirms delivery up to a number.", True, messaging.confirmed
    ),
    "message.read": Command(
        p.WatermarkPayload, messaging.read, p.Empty, "Confirms reading up to a number.", True, messaging.confirmed
    ),
    "sync": Command(p.SyncPayload, messaging.synchronise, p.SyncReply, "Asks for what changed above the numbers held."),
    "typing": Command(p.TypingPayload, messaging.typing, p.Empty, "Tells that one is typing, or no longer."),
    "presence.set": Command(p.PresencePayload, presence.set_presence, p.PresenceOut, "Sets status, note and end."),
    "session.start": Command(p.SessionPayload, sessions.start, p.SessionOut, "Begins a guided session."),
    "session.end": Command(p.RoomPayload, sessions.end, p.SessionOut, "Ends it before its time."),
    "session.look": Command(p.RoomPayload, sessions.look, p.SessionState, "Asks how the session stands."),
    "session.sit": Command(p.RoomPayload, sessions.sit, p.SessionState, "Sits in it: meditating from now on."),
    "session.rise": Command(p.RoomPayload, sessions.rise, p.SessionState, "Sits no longer."),
    "piece.ask": Command(p.RoomPayload, sessions.ask, p.PieceOut, "Takes the talking piece, or waits for it."),
    "piece.pass": Command(p.RoomPayload, sessions.pass_on, p.PieceOut, "Passes it on, or waits no longer."),
    "broadcast.send": Command(p.BroadcastPayload, messaging.broadcast, p.BroadcastReply, "Posts to everyone or rooms."),
    "broadcast.ack": Command(p.MessagePayload, messaging.acknowledge, p.Empty, "Acknowledges a broadcast."),
}

DECODERS = {name: msgspec.json.Decoder(command.payload) for name, command in COMMANDS.items()}
