"""Restrictions and log of a room on the page, and undoing from there."""

import pytest

from mindnet.tests.pages.visitors import Browser
from rooms import restrictions
from rooms.models import Restriction

pytestmark = pytest.mark.django_db


def answers(cast, page):
    return {
        part: Browser(who).get(f"/room/{cast.room.pk}/{page}").status_code for part, who in cast.everybody().items()
    }


def test_restrictions_are_for_moderators_and_the_log_for_who_is_in(cast):
    assert answers(cast, "restrictions") == {
        "owner": 200, "moderator": 200, "participant": 403, "restricted": 403, "outsider": 403,
    }  # fmt: skip
    assert answers(cast, "log") == {
        "owner": 200, "moderator": 200, "participant": 200, "restricted": 200, "outsider": 403,
    }  # fmt: skip


def test_outside_a_closed_room_neither_is_there(closed_cast):
    assert answers(closed_cast, "restrictions")["outsider"] == answers(closed_cast, "log")["outsider"] == 404


@pytest.mark.parametrize("page", ["restrictions", "log"])
def test_a_mute_is_undone_by_one_press_and_twice_changes_nothing(cast, page):
    path, muted = f"/room/{cast.room.pk}/{page}", Restriction.objects.get()
    Restriction.objects.update(answer="I was whispering.")
    moderator = Browser(cast.moderator)
    shown = moderator.get(path).text
    assert "Undo: mute of rita" in shown and ("I was whispering." in shown) == (page == "restrictions")
    assert "brings nobody back in" in shown or page == "log"
    assert "not brought back" in moderator.send(path, path, restriction=muted.pk).text
    again = moderator.send(path, f"/room/{cast.room.pk}/people/paul", restriction=muted.pk)
    assert "undone already" in again.text and "by <bdi>mona</bdi>" in again.text
    muted.refresh_from_db()
    assert muted.lifted_by == cast.moderator
    assert cast.room.log.filter(deed="lift").count() == 1


def test_who_may_not_undo_undoes_nothing(cast):
    muted = Restriction.objects.get()
    for who in (cast.participant, cast.restricted, cast.outsider):
        browser = Browser(who)
        assert "Undo:" not in browser.get(f"/room/{cast.room.pk}/log").text
        browser.send(f"/room/{cast.room.pk}/log", restriction=muted.pk)
    assert Restriction.objects.in_force().filter(pk=muted.pk).exists()


def test_a_long_list_goes_on(cast):
    for minutes in range(1, 33):
        mute = {"username": "paul", "kind": "mute", "minutes": minutes, "reason": f"No {minutes}."}
        restrictions.restrict(psychic=cast.owner, room_id=cast.room.pk, **mute)
    owner = Browser(cast.owner)
    first = owner.get(f"/room/{cast.room.pk}/restrictions")
    assert "No 32." in first.text and "No 2." in first.text and "No 1." not in first.text
    older = owner.get(f"/room/{cast.room.pk}/restrictions?before={first.context['older']}").text
    assert "No 1." in older and "No 2." not in older
