"""The people of one room: who is in, and one of them with what may be done about them.

Whatever changes something is asked back once, in words that say what will happen: the first form leads to the second,
which carries the same fields and `sure`.
"""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from messaging import sync
from messaging.models import Message
from mindnet.base.errors import DomainError, not_found
from mindnet.base.ids import whole_number
from mindnet.pages.keeping_words import DEEDS, LENGTHS, Deed, length_words, question
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, sentences, shown_name
from mindnet.pages.people import name_or_none
from presence import avatars, directory
from presence.accounts import psychic_named
from presence.fields import USERNAME
from presence.models import Psychic
from rooms import lookups, restrictions, roles
from rooms.fields import RESTRICTION_MINUTES, RESTRICTION_REASON, RESTRICTION_SECONDS
from rooms.models import Kind, Restriction, Role

PAGE_PEOPLE = 50


@page
@require_GET
def room_people(request, room_id):
    """Everybody who is in, by name; what is on them, for those who keep order."""
    room = lookups.get_room(psychic=request.user, room_id=room_id)
    if room.kind == Kind.BROADCAST:
        raise not_found()
    query = request.GET.get("q", "").strip()[: USERNAME.most]
    rows = {row.psychic_id: row for row in room.participant_rows.active()}
    found = Psychic.objects.filter(pk__in=rows, username__icontains=query)
    after, before = (name_or_none(request.GET.get(name, "")) for name in ("after", "before"))
    shown = directory.page_by_name(found, after=after, before=before, size=PAGE_PEOPLE)
    marks = marks_in(room, shown.rows) if room.my_role in lookups.MODERATING else {}

    def address(**cursor):
        return f"{reverse('room_people', args=[room_id])}?{urlencode(({'q': query} if query else {}) | cursor)}"

    context = {
        "room": room,
        "title": shown_name(room, request.user),
        "tab": "people",
        "query": query,
        "most_search": USERNAME.most,
        "people": [(one, rows[one.pk].role, marks.get(one.pk, [])) for one in shown.rows],
        "count": len(rows),
        "has_search": len(rows) > PAGE_PEOPLE or query,
        "avatars": avatars.keys_of(one.pk for one in shown.rows),
        "previous": address(before=shown.rows[0].username) if shown.has_previous else None,
        "next": address(after=shown.rows[-1].username) if shown.has_next else None,
    }
    return render(request, "room/people.html", context)


def marks_in(room, psychics):
    """{psychic: the words for what is on them}."""
    words = {Restriction.Kind.MUTE: "muted", Restriction.Kind.SLOW: "slowed down"}
    found = Restriction.objects.in_force().filter(room=room, psychic__in=psychics, kind__in=words)
    marks = {}
    for one in found:
        marks.setdefault(one.psychic_id, []).append(words[one.kind])
    return marks


def person_again(request, room_id, username):
    return person_page(request, room_id, username, values=request.POST)


@page
@takes_form(draw=person_again)
def room_person(request, room_id, username):
    """One person in this room. A form that is not sure yet is asked back."""
    if request.method != "POST":
        return person_page(request, room_id, username)
    person = psychic_named(username)
    if person is None:
        raise not_found()
    username = person.username
    deed = DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        return person_page(request, room_id, username, values=request.POST)
    try:
        options = options_of(deed, request.POST)
        if "sure" not in request.POST:
            return asked_back(request, room_id, username, deed, options)
        carry_out(request.user, room_id, username, deed, options)
    except DomainError as error:
        if error.code == "not_found":
            raise
        errors = error.errors or {"deed": sentences(error)}
        return person_page(request, room_id, username, values=request.POST, errors=errors, status=error.status)
    messages.success(request, deed.done.format(name=username))
    return redirect("room", room_id)


def options_of(deed, posted):
    """What a restriction is made of. Raises validation_error, by the rules of the service."""
    if not deed.is_restriction:
        return {}
    minutes = None if deed.key == Restriction.Kind.KICK else minutes_of(posted)
    seconds = number_of(posted, "seconds") if deed.key == Restriction.Kind.SLOW else None
    return {
        "minutes": restrictions.checked_minutes(deed.key, minutes),
        "seconds": restrictions.checked_seconds(deed.key, seconds),
        "reason": restrictions.checked_reason(posted.get("reason", "")),
    }


def minutes_of(posted):
    """One of the lengths, or a number of minutes; None until it is lifted."""
    length = posted.get("length", "")
    if length == "lifted":
        return None
    return number_of(posted, "minutes") if length == "number" else whole_number(length) or 0


def number_of(posted, name):
    """0 where it is no number: the service says what it takes."""
    return whole_number(posted.get(name, "").strip()) or 0


def carry_out(psychic, room_id, username, deed, options):
    where = {"psychic": psychic, "room_id": room_id, "username": username}
    if deed.is_restriction:
        restrictions.restrict(kind=deed.key, **where, **options)
    elif deed.key == "hand_over":
        roles.hand_over(**where)
    else:
        roles.set_role(role=deed.key, **where)


def asked_back(request, room_id, username, deed, options):
    room = lookups.get_room(psychic=request.user, room_id=room_id)
    fields = {name: request.POST[name] for name in ("deed", *deed.fields) if name in request.POST}
    title = shown_name(room, request.user)
    ask, means = question(deed, name=username, room=title, **options)
    if username == request.user.username:
        means = "You give up your role here. Only an owner can give it back to you."
    context = {
        "room": room,
        "title": title,
        "name": username,
        "deed": deed,
        "question": ask,
        "means": means,
        "reason": options.get("reason", ""),
        "fields": fields,
    }
    return render(request, "room/sure.html", context)


def person_page(request, room_id, username, *, values=None, errors=None, status=200):
    room = lookups.get_room(psychic=request.user, room_id=room_id)
    person = psychic_named(username)
    if person is None or room.kind == Kind.BROADCAST:
        raise not_found()
    row = room.participant_rows.active().filter(psychic=person).first()
    is_moderating = room.my_role in lookups.MODERATING and room.is_active and room.kind != Kind.PRIVATE
    if row is None and not is_moderating:
        raise not_found()
    borne = Restriction.objects.in_force().filter(room=room, psychic=person).select_related("created_by")
    values = values or {"length": str(LENGTHS[0][0]), "seconds": RESTRICTION_SECONDS.example}
    context = {
        "room": room,
        "title": shown_name(room, request.user),
        "tab": "person",
        "person": person,
        "row": row,
        "is_me": person == request.user,
        "is_moderating": is_moderating,
        "borne": [(one, length_words(one)) for one in borne.order_by("-pk")] if is_moderating else [],
        "role_deeds": role_deeds(room, row, request.user) if row and is_moderating else [],
        "deeds": restriction_deeds(room, row, person, request.user) if is_moderating else [],
        "lengths": LENGTHS,
        "values": values,
        "errors": errors or {},
        "most": {
            "reason": RESTRICTION_REASON.most,
            "minutes": RESTRICTION_MINUTES.most,
            "seconds": RESTRICTION_SECONDS.most,
        },
        "about": message_about(request, room, person) if is_moderating else None,
        "avatars": avatars.keys_of([person.pk]),
    }
    return render(request, "room/person.html", context, status=status)


def role_deeds(room, row, viewer) -> list[Deed]:
    """What an owner may make of somebody who is in."""
    if room.my_role != Role.OWNER:
        return []
    keys = [role for role in ("moderator", "participant", "owner") if role != row.role]
    return [DEEDS[key] for key in (keys if row.psychic_id == viewer.pk else [*keys, "hand_over"])]


def restriction_deeds(room, row, person, viewer) -> list[Deed]:
    """What may be put on somebody: nothing on oneself, nor on who stands as high."""
    if person == viewer or (row and restrictions.stands_as_high(row.role, room.my_role)):
        return []
    keys = ("mute", "slow", "kick", "ban") if row else ("ban",)
    return [DEEDS[key] for key in keys]


def message_about(request, room, person):
    """The message of theirs that `?message=` names, if it is in this room."""
    number = whole_number(request.GET.get("message", "") or request.POST.get("message", ""))
    found = Message.objects.filter(pk=number, room=room, sender=person) if number else Message.objects.none()
    return next(iter(sync.read(found)), None)
