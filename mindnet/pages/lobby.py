"""The lobby: my rooms, rooms to join, who is online, and a form for a new room."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mindnet.base.errors import DomainError
from mindnet.database.prepared import Prepared, fetch
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import client_data, entries_of, page, sentences, shown_name
from presence import blocks
from presence import services as presence
from presence.fields import USERNAME
from presence.models import Psychic, lease_began
from presence.shapes import Here
from rooms import invitations, links, lookups, services
from rooms.fields import ROOM_DESCRIPTION, ROOM_NAME
from rooms.models import PUBLIC_KINDS, Kind

LISTED_OPEN_ROOMS = 30
LISTED_QUESTIONS = 30
LISTED_INVITATIONS = 100
LISTED_ENDED_ROOMS = 50
ROOM_KINDS = [
    (Kind.OPEN, "Open", "Anybody may find it, read it and join."),
    (Kind.CLOSED, "Closed", "By invitation; for others it does not exist."),
    (Kind.MEDITATION, "Meditation", "Open, made for being quiet together."),
]


class MyRoom(NamedTuple):
    """Of a `RoomEntry` what the list of one's rooms shows."""

    id: int
    kind: str
    name: str
    unread: int
    mentions: int


class OpenRoom(NamedTuple):
    pk: int
    kind: str
    name: str
    description: str
    participant_count: int


class EndedRoom(NamedTuple):
    pk: int
    kind: str
    name: str


def open_rooms(psychic_id):
    found = lookups.list_rooms(psychic=psychic_id, mine=False, is_active=True).filter(kind__in=PUBLIC_KINDS)
    return found.order_by("-participant_count", "-pk").values_list(*OpenRoom._fields)[:LISTED_OPEN_ROOMS]


def ended_rooms(psychic_id):
    found = lookups.list_rooms(psychic=psychic_id, mine=True, is_active=False)
    return found.order_by("-pk").values_list(*EndedRoom._fields)


def all_online(since: datetime):
    """Who is online, by name."""
    return by_name(Psychic.objects.online(since))


def by_name(psychics):
    return psychics.order_by("username").values_list(*Here._fields)


def open_questions(psychic_id, now: datetime):
    return links.questions(psychic_id, now)[:LISTED_QUESTIONS]


def newest_invitations(psychic_id, now: datetime):
    return invitations.own_invitations(psychic=psychic_id, now=now)[:LISTED_INVITATIONS]


online = Prepared(all_online)
others, asked, invited = Prepared(open_rooms), Prepared(open_questions), Prepared(newest_invitations)
ended = Prepared(lambda psychic_id: ended_rooms(psychic_id)[:LISTED_ENDED_ROOMS])


@never_cache
@require_safe
def home(request):
    if not request.user.is_authenticated:
        return render(request, "lobby/welcome.html")
    return own_lobby(request)


@page
def own_lobby(request):
    return lobby(request)


def lobby(request, *, values=None, errors=None, status=200):
    """My rooms, rooms to join, people online, a form for a new room."""
    psychic, now = request.user, timezone.now()
    entries = entries_of(psychic)
    entries.sort(key=lambda entry: (entry.mentions == 0, entry.unread == 0, entry.name.lower(), entry.id))
    everybody = [] if settings.PRESENCE_AUDIENCE == "rooms" else [online(lease_began())]
    rooms, questions, offered, over, *here = fetch(
        others(psychic.pk), asked(psychic.pk, now), invited(psychic.pk, now), ended(psychic.pk), *everybody
    )
    is_all = len(over) < LISTED_ENDED_ROOMS
    hidden = {psychic.pk, *blocks.ids_of(psychic)}
    people = [Here._make(row) for row in (here[0] if here else online_in_rooms(psychic)) if row[0] not in hidden]
    keys = dict(sorted((one.id, one.avatar) for one in people))
    context = {
        "unread": sum(entry.unread for entry in entries),
        "mentions": sum(entry.mentions for entry in entries),
        "my_rooms": [MyRoom(one.id, one.kind, one.name, one.unread, one.mentions) for one in entries],
        "ended": [one._replace(name=shown_name(one, psychic)) for one in map(EndedRoom._make, over)],
        "ended_count": len(over) if is_all else ended_rooms(psychic).count(),
        "questions": questions,
        "invitations": each_room_once(offered),
        "others": list(map(OpenRoom._make, rooms)),
        "people": people,
        "avatars": keys,
        "kinds": ROOM_KINDS,
        "values": values or {"kind": Kind.OPEN},
        "errors": errors or {},
        "most": {"username": USERNAME.most, "name": ROOM_NAME.most, "description": ROOM_DESCRIPTION.most},
        "data": client_data(psychic, entries) | {"avatars": keys},
    }
    return render(request, "lobby/lobby.html", context, status=status)


def online_in_rooms(psychic):
    """Who is online, where one sees those with whom one shares a room."""
    return by_name(presence.online_psychics(viewer=psychic))


def each_room_once(offered):
    """Of the invitations to a room, newest first, the newest stands for those of other moderators."""
    rows = {row.room_id: row for row in reversed(offered)}
    return sorted(rows.values(), key=lambda row: -row.pk)


def new_room_again(request):
    return lobby(request, values=posted_room(request))


def posted_room(request):
    return {name: request.POST.get(name, "").strip() for name in ("name", "description", "kind")}


@page
@takes_form(page="home", draw=new_room_again)
def create_room(request):
    values = posted_room(request)
    try:
        room, _ = services.create_room(psychic=request.user, **values)
    except DomainError as error:
        errors = error.errors or {"name": [error.detail]}
        return lobby(request, values=values, errors=errors, status=error.status)
    return redirect("room", room.pk)


def link_again(request):
    return lobby(request, values=posted_link(request))


def posted_link(request):
    return {"kind": Kind.OPEN, "username": request.POST.get("username", "").strip()}


@page
@takes_form(page="home", draw=link_again)
def open_private(request):
    values = posted_link(request)
    username = values["username"]
    try:
        room, _ = services.create_room(psychic=request.user, name="", kind=Kind.PRIVATE, with_username=username)
    except DomainError as error:
        text = " ".join(sentences(error))
        return lobby(request, values=values, errors={"username": [text]}, status=error.status)
    return redirect("room", room.pk)
