"""One's own devices for sealed mind-links, and the number that two people compare.

The server has no key, and what it says of devices is what they guard against: so both pages are drawn by scripts, from
what these have checked (view/own_devices.js, view/safety.js). Here is what is the same for everybody.
"""

import json

from django.shortcuts import render
from django.views.decorators.http import require_GET

from mindnet.base.errors import not_found
from mindnet.pages.page import page
from mindnet.realtime.shapes import to_builtins
from presence.shapes import psychic_out
from rooms.links import links_of, other_of
from rooms.lookups import get_room


@page
@require_GET
def own_devices(request):
    """With the mind-links whose earlier messages a further device would be handed the keys of."""
    links = [{"room": room_id, "other": to_builtins(psychic_out(other))} for room_id, other in links_of(request.user)]
    return render(request, "devices/own.html", {"links": json.dumps(links)})


@page
@require_GET
def safety(request, room_id):
    """Of a mind-link that one is or was in."""
    room = get_room(psychic=request.user, room_id=room_id)
    other = other_of(room, request.user)
    if other is None or room.my_role is None:
        raise not_found()
    return render(request, "devices/safety.html", {"room": room, "other": other})


@page
@require_GET
def protects(request):
    """What sealing protects, and what not."""
    return render(request, "devices/about.html")
