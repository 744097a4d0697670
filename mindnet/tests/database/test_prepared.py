"""What is prepared reads what its queryset reads."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from mindnet.database import prepared as module
from mindnet.database.prepared import OneOf, Prepared, PreparedShapes, ask_along, asked_ahead, fetch
from presence.models import Psychic
from rooms import lookups
from rooms import services as rooms
from rooms.models import Room

pytestmark = pytest.mark.django_db

seen_room = Prepared(lambda psychic_id, room_id: lookups.visible_rooms(psychic_id).filter(pk=room_id))


def younger(moment: datetime, name: str):
    return Psychic.objects.filter(date_joined__gt=moment, username=name).values_list("pk", "username", "date_joined")


def among(ids: list, after):
    rows = Psychic.objects.filter(OneOf("pk", ids), pk__gt=after)
    return rows.order_by("pk").values_list("username", flat=True)


def named(psychic_id, *, most):
    return Psychic.objects.filter(pk__gte=psychic_id).order_by("pk").values_list("username", flat=True)[:most]


@pytest.fixture
def people():
    return [Psychic.objects.create(username=name) for name in ("ada", "bob")]


@pytest.fixture
def room(people):
    return rooms.create_room(psychic=people[0], name="{braces} and 100 %", kind="closed")[0]


def test_a_model_comes_as_the_orm_gives_it(people, room):
    ada, bob = people[:2]
    found, known = seen_room.first(ada.pk, room.pk), lookups.visible_rooms(ada).get(pk=room.pk)
    assert found == known and found.my_role == known.my_role == "owner" and not found._state.adding
    assert {field.attname: getattr(found, field.attname) for field in Room._meta.fields} == {
        field.attname: getattr(known, field.attname) for field in Room._meta.fields
    }
    assert found.created_by == ada and seen_room.first(bob.pk, room.pk) is None


def test_a_list_is_one_parameter(people, django_assert_num_queries):
    prepared = Prepared(among)
    with django_assert_num_queries(5):
        for ids in ([], [people[0].pk], [people[1].pk, people[0].pk, 10**15], [each.pk for each in people] * 300):
            assert prepared.rows(ids, 0) == [each.username for each in people if each.pk in ids]
        assert prepared.rows([each.pk for each in people], people[0].pk) == ["bob"]
    assert len(prepared.plans) == 1


def test_parameters_come_into_their_places(people, django_assert_num_queries):
    ada = people[0]
    prepared = Prepared(younger)
    before = timezone.now() - timedelta(days=1)
    for name in (ada.username, "nobody", "'; --", "%s", "{ids}"):
        known = list(younger(before, name))
        with django_assert_num_queries(1):
            assert prepared.rows(before, name) == known
    assert prepared.rows(before, ada.username)[0][2].tzinfo is UTC or connection.vendor == "postgresql"
    assert prepared.rows(timezone.now() + timedelta(days=1), ada.username) == []


def test_a_number_of_a_column_is_a_parameter(room):
    """PostgreSQL's driver has kinds of number of its own."""
    prepared = Prepared(lambda seq, room_id: Room.objects.filter(pk=room_id, last_seq__gte=seq))
    assert prepared.rows(0, room.pk) == [room] and prepared.rows(1, room.pk) == []


def test_constants_are_compiled_by_themselves(people):
    prepared = Prepared(named)
    first = people[0].pk
    assert [len(prepared.rows(first, most=most)) for most in (1, 2, 1)] == [1, 2, 1]


def test_constants_stand_in_the_text(people, django_assert_num_queries):
    odd = "100 %s {it's} \\"
    Psychic.objects.filter(pk=people[1].pk).update(note=odd)

    def noted(psychic_id, *, note):
        return Psychic.objects.filter(pk__gte=psychic_id, note=note, is_active=True).values_list("username", flat=True)

    noted = Prepared(noted)
    assert noted.rows(people[0].pk, note=odd) == ["bob"] and noted.rows(people[0].pk, note="") == ["ada"]
    assert noted(1, note=odd).question[1:] == (1,)


def test_several_are_asked_together(people, room):
    [rows, names] = fetch(seen_room(people[0].pk, room.pk), Prepared(named)(people[0].pk, most=1))
    assert rows == [room] and names == [people[0].username]


@pytest.mark.parametrize(
    "build",
    [
        lambda room_id: Room.objects.filter(pk=room_id, created_at__lt=timezone.now()),
        lambda room_id: Room.objects.filter(pk=F("last_seq")),
        lambda room_id: Room.objects.filter(pk=room_id + 1),
    ],
)
def test_what_would_stay_as_it_was_is_an_error(build):
    with pytest.raises(TypeError, match=r"would stay for ever|not to be found"):
        Prepared(build).rows(1)


def test_what_was_asked_ahead_is_asked_once(people, django_assert_num_queries):
    by_name, now = Prepared(younger), timezone.now()
    ahead = by_name(now - timedelta(days=1), "ada"), Prepared(named)(0, most=1)
    with django_assert_num_queries(4), asked_ahead(*ahead):
        assert [name for _, name, _ in by_name.rows(now - timedelta(days=2), "ada")] == ["ada"]
        assert [name for _, name, _ in by_name.rows(now - timedelta(days=2), "bob")] == ["bob"]
        [known], fresh = fetch(ahead[1], Prepared(named)(0, most=2))  # another constant, another question
        assert known == "ada" and fresh == ["ada", "bob"]
        by_name.rows(now, "ada").clear()
        assert by_name.first(now, "ada")
    assert by_name.rows(now, "ada") == []


def test_what_is_asked_along_is_asked_with_the_others_and_once(people, django_assert_num_queries):
    one, two, three = (Prepared(named)(people[0].pk, most=most) for most in (1, 2, 3))
    with django_assert_num_queries(0):
        ask_along(one, two)
    with django_assert_num_queries(3), asked_ahead(one):
        ask_along(one, two, three)
        with django_assert_num_queries(0):
            assert fetch(three, two, one) == [["ada", "bob"], ["ada", "bob"], ["ada"]]


def first_ones(psychic_id, *, most):
    rows = Psychic.objects.filter(pk__gte=psychic_id).order_by("pk")
    return rows.values_list("username", "note", "date_joined", "is_active")[:most]


def test_a_shape_is_kept_under_all_that_its_row_has(people, monkeypatch):
    shapes = PreparedShapes(first_ones, lambda row: {"row": row})
    ada, bob = shapes.rows(people[0].pk, most=2)
    assert [ada["row"], bob["row"]] == list(first_ones(people[0].pk, most=2))
    assert shapes.rows(people[0].pk, most=1)[0] is ada and shapes.rows(people[1].pk, most=2)[0] is bob
    Psychic.objects.filter(pk=people[0].pk).update(note="back at noon")
    new, same = shapes.rows(people[0].pk, most=2)
    assert new["row"][1] == "back at noon" and same is bob
    monkeypatch.setattr(module, "ROW_CHARACTERS", 100)
    Psychic.objects.filter(pk=people[0].pk).update(note="n" * 120)
    long = shapes.rows(people[0].pk, most=1)[0]
    assert len(long["row"][1]) == 120 and shapes.rows(people[0].pk, most=1)[0] is not long


def test_shapes_that_were_asked_ahead_are_not_asked_again(people, django_assert_num_queries):
    shapes = PreparedShapes(first_ones, list)
    with django_assert_num_queries(1), asked_ahead(shapes(people[0].pk, most=2)):
        assert [name for name, *_ in shapes.rows(people[0].pk, most=2)] == ["ada", "bob"]


def test_no_more_shapes_are_kept_than_rows_kept(people, monkeypatch):
    monkeypatch.setattr(module, "ROWS_KEPT", 5)
    shapes = PreparedShapes(first_ones, list)
    for number in range(12):
        Psychic.objects.filter(pk=people[0].pk).update(note=str(number))
        assert [row[:2] for row in shapes.rows(people[0].pk, most=2)] == [["ada", str(number)], ["bob", ""]]
        assert len(shapes.shapes.kept) == min(number + 2, 5)
