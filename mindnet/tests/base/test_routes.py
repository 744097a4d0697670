"""A path is found by its first word where Django finds it by trying all."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLResolver, path, resolve
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RegexPattern

from mindnet.base.routes import ByFirstWord, each_of
from mindnet.urls import table

one_by_one = URLResolver(RegexPattern(r"^/"), table)


def found(resolver, address):
    try:
        match = resolver(address)
    except Resolver404:
        return None
    return match.func, match.args, match.kwargs, match.url_name, match.route, match.namespaces


def addresses():
    """One for each route, and what lies beside it."""
    for route in each_of(table):
        address = "/" + re.sub("<[^>]+>", "7", str(route.pattern))
        yield from (address, address + "/", address + "x", address.rpartition("/")[0])


def test_every_path_is_found_where_it_is_found_one_by_one():
    asked = {*addresses(), "/admin/", "/admin/rooms/room/7/change/", "/admin/nowhere", "/psychics/me", "//", "/nowhere"}
    answers = {address: found(resolve, address) for address in asked}
    assert answers == {address: found(one_by_one.resolve, address) for address in asked}
    assert len([each for each in answers.values() if each]) > 130 and answers["/nowhere"] is None


def test_a_route_that_begins_with_a_parameter_is_refused():
    with pytest.raises(ImproperlyConfigured, match="begins with a word"):
        ByFirstWord([path("<str:anything>/here", resolve)])
