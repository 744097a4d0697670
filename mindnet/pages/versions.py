"""What a message said before it was edited: its texts one under another, with what each took out and put in."""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise, takewhile

from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_GET

from messaging.versions import list_versions
from mindnet.pages.message import message_of
from mindnet.pages.page import page, shown_name

WORD = re.compile(r"\s+|\S+")


@dataclass
class Change:
    """A text beside the one before it: what stayed ahead, what went, what came, what stayed behind."""

    at: datetime
    ahead: str
    gone: str
    come: str
    behind: str


@page
@require_GET
def versions(request, room_id, message_id):
    room, message = message_of(request.user, room_id, message_id)
    found = list_versions(psychic=request.user, message_id=message_id).order_by("pk")
    texts = [(version.edited_at, version.content) for version in found]
    context = {
        "room": room,
        "title": shown_name(room, request.user),
        "message": message,
        "changes": changes([*texts, (message.edited_at, message.content)])[::-1],
        "first": texts[0] if texts else None,
        "is_cut": len(texts) >= settings.LIMITS["MESSAGE_VERSIONS"],
    }
    return render(request, "room/versions.html", context)


def changes(texts):
    """The Change to each text but the first, of (moment, text) in their order."""
    return [Change(at, *difference(before, text)) for (_, before), (at, text) in pairwise(texts)]


def difference(before, text):
    """Where two texts differ, from the first word that does to the last: (ahead, gone, come, behind).

    One stretch and no more: what says better which words moved takes the square of their number, and anybody may edit a
    long text a hundred times.
    """
    old, new = WORD.findall(before), WORD.findall(text)
    ahead = shared(old, new)
    behind = min(shared(old[::-1], new[::-1]), min(len(old), len(new)) - ahead)
    end_old, end_new = len(old) - behind, len(new) - behind
    parts = (new[:ahead], old[ahead:end_old], new[ahead:end_new], new[end_new:])
    return tuple("".join(part) for part in parts)


def shared(one, other):
    """How many words two lists begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
