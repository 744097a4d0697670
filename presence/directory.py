"""The directory: finding psychics by name and by what they are good at. Reads only."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower

from mindnet.base.errors import invalid
from mindnet.base.text import JOINERS
from mindnet.database.prepared import Prepared
from presence.fields import ABILITY, SEARCH
from presence.models import Ability, Psychic, PsychicQuerySet
from presence.profiles import clean_name, folded
from presence.shapes import ProfileRow

# To begin with; what at least two people say of themselves comes to it.
SUGGESTED = (
    "astral travel", "aura reading", "clairaudience", "clairvoyance", "dowsing", "dream walking", "empathy", "healing",
    "mediumship", "meditation", "precognition", "psychometry", "remote viewing", "tarot", "telekinesis", "telepathy",
)  # fmt: skip
IN_USE_MOST = 40
# Counting the words of everybody is worth a minute of being late.
IN_USE_SECONDS = 60
IN_USE_LEAST_PEOPLE = 2
IDS_MOST = 100

Named = TypeVar("Named", Psychic, ProfileRow)


def find(*, search: str = "", ability: str = "", ids: str | None = None) -> PsychicQuerySet:
    """The open accounts whose name, display name or abilities contain `search`, who are good at `ability`, and whose id
    is one of `ids` (with commas between them).

    Upper and lower case count the same; in display names on SQLite only for A to Z.
    """
    psychics = Psychic.objects.active()
    # Whoever types a name letter by letter is at a joiner before they are at the letter that it joins.
    search = clean_name("search", search.strip(JOINERS), SEARCH).removeprefix("@")
    ability = clean_name("ability", ability, ABILITY)
    if ids is not None:
        psychics = psychics.filter(pk__in=checked_ids(ids))
    if ability:
        able = Ability.objects.filter(word=folded(ability))
        psychics = psychics.filter(pk__in=able.values("psychic"))
    if search:
        able = Ability.objects.filter(word__contains=folded(search))
        named = Q(username__icontains=search) | Q(display_name__icontains=search)
        psychics = psychics.filter(named | Q(pk__in=able.values("psychic")))
    return psychics


def checked_ids(text: str) -> list[int]:
    """Numbers out of "1,2,3". Raises validation_error."""
    words = text.split(",")
    if len(words) > IDS_MOST or not all(word.isascii() and word.isdigit() and len(word) < 19 for word in words):
        raise invalid("ids", f"Give up to {IDS_MOST} ids, separated by commas.")
    return [int(word) for word in words]


@dataclass(frozen=True)
class NamePage(Generic[Named]):
    """Rows by name, and whether there are more ahead and behind."""

    rows: list[Named]
    has_previous: bool
    has_next: bool


def page_by_name(
    psychics: PsychicQuerySet, *, after: str | None = None, before: str | None = None, size: int
) -> NamePage[Psychic]:
    """A page in the order of names, behind the name `after` or ahead of `before`.

    Names as cursors: who comes or goes meanwhile neither repeats nor hides anybody.
    """
    found = beside_a_name(psychics, name_asked(after, before), backwards=before is not None)
    return as_page(list(found[: size + 1]), after, before, size)


def page_of_all(*, after: str | None = None, before: str | None = None, size: int) -> NamePage[ProfileRow]:
    """`page_by_name` of all open accounts."""
    rows = everybody.rows(name_asked(after, before), backwards=before is not None, most=size + 1)
    return as_page([ProfileRow._make(row) for row in rows], after, before, size)


def name_asked(after: str | None, before: str | None) -> str:
    return (after or "" if before is None else before).lower()


def beside_a_name(psychics: PsychicQuerySet, name: str, *, backwards: bool) -> PsychicQuerySet:
    """In the order of names those behind the name, of which "" is the first; backwards, those ahead of it."""
    named = psychics.annotate(username_lower=Lower("username"))
    named = named.filter(**{"username_lower__lt" if backwards else "username_lower__gt": name})
    return named.order_by("-username_lower" if backwards else "username_lower")


def everybody_beside(name: str, *, backwards: bool, most: int) -> QuerySet[Psychic, tuple[Any, ...]]:
    found = beside_a_name(Psychic.objects.active(), name, backwards=backwards)
    return found.values_list(*ProfileRow._fields)[:most]


everybody = Prepared(everybody_beside)


def as_page(rows: list[Named], after: str | None, before: str | None, size: int) -> NamePage[Named]:
    """Of one row more than the page has, where there are so many."""
    has_more, rows = len(rows) > size, rows[:size]
    if before is not None:
        return NamePage(rows[::-1], has_more, bool(rows))
    return NamePage(rows, bool(rows) and after is not None, has_more)


def abilities_in_use() -> list[str]:
    """Words that several people say of themselves, the most frequent first."""
    words: list[str] | None = cache.get("abilities-in-use")
    if words is None:
        counted = Ability.objects.filter(psychic__is_active=True).values_list("word").annotate(people=Count("pk"))
        frequent = counted.filter(people__gte=IN_USE_LEAST_PEOPLE).order_by("-people", "word")[:IN_USE_MOST]
        words = [word for word, _ in frequent]
        cache.set("abilities-in-use", words, IN_USE_SECONDS)
    return words


def suggested_abilities() -> list[str]:
    """What the edit form proposes."""
    return sorted({*SUGGESTED, *abilities_in_use()})
