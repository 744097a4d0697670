"""What connections and choices add up to, in the tables."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from mindnet.base.errors import DomainError
from mindnet.database.group_commit import Batcher
from mindnet.database.threads import run
from presence import choices, nodes, quiet, quiet_hours, services
from presence.closing import Login
from presence.fields import DAYS
from presence.models import Connection, Meditation, Psychic, Status
from presence.registry import Closed, LooksAt, Opened, Register
from presence.shapes import presence_out
from presence.signals import presence_changed

pytestmark = pytest.mark.django_db(transaction=True)


def opened(psychic):
    return Opened(uuid.uuid4(), psychic.pk, "198.51.100.7", "a browser", Login())


def closed(item):
    return Closed(item.connection_id, item.psychic_id, "disconnected", 1000, "")


def sweep_closed():
    """As after the grace."""
    Connection.objects.exclude(closed_at=None).update(closed_at=timezone.now() - timedelta(hours=1))
    nodes.sweep()


def status_of(psychic):
    psychic.refresh_from_db()
    return psychic.status


def test_connections_are_merged_and_a_closing_one_takes_nothing_away_within_the_grace(register, bob):
    one, two = opened(bob), opened(bob)
    register.record([one, two])
    services.set_presence(psychic=bob, connection_id=two.connection_id, status="away")
    assert status_of(bob) == Status.ONLINE
    register.record([closed(one)])
    assert status_of(bob) == Status.ONLINE, "a reload of the tab that is used would flap"
    again = opened(bob)
    register.record([again])
    assert status_of(bob) == Status.ONLINE
    register.record([closed(again)])
    sweep_closed()
    assert status_of(bob) == Status.AWAY
    register.record([closed(two)])
    assert (status_of(bob), bob.connection_id, bob.last_online) == (Status.AWAY, None, None)
    sweep_closed()
    assert status_of(bob) == Status.OFFLINE and timezone.now() - bob.last_online < timedelta(minutes=1)


def test_the_room_looked_at_is_that_of_any_connection_that_looks(register, bob):
    one, two = opened(bob), opened(bob)
    register.record([one, two, LooksAt(one.connection_id, bob.pk, 7)])
    register.record([LooksAt(two.connection_id, bob.pk, 8)])
    assert (status_of(bob), bob.room_id) == (Status.ONLINE, 8)
    register.record([LooksAt(two.connection_id, bob.pk, None)])
    assert (status_of(bob), bob.room_id) == (Status.ONLINE, 7), "the other tab still looks"
    register.record([closed(one)])
    assert (status_of(bob), bob.room_id) == (Status.ONLINE, None)


def test_who_meditates_was_last_online_when_they_went(register, bob):
    here = opened(bob)
    register.record([here])
    services.set_presence(psychic=bob, status="meditating")
    register.record([closed(here)])
    assert (status_of(bob), bob.last_online) == (Status.MEDITATING, None)
    sweep_closed()
    assert status_of(bob) == Status.MEDITATING and bob.last_online is not None


def test_whoever_is_not_here_shows_no_note(bob):
    """Or an invisible psychic, who shows none, would be told from one who is offline."""
    services.set_presence(psychic=bob, note="at the lake")
    bob.refresh_from_db()
    offline = presence_out(bob)
    services.set_presence(psychic=bob, status="invisible")
    bob.refresh_from_db()
    assert presence_out(bob) == offline and offline.note == ""
    assert services.own_presence(psychic=bob).note == "at the lake"


def test_the_end_of_a_chosen_status_can_be_moved(bob):
    later, sooner = (timezone.now() + timedelta(hours=hours) for hours in (2, 1))
    services.set_presence(psychic=bob, status="meditating", until=later)
    assert services.set_presence(psychic=bob, until=sooner).until == sooner
    services.set_presence(psychic=bob, status="online")
    with pytest.raises(DomainError, match="not valid"):
        services.set_presence(psychic=bob, until=later)


def test_sweeping_twice_begins_quiet_hours_once(bob, register):
    """Two nodes sweep at once, and the end is looked at after the beginning: hours that join on leave no gap."""
    register.record([opened(bob)])
    now = timezone.now()
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    hours = [{"days": days, "from": "00:00", "to": "12:00"}, {"days": days, "from": "12:00", "to": "00:00"}]
    Meditation.objects.create(psychic=bob, quiet_hours=hours, quiet_starts_at=now)
    quiet.begin_due()
    row = Meditation.objects.get(pk=bob.pk)
    assert status_of(bob) == Status.MEDITATING and bob.until == row.quiet_until > now
    quiet.begin_due()
    assert Meditation.objects.get(pk=bob.pk).quiet_starts_at == row.quiet_starts_at
    # The end has come, and the next begins at the same moment.
    Psychic.objects.filter(pk=bob.pk).update(until=now)
    Meditation.objects.filter(pk=bob.pk).update(quiet_until=now, quiet_starts_at=now)
    nodes.sweep()
    assert status_of(bob) == Status.MEDITATING and bob.until > now
    services.set_presence(psychic=bob, status="online")
    nodes.sweep()
    assert status_of(bob) == Status.ONLINE


def test_a_note_leaves_quiet_hours_and_what_they_stand_in_for_alone(bob, register):
    """Somebody invisible who writes a note at night must not be seen in the morning."""
    register.record([opened(bob)])
    services.set_presence(psychic=bob, status="invisible")
    now = timezone.now()
    hours = [{"days": list(quiet_hours.DAYS), "from": "00:00", "to": "23:59:59"}]
    Meditation.objects.create(psychic=bob, quiet_hours=hours, quiet_starts_at=now)
    quiet.begin_due()
    assert status_of(bob) == Status.MEDITATING
    services.set_presence(psychic=bob, note="asleep")
    services.set_presence(psychic=bob, until=now + timedelta(minutes=5))
    assert status_of(bob) == Status.MEDITATING
    Psychic.objects.filter(pk=bob.pk).update(until=now)
    choices.end_due()
    assert (status_of(bob), bob.chosen_status, bob.until) == (Status.INVISIBLE, "invisible", None)


@pytest.mark.parametrize("until", [None, timedelta(days=2)])
def test_who_meditates_for_longer_by_hand_goes_on(bob, until):
    now = timezone.now()
    until = until and now + until
    services.set_presence(psychic=bob, status="meditating", until=until)
    hours = [{"days": list(quiet_hours.DAYS), "from": "00:00", "to": "23:59:59"}]
    Meditation.objects.create(psychic=bob, quiet_hours=hours, quiet_starts_at=now)
    quiet.begin_due()
    assert (status_of(bob), bob.until, Meditation.objects.get().quiet_until) == (Status.MEDITATING, until, None)
    assert Meditation.objects.get().quiet_starts_at > now


def test_who_meditates_for_less_by_hand_goes_on_into_the_quiet_hours(bob):
    now = timezone.now()
    services.set_presence(psychic=bob, status="meditating", until=now + timedelta(seconds=1))
    hours = [{"days": list(quiet_hours.DAYS), "from": "00:00", "to": "23:59:59"}]
    Meditation.objects.create(psychic=bob, quiet_hours=hours, quiet_starts_at=now)
    quiet.begin_due()
    assert status_of(bob) == Status.MEDITATING and bob.until == Meditation.objects.get().quiet_until
    choices.end_due()
    assert status_of(bob) == Status.MEDITATING


def test_an_end_rings_once(bob):
    services.set_presence(psychic=bob, status="invisible")
    Psychic.objects.filter(pk=bob.pk).update(until=timezone.now() - timedelta(seconds=1))
    choices.end_due()
    assert (status_of(bob), bob.chosen_status, bob.until) == (Status.OFFLINE, "", None)
    choices.end_due()


async def test_a_hundred_openings_are_a_few_batches(node, bob):
    sizes = []
    register = Register(node)

    def record(items):
        sizes.append(len(items))
        return register.record(items)

    batcher = Batcher("test register", record, batch=500)
    try:
        for future in [batcher.submit(opened(bob)) for _ in range(100)]:
            await future
    finally:
        await batcher.close()
    assert sum(sizes) == 100 and len(sizes) <= 3
    assert await run(Connection.objects.filter(psychic=bob).count) == 100


def close(psychic):
    row = Psychic.objects.get(pk=psychic.pk)
    row.is_active = False
    row.save(update_fields=["is_active"])


def close_past_the_services(psychic):
    Psychic.objects.filter(pk=psychic.pk).update(is_active=False)
    nodes.sweep()


@pytest.mark.parametrize("end", [close, close_past_the_services])
@pytest.mark.parametrize("status", ["online", "away", "meditating", "invisible"])
def test_a_closed_account_is_nowhere_present(register, bob, status, end):
    item = opened(bob)
    register.record([item])
    services.set_presence(psychic=bob, status=status)
    told = []

    def note(sender, psychics, **kwargs):
        told.extend(presence_out(psychic) for psychic in psychics)

    presence_changed.connect(note)
    end(bob)
    presence_changed.disconnect(note)
    assert (status_of(bob), bob.chosen_status, bob.until) == (Status.OFFLINE, "", None)
    assert [one.status for one in told] == ([] if status == "invisible" else ["offline"])
    register.record([closed(item)])
    assert status_of(bob) == Status.OFFLINE


@pytest.mark.parametrize("end", [close, close_past_the_services])
def test_the_quiet_hours_of_a_closed_account_do_not_begin(bob, end):
    now = timezone.now()
    hours = quiet_hours.checked([{"days": list(DAYS), "starts": "00:00", "ends": "23:59:59"}])
    row = Meditation.objects.create(psychic=bob, quiet_hours=hours, quiet_starts_at=now - timedelta(minutes=1))
    end(bob)
    quiet.begin_due()
    assert (status_of(bob), bob.chosen_status) == (Status.OFFLINE, "")
    # Opened again, they are looked at anew.
    Psychic.objects.filter(pk=bob.pk).update(is_active=True)
    quiet.begin_due()
    row.refresh_from_db()
    assert status_of(bob) == Status.MEDITATING and row.quiet_starts_at > now
