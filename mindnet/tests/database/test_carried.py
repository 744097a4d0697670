"""What goes along with what is read next: it is answered first, whatever comes."""

import pytest
from django.db import DatabaseError, connection, transaction

from mindnet.database.carried import carrying
from mindnet.database.prepared import Prepared, fetch
from mindnet.database.statements import ask
from mindnet.tests.support.cast import make_cast
from presence.models import Psychic

pytestmark = pytest.mark.django_db

names = Prepared(lambda psychic_id: Psychic.objects.filter(pk=psychic_id).values_list("username", flat=True))
WHO = "SELECT status FROM psychics WHERE id = %s"


class Refused(BaseException):
    """As no Exception is."""


@pytest.fixture
def olga():
    return make_cast().owner


@pytest.fixture
def happened():
    """Statements by their first words, and what `take` got, in their order."""
    found = []

    def note(execute, text, values, many, context):
        given = execute(text, values, many, context)
        found.append(tuple(part.split()[0] for part in str(text).split(";\n")))
        return given

    with connection.execute_wrapper(note):
        yield found


def test_it_travels_with_what_is_read_first(olga, happened):
    with carrying([(WHO, olga.pk)], happened.append) as carried:
        assert not carried.is_taken and not happened
        assert names.first(olga.pk) == "olga"
        assert carried.is_taken
        assert names.first(olga.pk) == "olga"
    along = [("SELECT", "SELECT")] if connection.vendor == "postgresql" else [("SELECT",)] * 2
    assert happened == [*along, [[("offline",)]], ("SELECT",)]


WRITES = {
    "a statement in its own words": lambda pk: ask(("UPDATE psychics SET bio = 'hers' WHERE id = %s", pk)),
    "a statement of the ORM's": lambda pk: Psychic.objects.filter(pk=pk).update(bio="hers"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_it_goes_before_anything_else(olga, happened, write):
    with carrying([(WHO, olga.pk)], happened.append):
        write(olga.pk)
    assert happened == [("SELECT",), [[("offline",)]], ("UPDATE",)]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_who_is_refused_has_neither_read_nor_written(olga, write):
    def take(_):
        raise Refused

    told = []
    with pytest.raises(Refused), carrying([(WHO, olga.pk)], take):
        told += names.rows(olga.pk)
    with pytest.raises(Refused), carrying([(WHO, olga.pk)], take):
        with transaction.atomic():
            try:
                fetch(names(olga.pk))
            except Refused:
                write(olga.pk)  # who goes on all the same comes no further
    assert told == [] and Psychic.objects.get(pk=olga.pk).bio == ""
    assert not connection.execute_wrappers


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_asked_is_asked_again(olga):
    broken = Prepared(lambda pk: Psychic.objects.filter(pk=pk).extra(where=["nothing > 0"]).values_list("pk"))
    taken = []
    with carrying([(WHO, olga.pk)], taken.append) as carried:
        with pytest.raises(DatabaseError):
            broken.rows(olga.pk)
        assert not carried.is_taken and not taken
        assert names.first(olga.pk) == "olga"
        assert carried.is_taken and taken == [[[("offline",)]]]


def test_where_nothing_is_asked_it_is_not_either(olga, happened):
    with carrying([(WHO, olga.pk)], happened.append) as carried:
        assert fetch() == []
    assert not carried.is_taken and not happened
    assert names.first(olga.pk) == "olga" and happened == [("SELECT",)]
