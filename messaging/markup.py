"""What a text means: the grammar of docs/markup.md as a tree of lists, strings and numbers.

`mindnet/static/mindnet/js/client/markup.js` is the same, function by function, for what is drawn live; a corpus and
generated texts hold the two together. Both look at each character a bounded number of times, whatever was typed, and
nest at most DEPTH_MOST blocks and one of each mark within each other. No class of characters is left to the language:
Python and JavaScript disagree about what a letter and a space is.

    blocks:   ["p", inlines], ["quote", blocks], ["pre", word, text], ["ul", [blocks, …]], ["ol", [[number, blocks], …]]
    inlines:  text, ["strong" | "em" | "del" | "spoiler", inlines], ["code", text], ["url", address],
              ["link", address, inlines], ["mention", name]
"""

import re
from itertools import accumulate

from messaging.markup_inlines import CAN_HIDE_MENTIONS, MENTION, Inlines, Tree, plain_inlines

# Quotes and lists within each other; deeper ones are words.
DEPTH_MOST = 4

FENCE = re.compile(r" {0,3}(`{3,})([^`]*)")
FENCE_END = re.compile(r" {0,3}(`{3,})[ \t]*")
FENCE_WORD = re.compile(r"[A-Za-z0-9+#._-]{0,20}")
QUOTE = re.compile(r" {0,3}> ?")
ITEM = re.compile(r"( {0,3})([-*]|(?:0|[1-9][0-9]{0,8})\.)[ \t]+(?=[^ \t])")


def parse(text: str) -> Tree:
    """The blocks of a text. No letter is lost: what is no mark of the grammar stays a word."""
    return blocks(text.split("\n"), 0, [])


def mentioned(text: str) -> list[str]:
    """What follows the @ of each mention, in their order. A full stop may belong to the name or to the sentence."""
    if not CAN_HIDE_MENTIONS.search(text):
        return MENTION.findall(text)
    words: list[str] = []
    blocks(text.split("\n"), 0, words)
    return words


def plain(tree: Tree) -> str:
    """The words alone, for a line in a list or a notification. What a spoiler hides stays hidden."""
    return "\n".join(plain_block(block) for block in tree)


def plain_block(block: Tree) -> str:
    kind, *rest = block
    match kind:
        case "quote":
            return plain(rest[0])
        case "pre":
            return str(rest[1])
        case "ul":
            return "\n".join(f"• {plain(item)}" for item in rest[0])
        case "ol":
            return "\n".join(f"{number}. {plain(item)}" for number, item in rest[0])
    return plain_inlines(rest[0])


# Blocks: each line is looked at once for each quote or list around it.


def blocks(lines: list[str], depth: int, names: list[str]) -> Tree:
    out: Tree = []
    loose: list[str] = []
    ends = fence_ends(lines)
    at = 0
    while at < len(lines):
        found = fenced(lines, at, ends) or (depth < DEPTH_MOST and contained(lines, at, depth, names)) or None
        if not found:
            loose.append(lines[at])
            at += 1
            continue
        add_paragraph(out, loose, names)
        loose = []
        block, at = found
        out.append(block)
    add_paragraph(out, loose, names)
    return out


def add_paragraph(out: Tree, lines: list[str], names: list[str]) -> None:
    """Line breaks within stay as they were written; empty lines around it are the distance to its neighbours."""
    first, end = 0, len(lines)
    while first < end and is_blank(lines[first]):
        first += 1
    while first < end and is_blank(lines[end - 1]):
        end -= 1
    if first < end:
        out.append(["p", Inlines("\n".join(lines[first:end]), names).read()])


def is_blank(line: str) -> bool:
    return not line.strip(" \t")


def fence_ends(lines: list[str]) -> list[int]:
    """For each line, and the end: the longest fence that could close a block there or further down."""
    lengths = (len(found[1]) if (found := FENCE_END.fullmatch(line)) else 0 for line in reversed(lines))
    return [*accumulate(lengths, max, initial=0)][::-1]


def fenced(lines: list[str], at: int, ends: list[int]) -> tuple[Tree, int] | None:
    found = FENCE.fullmatch(lines[at])
    if not found or ends[at + 1] < len(found[1]):
        return None
    end = at + 1
    while not (closing := FENCE_END.fullmatch(lines[end])) or len(closing[1]) < len(found[1]):
        end += 1
    word = found[2].strip(" \t")
    inner = lines[at + 1 : end]
    if not FENCE_WORD.fullmatch(word):
        word, inner = "", [found[2], *inner]
    if all(is_blank(line) for line in inner):
        return None
    return ["pre", word, "\n".join(inner)], end + 1


def contained(lines: list[str], at: int, depth: int, names: list[str]) -> tuple[Tree, int] | None:
    if (found := QUOTE.match(lines[at])) and not is_blank(lines[at][found.end() :]):
        return quoted(lines, at, depth, names)
    if found := ITEM.match(lines[at]):
        return listed(lines, at, depth, names, is_number(found))
    return None


def quoted(lines: list[str], at: int, depth: int, names: list[str]) -> tuple[Tree, int]:
    inner = []
    while at < len(lines) and (found := QUOTE.match(lines[at])):
        inner.append(lines[at][found.end() :])
        at += 1
    return ["quote", blocks(inner, depth + 1, names)], at


def is_number(found: re.Match[str]) -> bool:
    return found[2] not in ("-", "*")


def item_at(lines: list[str], at: int, is_ordered: bool) -> re.Match[str] | None:
    found = ITEM.match(lines[at]) if at < len(lines) else None
    return found if found and is_number(found) == is_ordered else None


def listed(lines: list[str], at: int, depth: int, names: list[str], is_ordered: bool) -> tuple[Tree, int]:
    items: Tree = []
    while found := item_at(lines, at, is_ordered):
        inner, at = item_lines(lines, at, found)
        item = blocks(inner, depth + 1, names)
        items.append([int(found[2][:-1]), item] if is_ordered else item)
        if at < len(lines) and is_blank(lines[at]) and item_at(lines, at + 1, is_ordered):
            at += 1
    return ["ol" if is_ordered else "ul", items], at


def item_lines(lines: list[str], at: int, found: re.Match[str]) -> tuple[list[str], int]:
    """An item's lines: its own, and those below that are indented further than its sign, with one empty one between."""
    indent = len(found[1]) + 2
    width = len(found[1]) + len(found[2]) + 1
    inner = [lines[at][found.end() :]]
    at += 1
    while at < len(lines):
        if is_indented(lines[at], indent):
            inner.append(dedented(lines[at], width))
        elif is_blank(lines[at]) and at + 1 < len(lines) and is_indented(lines[at + 1], indent):
            inner.append("")
        else:
            break
        at += 1
    return inner, at


def is_indented(line: str, columns: int) -> bool:
    margin = line[: len(line) - len(line.lstrip(" \t"))]
    return margin != line and ("\t" in margin or len(margin) >= columns)


def dedented(line: str, columns: int) -> str:
    """A line without so many columns of what it begins with. A tab is as wide as is asked for."""
    at = 0
    while at < len(line) and at < columns and line[at] in " \t":
        at += 1
        if line[at - 1] == "\t":
            break
    return line[at:]
