"""What batches of openings and closings leave in the tables. What they add up to stands in test_status."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from mindnet.base.errors import DomainError
from mindnet.database.group_commit import Batcher
from mindnet.database.threads import run
from mindnet.realtime import codes
from presence import nodes, services
from presence.closing import Login
from presence.models import Connection, Psychic, Status
from presence.registry import Closed, LooksAt, Opened, Refused, Register
from presence.signals import connections_changed, presence_changed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told():
    """The lines for the log, as they are told."""
    lines = []

    def listen(sender, entries, **kwargs):
        lines.extend(entries)

    connections_changed.connect(listen)
    yield lines
    connections_changed.disconnect(listen)


def opened(psychic, **changes):
    values = {"address": "2001:db8::7", "user_agent": 'a "browser" \\ {7} %s 🜁', "login": Login(token_digest="d" * 128)}
    return Opened(uuid.uuid4(), psychic.pk, **values | changes)


def closed(item, action="disconnected", code=1000, reason=""):
    return Closed(item.connection_id, item.psychic_id, action, code, reason)


def test_a_row_holds_what_was_told_of_its_socket(register, node, bob):
    plain, bare = opened(bob), opened(bob, address=None, user_agent="", login=Login())
    register.record([plain, bare, LooksAt(plain.connection_id, bob.pk, 7), LooksAt(plain.connection_id, bob.pk, 8)])
    row = Connection.objects.get(pk=plain.connection_id)
    assert (row.psychic_id, row.node_id, row.room_id, row.is_away) == (bob.pk, node.pk, 8, False)
    assert (row.address, row.user_agent, row.credential) == (*plain[2:4], plain.login.credential)
    assert (row.closed_at, row.close_code, row.close_reason) == (None, None, "")
    row = Connection.objects.get(pk=bare.connection_id)
    assert (row.address, row.user_agent, row.credential, row.room_id) == (None, "", "", None)


def test_the_log_tells_openings_closings_and_refusals(register, node, ada, bob, told):
    first = opened(ada)
    register.record([first])
    Connection.objects.update(opened_at=Connection.objects.get().opened_at - timedelta(minutes=1))
    refused = Refused(bob.pk, None, "robot", "banned")
    register.record([closed(first, "kicked", 4503, "r" * 300), refused, opened(bob)])
    register.record([opened(ada)])
    register.record([refused])
    assert [(line.action, line.psychic_id) for line in told] == [
        ("connected", ada.pk), ("kicked", ada.pk), ("refused", bob.pk), ("connected", bob.pk), ("resumed", ada.pk),
        ("refused", bob.pk),
    ]  # fmt: skip
    kicked, turned_away = told[1:3]
    assert (kicked.connection_id, kicked.address, kicked.user_agent) == (first[0], first.address, first.user_agent)
    assert (kicked.close_code, kicked.reason, kicked.node) == (4503, "r" * 200, str(node))
    assert 60 <= kicked.duration_seconds < 90
    assert (turned_away.connection_id, turned_away.address, turned_away.reason) == (None, None, "banned")


def test_only_an_open_row_of_this_process_is_closed_and_once(register, bob, told):
    here, elsewhere, unknown = opened(bob), opened(bob), opened(bob)
    register.record([here])
    Register(nodes.start()).record([elsewhere])
    del told[:]
    register.record([closed(here), closed(here), closed(elsewhere), closed(unknown)])
    register.record([closed(here)])
    assert [line.connection_id for line in told] == [here.connection_id]
    assert Connection.objects.open().get().pk == elsewhere.connection_id


def test_a_batch_may_open_and_close_the_same_socket(register, bob, told):
    item = opened(bob)
    register.record([item, closed(item)])
    assert [line.action for line in told] == ["connected", "disconnected"]
    assert Connection.objects.get().closed_at is not None and Psychic.objects.get(pk=bob.pk).connection_id is None


def test_of_many_that_open_at_once_the_first_are_the_oldest(register, ada):
    mine = [opened(ada) for _ in range(13)]
    register.record(mine)
    replaced = Connection.objects.exclude(close_code=None).values_list("pk", flat=True)
    assert set(replaced) == {item.connection_id for item in mine[:3]}
    assert Psychic.objects.get(pk=ada.pk).connection_id == mine[-1].connection_id


def test_the_eleventh_connection_replaces_the_oldest(register, ada, bob):
    mine = [opened(ada) for _ in range(10)]
    for item in mine:
        register.record([item])
    register.record([opened(bob)])
    assert not Connection.objects.exclude(close_code=None)
    register.record([opened(ada), opened(ada)])
    register.record([opened(ada)])
    replaced = Connection.objects.exclude(close_code=None).order_by("opened_at")
    assert [row.pk for row in replaced] == [item.connection_id for item in mine[:3]]
    assert {(row.close_code, row.close_reason) for row in replaced} == {
        (codes.REPLACED, "You opened more than 10 connections.")
    }
    # One that closes in the same batch makes room.
    register.record([opened(ada), closed(mine[5])])
    assert Connection.objects.exclude(close_code=None).count() == 3


def test_opened_twice_is_one_row_and_one_line(register, bob, told):
    item = opened(bob)
    register.record([item])
    with pytest.raises(IntegrityError):
        register.record([item])
    assert Connection.objects.count() == 1
    with pytest.raises(IntegrityError):
        register.record([opened(bob), item])
    assert Connection.objects.count() == 1


async def test_one_whose_account_has_gone_fails_alone(node, ada, bob):
    """PostgreSQL notices at the end of the transaction only, which travels with the last statements."""
    gone = Opened(uuid.uuid4(), 2**40, None, "", Login())
    batcher = Batcher("test register", Register(node).record)
    try:
        futures = [batcher.submit(item) for item in (opened(ada), gone, opened(bob))]
        assert await futures[0] is None and await futures[2] is None
        with pytest.raises(DomainError, match="could not be stored"):
            await futures[1]
    finally:
        await batcher.close()
    rows = Connection.objects.order_by("psychic_id").values_list("psychic_id", flat=True)
    assert await run(list, rows) == sorted((ada.pk, bob.pk))
    assert await run(Psychic.objects.filter(status=Status.ONLINE).count) == 2


def test_presence_is_told_after_the_commit_and_only_what_others_see(register, ada, bob):
    services.set_presence(psychic=bob, status="invisible")
    seen = []

    def listen(sender, psychics, **kwargs):
        seen.append(([psychic.username for psychic in psychics], connection.in_atomic_block))

    presence_changed.connect(listen)
    try:
        items = [opened(ada), opened(bob)]
        register.record(items)
        register.record([opened(ada)])
        register.record([closed(item) for item in items])
    finally:
        presence_changed.disconnect(listen)
    assert seen == [(["ada"], False)]
    assert Psychic.objects.get(pk=bob.pk).connection_id is None


def test_a_crowd_costs_as_many_queries_as_one(register, ada, bob):
    def count(items):
        with CaptureQueriesContext(connection) as captured:
            register.record(items)
        return len(captured)

    one, many = count([opened(ada)]), count([opened(ada) for _ in range(4)] + [opened(bob) for _ in range(6)])
    assert many <= one <= 13
