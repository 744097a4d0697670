"""Finding messages again: everything the one who asks may read by being there, and nothing else.

That is the rooms they are in, ended ones too, and everyone's room. A search asks the index (`messaging.search_index`)
and reads by itself what the index has not followed yet; whatever comes of either is held against the message as it
stands now. So what was deleted or said otherwise a moment ago is not found, and what was said a moment ago is.
"""

import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from messaging import search_index, search_sql, sync
from messaging.models import Attachment, Message, MessageType, SearchEntry
from messaging.search_keys import LINK, few_grams, has_mark, room_keys, said, searchable, sender_mark
from messaging.search_language import ME, Asked
from messaging.search_sql import Clause, Look, OutOfTime
from mindnet.base import rates
from mindnet.base.errors import invalid
from mindnet.base.ids import GREATEST_ID, is_id
from mindnet.database.prepared import Bound, OneOf, Prepared, PreparedShapes, asked_ahead, fetch
from mindnet.database.statements import Question, Row, stored_moment
from mindnet.realtime.shapes import MessageOut
from presence.fields import USERNAME
from presence.models import Block, Psychic
from rooms.lookups import get_room
from rooms.models import Kind, Room, RoomParticipant

# What no key finds is looked for by reading: in so many of the newest messages, or in all where there are no more.
READ_MOST = 100_000
# Of what the index has not followed yet so many are read. It is seconds behind, so that there are few, but for the
# first hours of a database that had none.
TAIL_MOST = 20_000
# Of so many rooms a search asks for more of a word at once; of more rooms it asks in fewer looks.
FEW_ROOMS = 16
# Of SEARCH_RATE, beside the one that each search takes.
TOKENS_A_SECOND = 10
# Parts of one statement, of which SQLite takes 500.
TAILS_AT_ONCE = 100

TAIL = """SELECT * FROM (SELECT m.id, m.has_reactions, m.has_attachments, m.content FROM messages m
WHERE m.room_id = %s AND m.changed_seq > %s AND {where} ORDER BY m.changed_seq DESC LIMIT %s) AS tail"""
MENTIONED = "m.id IN (SELECT t.message_id FROM message_mentions t WHERE t.psychic_id = %s)"
ATTACHED = "EXISTS (SELECT 1 FROM attachments a WHERE a.message_id = m.id AND a.removed_at IS NULL{kind})"
UNBLOCKED = "m.room_id = %s OR m.sender_id NOT IN (SELECT blocked_id FROM blocks WHERE blocker_id = %s)"


class Place(NamedTuple):
    """A room that is searched. `seq`: how far the index has followed it."""

    room_id: int
    name: str
    kind: str
    last_seq: int
    seq: int


class Hit(NamedTuple):
    """A message that is found, and whether it has what lies in other tables."""

    id: int
    has_reactions: bool
    has_attachments: bool


@dataclass
class Found:
    """A page of what was found, newest first. `older`: what comes behind is older than this id; None at the end.
    `is_all`: whether everything was looked at that could have been found; else the newest."""

    messages: list[MessageOut] = field(default_factory=list)
    older: int | None = None
    is_all: bool = True


@dataclass
class Scope:
    """What is searched for whom: the places, and what must be true of a message there (of `m`)."""

    places: list[Place]
    clauses: list[Clause]
    sender_id: int | None


def find(
    *, psychic: Psychic, asked: Asked, room_id: int | None = None, older: int | None = None, limit: int = sync.PAGE
) -> Found:
    """A page of the messages of which all that is asked is true, in one room or in all of the psychic's own.

    Raises validation_error where nothing is asked, not_found for a room that does not exist for the psychic, and
    rate_limited. In bounded time: `Found.is_all` is false where that ended it. Sealed messages say nothing to the
    server.
    """
    if asked.is_empty() and room_id is None:
        raise invalid("q", "Say what to look for: words, a room, or whose messages.")
    places, newest = start(psychic, room_id)
    if room_id is not None and not places:
        get_room(psychic=psychic, room_id=room_id)  # and where it exists, they are not in it
    with paid_for(psychic):
        return found(psychic, asked, places, newest, older, limit)


@contextlib.contextmanager
def paid_for(psychic: Psychic) -> Iterator[None]:
    """A search costs between some milliseconds and two seconds, and counts accordingly. Raises rate_limited."""
    rates.check("SEARCH_RATE", psychic.pk)
    began = time.monotonic()
    try:
        yield
    finally:
        rates.charge("SEARCH_RATE", psychic.pk, (time.monotonic() - began) * TOKENS_A_SECOND)


def found(psychic: Psychic, asked: Asked, places: list[Place], newest: int, older: int | None, limit: int) -> Found:
    """As `find`, once it is allowed, from where it starts."""
    scope = scope_of(psychic, asked, places)
    if scope is None:
        return Found()
    hits, is_all = candidates(scope, asked, newest, GREATEST_ID if older is None else older, limit + 1)
    page = hits[:limit]
    return Found(still_so(page, asked), page[-1].id if len(hits) > limit else None, is_all)


def still_so(hits: Sequence[Hit], asked: Asked) -> list[MessageOut]:
    """The messages, without what was changed since they were found. One that nothing has happened to since it was
    sent says what it said then."""
    if not hits:
        return []
    ids = [hit.id for hit in hits]
    beside = sync.lying_beside(
        [hit.id for hit in hits if hit.has_reactions], [hit.id for hit in hits if hit.has_attachments]
    )
    with asked_ahead(standing_messages(ids), *beside) as [rows, *_]:
        messages = sync.whole(rows)
    return [
        message
        for message in messages
        if message.changed_seq == message.seq or asked.says(said(message.content, names_of(message)))
    ]


def not_deleted(ids: list[int]) -> QuerySet[Message, tuple[Any, ...]]:
    return Message.objects.filter(OneOf("pk", ids), deleted_at=None).order_by("-pk").values_list(*sync.FIELDS)


standing_messages = PreparedShapes(not_deleted, sync.bare)


def names_of(message: MessageOut) -> Iterable[str]:
    return (file.name for file in message.attachments)


# Where and under which conditions


def scope_of(psychic: Psychic, asked: Asked, places: Iterable[Place]) -> Scope | None:
    """None where nothing can be found: nobody of a name, no room of one's own."""
    places = [place for place in places if is_meant(place, asked)]
    sender = mentioned = None
    if asked.sender is not None and (sender := named(asked.sender, psychic)) is None:
        return None
    if asked.mentions is not None and (mentioned := named(asked.mentions, psychic)) is None:
        return None
    if not places:
        return None
    return Scope(places, conditions(psychic, asked, sender, mentioned, places), sender)


def start(psychic: Psychic, room_id: int | None) -> tuple[list[Place], int]:
    """The `places_of` a search, and the newest id that the index has. Read before all else: what comes after it is
    above the numbers read here, or in the index."""
    asked = bound_places(psychic, room_id)
    if asked is None:
        return [], 0
    rows, newest = fetch(asked, newest_entry())
    return as_places(rows), newest[0] if newest else 0


def places_of(psychic: Psychic, room_id: int | None = None) -> list[Place]:
    """The rooms the psychic is in, ended ones too, and everyone's, or the one of these."""
    asked = bound_places(psychic, room_id)
    return [] if asked is None else as_places(fetch(asked)[0])


def bound_places(psychic: Psychic, room_id: int | None) -> Bound[Any] | None:
    """None where there can be no such room."""
    if room_id is None:
        return searched_rooms(psychic.pk)
    return searched_room(psychic.pk, room_id) if is_id(room_id) else None


def as_places(rows: Iterable[tuple[int, str, str, int, int | None]]) -> list[Place]:
    return [Place(pk, name, kind, last_seq, seq or 0) for pk, name, kind, last_seq, seq in rows]


def own_rooms(psychic_id: int) -> QuerySet[Room, tuple[int, str, str, int, int | None]]:
    mine = RoomParticipant.objects.shown().filter(room=OuterRef("pk"), psychic=psychic_id)
    rooms = Room.objects.filter(Q(kind=Kind.BROADCAST) | Exists(mine))
    return rooms.values_list("pk", "name", "kind", "last_seq", "searched__seq")


searched_rooms = Prepared(own_rooms)
searched_room = Prepared(lambda psychic_id, room_id: own_rooms(psychic_id).filter(pk=room_id))
newest_entry = Prepared(lambda: SearchEntry.objects.order_by("-pk").values_list("pk", flat=True)[:1])


def is_meant(place: Place, asked: Asked) -> bool:
    if asked.room_id is not None and place.room_id != asked.room_id:
        return False
    return asked.room is None or asked.room in searchable(place.name)


def named(name: str, psychic: Psychic) -> int | None:
    """The id of the psychic of this name, or of the one who asks."""
    if name.lower() == ME:
        return psychic.pk
    return Psychic.objects.named(name).values_list("pk", flat=True).first() if USERNAME.fits(name) else None


def conditions(
    psychic: Psychic, asked: Asked, sender: int | None, mentioned: int | None, places: Iterable[Place]
) -> list[Clause]:
    """What the message's row and those beside it say. What blocked people have written is left out as it is of unread
    messages, but for whom somebody names whose messages they want."""
    clauses = [Clause("m.deleted_at IS NULL AND m.message_type <> %s", (MessageType.SEALED.value,))]
    if sender is not None:
        clauses.append(Clause("m.sender_id = %s", (sender,)))
    else:
        everyones = next((place.room_id for place in places if place.kind == Kind.BROADCAST), 0)
        clauses.append(Clause(UNBLOCKED, (everyones, psychic.pk)))
    if mentioned is not None:
        clauses.append(Clause(MENTIONED, (mentioned,)))
    if "file" in asked.has:
        clauses.append(Clause(ATTACHED.format(kind="")))
    if "image" in asked.has:
        clauses.append(Clause(ATTACHED.format(kind=f" AND a.kind = '{Attachment.Kind.IMAGE}'")))
    if asked.since is not None:
        clauses.append(Clause("m.timestamp >= %s", (stored_moment(asked.since),)))
    if asked.until is not None:
        clauses.append(Clause("m.timestamp < %s", (stored_moment(asked.until),)))
    return clauses


# Looking


def candidates(scope: Scope, asked: Asked, newest: int, older: int, most: int) -> tuple[list[Hit], bool]:
    """What is found below the id `older`, newest first, at most so many, and whether there was time for all.

    `newest`: the newest id of the index, from `start`.
    """
    found: dict[int, Hit] = {}
    tail = Tail(scope, asked, older)
    try:
        with search_sql.bounded() as look:
            is_all = add_indexed(look, found, tail, scope, asked, min(older, newest + 1), most)
    except OutOfTime:
        is_all = False
    found.update(tail.found())
    return [found[pk] for pk in sorted(found, reverse=True)[:most]], is_all and tail.is_all


def add_indexed(
    look: Look, found: dict[int, Hit], tail: "Tail", scope: Scope, asked: Asked, top: int, most: int
) -> bool:
    """What the index has below `top`. False where it was not looked through to the end.

    The tail is read behind the last look, so that nothing slips from the one into the other unseen. Mostly the first
    look is the last one, and it goes along.
    """
    marks = marks_for(scope, asked)
    room_ids = [place.room_id for place in scope.places]
    # Without a mark there is only reading, where no table of its own has the few that can be meant.
    is_bounded = bool(marks) or asked.mentions is not None or sum(place.seq for place in scope.places) <= READ_MOST
    bottom = 0 if is_bounded else max(0, top - READ_MOST)
    is_keyed = bool(marks) or asked.mentions is None or len(room_ids) <= search_sql.KEYED_ROOMS
    keys = [room_keys(room_id, marks) for room_id in room_ids] if is_keyed else []
    clauses = [search_sql.one_of("e.room_id", room_ids), *scope.clauses]
    clauses += [search_sql.contains("e.folded", word) for word in asked.words]
    clauses += [search_sql.lacks("e.folded", word) for word in asked.without]
    looks = 0
    for looks, window in enumerate(search_sql.windows(top, bottom), 1):
        along = tail.questions if looks == 1 else []
        rows, *tail_rows = look(search_sql.indexed(window, keys, clauses, most - len(found)), *along)
        found.update({row[0]: Hit(*row) for row in rows})
        if looks == 1:
            tail.rows = tail_rows
        if len(found) >= most:
            break
    if looks != 1 and tail.questions:
        tail.rows = look(*tail.questions)
    return len(found) >= most or bottom == 0


def marks_for(scope: Scope, asked: Asked) -> set[str]:
    """What the index has to have of a message, besides its room."""
    marks = few_grams(asked.words, 3 if len(scope.places) <= FEW_ROOMS else 2) | {has_mark(kind) for kind in asked.has}
    return marks if scope.sender_id is None else marks | {sender_mark(scope.sender_id)}


class Tail:
    """What has changed since the index came by. `is_all`: whether that is little enough to be read."""

    def __init__(self, scope: Scope, asked: Asked, older: int) -> None:
        self.asked = asked
        self.rows: list[list[Row]] = []
        behind = [place for place in scope.places if place.last_seq > place.seq]
        share = max(200, TAIL_MOST // len(behind)) if behind else 0
        where = search_sql.joined([Clause("m.id < %s", (older,)), *scope.clauses])
        part = TAIL.format(where=where.text)
        self.is_all = all(place.last_seq - place.seq <= share for place in behind)
        self.questions: list[Question] = []
        for at in range(0, len(behind), TAILS_AT_ONCE):
            places = behind[at : at + TAILS_AT_ONCE]
            values = [value for place in places for value in (place.room_id, place.seq, *where.values, share)]
            self.questions.append(search_sql.search_for(" UNION ALL ".join([part] * len(places)), values))

    def found(self) -> dict[int, Hit]:
        """Those among its rows of which all that is asked is true, by their ids."""
        rows = [(Hit(*row), content) for some in self.rows for *row, content in some]
        files = search_index.files_of([hit.id for hit, _ in rows if hit.has_attachments])
        names = {pk: found[0] for pk, found in files.items()}
        return {hit.id: hit for hit, content in rows if is_said(content, names.get(hit.id, ()), self.asked)}


def is_said(content: str, names: Iterable[str], asked: Asked) -> bool:
    is_meant = "link" not in asked.has or LINK.search(searchable(content)) is not None
    return is_meant and asked.says(said(content, names))


# Beside what was found


def neighbours(psychic: Psychic, found: Sequence[MessageOut]) -> dict[int, tuple[MessageOut | None, MessageOut | None]]:
    """By the id of each message, what was said before and after it in its room, without what the psychic does not see:
    two statements for all of them."""
    blocked = Block.objects.filter(blocker=psychic).values("blocked")
    beside = Message.objects.filter(room=OuterRef("room"), deleted_at=None).exclude(message_type=MessageType.SEALED)
    beside = beside.exclude(sender__in=blocked)
    rows = Message.objects.filter(
        pk__in=[message.id for message in found]
    ).values_list(
        "pk",
        Subquery(beside.before(OuterRef("seq")).values("pk")[:1]),  # type: ignore[arg-type]  # a number of the row
        Subquery(beside.after(OuterRef("seq")).values("pk")[:1]),  # type: ignore[arg-type]
    )
    ids = {pk: (before, after) for pk, before, after in rows}
    wanted = {pk for pair in ids.values() for pk in pair if pk is not None}
    by_id = {message.id: message for message in sync.read(Message.objects.filter(pk__in=wanted))}
    return {pk: (by_id.get(before), by_id.get(after)) for pk, (before, after) in ids.items()}
