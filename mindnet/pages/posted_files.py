"""The files of a composer without JavaScript, which come with the message itself."""

import uuid

from messaging import attachments
from messaging.fields import ATTACHMENTS
from mindnet.base.errors import invalid
from mindnet.base.rules import most_of

FIELD = "files"


def store_files(request, room_id, nonce):
    """Stores them, and gives what `messaging.services.post_message` takes of them.

    The nonces follow from that of the form: sent twice, it stores each file once. Raises what
    `messaging.attachments.store` raises, and validation_error for more than one message has.
    """
    files = request.FILES.getlist(FIELD)
    if not files:
        return {}
    if len(files) > most_of(ATTACHMENTS):
        raise invalid("attachments", f"A message has at most {most_of(ATTACHMENTS)} files.")
    stored = [
        attachments.store(psychic=request.user, room_id=room_id, file=file, nonce=nonce_of(nonce, place, file))[0]
        for place, file in enumerate(files)
    ]
    # What only calls itself an image is a file to the server, and has no size.
    are_images = all(one.media_type.startswith("image/") and one.width for one in stored)
    return {"attachments": [one.id for one in stored], "message_type": "image" if are_images else "file"}


def nonce_of(form_nonce, place, file):
    """Of one file of a form. Another file in its place, chosen after a refusal, has another."""
    return uuid.uuid5(form_nonce, f"{place} {file.size} {file.name}")
