"""What people wrote, as elements of a page: nothing they typed becomes one that the grammar does not know."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from messaging import services
from mindnet.templatetags.markup import Drawing, plain
from mindnet.tests.pages.visitors import Browser
from mindnet.tests.support import tools

CORPUS = json.loads((Path(tools.BASE_DIR) / "mindnet" / "tests" / "markup" / "corpus.json").read_text())
ALLOWED = {
    "div": {"class", "dir"}, "bdi": {"class", "dir"}, "span": {"class"}, "details": {"class"}, "summary": set(),
    "a": {"href", "rel", "target", "title"}, "pre": {"tabindex", "role", "aria-label"}, "li": {"value"}, "ul": set(),
    "ol": set(), "blockquote": set(), "strong": set(), "em": set(), "del": set(), "code": set(),
}  # fmt: skip
SCHEMES = ("http://", "https://", "mailto:")
MALICIOUS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))",
    "[a](data:text/html,<script>alert(1)</script>)", '[a](https://x.org/"onmouseover="alert(1))', "{{ 7|add:1 }}",
    "```<b>\n</code></pre><script>alert(1)</script>\n```", "||</details><svg onload=alert(1)>||", "`<u>`",
    "https://x.org/<script>", "[<img src=x onerror=alert(1)>](https://x.org)", "- <b>\n1. <i>\n> <u>", "&lt;b&gt;",
    "[a](https://x.org\tonclick=alert(1))", "**<b onclick='alert(1)'>**", "@<ada>", "\x3csvg/onload=alert(1)\x3e",
]  # fmt: skip


class Elements(HTMLParser):
    """The elements within the text of messages, and the words in them."""

    def __init__(self, html):
        super().__init__()
        self.found, self.words, self.depth = [], [], 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if self.depth or ("class", "text") in attributes:
            self.found.append((tag, dict(attributes)))
            self.depth += tag == "div"

    def handle_endtag(self, tag):
        self.depth -= bool(self.depth) and tag == "div"

    def handle_data(self, data):
        if self.depth:
            self.words.append(data)


def assert_harmless(elements):
    for tag, attributes in elements.found:
        assert set(attributes) <= ALLOWED[tag], (tag, attributes)
        assert attributes.get("href", "https://").lower().startswith(SCHEMES), attributes


def drawn(text, **options):
    return Drawing(**options).text(text)


def test_only_elements_of_the_grammar_are_made():
    for text in [*MALICIOUS, *(text for text, _ in CORPUS)]:
        assert_harmless(Elements(drawn(text)))


@pytest.mark.django_db
def test_on_a_page_all_of_it_is_words(cast):
    for text in MALICIOUS:
        services.post_message(psychic=cast.owner, room_id=cast.room.pk, content=text)
    elements = Elements(Browser(cast.participant).get(f"/room/{cast.room.pk}").text)
    assert_harmless(elements)
    assert "".join(elements.words).count("alert(1)") >= 10


@pytest.mark.parametrize(
    "text, host",
    [
        ("[the docs](https://x.org/a)", None),
        ("[x.org](https://x.org/a)", None),
        ("[https://x.org/a](https://x.org/a)", None),
        ("[see v2.](https://x.org/a)", None),
        ("[bank.example](https://evil.example/)", "evil.example"),
        ("[https://bank.example](https://evil.example:8080/a)", "evil.example:8080"),
        ("[bank\u2024example](https://evil.example)", "evil.example"),
        ("[**bank**.example](https://evil.example)", "evil.example"),
        ("[ada@example.org](mailto:eve@evil.example)", "eve@evil.example"),
        ("https://bücher.example/a", "xn--bcher-kva.example"),
        ("[books](https://bücher.example/a)", "xn--bcher-kva.example"),
        ("https://\u0430pple.com", "xn--pple-43d.com"),
    ],
)
def test_a_link_that_could_deceive_shows_where_it_leads(text, host):
    assert (f'<bdi class="host" dir="ltr">({host})</bdi>' in drawn(text)) is (host is not None)
    assert ('class="host"' in drawn(text)) is (host is not None)


@pytest.mark.parametrize(
    "mentions, mark",
    [(None, '<span class="mention">@Paul</span>'), ([], "@Paul"), ([0], '<span class="mention">@Paul</span>')],
)
def test_a_name_is_marked_when_somebody_was_meant(mentions, mark):
    assert (
        drawn("@Paul", mentions=mentions) == f'<div class="text"><div class="paragraph" dir="auto">{mark}</div></div>'
    )


@pytest.mark.django_db
def test_ones_own_name_is_marked_more(cast):
    for text in ("@Paul", "@all"):
        services.post_message(psychic=cast.owner, room_id=cast.room.pk, content=f"Where is {text}?")
        own = f'<span class="mention me">{text}</span>'
        assert own in Browser(cast.participant).get(f"/room/{cast.room.pk}").text
        assert own not in Browser(cast.moderator).get(f"/room/{cast.room.pk}").text.replace("@all", "")


def test_plain_words_show_no_spoiler():
    assert plain("**He** ||dies||.") == "He ▮▮▮."
