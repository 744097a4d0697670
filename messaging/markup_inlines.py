"""The marks within one paragraph: the half of the grammar that `messaging/markup.py` begins.

`mindnet/static/mindnet/js/client/markup_inlines.js` is the same for what is drawn live.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

Tree = list[Any]

# What is shown of a spoiler where only words are.
HIDDEN = "▮▮▮"

# Letters and digits of the scripts that put spaces between words. Beside one of these an asterisk is no emphasis
# (2*3*4) and an @ no mention; Chinese, Japanese or Thai sentences go on without a space.
WORD = (
    "A-Za-z0-9\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u060b\u0620-\u0669\u066e-\u06d3\u06d5-\u0963"
    "\u0966-\u0dff\u10a0-\u10ff\u1e00-\u1fff"
)
SPACE = "\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# What an address goes on with after its host: no space, no bracket or quotation mark of any script, nothing invisible,
# nothing that turns the direction of writing.
REST = (
    "!#-;=?-Z_a-z~\u00a1-\u00aa\u00ac\u00ae-\u00ba\u00bc-\u060b\u060d-\u061a\u0620-\u06d3\u06d5-\u0963\u0966-\u167f"
    "\u1681-\u180d\u180f-\u1fff\u2070-\u2fff\u3004-\u3007\u3012\u3013\u3020-\ud7ff\ue000-\ufefe\uff10-\uff19"
    "\uff21-\uff3a\uff41-\uff5a\uff66-\uffef\U00010000-\U000dffff\U000e1000-\U0010ffff"
)
UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0"
)

IS_WORD = re.compile(f"[{WORD}]")
IS_SPACE = re.compile(f"[{SPACE}]")
INK = re.compile(f"[^{SPACE}]")
SEEN = re.compile(f"[^{SPACE}{UNSEEN}]")

TOKEN = re.compile(r"\\[\\`*_~|\[\]()>@-]|`+|\*+|_+|~+|\|+|[\[\]@]|[hH][tT][tT][pP][sS]?://")
TICKS = re.compile("`+")
SCHEME = re.compile("[hH][tT][tT][pP][sS]?://")
HOST = re.compile(rf"[{WORD}][{WORD}_.-]*(?::[0-9]{{1,5}}(?![0-9]))?")
# Behind what is no host but the beginning of a name and a password.
NO_HOST_BEFORE = re.compile(f"[@%]|:[{WORD}%]")
PATH = re.compile(f"[/?#][{REST}]*")
MAILTO = re.compile(r"[mM][aA][iI][lL][tT][oO]:[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,255}")
# What belongs to the sentence behind an address, and not to it. A bracket does when it was opened before it.
TRAILING = ".,;:!?'*_~"

NAME = r"[A-Za-z0-9_.-]{3,30}(?![A-Za-z0-9_-])"
NAME_SHORTEST = 3
NAME_AT = re.compile(NAME)
# What begins in the middle of a word, an address or a path is no mention.
NO_MENTION_AFTER = re.compile(f"[{WORD}_@./-]")
MENTION = re.compile(f"(?<![{WORD}_@./-])@({NAME})")
# Without one of these whatever MENTION finds is a mention.
CAN_HIDE_MENTIONS = re.compile(r"[`\\\[]|://")

MARKS = {"*": "em", "_": "em", "**": "strong", "__": "strong", "~~": "del", "||": "spoiler"}


def plain_inlines(nodes: Tree) -> str:
    return "".join(node if isinstance(node, str) else plain_inline(*node) for node in nodes)


def plain_inline(kind: str, inner: Any, label: Any = None) -> str:
    if kind == "spoiler":
        return HIDDEN
    if kind == "mention":
        return f"@{inner}"
    if kind in ("code", "url"):
        return str(inner)
    return plain_inlines(label if kind == "link" else inner)


class Inlines:
    """The marks within one paragraph, from left to right.

    `out` is what was read: words, nodes, and marks that may yet open something. At its end a mark takes what stands
    behind the one that opened it. Each mark can be open once, the latest: so they nest only within other ones.
    """

    def __init__(self, text: str, names: list[str]) -> None:
        self.text = text
        self.names = names
        self.out: Tree = []
        self.open: dict[str, int] = {}
        # Where in `out` each stands, and how many names were mentioned before it.
        self.brackets: list[tuple[int, int]] = []
        # How long a run of backticks is -> where the last one of that length begins.
        self.ticks: dict[int, int] | None = None

    def read(self) -> Tree:
        at = 0
        while found := TOKEN.search(self.text, at):
            self.out.append(self.text[at : found.start()])
            at = self.take(found[0], found.start(), found.end())
        self.out.append(self.text[at:])
        return merged(self.out)

    def take(self, token: str, start: int, end: int) -> int:
        """Reads one token. Returns where to read on."""
        match token[0]:
            case "\\":
                self.out.append(token[1])
            case "`":
                return self.take_code(token, end)
            case "[":
                self.brackets.append((len(self.out), len(self.names)))
                self.out.append(token)
            case "]":
                return self.take_link(end)
            case "@":
                return self.take_mention(start, end)
            case "h" | "H":
                return self.take_url(token, start, end)
            case _:
                self.take_mark(token, start, end)
        return end

    def take_code(self, token: str, end: int) -> int:
        close = self.ticks_after(end, len(token))
        code = self.text[end:close] if close else ""
        if not INK.search(code):
            self.out.append(token)
            return end
        # So that code may begin or end with a backtick.
        if len(code) > 2 and code[0] == code[-1] == " ":
            code = code[1:-1]
        self.out.append(["code", code])
        return close + len(token)

    def ticks_after(self, at: int, length: int) -> int:
        """Where so many backticks, no more and no fewer, stand next. 0 if nowhere."""
        if self.ticks is None:
            self.ticks = {len(found[0]): found.start() for found in TICKS.finditer(self.text)}
        if self.ticks.get(length, 0) < at:
            return 0
        return next(found.start() for found in TICKS.finditer(self.text, at) if len(found[0]) == length)

    def take_mark(self, run: str, start: int, end: int) -> None:
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        is_free = run == "**"
        can_close = before and not IS_SPACE.match(before) and (is_free or not IS_WORD.match(after))
        can_open = after and not IS_SPACE.match(after) and (is_free or not IS_WORD.match(before))
        left = [*marks_of(run)]
        for mark in sorted(left, key=lambda one: -self.open.get(one, -1)):
            if can_close and self.close(mark):
                left.remove(mark)
        for mark in left:
            if can_open and mark in MARKS:
                self.open[mark] = len(self.out)
            self.out.append(mark)

    def close(self, mark: str) -> bool:
        at = self.open.get(mark)
        if at is None or at == len(self.out) - 1:
            return False
        self.wrap(at, [MARKS[mark], merged(self.out[at + 1 :])])
        return True

    def wrap(self, at: int, node: Tree) -> None:
        """Puts a node in the place of what stands from there on. What was open in there stays a word."""
        del self.out[at:]
        self.out.append(node)
        self.open = {mark: place for mark, place in self.open.items() if place < at}
        while self.brackets and self.brackets[-1][0] >= at:
            self.brackets.pop()

    def take_link(self, end: int) -> int:
        found = self.address_at(end + 1) if self.brackets and self.text[end : end + 1] == "(" else None
        if self.brackets and not found:
            self.brackets.pop()
        if found:
            at, names = self.brackets[-1]
            label = unlinked(merged(self.out[at + 1 :]))
            # Links do not stand within each other.
            self.brackets = []
            if label is not None and SEEN.search(plain_inlines(label)):
                self.wrap(at, ["link", found[0], label])
                del self.names[names:]
                return found[1]
        self.out.append("]")
        return end

    def address_at(self, at: int) -> tuple[str, int] | None:
        """The address in round brackets that goes on here, and where the text does."""
        end = 0
        if found := MAILTO.match(self.text, at):
            end = found.end()
        elif found := SCHEME.match(self.text, at):
            end = host_end(self.text, found.end())
            if end and (path := PATH.match(self.text, end)):
                end += balanced(path[0])
        return (self.text[at:end], end + 1) if end and self.text[end : end + 1] == ")" else None

    def take_url(self, token: str, start: int, end: int) -> int:
        stop = host_end(self.text, end) if not IS_WORD.match(self.text[start - 1 : start]) else 0
        if not stop:
            self.out.append(token)
            return end
        if path := PATH.match(self.text, stop):
            stop = path.end()
        stop = without_tail(self.text, start, stop)
        self.out.append(["url", self.text[start:stop]])
        return stop

    def take_mention(self, start: int, end: int) -> int:
        found = NAME_AT.match(self.text, end)
        if not found or NO_MENTION_AFTER.match(self.text[start - 1 : start]):
            self.out.append("@")
            return end
        stop = found.end()
        while stop - end > NAME_SHORTEST and self.text[stop - 1] in "._-":
            stop -= 1
        self.out.append(["mention", self.text[end:stop]])
        self.names.append(found[0])
        return stop


def marks_of(run: str) -> Iterable[str]:
    if len(run) == 3 and run[0] in "*_":
        return run[:2], run[2:]
    return (run,)


def merged(nodes: Tree) -> Tree:
    """The same with neighbouring words as one."""
    out: Tree = []
    words: list[str] = []
    for node in [*nodes, None]:
        if isinstance(node, str):
            words.append(node)
            continue
        if text := "".join(words):
            out.append(text)
        words = []
        if node is not None:
            out.append(node)
    return out


def unlinked(label: Tree) -> Tree | None:
    """The words of a link, in which nothing else can be followed. None for one that would show what a spoiler hides."""
    nodes = [*unlinked_nodes(label)]
    return None if None in nodes else merged(nodes)


def unlinked_nodes(label: Tree) -> Iterator[Any]:
    for node in label:
        if isinstance(node, str) or node[0] == "code":
            yield node
        elif node[0] in ("url", "mention"):
            yield plain_inline(*node)
        else:
            inner = None if node[0] == "spoiler" else unlinked(node[1])
            yield None if inner is None else [node[0], inner]


def host_end(text: str, at: int) -> int:
    """Where host and port end. 0 if there is no host, or something before it that only looks like one."""
    found = HOST.match(text, at)
    return found.end() if found and not NO_HOST_BEFORE.match(text, found.end()) else 0


def balanced(path: str) -> int:
    """How much of a path stands before the bracket that closes more than were opened."""
    depth = 0
    for at, character in enumerate(path):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return at
    return len(path)


def without_tail(text: str, start: int, end: int) -> int:
    """Where an address ends that stands in a sentence."""
    unopened = text.count(")", start, end) - text.count("(", start, end)
    while True:
        if text[end - 1] in TRAILING:
            end -= 1
        elif text[end - 1] == ")" and unopened > 0:
            end -= 1
            unopened -= 1
        else:
            return end
