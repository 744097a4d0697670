"""What tests of guided sessions do: guides of a few steps, sessions, time that has passed, connections."""

from datetime import timedelta

from messaging import services as messaging
from presence.models import Connection, Psychic
from rooms import guides, sessions


def steps(*parts):
    """(kind, seconds) one after the other."""
    result, at = [], 0
    for kind, seconds in parts:
        result.append({"at": at, "kind": kind, "text": "", "seconds": seconds})
        at += seconds
    return result


SILENT = steps(("silence", 600))
ROUND = steps(("prompt", 60), ("sharing", 600), ("prompt", 60))


def guide(ada, parts):
    return guides.create_guide(psychic=ada, name="Guide", steps=parts)


def begin(psychic, room, parts=SILENT):
    return sessions.start_session(psychic=psychic, room_id=room.pk, guide_id=guide(psychic, parts).pk)


def move(session, seconds):
    """As if the session had begun so much earlier."""
    earlier = timedelta(seconds=seconds)
    session.refresh_from_db()
    session.started_at -= earlier
    session.ends_at -= earlier
    session.led_since -= earlier
    if session.held_since:
        session.held_since -= earlier
    session.save()


def connect(node, psychic, room=None):
    row = Connection.objects.create(psychic=psychic, node=node, room_id=room.pk if room else None)
    Psychic.objects.filter(pk=psychic.pk).update(connection_id=row.pk)
    return row


def say(psychic, room, text="hello"):
    return messaging.post_message(psychic=psychic, room_id=room.pk, content=text)
