"""The short way of messages (`mindnet.rest.short`): new ones go from the event loop to the writer, as the socket's do,
and edits that come together are one transaction."""

from collections.abc import Callable, Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct, structs

from messaging import edits, services, writer
from messaging.drafts import Draft, Letter, Stored
from messaging.fields import MESSAGE_TYPE
from mindnet.database.group_commit import Told
from mindnet.database.threads import unavailable
from mindnet.realtime.shapes import MessageOut
from presence.callers import Credential
from presence.models import Psychic


class NewMessageIn(Struct, forbid_unknown_fields=True):
    """A body that needs no second look: what is no more than this, `NewMessage` takes too."""

    content: str
    nonce: UUID | None = None
    message_type: Literal[*MESSAGE_TYPE.of] = "text"  # type: ignore[valid-type]  # to mypy a Literal is written out
    reply_to: int | None = None
    attachments: list[UUID] = []
    urgent: bool = False
    urgent_reason: str | None = None


class MessageChangeIn(Struct, forbid_unknown_fields=True):
    content: str


def prepare(psychic: Psychic, body: NewMessageIn, *, room_id: int) -> Draft:
    return services.make_draft(psychic=psychic, room_id=room_id, **structs.asdict(body))


def submit(
    credential: Credential,
    make: Callable[[Psychic | None], Draft],
    body: NewMessageIn,
    told: Told[Stored],
    *,
    room_id: int,
) -> None:
    """In the event loop of the process's writer; raises what `Batcher.submit` raises."""
    if writer.running is None:
        raise unavailable()
    writer.running.post(Letter(room_id, body.nonce, credential, make), told)


def edited(asked: Sequence[tuple[Psychic, MessageChangeIn, dict[str, int]]]) -> list[edits.Outcome]:
    return edits.edit_messages([edits.Edit(psychic, path["message_id"], body.content) for psychic, body, path in asked])


def answer(stored: Stored) -> tuple[int, MessageOut]:
    return (200 if stored.duplicate else 201), stored.message
