"""What the parts of a room's page are drawn from (`mindnet.templatetags.drawn`): plain values, and no more than is
seen of each, so that a part is found again although something else has changed."""

from datetime import datetime
from typing import NamedTuple

from messaging.fields import URGENT_REASON
from mindnet.pages.page import listed

# More would push what one writes out of sight.
MEDITATORS_NAMED = 3


class SeenRoom(NamedTuple):
    pk: int
    kind: str
    kind_words: str
    my_role: str | None
    is_active: bool
    description: str
    max_participants: int
    participant_count: int
    created_at: datetime


class ThisRoom(NamedTuple):
    """The room whose page it is, in the list of one's rooms."""

    pk: int


class Meditator(NamedTuple):
    username: str
    until: datetime | None


class Composer(NamedTuple):
    """`may_attach`, `is_waiting`: files can be sent with a message, or could if it were not for the wait between two.
    `meditators`: the first of those who will not be disturbed."""

    room_id: int
    title: str
    is_muted: bool
    may_attach: bool
    is_waiting: bool
    file_bytes: int
    meditators: list[Meditator]
    most_reason: int


def parts(room, *, title, entries, participants, avatars, may, write, wait_until, file_bytes, viewer):
    """The template's values. `avatars` has the keys of the pictures of all who are seen."""
    psychics = [one.psychic for one in participants]
    pictures = [avatars.get(one.id, "") for one in psychics]
    meditators = [one for one in psychics if one.status == "meditating" and one.id != viewer.pk]
    return {
        "seen": SeenRoom(
            room.pk, room.kind, room.get_kind_display(), room.my_role, room.is_active, room.description,
            room.max_participants, room.participant_count, room.created_at,
        ),
        "here": ThisRoom(room.pk),
        "side": listed(entries),
        "people": list(zip(psychics, [one.role for one in participants], pictures, strict=True)),
        "composer": Composer(
            room_id=room.pk,
            title=title,
            is_muted=write.rule == "mute",
            may_attach=may.attach.allowed,
            is_waiting=wait_until is not None,
            file_bytes=file_bytes,
            meditators=[Meditator(one.username, one.until) for one in meditators[:MEDITATORS_NAMED]],
            most_reason=URGENT_REASON.most,
        ),
    }  # fmt: skip
