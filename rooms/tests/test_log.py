"""The log of a room's deeds."""

from rooms import log
from rooms.models import LogEntry


def test_a_reason_of_any_length_is_kept_as_far_as_it_fits(cast):
    log.record(cast.room, LogEntry.Deed.CHANGE, by=cast.owner, reason="x" * 600)
    [entry] = LogEntry.objects.filter(deed=LogEntry.Deed.CHANGE)
    assert (len(entry.reason), entry.reason[-2:]) == (500, "x…")
    assert entry.by == cast.owner
