"""The lobby: my rooms, rooms to join, who is online, and a form for a new room."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mindnet.base.errors import DomainError
from mindnet.database.prepared import Prepared, asked_ahead
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import asked_by_frame, client_data, entries_of, listed, page, sentences, shown_name
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


class Question(NamedTuple):
    """Into a mind-link."""

    room_id: int
    by: str


class Invited(NamedTuple):
    """Into a room."""

    pk: int
    room_id: int
    kind: str
    name: str
    by: str
    until: datetime


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
    return links.questions(psychic_id, now).values_list("room_id", "created_by__username")[:LISTED_QUESTIONS]


def newest_invitations(psychic_id, now: datetime):
    found = invitations.own_invitations(psychic=psychic_id, now=now)
    columns = ("pk", "room_id", "room__kind", "room__name", "created_by__username", "expires_at")
    return found.values_list(*columns)[:LISTED_INVITATIONS]


online = Prepared(all_online)
others, asked, invited = Prepared(open_rooms), Prepared(open_questions), Prepared(newest_invitations)
ended = Prepared(lambda psychic_id: ended_rooms(psychic_id)[:LISTED_ENDED_ROOMS])


@require_safe
def home(request):
    return own_lobby(request) if request.user.is_authenticated else welcome(request)


@never_cache
def welcome(request):
    return render(request, "lobby/welcome.html")


@page
def own_lobby(request):
    return lobby(request)


def lobby(request, **drawn):
    """My rooms, rooms to join, people online, a form for a new room. `drawn`: what a form on it says that was not
    carried out, and why."""
    psychic = request.user
    with asked_ahead(*asked_by_frame(psychic), *asked_by_lobby(psychic, timezone.now())) as [_, _, _, *found]:
        return draw(request, *found, **drawn)


def asked_by_lobby(psychic, now):
    own = others(psychic.pk), ended(psychic.pk), asked(psychic.pk, now), invited(psychic.pk, now)
    return own if settings.PRESENCE_AUDIENCE == "rooms" else (*own, online(lease_began()))


def draw(request, rooms, over, questions, offered, here=None, *, values=None, errors=None, status=200):
    psychic = request.user
    entries = entries_of(psychic)
    entries.sort(key=lambda entry: (entry.mentions == 0, entry.unread == 0, entry.name.lower(), entry.id))
    hidden = {psychic.pk, *blocks.ids_of(psychic)}
    seen = online_in_rooms(psychic) if here is None else here
    people = [row for row in seen if row[0] not in hidden]
    keys = {row[0]: row[-1] for row in sorted(people)}
    is_all = len(over) < LISTED_ENDED_ROOMS
    context = {
        "unread": sum(entry.unread for entry in entries),
        "mentions": sum(entry.mentions for entry in entries),
        "my_rooms": listed(entries),
        "ended": [one._replace(name=shown_name(one, psychic)) for one in map(EndedRoom._make, over)],
        "ended_count": len(over) if is_all else ended_rooms(psychic).count(),
        "questions": [Question._make(row) for row in questions],
        "invitations": each_room_once([Invited._make(row) for row in offered]),
        "others": [OpenRoom._make(row) for row in rooms],
        "people": people,
        "kinds": ROOM_KINDS,
        "is_typed": bool(values or errors),
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
