"""Finding rooms with permission: what a psychic may see, and may they act there. Reads only."""

import functools
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple, TypeVar, overload

from django.conf import settings
from django.db.models import Case, Exists, Func, OuterRef, PositiveIntegerField, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.database.prepared import Bound, Listed, Prepared, PreparedShapes, beyond, fetch
from mindnet.database.statements import Row
from mindnet.realtime.shapes import ParticipantOut, RoomOut
from presence.accounts import psychic_named
from presence.models import Psychic, PsychicQuerySet
from rooms.models import (
    Kind,
    Restriction,
    Role,
    Room,
    RoomParticipant,
    RoomParticipantQuerySet,
    RoomQuerySet,
    Session,
)
from rooms.shapes import (
    SEEN_IN,
    SEEN_IN_EVERYONES,
    SEEN_ROOM,
    SeenIn,
    my_room_out,
    participant_out,
    room_seen,
    session_out,
)

# Participants told at once, on entering a room or by a page; REST pages through all of them.
LISTED_PARTICIPANTS = 500
# So many of them cost as much as entering a room with nobody in it.
LISTED_PER_TOKEN = 50

OWNING: tuple[str, ...] = (Role.OWNER,)
MODERATING: tuple[str, ...] = (Role.OWNER, Role.MODERATOR)

RoomRows = QuerySet[Room, tuple[Any, ...]]
Rows = TypeVar("Rows", bound=QuerySet[Any, Any])
Shape = TypeVar("Shape")


def visible_rooms(psychic: Psychic | int) -> RoomQuerySet:
    """Rooms that exist for this psychic (or for the one of this id), each with `my_role` (None when not in)."""
    mine = RoomParticipant.objects.shown().filter(room=OuterRef("pk"), psychic=psychic)
    everyones = When(kind=Kind.BROADCAST, then=Value(Role.PARTICIPANT.value))
    role = Case(everyones, default=Subquery(mine.values("role")[:1]))
    return Room.objects.visible_to(psychic).select_related("created_by").annotate(my_role=role)  # type: ignore[no-redef]  # what the attribute is declared for


def list_rooms(
    *,
    psychic: Psychic | int,
    kind: str | None = None,
    mine: bool | None = None,
    search: str = "",
    is_active: bool | None = None,
) -> RoomQuerySet:
    """The rooms this psychic sees. `mine`: only those they are in, or only the others."""
    rooms = visible_rooms(psychic)
    if kind:
        rooms = rooms.filter(kind=kind)
    if mine is not None:
        rooms = rooms.filter(my_role__isnull=not mine)  # type: ignore[misc]  # annotated
    if search:
        rooms = rooms.filter(name__icontains=search)
    if is_active is not None:
        rooms = rooms.filter(is_active=is_active)
    return rooms


def rows_to_show(rooms: RoomQuerySet) -> RoomRows:
    """Of these rooms the rows that `rooms.shapes.room_seen` takes."""
    count = Func("pk", function="COUNT", output_field=PositiveIntegerField())
    everybody = Subquery(Psychic.objects.active().order_by().values(count=count))
    in_everyones = When(kind=Kind.BROADCAST, then=everybody)
    return rooms.annotate(participants=Case(in_everyones, default="participant_count")).values_list(*SEEN_ROOM)


def room_pages(*, psychic: Psychic, search: str = "", **filters: Any) -> Callable[..., list[Listed[RoomOut]]]:
    """What a page of `list_rooms` is read from (`mindnet.rest.lists.Page`)."""
    if not search:
        return functools.partial(listed_rooms.rows, psychic.pk, **filters)
    found = rows_to_show(list_rooms(psychic=psychic, search=search, **filters))
    return lambda cursor, *, rises, most: list(map(listed_room, beyond(found, cursor, rises=rises, most=most)))


def listed_room(row: Row) -> Listed[RoomOut]:
    return Listed(row[0], room_seen(row))


def rooms_beyond(
    psychic_id: int,
    cursor: int,
    *,
    rises: bool,
    most: int,
    kind: str | None = None,
    mine: bool | None = None,
    is_active: bool | None = None,
) -> RoomRows:
    found = list_rooms(psychic=psychic_id, kind=kind, mine=mine, is_active=is_active)
    return beyond(rows_to_show(found), cursor, rises=rises, most=most)  # type: ignore[no-any-return]  # what it was given


# A part of `list_rooms`, where no word is looked for.
listed_rooms = PreparedShapes(rooms_beyond, listed_room)
# A room as somebody sees it, by their id and its own.
seen_room = Prepared(lambda psychic_id, room_id: visible_rooms(psychic_id).filter(pk=room_id).order_by())


class Standing(NamedTuple):
    """Of a room as somebody sees it what says how they stand there."""

    pk: int
    kind: str
    is_active: bool
    my_role: str | None


def own_standing(psychic_id: int, room_id: int) -> RoomRows:
    return visible_rooms(psychic_id).filter(pk=room_id).order_by().values_list(*Standing._fields)


standings = Prepared(own_standing)


def get_room(*, psychic: Psychic, room_id: int) -> Room:
    """The room with `my_role`, or `not_found` where it does not exist for this psychic."""
    room = seen_room.first(psychic.pk, room_id) if is_id(room_id) else None
    if room is None:
        raise not_found()
    return room


def everyone_room() -> Room:
    """The one room of kind broadcast. Read afresh: one cheap query, and no stale id."""
    return Room.objects.get(kind=Kind.BROADCAST)


def participation(room: Room, psychic: Psychic) -> RoomParticipant | None:
    """The psychic's row in a room whether they are in or were, or None."""
    return room.participant_rows.filter(psychic=psychic).select_related("psychic").first()


@overload
def require_participant(*, psychic: Psychic, room_id: int, roles: Collection[str]) -> tuple[Room, RoomParticipant]: ...
@overload
def require_participant(*, psychic: Psychic, room_id: int) -> tuple[Room, RoomParticipant | None]: ...
def require_participant(
    *, psychic: Psychic, room_id: int, roles: Collection[str] | None = None
) -> tuple[Room, RoomParticipant | None]:
    """(room, participant row) of who is about to act in a room; with `roles`, who has one of them.

    `not_found` where the room does not exist for them, `room_closed` when it has ended, `not_participant` in an open
    room they are not in. In everyone's room everybody is a participant, without a row: it is None there.
    """
    room = get_room(psychic=psychic, room_id=room_id)
    refuse_role(room, room.my_role, roles)
    row = None
    if room.kind != Kind.BROADCAST:
        row = RoomParticipant.objects.active().select_related("psychic").filter(room=room, psychic=psychic).first()
        # Another role than a moment ago is the role they have.
        refuse_role(room, row.role if row else None, roles)
        if row:
            row.room = room
    return room, row


def refuse_role(room: Room, role: str | None, roles: Collection[str] | None) -> None:
    """Raises what `require_participant` refuses with, for who has this role in a room (None: who is not in)."""
    if not room.is_active:
        raise room_closed()
    if role is None:
        raise DomainError("not_participant", "Join this room first.")
    if roles and role not in roles:
        rule = "everyones_room" if room.kind == Kind.BROADCAST else "role"
        raise DomainError("permission_denied", "Your role in this room does not allow this.", rule=rule)


def refuse_mind_link(room: Room, sentence: str) -> None:
    """Raises permission_denied in a mind-link of two equals."""
    if room.kind == Kind.PRIVATE:
        raise DomainError("permission_denied", sentence, rule="mind_link")


def require_psychic(username: str) -> Psychic:
    """The open account of this name. Raises validation_error."""
    found = psychic_named(username)
    if found is None:
        raise invalid("username", "No psychic has this name.")
    return found


def may_write(*, psychic_id: int, room_id: int) -> bool:
    """Whether a psychic is in a room that goes on, and not muted there."""
    mutes = Restriction.objects.in_force().filter(room=room_id, psychic=psychic_id, kind=Restriction.Kind.MUTE)
    rows = RoomParticipant.objects.active().filter(room=room_id, psychic=psychic_id, room__is_active=True)
    return rows.filter(~Exists(mutes)).exists()


def room_closed() -> DomainError:
    return DomainError("room_closed", "This room has ended.")


def participant_rows(room: Room | Standing, viewer: Psychic) -> QuerySet[Any]:
    """`rows_for_those_in`, each with what the viewer may know of them."""
    rows = rows_for_those_in(room)
    return marked_known(rows, "pk", viewer) if room.kind == Kind.BROADCAST else marked_known_in(room, rows, viewer)


def participants_beyond(room_id: int, cursor: int, *, rises: bool, most: int) -> QuerySet[Any, tuple[Any, ...]]:
    found = those_in(room_id).values_list(*SEEN_IN)
    return beyond(found, cursor, rises=rises, most=most)  # type: ignore[no-any-return]  # what it was given


def participant_of(row: Row) -> ParticipantOut:
    return participant_out(SeenIn(*row))


def listed_participant(row: Row) -> Listed[ParticipantOut]:
    return Listed(row[0], participant_of(row))


listed_participants = PreparedShapes(participants_beyond, listed_participant)
longest_standing = PreparedShapes(
    lambda room_id: those_in(room_id).values_list(*SEEN_IN)[:LISTED_PARTICIPANTS], participant_of
)


def participant_pages(*, psychic: Psychic, room_id: int) -> Callable[..., list[Listed[ParticipantOut]]]:
    """What a page of the participants is read from (`mindnet.rest.lists.Page`). Reading raises not_found."""

    def page(cursor: int, *, rises: bool, most: int) -> list[Listed[ParticipantOut]]:
        return those_shown(
            psychic,
            room_id,
            listed_participants(room_id, cursor, rises=rises, most=most),
            lambda rows: beyond(rows, cursor, rises=rises, most=most),
            listed_participant,
        )

    return page


def list_participants(*, psychic: Psychic, room_id: int) -> list[ParticipantOut]:
    """Who is in a room, the longest-standing first, at most LISTED_PARTICIPANTS of them."""
    return those_shown(
        psychic, room_id, longest_standing(room_id), lambda rows: rows[:LISTED_PARTICIPANTS], participant_of
    )


def participants_in(room: Room, viewer: Psychic) -> list[ParticipantOut]:
    """The same of a room (with `my_role`) that the viewer was found to see."""
    if room.kind == Kind.BROADCAST or not is_shared(room):
        rows = as_seen(room, participant_rows(room, viewer))[:LISTED_PARTICIPANTS]
        return [participant_of(row) for row in rows]
    return longest_standing.rows(room.pk)


def those_shown(
    viewer: Psychic,
    room_id: int,
    prepared: Bound[Shape],
    part: Callable[[Any], Iterable[Row]],
    make: Callable[[Row], Shape],
) -> list[Shape]:
    """Those of a room whom `prepared` reads, or where the viewer may not know the same of all of them, `part` of
    `participant_rows` as `make` makes them. Raises not_found.

    The room is asked for together with them: where it does not exist for the viewer, nobody is told what was read.
    """
    if not is_id(room_id):
        raise not_found()
    found, shown = fetch(standings(viewer.pk, room_id), prepared)
    if not found:
        raise not_found()
    room = Standing._make(found[0])
    if room.kind == Kind.BROADCAST or not is_shared(room):
        return [make(row) for row in part(as_seen(room, participant_rows(room, viewer)))]
    return shown


def as_seen(room: Room | Standing, rows: QuerySet[Any]) -> QuerySet[Any, tuple[Any, ...]]:
    """The columns of SeenIn, of rows of `participant_rows`."""
    in_everyones = ("pk", Value(room.pk), Value(Role.PARTICIPANT.value), *SEEN_IN_EVERYONES)
    columns = in_everyones if room.kind == Kind.BROADCAST else SEEN_IN
    return rows.values_list(*columns, *("is_known",) if "is_known" in rows.query.annotations else ())


def marked_known_in(room: Room | Standing, rows: Rows, viewer: Psychic) -> Rows:
    """`marked_known` of participant rows of a room (with `my_role`). Whoever is in a room that goes on shares it with
    all the others there; one that has ended is shared no longer."""
    return rows if is_shared(room) else marked_known(rows, "psychic", viewer)


def is_shared(room: Room | Standing) -> bool:
    """Whether everybody in a room (with `my_role`) may know how the others are, and the viewer as well."""
    return settings.PRESENCE_AUDIENCE != "rooms" or bool(room.my_role and room.is_active)


def rows_for_those_in(room: Room | Standing) -> QuerySet[Any]:
    """Of everybody in a room, the longest-standing first; in everyone's they are the psychics themselves."""
    if room.kind == Kind.BROADCAST:
        return Psychic.objects.active().order_by("pk")
    return those_in(room.pk)


def marked_known(rows: Rows, column: str, viewer: Psychic) -> Rows:
    """Under PRESENCE_AUDIENCE=rooms, says of each row whether the viewer may see that psychic's presence and
    watermarks."""
    if settings.PRESENCE_AUDIENCE != "rooms":
        return rows
    shared = rooms_shared(viewer).filter(psychic=OuterRef(column))
    return rows.annotate(is_known=Case(When(**{column: viewer.pk}, then=Value(True)), default=Exists(shared)))


def rooms_shared(viewer: Psychic) -> RoomParticipantQuerySet:
    """The participant rows of everybody in the viewer's rooms. Everyone's room has none, and so does not count."""
    mine = RoomParticipant.objects.active().filter(psychic=viewer, room__is_active=True).values("room")
    return RoomParticipant.objects.active().filter(room__in=mine)


def those_in(room_id: int) -> RoomParticipantQuerySet:
    rows = RoomParticipant.objects.filter(room=room_id).active().select_related("psychic")
    return rows.order_by("joined_at", "pk")


def enter_room(*, psychic: Psychic, room_id: int, has_list: bool = True) -> dict[str, Any]:
    """The room now looked at, as `room.enter` answers it but for who is in it (`rooms.lists`).

    Raises rate_limited above ENTER_RATE: where a list belongs to the answer (`has_list`) it costs by its length.
    """
    room, _ = require_participant(psychic=psychic, room_id=room_id)
    out = my_room_out(room)
    listed = min(out.participants, LISTED_PARTICIPANTS) if has_list else 0
    rates.check("ENTER_RATE", psychic.pk, cost=1 + listed // LISTED_PER_TOKEN)
    session = session_in(room)
    return {"room": out, "session": session_out(session) if session else None}


def session_in(room: Room) -> Session | None:
    """The guided session that runs in a room (its row), or None. No query where none does."""
    if room.session_id is None:
        return None
    session = Session.objects.running().filter(pk=room.session_id).select_related("leader", "holder").first()
    return None if session is None or session.is_over(timezone.now()) else session


def require_session(room: Room) -> Session:
    """The session that runs in a room, or `not_found`."""
    session = session_in(room)
    if session is None:
        raise not_found()
    return session


def participant_room_ids(psychic_id: int) -> list[int]:
    """Ids of the rooms a psychic takes part in and that go on, everyone's room among them."""
    return list(Room.objects.of(psychic_id).values_list("pk", flat=True))


def share_a_room(viewer: Psychic, psychics: PsychicQuerySet) -> PsychicQuerySet:
    """Those of the psychics who share a room with the viewer, and the viewer."""
    return psychics.filter(Q(pk__in=rooms_shared(viewer).values("psychic")) | Q(pk=viewer.pk))
