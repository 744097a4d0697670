"""Lists, a page at a time."""

import functools
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from rest_framework import serializers
from rest_framework.response import Response

from mindnet.base import rules
from mindnet.base.ids import GREATEST_ID, whole_number
from mindnet.rest.schema import in_query, public_name

PAGE_DEFAULT = 50
PAGE_LIMIT = 100

# Without bounds: what lies outside of them is clamped, not refused.
LIMIT = in_query("limit", rules.Number(says="How many at most; clamped to 1 to 100."), default=PAGE_DEFAULT)
AFTER = in_query("after", rules.Number(says="What comes behind this id, as `next` has it."))
BEFORE = in_query("before", rules.Number(says="What comes ahead of this id, as `previous` has it."))
# The parameters of `Page`.
BY_ID = [LIMIT, AFTER, BEFORE]

Link = Annotated[str, msgspec.Meta(extra_json_schema={"format": "uri"})]


@functools.cache
def list_of(kind, name=None, **more):
    """The type of a list answer with results of this kind, as `listing` makes it: what the OpenAPI document says. Lists
    that have more members than others of the kind need a name of their own."""
    members = {"next": Link | None, "previous": Link | None, "results": list[kind], **more}
    says = "One page; `next` and `previous` lead to those beside it."
    name = name or f"{public_name(kind.__name__)}List"
    return msgspec.defstruct(name, list(members.items()), namespace={"__doc__": says})


def clamp(text, default=PAGE_DEFAULT, most=PAGE_LIMIT):
    """The `limit` parameter: what was asked for, at least 1 and at most 100."""
    if text is None or text == "":
        return default
    value = whole_number(text)
    if value is None:
        raise serializers.ValidationError({"limit": ["This must be a whole number."]})
    return max(1, min(most, value))


def number(request, name):
    """A query parameter that is a number from 0, or None where it is left out."""
    text = request.query_params.get(name)
    if text is None:
        return None
    value = None if text.startswith("-") else whole_number(text)
    if value is None:
        raise serializers.ValidationError({name: ["This must be a whole number."]})
    return value


def page_url(request, **params):
    """This request's address with other query parameters; None takes one out."""
    query = {name: value for name, value in request.query_params.items() if name not in params}
    query |= {name: value for name, value in params.items() if value is not None}
    return request.build_absolute_uri(request.path) + (f"?{urlencode(query)}" if query else "")


def listing(results, next=None, previous=None, **more):
    """The body of every list. `next` and `previous` are addresses made with `page_url`."""
    return {"next": next, "previous": previous, "results": results, **more}


class Page:
    """One page by id, `?limit=&after=<id>` or `?limit=&before=<id>`, of a queryset, or of what is compiled once: then
    `source(cursor, rises=…, most=…)` gives the rows, as `Prepared.rows` of a query made with `beyond` does. Rows are
    models, which `answer` makes shapes of, or Listed.

    Rows that come or go between two requests neither repeat nor hide others, and also an empty page leads back to where
    there are rows. With `newest_first` the ids fall, and `after` means further down the list.
    `Page(request, queryset).answer(shape)` is the whole list answer. Lists in another order have a subclass, with
    `cursor_of` and `beyond` of their own.
    """

    def __init__(self, request, source, *, newest_first=False):
        self.request = request
        after, before = number(request, "after"), number(request, "before")
        backwards = before is not None and after is None
        cursor = before if backwards else after
        limit, rises = clamp(request.query_params.get("limit")), newest_first == backwards
        rows = self.read(source, cursor, rises, limit + 1)
        has_more, rows = len(rows) > limit, rows[:limit]
        self.rows = rows[::-1] if backwards else rows
        onward = self.cursor_of(rows[-1]) if has_more else None
        back = self.way_back(rows, source, cursor, rises)
        self.previous, self.next = (onward, back) if backwards else (back, onward)

    def read(self, source, cursor, rises, most):
        """At most so many rows behind this number, or from the start without one."""
        if not callable(source):
            return list(self.beyond(source, cursor, rises)[:most])
        if cursor is None:
            cursor = 0 if rises else GREATEST_ID
        # Each limit is a statement of its own: two do for all.
        step = (PAGE_DEFAULT if most <= PAGE_DEFAULT + 1 else PAGE_LIMIT) + 1
        return source(min(cursor, GREATEST_ID), rises=rises, most=step)[:most]

    def cursor_of(self, row):
        """The number by which a row is found again."""
        return row.pk

    def beyond(self, queryset, cursor, rises):
        """What comes behind this number, or all without one, in rising order or in falling."""
        if cursor is not None:
            queryset = queryset.filter(**{"pk__gt" if rises else "pk__lt": cursor})
        return queryset.order_by("pk" if rises else "-pk")

    def way_back(self, rows, source, cursor, rises):
        """The cursor from which this page is left the other way, None where there is nothing."""
        if cursor is None:
            return None
        if rows:
            return self.cursor_of(rows[0])
        edge = max(0, cursor + 1 if rises else cursor - 1)
        return edge if self.read(source, edge, not rises, 1) else None

    def answer(self, shape=lambda row: row.shown, **more):
        next = page_url(self.request, after=self.next, before=None) if self.next is not None else None
        previous = page_url(self.request, before=self.previous, after=None) if self.previous is not None else None
        return Response(listing([shape(row) for row in self.rows], next, previous, **more))
