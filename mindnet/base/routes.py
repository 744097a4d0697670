"""Paths by their first word.

Django tries one pattern after the other, and we have more than a hundred: finding out which was a tenth of the work for
a page. All our routes begin with a word that is fixed, so only those are tried that begin as the path does.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import ResolverMatch, RoutePattern

Route = URLPattern | URLResolver


class ByFirstWord(URLResolver):
    """Stands for a table of routes, as `include` would. Of those with one first word the first that fits is taken, as
    ever. Raises ImproperlyConfigured for a route that begins with a parameter."""

    def __init__(self, table: Sequence[Route]) -> None:
        super().__init__(RoutePattern(""), list(table))
        tables: dict[str, list[Route]] = {}
        for route in each_of(table):
            word = str(route.pattern).partition("/")[0]
            if "<" in word:
                raise ImproperlyConfigured(f"{route.pattern}: a route begins with a word.")
            tables.setdefault(word, []).append(route)
        self.by_word = {word: URLResolver(RoutePattern(""), routes) for word, routes in tables.items()}
        self.nothing = URLResolver(RoutePattern(""), [])

    def resolve(self, path: Any) -> ResolverMatch:
        return self.by_word.get(str(path).partition("/")[0], self.nothing).resolve(path)


def each_of(table: Sequence[Route]) -> Iterator[Route]:
    """The routes, with those of tables that are included as they are."""
    for route in table:
        if isinstance(route, URLResolver) and str(route.pattern) == "" and route.namespace is None:
            yield from each_of(route.url_patterns)
        else:
            yield route
