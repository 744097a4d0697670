"""Reads that are done together."""

import pytest
from django.db import DatabaseError, connection

from mindnet.database.in_step import in_step
from mindnet.database.prepared import Prepared, Worded, fetch
from mindnet.tests.support.cast import make_cast
from presence.models import Psychic

pytestmark = pytest.mark.django_db

names = Prepared(lambda psychic_id: Psychic.objects.filter(pk=psychic_id).values_list("username", flat=True))
above = Prepared(lambda psychic_id: Psychic.objects.filter(pk__gt=psychic_id).order_by("pk").values_list("pk")[:1])


@pytest.fixture
def exchanges():
    """How often the database was gone to, on PostgreSQL."""
    found = []

    def count(execute, text, values, many, context):
        found.append(text)
        return execute(text, values, many, context)

    with connection.execute_wrapper(count):
        yield found


def name_of_the_next(psychic_id):
    """Two reads, the second of which hangs on the first."""
    [(following,)] = above.rows(psychic_id)
    return names.first(following)


def test_what_several_ask_travels_together(exchanges):
    cast = make_cast()
    pks = sorted(one.pk for one in (cast.owner, cast.moderator, cast.participant))
    expected = [Psychic.objects.filter(pk__gt=pk).earliest("pk").username for pk in pks]
    exchanges.clear()
    found = dict(in_step([lambda pk=pk: name_of_the_next(pk) for pk in pks]))
    assert [found[place] for place in range(3)] == expected
    assert len(exchanges) == (2 if connection.vendor == "postgresql" else 6)


def test_each_has_rows_of_its_own(exchanges):
    """Nobody changes what another one gets, although they have asked the same."""
    pk = make_cast().owner.pk
    exchanges.clear()
    first, second = [rows for _, rows in in_step([lambda: names.rows(pk)] * 2)]
    assert first == second == ["olga"]
    assert first is not second
    assert len(exchanges) == (1 if connection.vendor == "postgresql" else 2)
    assert exchanges[0].count("SELECT") == (2 if connection.vendor == "postgresql" else 1)


def test_one_that_catches_whatever_goes_wrong_is_stopped_all_the_same():
    cast = make_cast()

    def careful(pk):
        try:
            return names.first(pk)
        except Exception:
            return "failed"

    calls = [lambda: careful(cast.owner.pk), lambda: careful(cast.moderator.pk), lambda: "asks nothing"]
    assert sorted(in_step(calls)) == [(0, "olga"), (1, "mona"), (2, "asks nothing")]


def test_what_one_raises_ends_it():
    with pytest.raises(ValueError, match="by itself"):
        list(in_step([lambda: names.first(1), raises]))
    with pytest.raises(DatabaseError):
        list(in_step([lambda: names.first(1), lambda: fetch(Worded(("SELECT * FROM nothing",)))]))


def raises():
    raise ValueError("by itself")


def test_of_nobody_there_is_nothing():
    assert list(in_step([])) == []
