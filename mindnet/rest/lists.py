"""Lists, a page at a time."""

import functools
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from rest_framework import serializers
from rest_framework.response import Response

from mindnet.base import rules
from mindnet.base.ids import whole_number
from mindnet.rest.schema import in_query, public_name

PAGE_DEFAULT = 50
PAGE_LIMIT = 100

# Without bounds: what lies outside of them is clamped, not refused.
LIMIT = in_query("limit", rules.Number(says="How many at most; clamped to 1 to 100."), default=PAGE_DEFAULT)
AFTER = in_query("after", rules.Number(says="What comes behind this id, as `next` has it."))
BEFORE = in_query("before", rules.Number(says="What comes ahead of this id, as `previous` has it."))
OFFSET = in_query("offset", rules.Number(0, says="How many to pass over."))
# The parameters of `Page`, and those of `list_page`.
BY_ID, BY_OFFSET = [LIMIT, AFTER, BEFORE], [LIMIT, OFFSET]

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
    """One page of a queryset by id, `?limit=&after=<id>` or `?limit=&before=<id>`.

    Rows that come or go between two requests neither repeat nor hide others. With `newest_first` the ids fall, and
    `after` means further down the list. `Page(request, queryset).answer(shape)` is the whole list answer.
    """

    def __init__(self, request, queryset, *, newest_first=False):
        self.request = request
        self.limit = clamp(request.query_params.get("limit"))
        self.after, self.before = number(request, "after"), number(request, "before")
        backwards = self.before is not None and self.after is None
        rows = self.slice(queryset, falling=newest_first, backwards=backwards)
        has_more, rows = len(rows) > self.limit, rows[: self.limit]
        self.rows = rows[::-1] if backwards else rows
        self.has_next = bool(rows) and (has_more or backwards)
        self.has_previous = bool(rows) and (has_more if backwards else self.after is not None)

    def slice(self, queryset, falling, backwards):
        """One row more than the page, in reading order from the cursor on."""
        down = falling != backwards
        cursor = self.before if backwards else self.after
        if cursor is not None:
            queryset = queryset.filter(**{"pk__lt" if down else "pk__gt": cursor})
        return list(queryset.order_by("-pk" if down else "pk")[: self.limit + 1])

    def answer(self, shape=lambda row: row, **more):
        next = page_url(self.request, after=self.rows[-1].pk, before=None) if self.has_next else None
        previous = page_url(self.request, before=self.rows[0].pk, after=None) if self.has_previous else None
        return Response(listing([shape(row) for row in self.rows], next, previous, **more))


def list_page(request, items, **more):
    """One page of a list that is in memory already, `?limit=&offset=`."""
    limit, offset = clamp(request.query_params.get("limit")), number(request, "offset") or 0
    next = page_url(request, offset=offset + limit, limit=limit) if offset + limit < len(items) else None
    previous = page_url(request, offset=max(0, offset - limit), limit=limit) if offset else None
    return Response(listing(items[offset : offset + limit], next, previous, **more))
