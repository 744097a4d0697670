"""The talking piece of a sharing round: one voice at a time."""

import pytest

from presence.models import Connection
from rooms import piece, restrictions, services, session_sweep, sittings
from rooms.tests.checks import refused
from rooms.tests.conftest import make_psychic
from rooms.tests.gatherings import ROUND, begin, connect, move, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def circle(quiet, ada, bob, node):
    """A sharing round in Ada's room: (room, session, cleo)."""
    cleo = make_psychic("cleo")
    services.join_room(psychic=cleo, room_id=quiet.pk)
    for psychic in (ada, bob, cleo):
        connect(node, psychic, quiet)
    session = begin(ada, quiet, ROUND)
    move(session, 61)
    return quiet, session, cleo


def names(state):
    return state.holder and state.holder.username, [one.username for one in state.queue]


def test_one_voice_at_a_time(circle, ada, bob):
    room, _, cleo = circle
    assert refused("muted", say, psychic=ada, room=room).extra["reason"] == "Nobody holds the talking piece"
    assert names(piece.ask_for_piece(psychic=bob, room_id=room.pk)) == ("bob", [])
    assert names(piece.ask_for_piece(psychic=ada, room_id=room.pk)) == ("bob", ["ada"])
    assert names(piece.ask_for_piece(psychic=cleo, room_id=room.pk)) == ("bob", ["ada", "cleo"])
    assert names(piece.ask_for_piece(psychic=cleo, room_id=room.pk)) == ("bob", ["ada", "cleo"])
    say(bob, room, "mine")
    for other in (ada, cleo):
        assert "somebody else" in refused("muted", say, psychic=other, room=room).extra["reason"]
    assert names(piece.pass_piece(psychic=cleo, room_id=room.pk)) == ("bob", ["ada"])
    refused("permission_denied", piece.pass_piece, psychic=cleo, room_id=room.pk)
    assert names(piece.pass_piece(psychic=bob, room_id=room.pk)) == ("ada", [])
    refused("muted", say, psychic=bob, room=room)
    say(ada, room, "now me")
    piece.ask_for_piece(psychic=bob, room_id=room.pk)
    assert names(piece.pass_piece(psychic=ada, room_id=room.pk)) == ("bob", [])
    assert names(piece.pass_piece(psychic=ada, room_id=room.pk)) == (None, []), "who leads takes it from the holder"


def test_outside_of_a_round_there_is_no_piece(quiet, circle, ada, bob, mallory):
    room, session, _ = circle
    piece.ask_for_piece(psychic=bob, room_id=room.pk)
    refused("not_participant", piece.ask_for_piece, psychic=mallory, room_id=room.pk)
    move(session, 601)
    for act in (piece.ask_for_piece, piece.pass_piece):
        refused("conflict", act, psychic=bob, room_id=room.pk)
    say(ada, room, "the round is over")
    assert sittings.look(psychic=ada, room_id=room.pk).piece.holder is None


def test_the_piece_moves_on_when_its_holder_goes(circle, ada, bob, listen):
    room, _session, cleo = circle
    piece.ask_for_piece(psychic=bob, room_id=room.pk)
    piece.ask_for_piece(psychic=cleo, room_id=room.pk)
    piece.ask_for_piece(psychic=ada, room_id=room.pk)
    ear = listen(room.pk)
    Connection.objects.filter(psychic__in=[bob, cleo]).delete()
    session_sweep.sweep()
    session_sweep.sweep()
    [line] = [line for _, _, line in ear.heard() if line["type"] == "piece.changed"]
    assert line["payload"]["holder"]["username"] == "ada" and line["payload"]["queue"] == []
    say(ada, room)


def test_the_piece_moves_on_after_its_time_where_somebody_waits(circle, ada, bob):
    room, session, _ = circle
    piece.ask_for_piece(psychic=bob, room_id=room.pk)
    move(session, 181)
    session_sweep.sweep()
    assert names(sittings.look(psychic=ada, room_id=room.pk).piece) == ("bob", [])
    assert names(piece.ask_for_piece(psychic=ada, room_id=room.pk)) == ("ada", [])
    piece.ask_for_piece(psychic=bob, room_id=room.pk)
    move(session, 181)
    session_sweep.sweep()
    assert names(sittings.look(psychic=ada, room_id=room.pk).piece) == ("bob", [])


def test_who_is_muted_gets_no_piece(circle, ada, bob):
    room, _, _ = circle
    restrictions.restrict(psychic=ada, room_id=room.pk, username="bob", kind="mute", reason="loud")
    assert refused("muted", piece.ask_for_piece, psychic=bob, room_id=room.pk).extra["reason"] == "loud"
