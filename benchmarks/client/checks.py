"""Whether an answer is right: looked at in every one, and so cheaply that the client is not what is measured.

A check says what is wrong in a sentence, or gives nothing. `wanted` is what each of a request's addresses has to be
answered with, in their order; where it is the same for all, it stands there once.
"""

import re

import msgspec


class Status:
    """The status, and no more."""

    def __init__(self, status=None):
        self.status = status

    def problem(self, answer, place, sent):
        is_right = answer.status == self.status if self.status else 200 <= answer.status < 300
        return "" if is_right else f"{answer.status} {answer.text[:200]!r}"

    def receipt(self, answer):
        return None


class Wanted(Status):
    def __init__(self, wanted, status=200, coded=None):
        super().__init__(status)
        self.wanted = wanted
        self.coded = coded  # whether the answer has to come compressed, where that is known

    def problem(self, answer, place, sent):
        if problem := super().problem(answer, place, sent):
            return problem
        if self.coded is not None and answer.is_compressed != self.coded:
            return f"compressed: {answer.is_compressed}"
        wanted, found = self.wanted[place % len(self.wanted)], self.found(answer.text)
        return "" if found == wanted else difference(found, wanted)

    def found(self, text):
        return text.decode()


class Marked(Wanted):
    """All that `pattern` finds in a page, in its order: a list of texts, or of lists of them."""

    def __init__(self, pattern, wanted, **more):
        self.pattern = re.compile(pattern.encode(), re.DOTALL)
        super().__init__([[encoded(one) for one in page] for page in wanted], **more)

    def found(self, text):
        return self.pattern.findall(text)


def encoded(value):
    return value.encode() if isinstance(value, str) else tuple(part.encode() for part in value)


class Listed(Wanted):
    """These members of each result of a list of REST, in its order; `psychic.id` is a member of a member."""

    def __init__(self, members, wanted, **more):
        self.members = [name.split(".") for name in members]
        super().__init__(wanted, **more)

    def found(self, text):
        return [[member(row, path) for path in self.members] for row in msgspec.json.decode(text)["results"]]


class One(Listed):
    """The same of an answer that is no list."""

    def found(self, text):
        row = msgspec.json.decode(text)
        return [member(row, path) for path in self.members]


def member(value, path):
    for name in path:
        value = value[name]
    return value


def difference(found, wanted):
    for number, (one, other) in enumerate(zip(found, wanted, strict=False)):
        if one != other:
            return f"entry {number} is {one!r} and not {other!r}"[:300]
    return f"{len(found)} and not {len(wanted)} entries"


class Said(Status):
    """A message comes back with the words that were sent. Its receipt says what has to be found afterwards."""

    def __init__(self, status):
        super().__init__(status)

    def problem(self, answer, place, sent):
        if problem := super().problem(answer, place, sent):
            return problem
        self.message = msgspec.json.decode(answer.text)
        content = msgspec.json.decode(sent)["content"]
        return "" if self.message["content"] == content else f"{self.message['content']!r} and not {content!r}"

    def receipt(self, answer):
        return [self.message[name] for name in ("id", "room", "seq", "content")]


CHECKS = {"status": Status, "text": Wanted, "marked": Marked, "listed": Listed, "one": One, "said": Said}


def made(kind="status", **more):
    return CHECKS[kind](**more)
