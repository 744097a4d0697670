"""How lists are walked."""

import pytest
from django.contrib.auth import get_user_model
from rest_framework import exceptions
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from mindnet.rest import lists

Psychic = get_user_model()

pytestmark = pytest.mark.django_db


def make_psychics(count):
    Psychic.objects.bulk_create(Psychic(username=f"psychic{number}") for number in range(count))


def page(query="", **options):
    request = APIView().initialize_request(APIRequestFactory().get(f"/list{query}"))
    return lists.Page(request, Psychic.objects.all(), **options).answer(lambda psychic: psychic.username).data


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


def test_a_row_that_goes_in_between_hides_no_other():
    make_psychics(4)
    first = page("?limit=2")
    Psychic.objects.order_by("pk").first().delete()
    assert page(follow(first["next"]))["results"] == ["psychic2", "psychic3"]


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
        assert page(f"?after={after}") == {"next": None, "previous": None, "results": []}
