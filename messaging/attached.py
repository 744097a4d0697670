"""Files on messages: how they are read with their messages, and how a new message takes them.

An attachment is its uploader's until one message takes it. That is decided in the writer's transaction, under the lock
of the attachment's own row: of two messages that name it one has it, and so it is between a message and whoever takes
the file away in the same moment. Rows of attachments are locked last, behind those of rooms and people.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db.models import Prefetch

from messaging.drafts import Draft, Numbered
from messaging.models import Attachment, HeldMessage, MessageType
from mindnet.base.errors import DomainError, invalid
from mindnet.database.statements import Question, Row, as_rows, ask, question, read_uuid
from mindnet.realtime.shapes import AttachmentOut

# For held messages: their files as they were sent.
WITH_FILES = Prefetch("attachments", Attachment.objects.filter(removed_at=None).order_by("position"))
# What says something by its files alone, and so needs one and no words.
OF_FILES = (MessageType.IMAGE, MessageType.FILE)

PUT = """UPDATE attachments SET message_id = put.message_id, held_id = put.held_id, position = put.position
FROM {rows:id uuid, message_id bigint, held_id bigint, position smallint} AS put WHERE attachments.id = put.id"""

HANGING = """SELECT id, message_id, name, media_type, size, width, height, seconds, thumbnail_key FROM attachments
WHERE message_id {ids} AND removed_at IS NULL ORDER BY message_id, position"""


# Reading


def url(attachment_id: UUID) -> str:
    """Where a file is, for those who may read it."""
    return f"/attachments/{attachment_id}"


class Hanging(NamedTuple):
    """An attachment as far as it goes over the wire."""

    pk: UUID
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    seconds: float | None
    thumbnail_key: str


def attachment_out(row: Attachment | Hanging) -> AttachmentOut:
    """An attachment as it goes over the wire."""
    address = url(row.pk)
    return AttachmentOut(
        id=row.pk,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        width=row.width,
        height=row.height,
        seconds=row.seconds,
        url=address,
        thumbnail_url=f"{address}/thumbnail" if row.thumbnail_key else None,
    )


def attachments_of(message_ids: Sequence[int]) -> dict[int, list[AttachmentOut]]:
    """What hangs on these messages, by message and in the order in which it was sent. No query for none."""
    return attachments_in(ask(question_for(message_ids))[0]) if message_ids else {}


def question_for(message_ids: Sequence[int]) -> Question:
    """What `attachments_in` reads, to be asked beside other things."""
    return HANGING, list(message_ids)


def attachments_in(rows: Iterable[Row]) -> dict[int, list[AttachmentOut]]:
    """The attachments of rows of HANGING, by message."""
    found: dict[int, list[AttachmentOut]] = {}
    for attachment_id, message_id, *said in rows:
        found.setdefault(message_id, []).append(attachment_out(Hanging(read_uuid(attachment_id), *said)))
    return found


def no_such_attachment() -> DomainError:
    return invalid("attachments", "There is no such attachment in this room.")


# Taking


class Put(NamedTuple):
    """Where an attachment goes: to a message, or to one that is held back."""

    attachment_id: UUID
    message_id: int | None
    held_id: int | None
    position: int


class Taking:
    """The attachments that the drafts of one batch name: locked until the transaction's end, and given to whoever comes
    first. Drafts without any ask nothing of the database."""

    def __init__(self, drafts: Iterable[Draft]) -> None:
        named = {attachment_id for draft in drafts for attachment_id in draft.attachments}
        self.free: dict[UUID, Attachment] = {}
        # By room and number.
        self.taken: dict[tuple[int, int], tuple[Numbered, list[Attachment]]] = {}
        if named:
            rows = Attachment.objects.select_for_update(no_key=True).order_by("pk")
            rows = rows.filter(pk__in=named, message=None, ready_at__isnull=False, removed_at=None)
            self.free = {row.pk: row for row in rows}

    def check(self, draft: Draft, held_id: int | None) -> None:
        """Raises validation_error for what is not the sender's own, of the same room, and free. `held_id`: of the held
        message that is being let through, which has its files already."""
        if len(set(draft.attachments)) < len(draft.attachments):
            raise invalid("attachments", "Give each attachment once.")
        for attachment_id in draft.attachments:
            row = self.free.get(attachment_id)
            place = (row.uploader_id, row.room_id, row.held_id) if row else None
            if place != (draft.sender_id, draft.room_id, held_id):
                raise no_such_attachment()

    def take(self, draft: Draft, message: Numbered) -> None:
        """For a message that is about to be inserted. Checked before."""
        if draft.attachments:
            message.has_attachments = True
            self.taken[message.room_id, message.seq] = message, self.out_of_reach(draft)

    def hold(self, draft: Draft, held: HeldMessage) -> None:
        """For a message that waits for a moderator."""
        put(Put(row.pk, None, held.pk, place) for place, row in enumerate(self.out_of_reach(draft)))

    def out_of_reach(self, draft: Draft) -> list[Attachment]:
        """The draft's, no longer free for those behind it in the batch."""
        return [self.free.pop(attachment_id) for attachment_id in draft.attachments]

    def write(self) -> None:
        """Once the messages that take some have their ids."""
        taken = self.taken.values()
        put(Put(row.pk, message.pk, None, place) for message, rows in taken for place, row in enumerate(rows))

    def of(self, message: Numbered) -> list[AttachmentOut]:
        """What a message of this batch with attachments has taken."""
        _, rows = self.taken[message.room_id, message.seq]
        return [attachment_out(row) for row in rows]


def put(places: Iterable[Put]) -> None:
    """In one statement; without any place in none."""
    rows = list(places)
    if rows:
        ask(question(PUT, as_rows(rows)))
