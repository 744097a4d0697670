"""What a field may hold, said once: beside the service that enforces it.

A rule is data. The service checks with it and words the refusal; serializers, socket payloads and forms carry it; both
published documents print it (`json_schema`). So a length stands in one place, whichever door a value comes through.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

# A bound is a number, or the name of an entry of `settings.LIMITS`, which an operator may change.
Bound = int | str | None


def value_of(bound: Bound) -> int | None:
    return int(settings.LIMITS[bound]) if isinstance(bound, str) else bound


def most_of(rule: "Text | Number | Many") -> int:
    """The upper bound in force, of a rule that has one."""
    most = value_of(rule.most)
    if most is None:
        raise TypeError(f"{rule} has no upper bound")
    return most


@dataclass(frozen=True)
class Rule:
    """`example` stands in the documents, `says` explains what the bounds do not."""

    example: Any = field(default=None, kw_only=True)
    says: str = field(default="", kw_only=True)

    def __deepcopy__(self, memo: object) -> "Rule":
        # DRF copies the arguments of a serializer's fields with every request.
        return self

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
    """A text of `least` to `most` code points. `pattern` describes the whole of it, from ^ to $ as in JSON Schema."""

    least: Bound = None
    most: Bound = None
    pattern: str = ""
    format: str = ""

    def kind(self) -> dict[str, Any]:
        bounds = {"minLength": value_of(self.least), "maxLength": value_of(self.most)}
        more = {"pattern": self.pattern or None, "format": self.format or None}
        return {"type": "string"} | {name: value for name, value in (bounds | more).items() if value is not None}

    def fits(self, text: str) -> bool:
        """Whether length and pattern do; what else is asked of a text, its service knows."""
        least, most = value_of(self.least), value_of(self.most)
        is_long_enough = (least is None or len(text) >= least) and (most is None or len(text) <= most)
        # fullmatch, since Python's $ would let a line break follow.
        return is_long_enough and (not self.pattern or re.fullmatch(self.pattern, text) is not None)


@dataclass(frozen=True)
class Number(Rule):
    """A number from `least` to `most`, a whole one unless said otherwise."""

    least: Bound = None
    most: Bound = None
    is_whole: bool = True

    def kind(self) -> dict[str, Any]:
        bounds = {"minimum": value_of(self.least), "maximum": value_of(self.most)}
        kind = {"type": "integer" if self.is_whole else "number"}
        return kind | {name: value for name, value in bounds.items() if value is not None}

    def fits(self, number: float) -> bool:
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
class Flag(Rule):
    """True or false."""

    def kind(self) -> dict[str, Any]:
        return {"type": "boolean"}


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


@dataclass(frozen=True)
class Record(Rule):
    """An object of these fields and no others."""

    of: Mapping[str, Rule] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    def kind(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {name: rule.json_schema() for name, rule in self.of.items()},
            "required": list(self.required),
            "additionalProperties": False,
        }

    def fits(self, names: Iterable[str]) -> bool:
        """Whether these are its fields; what they hold, each of their rules knows."""
        return set(self.required) <= set(names) <= self.of.keys()
