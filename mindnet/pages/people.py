"""The pages about people: the directory, profiles, and editing one's own."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from mindnet.base.errors import DomainError
from mindnet.pages.page import page, sentences
from presence import directory, profiles
from presence.fields import SEARCH, USERNAME
from presence.models import Psychic

PAGE_PEOPLE = 24
# Beside the search: so many words fit without pushing the people out of sight.
SHOWN_ABILITIES = 12


@page
@require_GET
def people(request):
    """Everybody, or whoever fits; presence as the viewer may see it."""
    query, ability = (" ".join(request.GET.get(name, "").split()) for name in ("q", "ability"))
    try:
        found, errors = directory.find(search=query, ability=ability), []
    except DomainError as error:
        found, errors = Psychic.objects.none(), sentences(error)
    after, before = (name_or_none(request.GET.get(name, "")) for name in ("after", "before"))
    shown = directory.page_by_name(found, after=after, before=before, size=PAGE_PEOPLE)

    def address(**cursor):
        words = {"q": query, "ability": ability, **cursor}
        return f"{reverse('people')}?{urlencode({name: word for name, word in words.items() if word})}"

    context = {
        "query": query,
        "ability": ability,
        "errors": errors,
        "most_search": SEARCH.most,
        "people": profiles.profiles_of(request.user, shown.rows),
        "avatars": {row.pk: row.avatar for row in shown.rows},
        "abilities": directory.abilities_in_use()[:SHOWN_ABILITIES],
        "previous": address(before=shown.rows[0].username) if shown.has_previous else None,
        "next": address(after=shown.rows[-1].username) if shown.has_next else None,
        "is_narrowed": bool(query or ability or after or before),
    }
    return render(request, "people/people.html", context, status=400 if errors else 200)


def name_or_none(text):
    """A cursor is a username; anything else begins at the beginning."""
    return text if USERNAME.fits(text) else None
