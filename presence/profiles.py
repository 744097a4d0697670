"""Profiles: what psychics say of themselves, and how they are as far as the viewer may know."""

import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

from mindnet.base.errors import invalid
from mindnet.base.rules import Text, most_of
from mindnet.base.text import check_name, clean_text
from mindnet.database.transactions import write_transaction
from mindnet.realtime import shapes
from presence import avatars
from presence.accounts import find_psychic
from presence.fields import ABILITIES, ABILITY, BIO, DISPLAY_NAME
from presence.models import Ability, Psychic
from presence.services import audience
from presence.shapes import ProfileOut, ProfileRow, own_presence_out, presence_out, unknown_out

# Reading


def profile(*, viewer: Psychic, username: str) -> ProfileOut:
    """The profile of a psychic, with the presence that this viewer may see."""
    return profiles_of(viewer, [find_psychic(username)])[0]


def own_profile(*, psychic: Psychic) -> ProfileOut:
    return profile(viewer=psychic, username=psychic.username)


def profiles_of(viewer: Psychic, psychics: Sequence[Psychic] | Sequence[ProfileRow]) -> list[ProfileOut]:
    """The profiles of these rows, as the viewer may see them. One query at most, however many they are."""
    everybody = Psychic.objects.all()
    seen = audience(viewer, everybody)
    # The very same query back: everybody may be seen, and nothing needs to be asked.
    ids = [psychic.pk for psychic in psychics]
    known = None if seen is everybody else set(seen.filter(pk__in=ids).values_list("pk", flat=True))
    return [profile_of(psychic, presence_for(viewer, psychic, known)) for psychic in psychics]


def presence_for(viewer: Psychic, psychic: Psychic | ProfileRow, known: Collection[int] | None) -> shapes.PresenceOut:
    """Presence as this viewer may see it."""
    if psychic.pk == viewer.pk:
        return own_presence_out(psychic)
    if known is None or psychic.pk in known:
        return presence_out(psychic)
    return unknown_out(psychic)


def profile_of(psychic: Psychic | ProfileRow, presence: shapes.PresenceOut) -> ProfileOut:
    return ProfileOut(
        id=psychic.pk,
        username=psychic.username,
        display_name=psychic.display_name,
        bio=psychic.bio,
        abilities=psychic.abilities,
        avatar_url=avatars.url_of(psychic),
        status=presence.status,
        note=presence.note,
        until=presence.until,
        last_online=presence.last_online,
    )


# Writing


def update_profile(
    *, psychic: Psychic, display_name: str | None = None, bio: str | None = None, abilities: list[str] | None = None
) -> ProfileOut:
    """Changes what is given and leaves the rest. Gives the profile as it is now."""
    changes: dict[str, Any] = {}
    if display_name is not None:
        changes["display_name"] = clean_name("display_name", display_name, DISPLAY_NAME)
    if bio is not None:
        changes["bio"] = clean_bio(bio)
    if abilities is not None:
        changes["abilities"] = clean_abilities(abilities)
    if changes:
        with write_transaction():
            Psychic.objects.filter(pk=psychic.pk).update(**changes)
            if abilities is not None:
                index_abilities(psychic.pk, changes["abilities"])
    return own_profile(psychic=psychic)


def index_abilities(psychic_id: int, abilities: Sequence[str]) -> None:
    """Keeps the searchable words beside the list. In the transaction that has just written the list, which holds the
    psychic's row: two changes at once stand in line."""
    words = {folded(ability) for ability in abilities}
    rows = Ability.objects.filter(psychic=psychic_id)
    held = set(rows.values_list("word", flat=True))
    if held - words:
        rows.filter(word__in=held - words).delete()
    Ability.objects.bulk_create(Ability(psychic_id=psychic_id, word=word) for word in sorted(words - held))


def folded(text: str) -> str:
    """Text as it is compared: without case, and the same for both ways to write an accent."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())[: 3 * most_of(ABILITY)]


def clean_name(field: str, text: str, rule: Text) -> str:
    """One line without what could make it look like another: line breaks, bidi controls, invisibles."""
    text = text.strip()
    if not rule.fits(text):
        raise invalid(field, f"At most {rule.most} characters.")
    check_name(text, field=field)
    return text


def clean_bio(text: str) -> str:
    """Raises validation_error."""
    try:
        text = clean_text(text).strip()
    except ValueError as error:
        raise invalid("bio", str(error)) from None
    if not BIO.fits(text):
        raise invalid("bio", f"At most {BIO.most} characters.")
    return text


def clean_abilities(words: list[str]) -> list[str]:
    """The words of the list; the same word twice, in whatever case, says nothing more."""
    if not ABILITIES.fits(words):
        raise invalid("abilities", f"At most {ABILITIES.most} abilities.")
    words = [clean_name("abilities", word, ABILITY) for word in words]
    if any("," in word for word in words):
        # The form without JavaScript separates them with commas.
        raise invalid("abilities", "An ability has no comma in it: give two.")
    first: dict[str, str] = {}
    for word in words:
        first.setdefault(folded(word), word)
    return [word for word in first.values() if word]
