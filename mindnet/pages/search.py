"""Finding what was said, in all rooms one is in."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from messaging import search as searching
from messaging.fields import QUERY
from messaging.search_language import Asked, parse
from messaging.search_marks import Piece, pieces, read_pieces
from mindnet.base.errors import DomainError, not_found
from mindnet.base.ids import is_id
from mindnet.pages.page import page, page_number, sentences, shown_name
from mindnet.pages.sealed_search import sealed_search
from mindnet.realtime.shapes import AttachmentOut, MessageOut
from presence import avatars

PAGE_RESULTS = 20


@dataclass
class Result:
    """A message that was found, its files with what is found in their names, and what was said before and after it."""

    message: MessageOut
    pieces: list[Piece]
    files: list[tuple[AttachmentOut, list[Piece]]]
    room: str
    before: MessageOut | None
    after: MessageOut | None

    @property
    def url(self):
        return f"{reverse('room', args=[self.message.room])}?message={self.message.id}#m{self.message.id}"


@page
@require_GET
def search(request):
    """The form, and what it found. Without a question it says what one can ask."""
    query, room_id = request.GET.get("q", "").strip(), page_number(request.GET.get("room"))
    older = page_number(request.GET.get("older"))
    names = {place.room_id: shown_name(place, request.user) for place in searching.places_of(request.user)}
    if room_id is not None and not is_id(room_id):
        raise not_found()
    found, asked, errors = searching.Found(), Asked(), []
    if query:
        try:
            asked = parse(query)
            found = searching.find(psychic=request.user, asked=asked, room_id=room_id, older=older, limit=PAGE_RESULTS)
        except DomainError as error:
            if error.code != "validation_error":
                raise
            errors = sentences(error)
    context = {
        "query": query,
        "room_id": room_id,
        "rooms": sorted(names.items(), key=lambda item: item[1].casefold()),
        "most_query": QUERY.most,
        "errors": errors,
        "results": results_of(request.user, found.messages, asked, names),
        "avatars": avatars.keys_of([message.sender.id for message in found.messages]),
        "sealed": sealed_search(request.user, asked, room_id, names) if older is None and not errors else None,
        "is_all": found.is_all,
        "is_first": older is None,
        "first": address(query, room_id),
        "older": address(query, room_id, older=found.older) if found.older else None,
        "everywhere": address(query, None) if room_id is not None else None,
    }
    return render(request, "search/search.html", context, status=400 if errors else 200)


def results_of(psychic, messages, asked, names):
    beside = searching.neighbours(psychic, messages) if messages else {}
    return [result_of(one, asked.words, names, *beside.get(one.id, (None, None))) for one in messages]


def result_of(message, words, names, before, after):
    files = [(file, pieces(file.name, words)) for file in message.attachments]
    return Result(message, read_pieces(message.content, words), files, names.get(message.room, ""), before, after)


def address(query, room_id, **cursor):
    asked = {"q": query, "room": room_id, **cursor}
    return f"{reverse('search')}?{urlencode({name: value for name, value in asked.items() if value})}"
