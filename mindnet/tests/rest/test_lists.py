"""How lists are walked."""

import functools

import pytest
from django.contrib.auth import get_user_model
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import exceptions
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from mindnet.base.ids import GREATEST_ID
from mindnet.database.prepared import Prepared, beyond
from mindnet.rest import lists
from mindnet.tests.rest.operations import OPERATIONS

Psychic = get_user_model()

pytestmark = pytest.mark.django_db


def make_psychics(count):
    Psychic.objects.bulk_create(Psychic(username=f"psychic{number}") for number in range(count))


def page(query="", **options):
    request = APIView().initialize_request(APIRequestFactory().get(f"/list{query}"))
    here = Psychic.objects.filter(is_active=True)
    return lists.Page(request, here, **options).answer(lambda psychic: psychic.username).data


def compiled_page(query, **options):
    """The same of what is compiled once."""
    request = APIView().initialize_request(APIRequestFactory().get(f"/list{query}"))
    return lists.Page(request, psychics_beyond.rows, **options).answer(lambda psychic: psychic.username).data


psychics_beyond = Prepared(
    lambda cursor, *, rises, most: beyond(Psychic.objects.filter(is_active=True), cursor, rises=rises, most=most)
)


def follow(url):
    return "?" + url.partition("?")[2]


def test_a_list_is_walked_forwards_and_back():
    make_psychics(5)
    first = page("?limit=2")
    assert (first["results"], first["previous"]) == (["psychic0", "psychic1"], None)
    assert first["next"].startswith("http://testserver/list?")
    second = page(follow(first["next"]))
    assert second["results"] == ["psychic2", "psychic3"]
    last = page(follow(second["next"]))
    assert (last["results"], last["next"]) == (["psychic4"], None)
    assert page(follow(last["previous"]))["results"] == ["psychic2", "psychic3"]
    assert page(follow(page(follow(last["previous"]))["previous"])) | {"next": 0} == first | {"next": 0}


def test_a_list_with_the_newest_first():
    make_psychics(3)
    first = page("?limit=2", newest_first=True)
    assert first["results"] == ["psychic2", "psychic1"]
    second = page(follow(first["next"]), newest_first=True)
    assert (second["results"], second["next"]) == (["psychic0"], None)
    assert page(follow(second["previous"]), newest_first=True)["results"] == ["psychic2", "psychic1"]


@pytest.mark.parametrize("newest_first", [False, True])
def test_what_is_compiled_once_is_walked_alike(newest_first):
    make_psychics(5)
    first = Psychic.objects.order_by("pk").first().pk
    queries = ["", "?limit=2", f"?limit=1&after={first}", f"?before={first}", f"?limit=4&before={first + 3}"]
    for query in [*queries, "?limit=60", f"?after={GREATEST_ID}", f"?before={GREATEST_ID}&limit=2", "?after=0"]:
        found = page(query, newest_first=newest_first)
        assert compiled_page(query, newest_first=newest_first) == found
        for link in filter(None, (found["next"], found["previous"])):
            beside = [walk(follow(link), newest_first=newest_first) for walk in (page, compiled_page)]
            assert beside[0] == beside[1]


def test_a_row_that_goes_in_between_hides_no_other():
    make_psychics(4)
    first = page("?limit=2")
    Psychic.objects.order_by("pk").first().delete()
    assert page(follow(first["next"]))["results"] == ["psychic2", "psychic3"]


@pytest.mark.parametrize("newest_first", [False, True])
def test_also_an_empty_page_leads_back(newest_first):
    make_psychics(3)
    walk = functools.partial(page, newest_first=newest_first)
    last = walk(follow(walk("?limit=2")["next"]))
    beyond = walk(f"?limit=2&after={Psychic.objects.get(username=last['results'][0]).pk}")
    assert (beyond["results"], beyond["next"]) == ([], None)
    assert walk(follow(beyond["previous"]))["results"] == [walk()["results"][1], *last["results"]]
    ahead = walk(f"?limit=2&before={Psychic.objects.get(username=walk()['results'][0]).pk}")
    assert (ahead["results"], ahead["previous"]) == ([], None)
    assert walk(follow(ahead["next"]))["results"] == walk("?limit=2")["results"]


# Who comes or goes before each further step: (whether they are here then, their number).
CHANGES = st.lists(st.lists(st.tuples(st.booleans(), st.integers(0, 11)), max_size=4), max_size=12)


@given(st.sets(st.integers(0, 11)), CHANGES, st.integers(1, 4), st.booleans())
@settings(max_examples=50)
def test_who_was_there_all_the_time_is_met_once_whoever_comes_and_goes(away, changes, limit, newest_first):
    names = [f"psychic{number}" for number in range(12)]
    if not Psychic.objects.exists():
        make_psychics(12)
    move(names, is_here=True)
    move([names[number] for number in away], is_here=False)
    restless = {names[number] for step in changes for _, number in step} | {names[number] for number in away}
    steady = [name for name in (names[::-1] if newest_first else names) if name not in restless]

    there, end = walk("next", page(f"?limit={limit}", newest_first=newest_first), changes, newest_first)
    assert [name for name in there if name not in restless] == steady
    assert len(there) == len(set(there))
    # And back, from wherever the end is now.
    back, _ = walk("previous", end, changes, newest_first)
    assert [name for name in back if name not in restless] == steady[::-1]
    assert len(back) == len(set(back))


def walk(direction, answer, changes, newest_first):
    """All names in the order in which they are met, and the last page."""
    changes, met = iter(changes), []
    while True:
        met += answer["results"] if direction == "next" else answer["results"][::-1]
        if answer[direction] is None:
            return met, answer
        for is_here, number in next(changes, []):
            move([f"psychic{number}"], is_here=is_here)
        answer = page(follow(answer[direction]), newest_first=newest_first)


def move(names, *, is_here):
    Psychic.objects.filter(username__in=names).update(is_active=is_here)


LISTS = [
    pytest.param(row.values[1], {parameter["name"] for parameter in row.values[2]["parameters"]}, id=row.id)
    for row in OPERATIONS
    if any(parameter["name"] == "limit" for parameter in row.values[2].get("parameters", ()))
]


@pytest.mark.parametrize("path, parameters", LISTS)
def test_every_list_pages_by_a_cursor_and_clamps(client, path, parameters):
    # In a search `before` and `after` are days.
    cursor = "older" if "older" in parameters else "after"
    assert len(LISTS) > 9 and {"limit", cursor} <= parameters and "offset" not in parameters
    for limit in ("9" * 5000, "0", f"-{10**10}"):
        answer = client.get(path, {"limit": limit, cursor: "9" * 5000, "q": "owl"})
        assert answer.status_code in (200, 403, 404), answer.content


def test_a_page_is_at_most_a_hundred():
    make_psychics(101)
    for limit, count in (("", 50), (100, 100), (101, 100), (10**10, 100), ("9" * 5000, 100), ("0" * 5000 + "7", 7)):
        assert len(page(f"?limit={limit}")["results"]) == count
    for limit in (0, -5, -(10**10), "-" + "9" * 5000):
        assert len(page(f"?limit={limit}")["results"]) == 1


@pytest.mark.parametrize(
    "query",
    ["?limit=x", "?limit=1.5", "?limit=--5", "?limit=-", "?limit=²", "?after=x", "?before=-1", "?after=", "?after=²"],
)
def test_a_cursor_that_is_none_is_refused(query):
    with pytest.raises(exceptions.ValidationError):
        page(query)


def test_a_cursor_beyond_everything_is_an_empty_page():
    make_psychics(1)
    assert page("?after=" + "0" * 5000)["results"] == ["psychic0"]
    for after in ("9" * 90, "9" * 5000):
        beyond = page(f"?after={after}")
        assert (beyond["results"], beyond["next"]) == ([], None)
        assert page(follow(beyond["previous"]))["results"] == ["psychic0"]
