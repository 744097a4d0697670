"""The files of a room, by kind: where somebody looks for what was once shown to them."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from messaging import attached, attachments
from messaging.models import Attachment, MessageType
from mindnet.pages.page import page, page_number, shown_name
from presence import blocks
from rooms import lookups
from rooms.models import Kind

PAGE_FILES = 48
# As the address has it -> as a person reads it.
KINDS = {"": "All", "image": "Pictures", "audio": "Sound", "video": "Films", "file": "Other files"}


@page
@require_GET
def room_files(request, room_id):
    room = lookups.get_room(psychic=request.user, room_id=room_id)
    kind = request.GET.get("kind", "")
    kind = kind if kind in Attachment.Kind.values else ""
    rows = attachments.list_attachments(psychic=request.user, room_id=room_id, kind=kind or None)
    # Announcements are the house's, whoever has made them.
    hidden = [] if room.kind == Kind.BROADCAST else blocks.ids_of(request.user)
    # Of which kind one is, and what it is called, only those know who can open its message.
    sealed = rows.filter(message__message_type=MessageType.SEALED)
    has_sealed, rows = sealed.exists(), rows.exclude(message__message_type=MessageType.SEALED)
    shown, older = page_of(rows.exclude(uploader__in=hidden), page_number(request.GET.get("before")))
    context = {
        "room": room,
        "title": shown_name(room, request.user),
        "tab": "files",
        "kind": kind,
        "kinds": KINDS,
        "pictures": [entry_of(row) for row in shown if row.kind == Attachment.Kind.IMAGE],
        "others": [entry_of(row) for row in shown if row.kind != Attachment.Kind.IMAGE],
        "has_sealed": has_sealed,
        "is_first": "before" not in request.GET,
        "older": older,
    }
    return render(request, "room/files.html", context)


def entry_of(row):
    """A file as messages show theirs, with its message and who has put it there."""
    return {"files": [attached.attachment_out(row)], "message": row.message, "by": row.uploader}


def page_of(rows, before):
    """(a page of attachments, newest message first, and the cursor from which the older ones go on or None)."""
    rows = attachments.beyond(rows.select_related("message", "uploader"), before)
    found = list(rows[: PAGE_FILES + 1])
    shown = found[:PAGE_FILES]
    return shown, attachments.cursor_of(shown[-1]) if len(found) > PAGE_FILES else None
