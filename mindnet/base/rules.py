"""What a field may hold, said once: beside the service that enforces it.

A rule is data. The service checks with it and words the refusal; serializers, socket payloads and forms carry it; both
published documents print it (`json_schema`). So a length stands in one place, whichever door a value comes through.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

# A bound is a number, or the name of an entry of `settings.LIMITS`, which an operator may change.
Bound = int | str | None


def value_of(bound: Bound) -> int | None:
    return int(settings.LIMITS[bound]) if isinstance(bound, str) else bound


@dataclass(frozen=True)
class Rule:
    """`example` stands in the documents, `says` explains what the bounds do not."""

    example: Any = field(default=None, kw_only=True)
    says: str = field(default="", kw_only=True)

    def json_schema(self) -> dict[str, Any]:
        return self.kind() | self.words()

    def kind(self) -> dict[str, Any]:
        raise NotImplementedError

    def words(self) -> dict[str, Any]:
        words: dict[str, Any] = {}
        if self.says:
            words["description"] = self.says
        if self.example is not None:
            words["examples"] = [self.example]
        return words


@dataclass(frozen=True)
class Text(Rule):
    """A text of `least` to `most` code points that matches `pattern` (a JSON Schema regular expression)."""

    least: Bound = None
    most: Bound = None
    pattern: str = ""
    format: str = ""

    def kind(self) -> dict[str, Any]:
        bounds = {"minLength": value_of(self.least), "maxLength": value_of(self.most)}
        more = {"pattern": self.pattern or None, "format": self.format or None}
        return {"type": "string"} | {name: value for name, value in (bounds | more).items() if value is not None}

    def fits(self, text: str) -> bool:
        """Whether the length does; what else is asked of a text, its service knows."""
        least, most = value_of(self.least), value_of(self.most)
        return (least is None or len(text) >= least) and (most is None or len(text) <= most)


@dataclass(frozen=True)
class Number(Rule):
    """A whole number from `least` to `most`."""

    least: Bound = None
    most: Bound = None

    def kind(self) -> dict[str, Any]:
        bounds = {"minimum": value_of(self.least), "maximum": value_of(self.most)}
        return {"type": "integer"} | {name: value for name, value in bounds.items() if value is not None}

    def fits(self, number: int) -> bool:
        least, most = value_of(self.least), value_of(self.most)
        return (least is None or number >= least) and (most is None or number <= most)


@dataclass(frozen=True)
class Choice(Rule):
    """One of these words."""

    of: tuple[str, ...] = ()

    def kind(self) -> dict[str, Any]:
        return {"type": "string", "enum": [str(word) for word in self.of]}

    def fits(self, word: str) -> bool:
        return word in self.of


def choice(words: Iterable[str], **more: Any) -> Choice:
    """A Choice of the values of an enumeration, or of any words."""
    return Choice(of=tuple(str(word) for word in words), **more)


@dataclass(frozen=True)
class Many(Rule):
    """A list of `least` to `most` of what `of` allows."""

    of: Rule = field(default_factory=Text)
    least: Bound = None
    most: Bound = None

    def kind(self) -> dict[str, Any]:
        bounds = {"minItems": value_of(self.least), "maxItems": value_of(self.most)}
        schema = {"type": "array", "items": self.of.json_schema()}
        return schema | {name: value for name, value in bounds.items() if value is not None}

    def fits(self, items: list[Any]) -> bool:
        least, most = value_of(self.least), value_of(self.most)
        return (least is None or len(items) >= least) and (most is None or len(items) <= most)
