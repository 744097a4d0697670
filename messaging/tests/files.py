"""Attachments for the tests, as they are once their files are stored."""

import uuid

from django.utils import timezone

from messaging.models import Attachment


def attach(psychic, room, name="notes.txt", **fields):
    """A file that somebody has put into a room and no message has yet."""
    fields = {"media_type": "text/plain", "size": 5, "key": uuid.uuid4().hex, "ready_at": timezone.now()} | fields
    fields = {"stored_bytes": fields["size"], "nonce_digest": b"x" * 32} | fields
    return Attachment.objects.create(uploader=psychic, room=room, name=name, **fields)
