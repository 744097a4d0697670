"""A message that is changed: locked with its room, checked for whoever wants to, and given the room's next number."""

import functools
import itertools
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import JSONField, QuerySet
from django.utils import timezone

from messaging import sql, sync
from messaging.models import Message
from mindnet.base.errors import DomainError, not_found
from mindnet.base.ids import is_id
from mindnet.database.prepared import Bound, Prepared, Worded, fetch
from mindnet.database.statements import Question, ask, question
from mindnet.realtime import events, publish
from mindnet.realtime.shapes import MessageOut
from presence.models import Psychic
from rooms.models import Kind, Restriction, Role, Room, RoomParticipant
from rooms.restrictions import refusal


def lock(message_id: int) -> Message:
    """The message, with the number-giving row of its room locked. Rooms are locked before messages, everywhere."""
    if not is_id(message_id):
        raise not_found()
    room_id = Message.objects.filter(pk=message_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise not_found()
    room = Room.objects.select_for_update(no_key=True).get(pk=room_id)
    message = Message.objects.select_related("sender").get(pk=message_id)
    message.room = room
    return message


class Locked(NamedTuple):
    """A message whose room is locked, for one psychic: their role there, None where they are not in, and what is put on
    them there."""

    message: Message
    role: str | None
    restrictions: Sequence[Restriction] = ()


def locked_message(psychic: Psychic, message_id: int) -> Locked:
    """The message, with the number-giving row of its room locked, for who wants to change it.

    Raises not_found for who may not see it, and what `rooms` refuses those who may not act in the room.
    """
    [found] = locked_messages([(psychic.pk, message_id)])
    if isinstance(found, DomainError):
        raise found
    return found


def locked_messages(wanted: Sequence[tuple[int, int]]) -> list[Locked | DomainError]:
    """`locked_message` of several, (psychic's id, message's id) of each: together, and in the order of their rooms."""
    known = [one for one in wanted if is_id(one[1])]
    now = timezone.now()
    asked = [bound for psychic_id, message_id in known for bound in asked_of(psychic_id, message_id, now)]
    if known:
        # First: what follows is read under the locks.
        asked.insert(0, Worded(sql.rooms_locked([message_id for _, message_id in known])))
    answers = iter(fetch(*asked)[1:])
    return [
        found_for(psychic_id, *itertools.islice(answers, READ)) if is_id(message_id) else not_found()
        for psychic_id, message_id in wanted
    ]


# How many questions `asked_of` has.
READ = 4


def asked_of(psychic_id: int, message_id: int, now: datetime) -> list[Bound[Any]]:
    return [
        by_id(message_id),
        room_for(psychic_id, message_id),
        role_in(message_id, psychic_id),
        restrictions_in(message_id, psychic_id, now),
    ]


def found_for(psychic_id: int, messages: Any, rooms: Any, roles: Any, restrictions: Any) -> Locked | DomainError:
    """Of the rows of `asked_of`."""
    if not messages or not rooms:
        return not_found()
    [message], [room] = messages, rooms
    message.room = room
    if room.kind == Kind.BROADCAST:
        return Locked(message, Role.PARTICIPANT, restrictions)
    if not roles:
        is_own = message.sender_id == psychic_id
        return DomainError("not_participant", "Join the room first.") if is_own else Locked(message, None)
    if not room.is_active:
        return DomainError("room_closed", "This room has ended.")
    return muted(restrictions) or Locked(message, roles[0], restrictions)


def muted(restrictions: Sequence[Restriction]) -> DomainError | None:
    """What is said to who may not write, and so may not rewrite either."""
    return next((refusal(one) for one in restrictions if one.kind == Restriction.Kind.MUTE), None)


def room_of(message_id: int) -> QuerySet[Message, Any]:
    """A message stays in its room for ever."""
    return Message.objects.filter(pk=message_id).order_by().values("room_id")[:1]


def restrictions_of(message_id: int, psychic_id: int, now: datetime) -> QuerySet[Restriction]:
    return Restriction.objects.in_force(now).filter(room=room_of(message_id), psychic=psychic_id).order_by("pk")


def own_role(message_id: int, psychic_id: int) -> QuerySet[RoomParticipant, str]:
    rows = RoomParticipant.objects.active().filter(room=room_of(message_id), psychic=psychic_id)
    return rows.values_list("role", flat=True)


by_id = Prepared(lambda message_id: Message.objects.filter(pk=message_id).order_by())
room_for = Prepared(
    lambda psychic_id, message_id: Room.objects.visible_to(psychic_id).filter(pk=room_of(message_id)).order_by()
)
role_in, restrictions_in = Prepared(own_role), Prepared(restrictions_of)
read_by_id = Prepared(lambda message_id: Message.objects.filter(pk=message_id).order_by().values_list(*sync.FIELDS))


def as_it_is(message: Message) -> MessageOut:
    return sync.completed(read_by_id.rows(message.pk))[0]


# Saving


class Change(NamedTuple):
    """Of a locked message: the columns that have other values now. `before`: what is asked with it, ahead of it."""

    message: Message
    columns: Sequence[str]
    before: Sequence[Question] = ()


def changed(message: Message, *columns: str) -> MessageOut:
    """Saves a change of these columns, see `save`. Gives the message as it is now."""
    [out] = save([Change(message, columns)])
    return out


def save(changes: Sequence[Change], *, is_last: bool = False) -> list[MessageOut]:
    """Saves each under its room's next number and tells the room of it, in their order. Gives the messages as they are
    now. `is_last`: nothing more is written in this transaction."""
    questions: list[Question] = []
    numbers, rows = [], []  # the places of their questions
    for change in changes:
        message = change.message
        values = [(name, stored_column(message, name)) for name in change.columns]
        text = CHANGE.format("".join(f", {name} = %s" for name, _ in values))
        questions += change.before
        numbers.append(len(questions))
        questions.append((NEXT_NUMBER, message.room_id))
        questions.append(question(text, *[value for _, value in values], message.room_id, message.pk))
        rows.append(len(questions))
        questions.append(read_by_id(message.pk).question)
    answers = ask(*questions, commit=is_last)
    for change, place in zip(changes, numbers, strict=True):
        [[change.message.changed_seq]] = answers[place]
    found = [read_by_id.plan({}).read(answers[place]) for place in rows]
    outs = sync.completed([row for [row] in found])
    for out in outs:
        transaction.on_commit(functools.partial(tell, out))
    return outs


def tell(message: MessageOut) -> None:
    seq = message.changed_seq
    publish.numbered(message.room, seq, seq, [events.message_event(message)])


def stored_column(message: Message, name: str) -> Any:
    """A column of a message as `ask` takes it."""
    value = getattr(message, name)
    column: Any = Message._meta.get_field(name)
    if isinstance(column, JSONField):
        return None if value is None else json.dumps(value)
    return column.get_db_prep_save(value, connection)


NEXT_NUMBER = "UPDATE rooms SET last_seq = last_seq + 1 WHERE id = %s RETURNING last_seq"
CHANGE = "UPDATE messages SET changed_seq = r.last_seq{} FROM rooms r WHERE r.id = %s AND messages.id = %s"
