"""What people wrote, as elements. `mindnet/static/mindnet/js/view/markup.js` makes the same of the same tree.

`{% message_text message %}` for a message that is read, `{{ text|markup }}` for any other text, `{{ text|plain }}` for
its words alone. Every piece goes through `escape` or `format_html`: nothing typed is ever taken for an element.
"""

import re
from html import escape

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from messaging.markup import parse, plain_inlines
from messaging.markup import plain as plain_words

register = template.Library()

LINK = '<a href="{0}" rel="noopener noreferrer nofollow" target="_blank"{1}><bdi>{2}</bdi></a>{3}'
TAGS = {"strong": "<strong>{}</strong>", "em": "<em>{}</em>", "del": "<del>{}</del>", "code": "<code>{}</code>"}
SPOILER = '<details class="spoiler"><summary>Spoiler</summary><span>{}</span></details>'
BLOCKS = {
    "p": '<div class="paragraph" dir="auto">{}</div>',
    "quote": "<blockquote>{}</blockquote>",
    "pre": '<pre tabindex="0" role="group" aria-label="{}"><code>{}</code></pre>',
    "ul": "<ul>{}</ul>",
    "ol": "<ol>{}</ol>",
}
SCHEME = re.compile(r"^[A-Za-z]+:(?://)?")
HOST_END = re.compile(r"[/?#]")
# Words that could be taken for where a link leads: something, of any script, between names as in an address.
LIKE_ADDRESS = re.compile(r"[./:@\\%\u2024\u2044\u2215\u3002\ufe52\ufe55\uff0e\uff0f\uff1a\uff20\uff61](?=\S)")
EVERYBODY = ("all", "here")


@register.simple_tag(takes_context=True)
def message_text(context, message):
    """The text of a message as it goes over the wire, with the reader's own name marked."""
    return Drawing(context["user"], message.mentions).text(message.content)


@register.filter
def markup(text):
    return Drawing().text(text)


@register.filter
def plain(text):
    """The words of a text, without marks and with nothing that a spoiler hides."""
    return plain_words(parse(text))


class Drawing:
    """Elements for one reader. `mentions` are the ids of whom the text meant; None where that is not known."""

    def __init__(self, reader=None, mentions=None):
        self.reader = reader
        self.mentions = mentions

    def text(self, text):
        return mark_safe(f'<div class="text">{self.blocks(parse(text))}</div>')  # noqa: S308 (elements)

    def blocks(self, tree):
        return mark_safe("".join([self.block(*block) for block in tree]))  # noqa: S308 (elements)

    def block(self, kind, inner, text=None):
        if kind == "pre":
            return format_html(BLOCKS[kind], f"Code, {inner}" if inner else "Code", text)
        if kind == "ul":
            inner = format_html_join("", "<li>{}</li>", ((self.blocks(item),) for item in inner))
        elif kind == "ol":
            inner = format_html_join(
                "", '<li value="{}">{}</li>', ((number, self.blocks(item)) for number, item in inner)
            )
        else:
            inner = self.inlines(inner) if kind == "p" else self.blocks(inner)
        return mark_safe(BLOCKS[kind].format(inner))  # noqa: S308 (elements)

    def inlines(self, nodes):
        found = [escape(node) if isinstance(node, str) else self.inline(*node) for node in nodes]
        return mark_safe("".join(found))  # noqa: S308 (escaped, or elements)

    def inline(self, kind, inner, label=None):
        match kind:
            case "url":
                return link(inner, inner, inner, title="")
            case "link":
                return link(inner, self.inlines(label), plain_inlines(label), title=inner)
            case "mention":
                return self.mention(inner)
            case "code":
                return format_html(TAGS[kind], inner)
        return format_html(SPOILER if kind == "spoiler" else TAGS[kind], self.inlines(inner))

    def mention(self, name):
        if self.mentions is not None and not self.mentions:
            return escape(f"@{name}")
        return format_html('<span class="mention{}">@{}</span>', " me" if self.is_me(name) else "", name)

    def is_me(self, name):
        if not self.reader or self.mentions is None or self.reader.pk not in self.mentions:
            return False
        return name.lower() in (self.reader.username.lower(), *EVERYBODY)


def link(address, words, plain_label, *, title):
    shown = shown_host(address, plain_label)
    return format_html(
        LINK,
        address,
        format_html(' title="{}"', title) if title else "",
        words,
        format_html(' <bdi class="host" dir="ltr">({})</bdi>', shown) if shown else "",
    )


def shown_host(address, words):
    """What has to stand beside a link so that nobody mistakes where it leads. Empty if its words say so themselves."""
    bare = SCHEME.sub("", address)
    host = HOST_END.split(bare, maxsplit=1)[0]
    if not host.isascii():
        return ".".join(ascii_label(label) for label in host.lower().split("."))
    is_plain = words in (address, bare, host) or not LIKE_ADDRESS.search(words)
    return "" if is_plain else host


def ascii_label(label):
    """A label of a host as the name system has it."""
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
