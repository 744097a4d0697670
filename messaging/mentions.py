"""Whom a text means: `@name`, `@here` for those of the room who are online, `@all` for all of them.

Who is meant is written down with the message, under the room's lock, so that it says who was in the room then. The last
two are for who has at least the role that the room asks for; in the text of anybody else they are words.

Beside the ids in the message stand rows of `Mention`, by which whoever is
meant finds it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from django.db import connection

from messaging import markup
from messaging.models import Mention, MessageType
from mindnet.database.statements import ask, question
from presence.models import Status
from rooms.models import Kind, Role

ALL, HERE = "all", "here"
# So many different names of one message are looked up: more than anybody means, and 300 messages come in one batch.
NAMES_MOST = 50
# From the highest down: each may do what those after it may.
RANKS = (Role.OWNER, Role.MODERATOR, Role.PARTICIPANT)

NAMED = """SELECT r.room_id, LOWER(p.username), p.id FROM room_participants r JOIN psychics p ON p.id = r.psychic_id
WHERE r.room_id {ids} AND r.is_active AND p.is_active AND LOWER(p.username) {texts}"""
EVERYBODY = """SELECT r.room_id, p.id, p.status FROM room_participants r JOIN psychics p ON p.id = r.psychic_id
WHERE r.room_id {ids} AND r.is_active AND p.is_active ORDER BY p.id"""
ONLINE = (Status.ONLINE, Status.AWAY)
# Rows out of what the messages say themselves, so that they cannot say something else.
WRITE_DOWN = """INSERT INTO message_mentions (message_id, psychic_id, room_id, seq)
SELECT m.id, {meant}, m.room_id, m.seq FROM messages m CROSS JOIN {each} WHERE m.id {{ids}}"""
WRITE_DOWN_ON_POSTGRESQL = WRITE_DOWN.format(
    meant="meant.id::bigint", each="LATERAL jsonb_array_elements_text(m.mentions) AS meant(id)"
)
WRITE_DOWN_ON_SQLITE = WRITE_DOWN.format(meant="meant.value", each="json_each(m.mentions) AS meant")
STRIKE = "DELETE FROM message_mentions WHERE message_id {ids} RETURNING psychic_id, room_id"


class Meant(NamedTuple):
    """Somebody was meant by a message of a room."""

    psychic_id: int
    room_id: int


class Said(NamedTuple):
    """A text and where it is said. `may_mention_all`: whether `@all` and `@here` mean somebody in it."""

    room_id: int
    sender_id: int
    content: str
    may_mention_all: bool


def may_mention_all(room_kind: str, asked: str, role: str | None) -> bool:
    """Whether a role is as high as a room asks for (`Room.mention_all`). In a mind-link there are two."""
    return room_kind != Kind.PRIVATE and role is not None and RANKS.index(Role(role)) <= RANKS.index(Role(asked))


def can_mention(message_type: str, content: str) -> bool:
    """Whether there is anything to look up. A sealed text says nothing to the server."""
    return "@" in content and message_type != MessageType.SEALED


def words_of(content: str) -> list[str]:
    """What a text mentions, in lower case, each once, the first NAMES_MOST."""
    return list(islice(dict.fromkeys(word.lower() for word in markup.mentioned(content)), NAMES_MOST))


def names_in(word: str) -> Iterable[str]:
    """The usernames that a word may stand for, the longest first: a full stop may end the name or the sentence."""
    while len(word) >= len(ALL):
        yield word
        if not word.endswith((".", "-", "_")):
            return
        word = word[:-1]


def find(texts: Sequence[Said]) -> list[list[int]]:
    """Whom each of these texts means: ids in ascending order, without the sender. Two exchanges at most."""
    words = [words_of(said.content) for said in texts]
    names = sorted({name for found in words for word in found for name in names_in(word)})
    if not names:
        return [[] for _ in texts]
    [rows] = ask(question(NAMED, sorted({said.room_id for said in texts}), names))
    named = {(room_id, name): psychic_id for room_id, name, psychic_id in rows}
    whole = whole_rooms(texts, words)
    return [sorted(meant(said, found, named, whole)) for said, found in zip(texts, words, strict=True)]


def whole_rooms(texts: Sequence[Said], words: Sequence[Collection[str]]) -> dict[tuple[int, str], set[int]]:
    """Who `@all` and `@here` are, by room and word, of the rooms in which somebody says so who may."""
    wanted = {
        said.room_id
        for said, found in zip(texts, words, strict=True)
        if said.may_mention_all and any(name in (ALL, HERE) for word in found for name in names_in(word))
    }
    people: dict[tuple[int, str], set[int]] = {}
    if wanted:
        [rows] = ask(question(EVERYBODY, sorted(wanted)))
        for room_id, psychic_id, status in rows:
            people.setdefault((room_id, ALL), set()).add(psychic_id)
            if status in ONLINE:
                people.setdefault((room_id, HERE), set()).add(psychic_id)
    return people


def meant(
    said: Said,
    words: Collection[str],
    named: Mapping[tuple[int, str], int],
    whole: Mapping[tuple[int, str], set[int]],
) -> set[int]:
    ids: set[int] = set()
    for word in words:
        for name in names_in(word):
            if name in (ALL, HERE):
                ids |= whole.get((said.room_id, name), set()) if said.may_mention_all else set()
                break
            if (said.room_id, name) in named:
                ids.add(named[said.room_id, name])
                break
    return ids - {said.sender_id}


# Rows


def write_down(message_ids: Sequence[int]) -> None:
    """Rows for those whom these messages mean, which have none yet. One statement."""
    text = WRITE_DOWN_ON_POSTGRESQL if connection.vendor == "postgresql" else WRITE_DOWN_ON_SQLITE
    ask((text, list(message_ids)))


def strike(message_ids: Collection[int]) -> set[Meant]:
    """Takes the rows of these messages away, and gives whom they have meant. One statement."""
    [rows] = ask((STRIKE, list(message_ids)))
    return {Meant(*row) for row in rows}


def write_anew(message_id: int) -> set[Meant]:
    """The rows of a message that has other words now; gives those who are meant and were not, or the other way."""
    before = strike([message_id])
    write_down([message_id])
    after = Mention.objects.filter(message=message_id).values_list("psychic_id", "room_id")
    return before ^ {Meant(*row) for row in after}
