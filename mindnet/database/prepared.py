"""Querysets that are compiled once.

The ORM says best what is read, and spends more on saying it than the database on answering: a millisecond for a room as
somebody sees it. Here a function makes the queryset for its parameters once, with marks in their places, and afterwards
only the text is sent, with the parameters. Several go to PostgreSQL together (`mindnet.database.statements.ask`).

    room_as_seen = Prepared(lambda psychic_id, room_id: visible_rooms(psychic_id).filter(pk=room_id))
    [rooms, names] = fetch(room_as_seen(psychic.pk, room_id), …)
"""

import functools
import inspect
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection, models
from django.db.models.query import ModelIterable, get_related_populators

from mindnet.database.carried import ask_with_carried
from mindnet.database.statements import (
    ON_POSTGRESQL,
    ON_SQLITE,
    AsTexts,
    Parameter,
    Question,
    Row,
    question,
    values_of,
)

Given = TypeVar("Given")
# Of each PreparedShapes: some eight megabytes, where people write as they do. What is longer is rare.
ROWS_KEPT, ROW_CHARACTERS = 4096, 2000
# What stands for a parameter while a queryset is compiled, by its number. Nobody's id, name or moment.
MARKED_NUMBER = 9_007_199_254_740_000
MARKED_MOMENT = datetime(9900, 1, 1, tzinfo=UTC)


class Prepared(Generic[Given]):
    """`build` takes parameters and gives the queryset of their rows: of models, of `values_list` tuples or flat.

    Parameters are numbers, and by their annotation `datetime`, `str` or, for OneOf, `list`; each must come to stand in
    the statement as it is. Keyword-only ones are constants, and every combination of them is compiled by itself. What
    the queryset takes from anywhere else, such as the clock or a setting, would stay as it was: a moment among its
    constants is an error.
    """

    def __init__(self, build: Callable[..., "models.QuerySet[Any, Given]"]) -> None:
        self.build = build
        self.parameters = [
            each for each in inspect.signature(build).parameters.values() if each.kind is not each.KEYWORD_ONLY
        ]
        self.plans: dict[object, Plan] = {}
        self.lock = threading.Lock()

    def __call__(self, *values: Parameter, **constants: Any) -> "Bound[Given]":
        """What `fetch` takes. Nothing is asked yet."""
        return Bound(self.plan(constants), values)

    def rows(self, *values: Parameter, **constants: Any) -> list[Given]:
        return fetch(self(*values, **constants))[0]

    def first(self, *values: Parameter, **constants: Any) -> Given | None:
        """The first row; the queryset should ask for no more than one."""
        rows = self.rows(*values, **constants)
        return rows[0] if rows else None

    def plan(self, constants: dict[str, Any]) -> "Plan":
        key = tuple(sorted(constants.items())) if constants else ()
        plan = self.plans.get(key)
        if plan is None:
            with self.lock:
                plan = self.plans[key] = self.made(constants)
        return plan

    def made(self, constants: dict[str, Any]) -> "Plan":
        return make_plan(self.build, self.parameters, constants)


class PreparedShapes(Prepared[Given]):
    """As Prepared, of `values_list` tuples of which `make` makes something else, of nothing but the tuple. That is kept
    under the row as the database gave it, so a row that is as it was is neither converted nor made anew; whoever gets
    it changes nothing in it."""

    def __init__(self, build: Callable[..., "models.QuerySet[Any, Any]"], make: Callable[[Row], Given]) -> None:
        super().__init__(build)
        self.shapes = Shapes(make)

    def made(self, constants: dict[str, Any]) -> "Plan":
        """Whatever the constants, the columns are the same."""
        plan = super().made(constants)
        return plan._replace(text=AsTexts(plan.text), read=functools.partial(self.shapes.of, plan.read))


class Shapes(Generic[Given]):
    """What `make` made of rows; of ROWS_KEPT, the oldest go first."""

    def __init__(self, make: Callable[[Row], Given]) -> None:
        self.make = make
        self.kept: dict[Row, Given] = {}
        self.lock = threading.Lock()

    def of(self, convert: Callable[[list[Row]], list[Row]], rows: list[Row]) -> list[Given]:
        """`convert` makes of rows what the queryset would have given."""
        found = [self.kept.get(row) for row in rows]
        fresh = [number for number, shape in enumerate(found) if shape is None]
        if fresh:
            made = [self.make(row) for row in convert(values_of(rows, fresh))]
            self.keep([rows[number] for number in fresh], made)
            for number, shape in zip(fresh, made, strict=True):
                found[number] = shape
        return found  # type: ignore[return-value]  # none of them is None

    def keep(self, rows: list[Row], shapes: list[Given]) -> None:
        with self.lock:
            for row, shape in zip(rows, shapes, strict=True):
                if sum([len(value) for value in row if isinstance(value, str)]) <= ROW_CHARACTERS:
                    self.kept[row] = shape
            while len(self.kept) > ROWS_KEPT:
                del self.kept[next(iter(self.kept))]


class Plan(NamedTuple):
    """`places`: for each parameter of the text the number of a value, or None and the constant that stands there."""

    text: str
    places: list[tuple[int | None, Any]]
    read: Callable[[list[Row]], list[Any]]


AS_IT_IS = Plan("", [], lambda rows: rows)


class Bound(Generic[Given]):
    """A plan with its values. What was asked ahead is found without being worded again."""

    def __init__(self, plan: Plan, values: Sequence[Parameter]) -> None:
        self.plan = plan
        self.values = values

    @functools.cached_property
    def question(self) -> Question:
        held = [stored(value) if isinstance(value, datetime) else value for value in self.values]
        return question(
            self.plan.text, *[constant if number is None else held[number] for number, constant in self.plan.places]
        )

    @functools.cached_property
    def key(self) -> object:
        """What is asked, but for moments."""
        values = [value for value in self.values if not isinstance(value, datetime)]
        return id(self.plan), *[tuple(value) if isinstance(value, list) else value for value in values]


class Worded(Bound[Row]):
    """A statement in its own words, for `fetch` and `asked_ahead`. What it has of the clock is a text, and part of what
    is asked."""

    def __init__(self, asked: Question) -> None:
        super().__init__(AS_IT_IS, asked)
        self.question = asked


# What `asked_ahead` has read, by `Bound.key`.
answered: ContextVar[dict[object, list[Any]] | None] = ContextVar("answered", default=None)


@contextmanager
def asked_ahead(*asked: Bound[Any]) -> Iterator[list[list[Any]]]:
    """Asks all of these together, and gives the rows of each. Inside, `fetch`, `rows` and `first` of one of them give
    what was read then, whatever the moment among the parameters: for what shows how things are at one moment, and
    writes nothing."""
    answers = fetch(*asked)
    token = answered.set({one.key: rows for one, rows in zip(asked, answers, strict=True)})
    try:
        yield answers
    finally:
        answered.reset(token)


def ask_along(*asked: Bound[Any]) -> None:
    """Inside `asked_ahead`: asks these together as well, for `fetch`. Elsewhere each is asked when it is fetched."""
    known = answered.get()
    if known is None or isinstance(known, Answers):
        return
    fresh = [one for one in asked if one.key not in known]
    known.update(zip([one.key for one in fresh], read_now(fresh), strict=True))


class Answers(dict[object, list[Any]]):
    """Of one of several reads that are done together (`mindnet.database.in_step`): what is not among them is asked for
    with what the others ask."""


class Unanswered(BaseException):
    """Out of `fetch`: no Exception, so that nobody takes it for a failure of what they asked."""

    def __init__(self, asked: Sequence[Bound[Any]]) -> None:
        super().__init__()
        self.asked = asked


@contextmanager
def answered_by(answers: Answers) -> Iterator[None]:
    """Inside, `fetch` gives what is among these, and raises Unanswered where anything is not."""
    token = answered.set(answers)
    try:
        yield
    finally:
        answered.reset(token)


def fetch(*asked: Bound[Any]) -> list[list[Any]]:
    """The rows of each, in order, asked together."""
    known = answered.get()
    if known is None:
        return read_now(asked)
    fresh = [one for one in asked if one.key not in known]
    if fresh and isinstance(known, Answers):
        raise Unanswered(fresh)
    rows = iter(read_now(fresh))
    return [list(known[one.key]) if one.key in known else next(rows) for one in asked]


def read_now(asked: Sequence[Bound[Any]]) -> list[list[Any]]:
    answers = ask_with_carried(*[one.question for one in asked])
    return [one.plan.read(rows) for one, rows in zip(asked, answers, strict=True)]


def stored(value: Parameter) -> Any:
    """As the ORM hands it to this database, of which a process has one."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


class Listed(NamedTuple, Generic[Given]):
    """Of a list that is paged by ids: an id, and what is shown under it."""

    pk: int
    shown: Given


def beyond(queryset: "models.QuerySet[Any, Given]", cursor: int, *, rises: bool, most: int) -> Any:
    """Of a list in the order of its ids what comes behind this one, at most so many: for queries that are paged
    (`mindnet.rest.lists.Page`). `rises`: in which of the two orders."""
    return queryset.filter(**{"pk__gt" if rises else "pk__lt": cursor}).order_by("pk" if rises else "-pk")[:most]


class OneOf(models.Func):
    """`filter(OneOf("pk", ids))`: the column is one of a list of numbers, which is one parameter however long it is."""

    output_field = models.BooleanField()

    def __init__(self, column: Any, ids: list[int]) -> None:
        super().__init__(column)
        self.ids = ids

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # of one column
        column, values = compiler.compile(self.source_expressions[0])
        texts = ON_POSTGRESQL if connection.vendor == "postgresql" else ON_SQLITE
        return f"{column} {texts['ids']}", [*values, self.ids]


# Compiling


def make_plan(build: Callable[..., Any], parameters: Sequence[inspect.Parameter], constants: dict[str, Any]) -> Plan:
    marks = [mark(number, each.annotation) for number, each in enumerate(parameters)]
    queryset = build(*marks, **constants)
    compiler = queryset.query.get_compiler(connection=connection)
    text, values = compiler.as_sql()
    places = [place(value, [stored(one) for one in marks]) for value in values]
    found = {number for number, _ in places if number is not None}
    if missing := [each.name for number, each in enumerate(parameters) if number not in found]:
        raise TypeError(f"{', '.join(missing)}: not to be found in {text}")
    compiler.setup_query()
    text, places = with_constants(text.replace("{", "{{").replace("}", "}}"), places)
    return Plan(text, places, reader_of(queryset, compiler))


def with_constants(text: str, places: list[tuple[int | None, Any]]) -> tuple[str, list[tuple[int | None, Any]]]:
    """Numbers and words among the constants come to stand in the text, where the database knows them when it plans the
    statement: of two kinds of room, or of an index of nothing but broadcasts."""
    parts, left = re.split("(%[s%])", text), []
    marks = iter(places)
    for index, part in enumerate(parts):
        if part == "%s":
            number, constant = next(marks)
            if number is None and type(constant) in (int, str):
                parts[index] = literal(constant)
            else:
                left.append((number, constant))
    return "".join(parts), left


def literal(constant: int | str) -> str:
    if isinstance(constant, int):
        return str(constant)
    quoted = constant.replace("'", "''").replace("%", "%%").replace("{", "{{").replace("}", "}}")
    return f"'{quoted}'"


def mark(number: int, annotation: Any) -> Any:
    if annotation is datetime:
        return MARKED_MOMENT + timedelta(days=number)
    if annotation in (list, list[int]):
        return [MARKED_NUMBER + number]
    return f"\x02{number}\x03" if annotation is str else MARKED_NUMBER + number


def place(value: Any, marks: Sequence[Any]) -> tuple[int | None, Any]:
    if isinstance(value, int) and not isinstance(value, bool):
        value = int(value)  # psycopg's own kinds of number, by the column
    elif isinstance(value, models.TextChoices):
        value = value.value
    for number, one in enumerate(marks):
        if type(value) is type(one) and value == one:
            return number, None
    if isinstance(value, date) or (isinstance(value, str) and looks_like_a_moment(value)):
        raise TypeError(f"{value} would stay for ever: moments are parameters.")
    return None, value


def looks_like_a_moment(text: str) -> bool:
    """SQLite's moments are texts."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def reader_of(queryset: Any, compiler: Any) -> Callable[[list[Row]], list[Any]]:
    """What makes of rows what the queryset would have given."""
    fields = [column[0] for column in compiler.select]
    converters = [
        (index, function, expression)
        for index, (functions, expression) in compiler.get_converters(fields).items()
        for function in functions
    ]

    def converted(rows: list[Row]) -> list[Row]:
        """Column by column: most have nothing to convert."""
        if not rows or not converters:
            return rows
        columns: list[Any] = list(zip(*rows, strict=True))
        for index, function, expression in converters:
            columns[index] = [function(value, expression, connection) for value in columns[index]]
        return list(zip(*columns, strict=True))

    if queryset._iterable_class is ModelIterable:
        make = model_of(compiler, queryset)
        return lambda rows: [make(row) for row in converted(rows)]
    if queryset._fields and len(queryset._fields) == 1 and "Flat" in queryset._iterable_class.__name__:
        return lambda rows: [row[0] for row in converted(rows)]
    return converted


def model_of(compiler: Any, queryset: Any) -> Callable[[Sequence[Any]], Any]:
    """As Django's ModelIterable makes them, with what `select_related` and `annotate` have added."""
    klass_info, columns = compiler.klass_info, compiler.select
    indexes = klass_info["select_fields"]
    start, stop = indexes[0], indexes[-1] + 1
    names = [column[0].target.attname for column in columns[start:stop]]
    related = get_related_populators(klass_info, columns, queryset.db)  # type: ignore[call-arg]  # the stubs are ahead
    annotations = list(compiler.annotation_col_map.items())

    def make(values: Sequence[Any]) -> Any:
        made = klass_info["model"].from_db(connection.alias, names, values[start:stop])
        for each in related:
            each.populate(values, made)
        for name, index in annotations:
            setattr(made, name, values[index])
        return made

    return make
