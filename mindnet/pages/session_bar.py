"""What a meditation room's page says of its guided session, with and without scripts."""

from django.utils import timezone

from mindnet.pages.guide_form import KIND_WORDS, spoken_length
from rooms import guides
from rooms.lookups import MODERATING, session_in
from rooms.models import Kind
from rooms.timeline import Timeline, length

# The library comes first by id, so that it is never cut off.
LISTED_GUIDES = 200


def with_length(guide):
    guide.length = spoken_length(length(guide.steps))
    return guide


def own_first(psychic):
    """The guides a psychic may use: their own, then what others share, then the library."""
    usable = guides.list_guides(psychic=psychic).select_related("owner").order_by("pk")[:LISTED_GUIDES]
    found = [with_length(one) for one in usable]
    return sorted(found, key=lambda guide: (guide.owner_id != psychic.pk, guide.owner_id is None))


def session_bar(room, psychic):
    """The template's values; none for other rooms."""
    if room.kind != Kind.MEDITATION or not room.is_active:
        return {}
    session = session_in(room)
    may_moderate = room.my_role in MODERATING
    return {
        "has_sessions": True,
        "session": session and shown(session, psychic),
        "may_moderate": may_moderate,
        "guides": own_first(psychic) if may_moderate else [],
    }


def shown(session, psychic):
    step = Timeline(session.steps, session.started_at).step_at(timezone.now())
    now = f"{KIND_WORDS[step['kind']]}: {step['text']}".removesuffix(": ") if step else KIND_WORDS["pause"]
    is_led = session.leader_id == psychic.pk
    return {"name": session.name, "now": now, "ends_at": session.ends_at, "is_led": is_led}
