"""Reading messages: history pages, catch-up by number, and the offline queue. What of it is unread: `messaging.unread`.

Catch-up is exact because a room's numbers are given under its row lock: whoever holds number n has seen, or can read,
everything below n. So the head is always read before the rows: what is committed in between only adds to them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from msgspec import UNSET
from msgspec.structs import replace

from messaging import attached, reacted, watermarks
from messaging.models import Message
from mindnet.base import moments, rates
from mindnet.base.errors import invalid, not_found
from mindnet.base.ids import GREATEST_ID, is_id
from mindnet.database.prepared import Bound, Prepared, PreparedShapes, Worded, ask_along, fetch
from mindnet.database.statements import ask
from mindnet.database.threads import run, run_vital
from mindnet.realtime import events, shapes
from mindnet.realtime.readers import FactsPage, Head, Line, Page, ReceiptsPage
from mindnet.realtime.shapes import MessageOut, PsychicOut
from presence.models import Psychic
from rooms import facts
from rooms import lookups as rooms
from rooms.models import Room

PAGE = 50
PAGE_MOST = 100
# Of a frame with a sync reply: what its rooms themselves take, without their messages.
SYNC_FRAME_BYTES, SYNC_ROOM_BYTES = 256, 80

FIELDS = (
    "id",
    "room_id",
    "seq",
    "changed_seq",
    "sender_id",
    "sender__username",
    "message_type",
    "content",
    "timestamp",
    "edited_at",
    "deleted_at",
    "reply_to_id",
    "has_reactions",
    "nonce",
    "urgent",
    "mentions",
    "has_attachments",
)


def read(messages: QuerySet[Message]) -> list[MessageOut]:
    """The MessageOut of each message of a queryset, in its order. One query, another where there are reactions, and
    another where there are files."""
    return completed(messages.values_list(*FIELDS))


def completed(found: Iterable[tuple[Any, ...]]) -> list[MessageOut]:
    """The MessageOut of each row of FIELDS, with what lies in other tables: asked together, and not for none."""
    return whole([bare(row) for row in found])


class Bare(NamedTuple):
    """A message without what lies in other tables, and whether anything does."""

    message: MessageOut
    has_reactions: bool
    has_attachments: bool


def bare(row: tuple[Any, ...]) -> Bare:
    """Of a row of FIELDS."""
    # By position: with names it takes more than twice as long, and this is done for every message of every list.
    is_deleted, mentions = row[10] is not None, row[15] or []
    message = MessageOut(
        row[0], row[1], row[2], row[3], PsychicOut(row[4], row[5]), row[6], row[7], moments.utc(row[8]),
        moments.utc(row[9]), is_deleted, row[11], [], {}, row[13], row[14], mentions,
    )  # fmt: skip
    return Bare(message, row[12], row[16])


def whole(found: Sequence[Bare], beside: Sequence[Bound[Any]] = ()) -> list[MessageOut]:
    """The messages, with what lies in other tables. `beside`: what is asked along, inside `asked_ahead`."""
    liked = [message.id for message, has_reactions, _ in found if has_reactions]
    filed = [message.id for message, _, has_attachments in found if has_attachments]
    asked = lying_beside(liked, filed)
    if beside:
        ask_along(*asked, *beside)
    answers = iter(fetch(*asked))
    reactions = reacted.reactions_in(next(answers), liked) if liked else {}
    files = attached.attachments_in(next(answers)) if filed else {}

    def complete(message: MessageOut) -> MessageOut:
        told = reactions.get(message.id, reacted.NONE)
        counts = told.counts or UNSET
        attachments = files.get(message.id, [])
        return replace(message, reactions=told.psychics, reaction_counts=counts, attachments=attachments)

    return [complete(one.message) if one.has_reactions or one.has_attachments else one.message for one in found]


def lying_beside(liked: list[int], filed: list[int]) -> list[Bound[Any]]:
    """What `whole` asks for the messages with reactions and for those with files, by their ids."""
    questions = [reacted.question_for(liked)] * bool(liked) + [attached.question_for(filed)] * bool(filed)
    return [Worded(one) for one in questions]


# History

# By the room and the messages of a page, which are not whole yet.
Beside = Callable[[Room, list[MessageOut]], Sequence[Bound[Any]]]


@dataclass
class History:
    """A page of a room's messages, oldest first."""

    room: Room  # as the psychic sees it
    messages: list[MessageOut]
    first_seq: int | None  # of the room's oldest message, None in an empty room
    last_seq: int  # the room's head
    older: int | None  # older messages come before this number, None where there are none
    newer: int | None  # newer messages come after this number


def history(
    *,
    psychic: Psychic,
    room_id: int,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
    limit: int = PAGE,
    beside: Beside | None = None,
) -> History:
    """A page of a room's messages, oldest first. At most one of `before`, `after`, `around` (numbers); without any,
    the newest page. `limit` is clamped to 1..100. Raises not_found for a room the psychic may not read.

    `beside`: what the caller is going to ask of the room and its messages, to be asked along."""
    if sum(value is not None for value in (before, after, around)) > 1:
        raise invalid("before", "Give one of before, after and around.")
    limit = max(1, min(PAGE_MOST, limit))
    top, bottom = sides_of(before, after, around)
    room, rows = room_and_rows(psychic, room_id, top, bottom, limit)
    page = whole(rows, beside(room, [one.message for one in rows]) if beside else ())
    first, newest = room.first_seq, room.newest_seq
    if page and first is None:
        first = page[0].seq  # the room's first, said between the two
    # An empty page leads back to what lies on the other side of its number.
    older = page[0].seq if page else after + 1 if after is not None else None
    newer = page[-1].seq if page else max(0, before - 1) if before is not None else None
    return History(
        room=room,
        messages=page,
        first_seq=first,
        last_seq=room.last_seq,
        older=older if older is not None and first is not None and first < older else None,
        newer=newer if newer is not None and newest is not None and newest > newer else None,
    )


def sides_of(before: int | None, after: int | None, around: int | None) -> tuple[int | None, int | None]:
    """The numbers below and above which a page is, None for none."""
    if around is not None:
        return min(around + 1, GREATEST_ID), around
    return (GREATEST_ID if before is None and after is None else before), after


def asked_for(psychic: Psychic, room_id: int, *, before: int | None, after: int | None, limit: int) -> list[Bound[Any]]:
    """What `history` asks first."""
    top, bottom = sides_of(before, after, None)
    return asked_of(psychic.pk, room_id, top, bottom, limit)


def with_ends(psychic_id: int, room_id: int) -> QuerySet[Room]:
    """The room as somebody sees it, with the numbers of its oldest and its newest message."""
    # Two steps along the index. EXISTS would not say in which order to look, and PostgreSQL then reads the room.
    numbers = Message.objects.filter(room=OuterRef("pk")).values("seq")
    first, newest = (Subquery(numbers.order_by(order)[:1]) for order in ("seq", "-seq"))
    return rooms.visible_rooms(psychic_id).filter(pk=room_id).order_by().annotate(first_seq=first, newest_seq=newest)


def older(room_id: int, seq: int, *, most: int) -> QuerySet[Message, tuple[Any, ...]]:
    return Message.objects.filter(room=room_id).before(seq).values_list(*FIELDS)[:most]


def newer(room_id: int, seq: int, *, most: int) -> QuerySet[Message, tuple[Any, ...]]:
    return Message.objects.filter(room=room_id).after(seq).values_list(*FIELDS)[:most]


room_with_ends = Prepared(with_ends)
older_rows, newer_rows = PreparedShapes(older, bare), PreparedShapes(newer, bare)


def room_and_rows(
    psychic: Psychic, room_id: int, top: int | None, bottom: int | None, limit: int
) -> tuple[Any, list[Bare]]:
    """The room as `with_ends` has it, and a page of what is older than `top` and newer than `bottom`.

    They are asked together, the room first: its numbers are true of rows that are read after it. Where it does not
    exist for the psychic, nobody is told what was read.
    """
    if not is_id(room_id):
        raise not_found()
    [found, *pages] = fetch(*asked_of(psychic.pk, room_id, top, bottom, limit))
    if not found:
        raise not_found()
    above = pages.pop() if bottom is not None else []
    below = pages.pop() if top is not None else []
    return found[0], in_one(below, above, limit)


def asked_of(psychic_id: int, room_id: int, top: int | None, bottom: int | None, limit: int) -> list[Bound[Any]]:
    """What `room_and_rows` asks."""
    most = PAGE if limit <= PAGE else PAGE_MOST  # each is a statement of its own
    sides = [(older_rows, top), (newer_rows, bottom)]
    wanted = [rows(room_id, seq, most=most) for rows, seq in sides if seq is not None]
    return [room_with_ends(psychic_id, room_id), *wanted]


def in_one(older: list[Any], newer: list[Any], limit: int) -> list[Any]:
    """Half a page of what is older, newest first, and half of what is newer; where one side has less, the other has
    more. Oldest first."""
    newer = newer[: max(limit // 2, limit - len(older))]
    return older[: limit - len(newer)][::-1] + newer


# Catch-up


class Span(NamedTuple):
    """Messages in the order of their changes, and the number up to which they go."""

    messages: list[MessageOut]
    upto: int
    is_all: bool  # there was no more to read


def changes(room_id: int, after: int, limit: int) -> Span:
    """What has changed above `after`, from there on: up to the room's head, or at most `limit` messages."""
    head = Room.objects.values_list("last_seq", flat=True).get(pk=room_id)
    messages = read(Message.objects.filter(room_id=room_id).changed_after(after)[: limit + 1])
    if len(messages) > limit:
        return Span(messages[:limit], messages[limit - 1].changed_seq, False)
    return Span(messages, max(head, messages[-1].changed_seq if messages else after), True)


def newest(room_id: int, after: int, limit: int) -> Span:
    """What has changed above `after`, back from the room's head: at most the newest `limit` messages."""
    head = Room.objects.values_list("last_seq", flat=True).get(pk=room_id)
    rows = Message.objects.filter(room_id=room_id, changed_seq__gt=after).order_by("-changed_seq")
    messages = read(rows[: limit + 1])
    is_all = len(messages) <= limit
    messages = messages[:limit][::-1]
    return Span(messages, max(head, messages[-1].changed_seq if messages else 0), is_all)


@dataclass
class Left:
    """What still has room in a reply."""

    messages: int
    bytes: int
    is_empty: bool = True

    def take(self, messages: Iterable[MessageOut]) -> list[msgspec.Raw]:
        """As many of them, encoded, as have room. The first of a reply always has: no reply may bring nothing."""
        taken = []
        for message in messages:
            encoded = events.encoder.encode(message)
            self.messages -= 1
            self.bytes -= len(encoded) + 1
            if not self.is_empty and min(self.messages, self.bytes) < 0:
                break
            self.is_empty = False
            taken.append(msgspec.Raw(encoded))
        return taken

    @property
    def is_full(self) -> bool:
        return min(self.messages, self.bytes) <= 0


def sync(*, psychic: Psychic, held: Mapping[int, int], is_void: bool = False) -> dict[str, Any]:
    """The reply to `sync`: `held` maps room ids to the number up to which the client is complete. `is_void` says that
    these numbers are of another epoch and count for nothing.

    It is bounded as a whole, by SYNC_REPLY_MESSAGES and the bytes of a frame; what has no room is `complete: false`.
    Raises not_found when one of the rooms does not exist for the psychic, rate_limited above SYNC_RATE rooms.
    """
    rates.check("SYNC_RATE", psychic.pk, cost=len(held))
    wanted = [room_id for room_id in held if is_id(room_id)]
    found = rooms.visible_rooms(psychic).filter(pk__in=wanted).in_bulk()
    if len(found) < len(held):
        raise not_found()
    limits = settings.LIMITS
    room_bytes = SYNC_FRAME_BYTES + SYNC_ROOM_BYTES * len(held)
    left = Left(limits["SYNC_REPLY_MESSAGES"], limits["SERVER_FRAME_BYTES"] - room_bytes)
    return {"rooms": {str(room_id): synced(found[room_id], seq, left, is_void) for room_id, seq in held.items()}}


def synced(room: Room, seq: int, left: Left, is_void: bool) -> dict[str, Any]:
    """One room of the reply, within what is left."""
    if seq == room.last_seq and not is_void:
        return {"messages": [], "seq": seq, "complete": True}
    if left.is_full:
        return {"messages": [], "seq": seq, "complete": False}
    if is_void or seq > room.last_seq:
        return start_again(room, seq, left)
    messages, upto, complete = changes(room.pk, seq, min(left.messages, settings.LIMITS["SYNC_MESSAGES"]))
    taken = left.take(messages)
    if len(taken) < len(messages):
        upto, complete = messages[len(taken) - 1].changed_seq if taken else seq, False
    return {"messages": taken, "seq": upto, "complete": complete}


def start_again(room: Room, seq: int, left: Left) -> dict[str, Any]:
    """For who holds a number that was never given: the newest messages, as many as fit a frame."""
    is_first = left.is_empty
    messages, head, _ = newest(room.pk, 0, settings.LIMITS["QUEUE_MESSAGES"])
    taken = left.take(reversed(messages))
    if len(taken) < len(messages) and not is_first:
        return {"messages": [], "seq": seq, "complete": False}  # in a reply of its own there is more room
    return {"messages": taken[::-1], "seq": head, "complete": True, "reset": True}


# What the hub reads


HEADS = """SELECT r.id, r.last_seq, r.revision, COALESCE(c.count, 0) FROM rooms r
LEFT JOIN room_receipts c ON c.room_id = r.id WHERE r.id {ids} AND r.is_active"""


def heads(room_ids: Iterable[int]) -> dict[int, Head]:
    """How far each room has counted that has not ended."""
    [rows] = ask((HEADS, list(room_ids)))
    return {room_id: Head(*counts) for room_id, *counts in rows}


def lines(messages: Iterable[MessageOut]) -> list[Line]:
    return [(message.changed_seq, events.message_event(message)) for message in messages]


def change_lines(room_id: int, after: int, limit: int) -> Page:
    messages, upto, complete = changes(room_id, after, limit)
    return Page(lines(messages), upto, complete)


def queue_lines(room_id: int, after: int) -> tuple[list[Line], int]:
    """The offline queue: the newest above `after`, behind a `room.gap` where there is more than is pushed."""
    messages, upto, is_all = newest(room_id, after, settings.LIMITS["QUEUE_MESSAGES"])
    found = lines(messages)
    if not is_all:
        gap = events.room_event("room.gap", room_id, shapes.RoomGap(room_id, after, upto))
        found.insert(0, (0, gap))
    return found, upto


class Reader:
    """The hub's door to the database, a `mindnet.realtime.readers.Reader`."""

    async def heads(self, room_ids: list[int]) -> dict[int, Head]:
        return await run_vital(heads, room_ids)

    async def facts(self, room_id: int, after: int, limit: int) -> FactsPage:
        return await run(facts.lines, room_id, after, limit)

    async def receipts(self, room_id: int) -> ReceiptsPage:
        return await run(watermarks.receipt_lines, room_id)

    async def changes(self, room_id: int, after: int, limit: int) -> Page:
        return await run(change_lines, room_id, after, limit)

    async def queue(self, room_id: int, after: int) -> tuple[list[Line], int]:
        return await run(queue_lines, room_id, after)
