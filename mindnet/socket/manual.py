"""What the published document says beside the shapes: a description and an example of every command and event.

The examples tell one evening in room 12: Ada owns it, Bob takes part. Replies and events are the server's own structs,
so that an example cannot have a field which the server does not send.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from mindnet.base.errors import DomainError
from mindnet.realtime import codes
from mindnet.realtime import shapes as gives

EVENING = datetime(2026, 5, 1, 19, 30, tzinfo=UTC)
NONCE = UUID("9f2c1f7e-5d0b-4a58-9c0e-0d6f4b1f7a01")
ADA, BOB = gives.PsychicOut(id=7, username="ada"), gives.PsychicOut(id=9, username="bob")

PRESENCE = gives.PresenceOut(
    id=9, username="bob", status="meditating", note="back at eight", until=EVENING + timedelta(minutes=30),
    last_online=EVENING,
)  # fmt: skip
PARTICIPANT = gives.ParticipantOut(
    room=12, psychic=PRESENCE, role="participant", joined_at=EVENING, delivered_seq=57, read_seq=56
)
ROOM = gives.RoomOut(
    id=12, name="Attic", description="Where we sit on Fridays.", kind="meditation", max_participants=200,
    participants=2, created_by=ADA, created_at=EVENING - timedelta(days=30), is_active=True, slow_mode_seconds=0,
    last_seq=57,
)  # fmt: skip
ENTRY = gives.RoomEntry(
    id=12, name="Attic", kind="meditation", role="participant", last_seq=57, delivered_seq=57, read_seq=56, unread=1,
    mentions=0, unread_from=None,
)  # fmt: skip
PICTURE = gives.AttachmentOut(
    id=UUID("5f0f4e0c-27a1-4f7e-8a55-0d7f1d0f7c11"), name="candles.webp", media_type="image/webp", size=48213,
    width=1280, height=960, seconds=None, url="/attachments/5f0f4e0c-27a1-4f7e-8a55-0d7f1d0f7c11",
    thumbnail_url="/attachments/5f0f4e0c-27a1-4f7e-8a55-0d7f1d0f7c11/thumbnail",
)  # fmt: skip
MESSAGE = gives.MessageOut(
    id=91, room=12, seq=57, changed_seq=57, sender=ADA, message_type="text", content="The candles are lit.",
    timestamp=EVENING, edited_at=None, deleted=False, reply_to=None, attachments=[PICTURE], reactions={}, nonce=NONCE,
    urgent=False, mentions=[],
)  # fmt: skip
EDITED = replace(MESSAGE, changed_seq=58, content="All candles are lit.", edited_at=EVENING + timedelta(minutes=1))
REACTED_TO = replace(EDITED, changed_seq=59, reactions={"👁": [9]})
DELETED = replace(MESSAGE, changed_seq=60, content="", deleted=True, attachments=[])
URGENT = replace(MESSAGE, id=92, seq=61, changed_seq=61, content="The attic is on fire.", urgent=True, attachments=[])
SESSION = gives.SessionOut(
    id=5, room=12, guide=3, started_at=EVENING, ended_at=None,
    steps=[
        gives.StepOut(at=0, kind="bell", text="", seconds=5),
        gives.StepOut(at=5, kind="silence", text="Let it be quiet.", seconds=600),
    ],
)  # fmt: skip
CIRCLE = gives.CircleOut(room=12, session=5, name="Friday's silence", leader=ADA, sitting=2)
PIECE = gives.PieceOut(room=12, session=5, holder=ADA, until=EVENING + timedelta(minutes=3), queue=[BOB])
SITTING = gives.SittingOut(
    id=21, session=5, room=12, name="Friday's silence", psychic=BOB, joined_at=EVENING, left_at=None, seconds=90.0
)
STATE = gives.SessionState(session=SESSION, circle=CIRCLE, piece=PIECE, sitting=SITTING, presence=PRESENCE)


class CommandPage(NamedTuple):
    """`carries` is an example of the payload; `answers` of the reply to it."""

    description: str
    carries: dict[str, Any]
    answers: Any


class EventPage(NamedTuple):
    description: str
    payload: Any


COMMANDS = {
    "ping": CommandPage(
        "Send it every `heartbeat_seconds` of `hello`, and reconnect when there is no answer within 10 seconds. A "
        "client whose library answers WebSocket pings need not.",
        {},
        gives.PingReply(server_time=EVENING),
    ),
    "room.join": CommandPage(
        "An open or meditation room takes anybody until it is full; a closed one asks for an `invitation`.",
        {"room": 12},
        PARTICIPANT,
    ),
    "room.leave": CommandPage("The last owner hands the room on. Everyone's room has no way out.", {"room": 12}, {}),
    "room.enter": CommandPage(
        "What only those who look at a room are told (presence, typing, the circle, the talking piece) follows for "
        'this one until another is entered; `{"room": null}` looks at none, and is answered by `{}`.',
        {"room": 12},
        gives.EnterReply(room=ROOM, participants=[PARTICIPANT], typing=[ADA], session=None),
    ),
    "message.send": CommandPage(
        "Give each message a `nonce` of its own and keep it for retries: on any socket, and after any fault, the same "
        "nonce returns the first result with `duplicate: true` and posts nothing. `held_for` names who meditates and "
        "gets it at the bell. `attachments` are files that the sender has put into the room before, by `POST "
        "/rooms/{room}/attachments`; each belongs to one message. The types `image` and `file` need one, and then no "
        "text. In a mind-link whose two have devices only `sealed` messages are taken, for just the devices that are "
        "live: `device_list_changed` has the lists of now, and what is sealed again keeps its nonce.",
        {"room": 12, "content": "The candles are lit.", "nonce": str(NONCE), "attachments": [str(PICTURE.id)]},
        gives.SendReply(id=91, seq=57, timestamp=EVENING, nonce=NONCE, duplicate=False, held_for=[BOB]),
    ),
    "message.edit": CommandPage(
        "The message keeps its `seq`, and takes the room's next number as its `changed_seq`. In a slow room an edit "
        "waits as a message does.",
        {"id": 91, "content": "All candles are lit."},
        EDITED,
    ),
    "message.delete": CommandPage(
        "It keeps its place, with empty content. Its sender may, and a moderator.", {"id": 91}, DELETED
    ),
    "message.react": CommandPage(
        "`on: false` takes it off again; either is a change of the message and takes a number. What comes for one "
        "message within half a second takes one together and is told once. `reactions` names the first 100 an emoji; "
        "where there are more, `reaction_counts` has how many, and a client remembers its own by the replies: giving "
        "what is given already changes nothing.",
        {"id": 91, "emoji": "👁", "on": True},
        REACTED_TO,
    ),
    "message.delivered": CommandPage(
        "A watermark: everything up to `seq` has arrived. It only moves forward, and not past the room's `last_seq`.",
        {"room": 12, "seq": 57},
        {},
    ),
    "message.read": CommandPage(
        "A watermark: everything up to `seq` has been read, and so has arrived. It only moves forward.",
        {"room": 12, "seq": 57},
        {},
    ),
    "sync": CommandPage(
        "Gives every message whose `changed_seq` is above the number held, in that order, at most "
        "`sync_messages` a room and `sync_reply_messages` in all of `hello`'s limits, and what fits a frame. "
        "`complete: false` means ask again from `seq`; `reset: true`, forget what you hold of the room. Say under "
        "which `epoch` of `hello` the numbers were given: under another one they count for nothing, since the server "
        "was set back to a backup.",
        {"rooms": {"12": 56}, "epoch": "8c0d2a54-6f1e-4c0f-9a53-2b7d1f0e6c11"},
        gives.SyncReply(rooms={"12": gives.SyncedRoom(messages=[MESSAGE], seq=57, complete=True)}),
    ),
    "typing": CommandPage(
        "Repeat it while it goes on: it is shown for a few seconds. More often than the limit it is answered and not "
        "passed on.",
        {"room": 12, "on": True},
        {},
    ),
    "presence.set": CommandPage(
        "`online` and `away` are this connection's; `meditating` and `invisible` the psychic's, until `until` or "
        "until `online` is set.",
        {"status": "meditating", "note": "back at eight", "until": "2026-05-01T20:00:00Z"},
        PRESENCE,
    ),
    "session.start": CommandPage(
        "Every client computes where the session stands from `started_at`, its steps, and the server's clock.",
        {"room": 12, "guide": 3},
        SESSION,
    ),
    "session.end": CommandPage(
        "For a moderator, and for who leads it after all moderators have gone.",
        {"room": 12},
        replace(SESSION, ended_at=EVENING + timedelta(minutes=2)),
    ),
    "session.look": CommandPage("Changes nothing: for who has just come, or come back.", {"room": 12}, STATE),
    "session.sit": CommandPage(
        "Messages are held until the bell, when the session is over or one rises.", {"room": 12}, STATE
    ),
    "session.rise": CommandPage(
        "What was held meanwhile comes now.",
        {"room": 12},
        replace(
            STATE,
            circle=replace(CIRCLE, sitting=1),
            sitting=replace(SITTING, left_at=EVENING + timedelta(minutes=2), seconds=120.0),
            presence=gives.PresenceOut(id=9, username="bob", status="online", note="", until=None, last_online=EVENING),
        ),
    ),
    "piece.ask": CommandPage("In a sharing round one speaks at a time: who holds the piece.", {"room": 12}, PIECE),
    "piece.pass": CommandPage(
        "It goes to the next in the queue, or lies down.",
        {"room": 12},
        gives.PieceOut(room=12, session=5, holder=BOB, until=None, queue=[]),
    ),
    "broadcast.send": CommandPage(
        "Without `rooms` it goes to everyone, in everyone's room. Permission `messaging.broadcast`.",
        {"content": "The server rests at midnight.", "rooms": [12], "require_ack": True},
        gives.BroadcastReply(messages=[gives.BroadcastPlace(room=12, id=93, seq=62)], recipients=2),
    ),
    "broadcast.ack": CommandPage("Where the broadcast asked for it. Twice is like once.", {"id": 93}, {}),
}

EVENTS = {
    "hello": EventPage(
        "Sent to the new connection, before anything else. Every later change of these rooms arrives in order, without "
        "a gap, exactly once a connection; what was missed before is pushed right after it.",
        gives.Hello(
            protocol=codes.PROTOCOL_VERSION,
            epoch="8c0d2a54-6f1e-4c0f-9a53-2b7d1f0e6c11",
            connection_id=UUID("3b0f4b0e-7a51-4f39-8f5e-2f1c6a0d9e55"),
            psychic=BOB,
            heartbeat_seconds=25,
            server_time=EVENING,
            limits={"frame_bytes": 65536, "message_code_points": 4000},
            rooms=[ENTRY],
        ),
    ),
    "message.created": EventPage(
        "Sent to the participants. `seq` beside the payload is the message's `changed_seq`; keep a message if that is "
        "higher than the one held.",
        MESSAGE,
    ),
    "message.updated": EventPage("Sent to the participants, under the same rule as `message.created`.", EDITED),
    "message.urgent": EventPage("Sent to a psychic who meditates, at once, where they allow it.", URGENT),
    "participant.joined": EventPage("Sent to the participants.", PARTICIPANT),
    "participant.left": EventPage("Sent to the participants.", PARTICIPANT),
    "participant.updated": EventPage("Sent to the participants.", PARTICIPANT),
    "room.updated": EventPage("Sent to the participants; `my_role` is left out, as it differs by reader.", ROOM),
    "room.added": EventPage("Sent to all connections of the psychic who came in. It is the entry of `hello`.", ENTRY),
    "room.removed": EventPage(
        "Sent to all connections of the psychic who is out: they left, were kicked or banned, or the room was closed.",
        gives.RoomRemoval(room=12, kind="kick", reason="Too loud.", until=None),
    ),
    "room.gap": EventPage(
        "Sent to one connection. `after` is the psychic's `delivered_seq`, `last_seq` the room's newest number then.",
        gives.RoomGap(room=12, after=57, last_seq=457),
    ),
    "receipt.updated": EventPage(
        "Sent to the participants. In larger rooms receipts are read over REST.",
        gives.Receipt(room=12, psychic=BOB, delivered_seq=57, read_seq=57),
    ),
    "unread.updated": EventPage(
        "Sent to one's own connections when the marker was set or cleared, and when a correction or a deletion has "
        "changed what mentions them; not for what new messages and reading change, which every client counts itself. "
        "It says how it was a moment ago: what arrives around it may be in it already.",
        gives.UnreadChange(room=12, unread=8, mentions=1, unread_from=50),
    ),
    "typing.changed": EventPage(
        "Sent to those who look at the room, at most once a second.", gives.TypingChange(room=12, psychics=[ADA])
    ),
    "presence.changed": EventPage(
        "Sent to those who look at the room, gathered for up to a second.",
        gives.PresenceChange(room=12, changes=[PRESENCE]),
    ),
    "session.started": EventPage("Sent to the participants.", SESSION),
    "session.ended": EventPage(
        "Sent to the participants.",
        replace(SESSION, ended_at=EVENING + timedelta(minutes=10)),
    ),
    "circle.changed": EventPage("Sent to those who look at the room.", CIRCLE),
    "piece.changed": EventPage("Sent to those who look at the room.", PIECE),
    "broadcast.reminder": EventPage(
        "Sent to all connections of a psychic who has not acknowledged the broadcast, when its sender or an operator "
        "asks for that; not to who meditates. What waits is listed by `GET /messages/unacknowledged`.",
        gives.BroadcastReminder(
            message=replace(MESSAGE, message_type="broadcast", content="The server rests at midnight.", attachments=[]),
            at=EVENING + timedelta(minutes=20),
        ),
    ),
    "devices.changed": EventPage(
        "Sent to all connections of a psychic and of those who share a mind-link with them, when their device log has "
        "another head; to the psychic alone, under the same head, when a device waits to be endorsed or was handed "
        "keys of a mind-link's earlier messages. Not to who meditates: whoever seals for an old list is refused with "
        "`device_list_changed`.",
        gives.DevicesChange(psychic=BOB, head="l3Ctf6jSYBAbbhxgRjJlkCuzGvN1OVL0fVGGPzQqDZE"),
    ),
    "bye": EventPage(
        "Sent to one connection before the server closes it; the code is one of `x-close-codes`. Reconnect, after "
        "`retry_after` and with jitter, only where `reconnect` says so.",
        gives.Bye(code=codes.RESTART, reason="The server restarts.", reconnect=True, retry_after=1.0, until=None),
    ),
}

ERRORS = [
    DomainError(
        "device_list_changed",
        "Somebody's devices have changed meanwhile. Seal it for those of now.",
        lists=[gives.DeviceListOut(psychic=BOB, log=[], head=None, devices=[])],
    ),
    DomainError("not_found", "Not found."),
    DomainError("rate_limited", "Too many messages. Wait a moment.", retry_after=12.5),
    DomainError("muted", "You are muted.", reason="Too loud.", until="2026-05-01T20:00:00Z"),
]
