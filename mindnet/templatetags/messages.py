"""The messages of a page, as elements: `{% message_entries said %}` draws what `mindnet.pages.said` has put together.

`mindnet/static/mindnet/js/view/message.js` makes the same. A message is made of some thirty things that are there or
not, and a template took half a millisecond to ask for each: most pages of a history are drawn for the first time, so
here a message is put together as `mindnet.templatetags.markup` does its text. Whatever people have typed goes through
`escape`, or comes from there.

All of a page's are kept, for whoever else sees the same of them. As in `mindnet.templatetags.listed` a stretch of
messages is kept as well as each of them, and compressed once: pages of a history that overlap have most of it in
common, and a page with one message more all of it but the end.
"""

import functools
import itertools
from html import escape

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import mark_safe

from messaging.models import MessageType
from mindnet.templatetags.addresses import address_of_one
from mindnet.templatetags.drawn import MARKED, NOBODY, Reader, digest_of, draw, in_pieces, in_place, once
from mindnet.templatetags.listed import stretches
from mindnet.templatetags.markup import Drawing
from mindnet.templatetags.mindnet import avatar, snippet

register = template.Library()

DAY = '<div class="day" role="separator"><span>{}</span></div>\n'
LINE = '<div class="line" id="new" role="separator"><span>New</span></div>\n'
ARTICLE = (
    '<article class="{kinds}" id="m{id}" data-id="{id}">\n{header}<div class="bubble">\n'
    '{quote}{words}{files}{asks}<p class="meta">{meta}</p>\n</div>\n{reactions}</article>\n'
)
HEADER = '<header>{}<bdi class="sender">{}</bdi></header>\n'
QUOTE = '<blockquote class="quote">{}</blockquote>\n'
QUOTED = '<a href="?message={0}#m{0}"><bdi class="sender">{1}</bdi> {2}</a>'
GONE = '<p class="gone">{}</p>\n'
TIME = '<time datetime="{}">{}</time>'
CHIP = '<li><span class="chip">{} {}</span></li>'


@register.simple_tag(takes_context=True)
def message_entries(context, said):
    return in_place(context, once(digest_of("said", said), lambda: drawn_in_stretches(context, said)))


def drawn_in_stretches(context, said):
    def drawn(stretch):
        return in_pieces("".join([entry(context, seen) for _, seen in stretch]))

    rows = [row_of(item, said) for item in said.items()]
    parts = [once(digest_of("messages", each), functools.partial(drawn, each)) for each in stretches(rows)]
    return list(itertools.chain.from_iterable(parts))


def row_of(item, said):
    """An id, and what is seen of an item: all that it is drawn from."""
    if item["folded"]:
        folded = [what_is_seen(one, said) for one in item["folded"]]
        return item["folded"][0]["message"].id, {"folded": folded, "day": item["day"]}
    return item["message"].id, what_is_seen(item, said)


def what_is_seen(item, said):
    """What a message is drawn from, with no more of the reader than they see in it: without a mention of theirs it is
    the same for everybody but its sender. `asks`: whether it was acknowledged, None where nobody asks that."""
    message = item["message"]
    return {
        "item": item if not item["is_quote_hidden"] else item | {"quote": None},
        "reader": Reader(*said.meant) if said.meant and said.meant[0] in message.mentions else NOBODY,
        "picture": said.pictures.get(message.sender.id, ""),
        "asks": said.asked.get(message.id),
    }


def entry(context, seen):
    """Text, with the marks of what differs by request."""
    if "folded" in seen:
        entries = mark_safe("".join([entry(context, one) for one in seen["folded"]]))  # noqa: S308 (drawn here)
        return draw(context, "room/folded.html", {"day": seen["day"], "count": len(seen["folded"]), "entries": entries})
    return once(digest_of("message", seen), lambda: drawn_message(context, **seen))


def drawn_message(context, *, item, reader, picture, asks):
    """Of `what_is_seen`; of the context, the engine alone."""
    message = item["message"]
    is_there, is_sealed = not message.deleted, message.message_type == MessageType.SEALED
    files, acknowledged = "", ""
    if message.attachments and is_there and not is_sealed:
        files = draw(context, "room/attachments.html", {"attachments": message.attachments})
    if asks is not None and is_there:
        acknowledged = draw(context, "parts/acknowledgement.html", {"message": message, "is_given": asks} | MARKED)
    return before(item) + ARTICLE.format(
        id=message.id,
        kinds=kinds(item, reader),
        header=header(message.sender, picture) if item["first"] else "",
        quote=QUOTE.format(quote(item)) if message.reply_to else "",
        words=words(message, reader),
        files=files,
        asks=acknowledged,
        meta=meta(message),
        reactions=reactions(message),
    )


def before(item):
    day = DAY.format(date_format(timezone.localtime(item["day"]), "j F Y")) if item["day"] else ""
    return day + LINE if item["line"] else day


def kinds(item, reader):
    said = {"first": item["first"], "own": item["own"], "mentions-me": reader.pk in item["message"].mentions}
    return " ".join(["message", *(kind for kind, is_so in said.items() if is_so)])


def header(sender, picture):
    return HEADER.format(avatar({"avatars": {sender.id: picture}}, sender), escape(sender.username))


def quote(item):
    quoted = item["quote"]
    if item["is_quote_hidden"]:
        return "A message from somebody you have blocked"
    if quoted is None:
        return ""
    said = '<span class="gone">Deleted</span>' if quoted.deleted else f"<bdi>{escape(snippet(quoted))}</bdi>"
    return QUOTED.format(quoted.id, escape(quoted.sender.username), said)


def words(message, reader):
    if message.deleted:
        return GONE.format("Deleted")
    if message.message_type == MessageType.SEALED:
        return GONE.format("Sealed: only the devices it was written for can read it.")
    return Drawing(reader, message.mentions).text(message.content) if message.content else ""


def meta(message):
    """Below the words: what is said of them, and when they came."""
    urgent = '<span class="urgent">urgent</span> ' if message.urgent else ""
    time = TIME.format(message.timestamp.isoformat(), f"{message.timestamp:%H:%M}")
    if message.deleted:
        return urgent + time
    page = address_of_one("room_message", message.room, message.id)
    return f'{urgent}{edited(message)}{time}<noscript> · <a href="{page}">More</a></noscript>'


def edited(message):
    if message.edited_at is None:
        return ""
    if message.message_type == MessageType.SEALED:
        return "edited · "
    return f'<a data-sheet href="{address_of_one("message_versions", message.room, message.id)}">edited</a> · '


def reactions(message):
    if not message.reactions:
        return ""
    counts = message.reaction_counts or {}
    chips = [CHIP.format(escape(emoji), counts.get(emoji) or len(who)) for emoji, who in message.reactions.items()]
    return f'<ul class="reactions">{"".join(chips)}</ul>\n'
