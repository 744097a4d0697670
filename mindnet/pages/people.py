"""The pages about people: the directory, profiles, and editing one's own."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from mindnet.base.errors import DomainError
from mindnet.base.moments import ago
from mindnet.database.prepared import asked_ahead
from mindnet.pages.page import asked_by_frame, client_data, page, sentences
from presence import directory, profiles
from presence.fields import SEARCH, USERNAME
from presence.models import Psychic, Status

PAGE_PEOPLE = 24
# Beside the search: so many words fit without pushing the people out of sight.
SHOWN_ABILITIES = 12


@page
@require_GET
def people(request):
    """Everybody, or whoever fits; presence as the viewer may see it."""
    with asked_ahead(*asked_by_frame(request.user)):
        return draw(request)


def draw(request):
    query, ability = (" ".join(request.GET.get(name, "").split()) for name in ("q", "ability"))
    after, before = (name_or_none(request.GET.get(name, "")) for name in ("after", "before"))
    shown, errors = page_of(query, ability, after=after, before=before, size=PAGE_PEOPLE)
    data = client_data(request.user, [])

    def address(**cursor):
        words = {"q": query, "ability": ability, **cursor}
        return f"{reverse('people')}?{urlencode({name: word for name, word in words.items() if word})}"

    context = {
        "query": query,
        "ability": ability,
        "errors": errors,
        "most_search": SEARCH.most,
        "people": cards_of(request.user, shown.rows, data["blocked"]),
        "abilities": directory.abilities_in_use()[:SHOWN_ABILITIES],
        "previous": address(before=shown.rows[0].username) if shown.has_previous else None,
        "next": address(after=shown.rows[-1].username) if shown.has_next else None,
        "data": data,
    }
    return render(request, "people/people.html", context, status=400 if errors else 200)


def page_of(query, ability, **asked):
    """(a page of those who fit, sentences about what was asked)."""
    if not query and not ability:
        return directory.page_of_all(**asked), []
    try:
        found, errors = directory.find(search=query, ability=ability), []
    except DomainError as error:
        found, errors = Psychic.objects.none(), sentences(error)
    return directory.page_by_name(found, **asked), errors


class Card(NamedTuple):
    """Somebody as the directory shows them: `mark` is a word beside the name, `gone` how long they are gone."""

    id: int
    username: str
    display_name: str
    avatar: str
    bio: str
    abilities: list[str]
    status: str
    note: str
    until: datetime | None
    last_online: datetime | None
    gone: str
    is_own: bool
    mark: str


def cards_of(viewer, rows, blocked):
    shown = zip(profiles.profiles_of(viewer, rows), rows, strict=True)
    return [card_of(one, row.avatar, one.id == viewer.pk, one.id in blocked) for one, row in shown]


def card_of(one, avatar, is_own, is_blocked):
    """Of a ProfileOut."""
    is_gone = one.status == Status.OFFLINE and one.last_online
    return Card(
        one.id, one.username, one.display_name, avatar, one.bio, one.abilities,
        one.status, one.note, one.until, one.last_online,
        ago(one.last_online) if is_gone else "", is_own, "you" if is_own else "blocked" if is_blocked else "",
    )  # fmt: skip


def name_or_none(text):
    """A cursor is a username; anything else begins at the beginning."""
    return text if USERNAME.fits(text) else None
