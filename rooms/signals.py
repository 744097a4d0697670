"""What rooms do when something happens below them."""

from django.apps import apps as installed_apps
from django.conf import settings
from django.db.models import F
from django.db.models.signals import post_migrate, pre_delete

from mindnet.realtime import protocol, publish
from presence.models import Psychic, Status
from presence.shapes import presence_out
from presence.signals import connections_changed, presence_changed, psychic_created, status_chosen
from rooms import services
from rooms.everyones_room import make_everyones_room
from rooms.guide_library import keep_library
from rooms.models import Kind, Room, RoomParticipant
from rooms.sittings import note_connections


def connect(app):
    presence_changed.connect(tell_who_looks)
    psychic_created.connect(start_at_the_head)
    status_chosen.connect(freeze_watermarks)
    pre_delete.connect(leave_all_rooms, sender=Psychic)
    post_migrate.connect(keep_everyones_room, sender=app)
    post_migrate.connect(keep_guides, sender=app)
    connections_changed.connect(note_connections)


def tell_who_looks(sender, psychics, **kwargs):
    """Psychics' presence has changed: those who look at one of their rooms are told. Two queries for all of them."""
    everyones = [] if settings.PRESENCE_AUDIENCE == "rooms" else Room.objects.filter(kind=Kind.BROADCAST)
    rooms = {psychic.pk: [room.pk for room in everyones] for psychic in psychics}
    rows = RoomParticipant.objects.active().filter(psychic__in=list(rooms), room__is_active=True)
    for psychic_id, room_id in rows.values_list("psychic_id", "room_id"):
        rooms[psychic_id].append(room_id)
    publish.presence([(protocol.encode(presence_out(one)), one.pk, rooms[one.pk]) for one in psychics])


def start_at_the_head(sender, psychic, **kwargs):
    """Who is new does not get what was broadcast before."""
    head = Room.objects.filter(kind=Kind.BROADCAST).values_list("last_seq", flat=True).first() or 0
    Psychic.objects.filter(pk=psychic.pk).update(everyone_delivered_seq=head, everyone_read_seq=head)
    psychic.everyone_delivered_seq = psychic.everyone_read_seq = head


def freeze_watermarks(sender, psychic_ids, status, **kwargs):
    """What an invisible psychic reads shows nowhere; the offline queue goes on from the true watermarks."""
    rows = RoomParticipant.objects.active().filter(psychic__in=psychic_ids)
    if status == Status.INVISIBLE:
        rows.update(shown_delivered_seq=F("delivered_seq"), shown_read_seq=F("read_seq"))
    else:
        rows.exclude(shown_read_seq=None).update(shown_delivered_seq=None, shown_read_seq=None)


def leave_all_rooms(sender, instance, **kwargs):
    """An account goes: its places are freed and its ownership handed on before the rows vanish."""
    for room_id in list(instance.participant_rows.active().values_list("room_id", flat=True)):
        services.leave_room(psychic=instance, room_id=room_id)


def keep_everyones_room(sender, using, apps=installed_apps, **kwargs):
    """A `flush` takes everyone's room with it. Going back before the first migration, there is no table for it."""
    try:
        Room = apps.get_model("rooms", "Room")
    except LookupError:
        return
    make_everyones_room(Room, using)


def keep_guides(sender, using, apps=installed_apps, **kwargs):
    """The library as this release has it. Going back before guides, there is no table for it."""
    try:
        Guide = apps.get_model("rooms", "Guide")
    except LookupError:
        return
    keep_library(Guide, using)
