"""What rooms do when something happens below them."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed_apps
from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_migrate, pre_delete

from mindnet.database.statements import ask
from mindnet.database.transactions import write_transaction
from mindnet.realtime import events, publish
from mindnet.realtime.messages import Presence
from presence.models import Psychic, Status
from presence.shapes import presence_out
from presence.signals import (
    connections_changed,
    presence_changed,
    psychic_closed,
    psychic_created,
    psychic_renamed,
    psychic_unblocked,
)
from rooms import devices, links, renames, services
from rooms.everyones_room import make_everyones_room
from rooms.guide_library import keep_library
from rooms.models import Kind, Room, RoomParticipant
from rooms.sittings import note_connections

EVERYONES_ROOM = f"SELECT id FROM rooms WHERE kind = '{Kind.BROADCAST}'"
PLACES = """SELECT p.psychic_id, p.room_id FROM room_participants p JOIN rooms r ON r.id = p.room_id
WHERE p.psychic_id {ids} AND p.is_active AND r.is_active"""
HIDDEN = "SELECT 1 FROM room_participants WHERE psychic_id {ids} AND shown_read_seq IS NOT NULL LIMIT 1"


def connect(app: AppConfig) -> None:
    presence_changed.connect(show_true_watermarks)  # first: who looks may ask at once
    presence_changed.connect(tell_who_looks)
    psychic_created.connect(start_at_the_head)
    psychic_closed.connect(leave_after_closing)
    psychic_renamed.connect(tell_new_name)
    psychic_unblocked.connect(show_links)
    psychic_closed.connect(forget_sealed_keys)
    pre_delete.connect(leave_all_rooms, sender=Psychic)
    post_migrate.connect(keep_everyones_room, sender=app)
    post_migrate.connect(keep_guides, sender=app)
    connections_changed.connect(note_connections)


def tell_who_looks(sender: Any, psychics: list[Psychic], **kwargs: Any) -> None:
    """Psychics' presence has changed: those who look at one of their rooms are told. One exchange for all of them."""
    rooms: dict[int, list[int]] = {psychic.pk: [] for psychic in psychics}
    everyones, found = ask((EVERYONES_ROOM,), (PLACES, list(rooms)))
    for psychic_id, room_id in found:
        rooms[psychic_id].append(room_id)
    shared = [] if settings.PRESENCE_AUDIENCE == "rooms" else [room_id for (room_id,) in everyones]
    publish.presence([Presence(events.encode(presence_out(one)), one.pk, shared + rooms[one.pk]) for one in psychics])


def show_links(sender: Any, psychic: Psychic, unblocked: Psychic, **kwargs: Any) -> None:
    """What the one had opened meanwhile is there for the other."""
    links.come_to_light(psychic, unblocked)


def start_at_the_head(sender: Any, psychic: Psychic, **kwargs: Any) -> None:
    """Who is new does not get what was broadcast before."""
    head = Room.objects.filter(kind=Kind.BROADCAST).values_list("last_seq", flat=True).first() or 0
    Psychic.objects.filter(pk=psychic.pk).update(everyone_delivered_seq=head, everyone_read_seq=head)
    psychic.everyone_delivered_seq = psychic.everyone_read_seq = head


def show_true_watermarks(sender: Any, psychics: list[Psychic], **kwargs: Any) -> None:
    """Who is seen again shows what they have read. Until then others see the watermarks as they stood when the psychic
    vanished (messaging.watermarks keeps them), also after invisibility has ended while nobody was here."""
    here = [psychic for psychic in psychics if psychic.status in (Status.ONLINE, Status.AWAY)]
    if here and ask((HIDDEN, [psychic.pk for psychic in here])) != [[]]:
        with write_transaction():
            # Locked in the order in which watermarks are written.
            rows = RoomParticipant.objects.filter(psychic__in=here).exclude(shown_read_seq=None)
            rows = rows.select_for_update().order_by("room_id", "psychic_id")
            hidden = RoomParticipant.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))
            hidden.update(shown_delivered_seq=None, shown_read_seq=None)
    read_on = [psychic.pk for psychic in here if psychic.shown_everyone_read_seq is not None]
    if read_on:
        Psychic.objects.filter(pk__in=read_on).update(shown_everyone_delivered_seq=None, shown_everyone_read_seq=None)


def leave_all_rooms(sender: Any, instance: Psychic, **kwargs: Any) -> None:
    """An account goes: its places are freed and its ownership handed on before the rows vanish."""
    services.leave_all_rooms(psychic=instance)


def leave_after_closing(sender: Any, psychic: Psychic, **kwargs: Any) -> None:
    """After the commit, so that no lock on a psychic meets one on a room; `rooms.services.sweep` does what is left
    undone by a process that dies in between."""
    transaction.on_commit(lambda: services.leave_all_rooms(psychic=psychic), robust=True)


def forget_sealed_keys(sender: Any, psychic: Psychic, **kwargs: Any) -> None:
    """Nobody comes back with a recovery code. The device log stays, by which others read what was said."""
    devices.forget_sealed(psychic.pk)


def tell_new_name(sender: Any, psychic: Psychic, **kwargs: Any) -> None:
    """After the commit, for the same reason; what a process that dies leaves undone, `rooms.renames.mend` does."""
    transaction.on_commit(lambda: renames.tell_new_name(psychic), robust=True)


def keep_everyones_room(sender: Any, using: str, apps: Any = installed_apps, **kwargs: Any) -> None:
    """A `flush` takes everyone's room with it. Going back before the first migration, there is no table for it."""
    try:
        Room = apps.get_model("rooms", "Room")
    except LookupError:
        return
    make_everyones_room(Room, using)


def keep_guides(sender: Any, using: str, apps: Any = installed_apps, **kwargs: Any) -> None:
    """The library as this release has it. Going back before guides, there is no table for it."""
    try:
        Guide = apps.get_model("rooms", "Guide")
    except LookupError:
        return
    keep_library(Guide, using)
