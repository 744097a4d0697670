"""Addresses in templates are those that Django would have worked out."""

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch, reverse, set_script_prefix

from mindnet.templatetags import addresses


@pytest.fixture(autouse=True)
def forgotten():
    addresses.address.cache_clear()
    yield
    set_script_prefix("/")


def drawn(text, **values):
    return Template(text).render(Context(values))


@pytest.mark.parametrize(
    "text, values, expected",
    [
        ("{% url 'home' %}", {}, "/"),
        ("{% url 'room' pk %}", {"pk": 7}, "/room/7"),
        ("{% url 'room' '7' %}", {}, "/room/7"),
        ("{% url 'room' room_id=pk %}", {"pk": 7}, "/room/7"),
        ("{% url name %}", {"name": "people"}, "/people"),
        ("{% url 'room' pk as found %}[{{ found }}]", {"pk": 7}, "[/room/7]"),
        ("{% url 'nowhere' as found %}[{{ found }}]", {}, "[]"),
    ],
)
def test_an_address_is_the_same_every_time(text, values, expected):
    assert [drawn(text, **values) for _ in range(3)] == [expected] * 3


def test_what_leads_nowhere_is_an_error_every_time():
    for _ in range(2):
        with pytest.raises(NoReverseMatch):
            drawn("{% url 'room' name %}", name="x")


def test_it_is_remembered_for_the_place_where_the_site_lies():
    assert drawn("{% url 'room' 7 %}") == "/room/7"
    set_script_prefix("/mind/")
    assert drawn("{% url 'room' 7 %}") == "/mind/room/7"


def test_it_is_worked_out_once():
    for _ in range(5):
        drawn("{% url 'room' 7 %}")
    assert addresses.address.cache_info().misses == 1


def test_namespaces_go_djangos_way():
    assert drawn("{% url 'admin:index' %}") == reverse("admin:index")
    assert addresses.address.cache_info().misses == 0
