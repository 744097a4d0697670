"""One grammar, two readers: what a text means to the server, and that the page's own reader agrees on any text."""

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from messaging import markup
from mindnet.tests.support import tools
from mindnet.tests.support.fixtures import need

TESTS = Path(tools.BASE_DIR) / "mindnet" / "tests"
CORPUS = json.loads((TESTS / "markup" / "corpus.json").read_text())

# What texts are put together of: marks and their neighbours, oftener than people would.
PIECES = [
    *"*_~|`[]()>@.-\\:/!# \n\t", "**", "__", "~~", "||", "***", "```", "``", "](", "](https://x.org)", "https://x.org",
    "http://", "HtTpS://", "mailto:a@b.c", "@ada", "@ada_", "@a.b-", "\n- ", "\n> ", "\n1. ", "\n```\n", "\n  ", "\n\n",
    "a", "ab", "7", "é", "e\u0301", "я", "ש", "م", "中", "。", "（", "）", "😀", "👩\u200d👧", "\u00a0", "\u3000",
    "\u200b", "\u202e", "\u2028", "\x85", "\ufeff", "ſ", "K", "İ", "ß", "٣", "\r", "%", "?", "&", "=", '"', "'", "<b>",
    "\U000e0041",
]  # fmt: skip
BOMBS = [
    "[", "]", "[a](", "](https://x.org", "[a](http://((", "[||a||](https://x.org)", "[[a](https://x.org)", ">", "> ",
    ">\n", "- ", "\n- ", "\n  - ", "1. ", "*", "* ", "*a ", "*a _b ", "*_", "**a*", "_a*", "~~a ", "||a", "`", "`a``",
    "``` ", "\n```", "\n```a\n", "@", "@ada", "@a@", "http://", "http://a", "http://a@", "https://x.org/(", "https://x.org/.",
    "\\", "\\*", "a\n\n", " ", " \n", "`" * 7 + " " + "`" * 8 + " ",
]  # fmt: skip
MARKS = re.compile(r"[\\`*_~|\[\]()>@.\s-]")


def generated(count, seed=13):
    dice = random.Random(seed)
    return ["".join(dice.choices(PIECES, k=dice.randint(1, 24))) for _ in range(count)]


def read_by_node(texts):
    """What the page makes of these: tree and plain words of each."""
    node = need(lambda: tools.find("node"))
    done = subprocess.run(
        [node.path, TESTS / "js" / "markup.mjs"],
        input="".join(f"{json.dumps(text)}\n" for text in texts),
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.split("\n")[:-1]]


def leaves(node):
    """All words of a tree, with addresses, numbers and the language of code."""
    if isinstance(node, str | int):
        return str(node)
    if node and node[0] == "link":
        return leaves(node[2]) + node[1]
    kinds = ("p", "quote", "pre", "ul", "ol", "strong", "em", "del", "spoiler", "code", "url", "mention")
    is_node = bool(node) and isinstance(node[0], str) and node[0] in kinds and len(node) > 1
    return "".join(leaves(part) for part in (node[1:] if is_node else node))


def steps(text):
    """How many lines of the reader are run for a text."""
    count = 0

    def line(frame, event, argument):
        nonlocal count
        count += 1
        return line

    before = sys.gettrace()
    sys.settrace(lambda frame, event, argument: line if "markup" in frame.f_code.co_filename else None)
    try:
        markup.parse(text)
    finally:
        sys.settrace(before)
    return count


def depth(node):
    return 1 + max(map(depth, node), default=0) if isinstance(node, list) else 0


def test_every_case_of_the_corpus():
    for text, tree in CORPUS:
        assert markup.parse(text) == tree, text


@pytest.mark.tools
def test_both_readers_agree_on_any_text_and_lose_nothing():
    bombs = [bomb * 40 for bomb in BOMBS]
    texts = [*generated(10_000), *bombs, *("".join(BOMBS)[:end] for end in range(1, 200))]
    for text, (tree, plain) in zip(texts, read_by_node(texts), strict=True):
        own = markup.parse(text)
        assert tree == own, text
        assert plain == markup.plain(own), text
        assert MARKS.sub("", leaves(own)) == MARKS.sub("", text), text
        assert depth(own) < 40, text


@pytest.mark.parametrize("bomb", BOMBS)
def test_work_grows_as_the_text_does(bomb):
    half = bomb * (1500 // len(bomb))
    assert steps(half * 2) < 2.3 * steps(half) + 200
    assert depth(markup.parse(half)) < 40


def test_what_is_found_without_reading_is_what_reading_finds():
    for text in generated(3_000, seed=7):
        words = []
        markup.blocks(text.split("\n"), 0, words)
        assert markup.mentioned(text) == words, text


@pytest.mark.parametrize(
    "text, words",
    [
        ("**Bold** and ||who did it||", "Bold and ▮▮▮"),
        ("> quoted\n\n- one\n- `two`\n\n7. seven", "quoted\n• one\n• two\n7. seven"),
        ("```py\nx = 1\n```\n[here](https://x.org) @ada", "x = 1\nhere @ada"),
    ],
)
def test_plain_words(text, words):
    assert markup.plain(markup.parse(text)) == words


def test_nobody_is_mentioned_in_code_or_the_words_of_a_link():
    assert markup.mentioned("`@ada` [@bob](https://x.org) \\@cyd @dan. ||@eve||") == ["dan.", "eve"]
    assert markup.mentioned("```\n@ada\n```\nhttps://x.org/?q=@bob @cyd") == ["cyd"]
