"""What operators do to people: disconnect, ban, close accounts. One service behind `POST /admin/disconnect` and the
actions of the Django admin. It stands here, above the apps, because it knows psychics and rooms.

Every deed is written into the admin's log with who did it, whichever door it came through.
"""

from datetime import timedelta

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from messaging.views import Identifier
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.database.threads import write_transaction
from mindnet.realtime import shapes
from mindnet.rest.errors import HasPermission, StrictSerializer, read
from presence import avatars
from presence.accounts import find_psychic
from presence.closing import close_connections
from presence.models import Connection, Psychic
from rooms.lookups import is_id
from rooms.models import Kind, Room

PERMISSION = "presence.disconnect"
REASON_LENGTH = 200  # of the columns that keep it
BAN_MINUTES_MAX = 10 * 366 * 24 * 60
DEFAULT_REASON = "Disconnected by an administrator."


def disconnect_psychics(*, by, username=None, connection_id=None, room_id=None, reason="", ban_minutes=None):
    """Closes the live connections of a psychic, one connection, or those of all participants of a room but `by`.

    With `ban_minutes` whoever is meant may not connect for so long, also who is not connected now. Gives how many
    connections are being closed. Superusers are out of reach for others: a room's are left out, one by name or
    connection is `permission_denied`.
    """
    by = Psychic.objects.active().filter(pk=by.pk).first()  # fresh: a permission may have been taken
    if by is None or not by.has_perm(PERMISSION):
        raise DomainError("permission_denied", "You may not disconnect anybody.")
    if sum(target is not None for target in (username, connection_id, room_id)) != 1:
        raise invalid("username", "Give exactly one of username, connection_id and room.")
    reason = checked_reason(reason)
    check_ban(ban_minutes)
    psychics, connections, target = find_target(by, username, connection_id, room_id)
    if ban_minutes and psychics.filter(pk=by.pk).exists():
        raise invalid("ban_minutes", "You cannot ban yourself.")

    with write_transaction():
        if ban_minutes:
            psychics.update(banned_until=timezone.now() + timedelta(minutes=ban_minutes), ban_reason=reason)
            # The whole psychic is banned, so none of their connections stays.
            connections = Connection.objects.filter(psychic__in=psychics)
        code = shapes.BANNED if ban_minutes else shapes.DISCONNECTED
        count = close_connections(connections.live(), code, reason or DEFAULT_REASON)
        write_down(by, target, told(count, reason, ban_minutes))
    return count


def find_target(by, username, connection_id, room_id):
    """(the psychics meant, their connections to close, the object that the log names)"""
    if username is not None:
        psychic = find_psychic(username)
        connections = Connection.objects.filter(psychic=psychic)
    elif connection_id is not None:
        connections = Connection.objects.live().filter(pk=connection_id)
        connection = connections.select_related("psychic").first()
        if connection is None:
            raise not_found()
        psychic = connection.psychic
    else:
        room = Room.objects.filter(pk=room_id).first() if is_id(room_id) else None
        if room is None:
            raise not_found()
        psychics = within_reach(by, participants(room).exclude(pk=by.pk))
        return psychics, Connection.objects.filter(psychic__in=psychics), room
    if psychic.is_superuser and not by.is_superuser:
        raise DomainError("permission_denied", "Only a superuser disconnects a superuser.")
    return Psychic.objects.filter(pk=psychic.pk), connections, psychic


def participants(room):
    """Everybody is in everyone's room, without a row."""
    if room.kind == Kind.BROADCAST:
        return Psychic.objects.active()
    return Psychic.objects.filter(pk__in=room.participant_rows.active().values("psychic"))


def within_reach(by, psychics):
    return psychics if by.is_superuser else psychics.filter(is_superuser=False)


def close_account(*, by, psychic):
    """Ends an account for good: no login, no token, no connection. What was said stays under its name."""
    if psychic.pk == by.pk:
        raise invalid("username", "You cannot close your own account here.")
    if psychic.is_superuser and not by.is_superuser:
        raise DomainError("permission_denied", "Only a superuser closes a superuser's account.")
    with write_transaction():
        psychic.is_active = False
        # presence.accounts listens to this save and ends tokens and sockets.
        psychic.save(update_fields=["is_active"])
        write_down(by, psychic, "Closed the account.")


def remove_avatar(*, by, psychic):
    """Takes somebody's picture away. Gives how many there were."""
    if psychic.is_superuser and not by.is_superuser:
        raise DomainError("permission_denied", "Only a superuser removes a superuser's picture.")
    if not psychic.avatar:
        return 0
    with write_transaction():
        avatars.remove_avatar(psychic=psychic)
        write_down(by, psychic, "Removed the picture.")
    return 1


def lift_ban(*, by, psychic):
    with write_transaction():
        Psychic.objects.filter(pk=psychic.pk).update(banned_until=None, ban_reason="")
        write_down(by, psychic, "Lifted the ban.")


def checked_reason(reason):
    """The reason as it is kept: those it concerns will read it."""
    reason = " ".join((reason or "").split())
    if shapes.FORBIDDEN_NAME.search(reason):
        raise invalid("reason", "Control and invisible characters are not allowed here.")
    if len(reason) > REASON_LENGTH:
        raise invalid("reason", f"A reason has at most {REASON_LENGTH} characters.")
    return reason


def check_ban(minutes):
    if minutes is not None and not 1 <= minutes <= BAN_MINUTES_MAX:
        raise invalid("ban_minutes", f"A ban lasts from 1 to {BAN_MINUTES_MAX} minutes.")


def told(count, reason, ban_minutes):
    deed = f"Banned for {ban_minutes} minutes, {count} disconnected." if ban_minutes else f"Disconnected {count}."
    return f"{deed} Reason: {reason}" if reason else deed


def write_down(by, target, deed):
    LogEntry.objects.create(
        user_id=by.pk,
        content_type=ContentType.objects.get_for_model(target),
        object_id=str(target.pk),
        object_repr=str(target)[:200],
        action_flag=CHANGE,
        change_message=deed,
    )


# The REST door


class Disconnection(StrictSerializer):
    """Exactly one of `username`, `connection_id` and `room`."""

    username = serializers.CharField(required=False)
    connection_id = Identifier(required=False)
    room = serializers.IntegerField(required=False, help_text="All participants but yourself.")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=REASON_LENGTH)
    ban_minutes = serializers.IntegerField(required=False, help_text="They may not connect for so long.")


class DisconnectView(APIView):
    """Closes live connections, with code 4503, or 4504 for a ban. Permission `presence.disconnect`.

    A ban of somebody who is not connected holds as well; `disconnected` is 0 then.
    """

    permission_classes = [HasPermission(PERMISSION)]

    def get_serializer(self, *args, **kwargs):
        return Disconnection(*args, **kwargs)

    def post(self, request):
        fields = read(request, Disconnection)
        fields["room_id"] = fields.pop("room", None)
        return Response({"disconnected": disconnect_psychics(by=request.user, **fields)})
